//! The process as the operating system sees it. Only Linux tells in this way; elsewhere nothing is shown.

use std::fmt::Write;

use super::gauge;

/// Clock ticks per second in `/proc/self/stat`: the kernel's USER_HZ, 100 on every platform Rust knows.
const TICKS: f64 = 100.0;

/// Resident memory of this process and memory of the machine, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) used: u64,
    pub(crate) total: u64,
}

/// Reads them; none where the system does not tell.
pub(crate) fn memory() -> Option<Memory> {
    let status = read("/proc/self/status")?;
    let machine = read("/proc/meminfo")?;
    Some(Memory { used: kilobytes(&status, "VmRSS:")? * 1024, total: kilobytes(&machine, "MemTotal:")? * 1024 })
}

/// Writes the usual `process_…` figures.
pub(super) fn write(text: &mut String) {
    if let Some(status) = read("/proc/self/status") {
        let bytes = |name| kilobytes(&status, name).map(|kilobytes| kilobytes * 1024);
        if let Some(resident) = bytes("VmRSS:") {
            gauge(text, "process_resident_memory_bytes", "Resident memory.", resident);
        }
        if let Some(anonymous) = bytes("RssAnon:") {
            gauge(text, "process_anonymous_memory_bytes", "Resident memory that is no file's.", anonymous);
        }
        if let Some(threads) = field(&status, "Threads:") {
            gauge(text, "process_threads", "Threads.", threads);
        }
    }
    if let Some(most) = read("/proc/self/limits").and_then(|limits| max_files(&limits)) {
        gauge(text, "process_max_fds", "Open file descriptors at most.", most);
    }
    let stat = read("/proc/self/stat");
    if let Some(begun) = stat.as_deref().zip(read("/proc/stat").as_deref()).and_then(|(own, all)| begun(own, all)) {
        gauge(text, "process_start_time_seconds", "Start of the process, in seconds since 1970.", begun);
    }
    if let Some(seconds) = stat.and_then(|stat| cpu_seconds(&stat)) {
        let name = "process_cpu_seconds_total";
        let _ = writeln!(text, "# HELP {name} User and system time.\n# TYPE {name} counter\n{name} {seconds}");
    }
    if let Ok(entries) = std::fs::read_dir("/proc/self/fd") {
        // Less the one that reads the directory.
        gauge(text, "process_open_fds", "Open file descriptors.", entries.count().saturating_sub(1));
    }
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    field(text, name)?.trim_end_matches("kB").trim().parse().ok()
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

/// Fields 14 and 15, counted behind the program's name, which may contain spaces and parentheses.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) as f64 / TICKS)
}

/// The soft limit.
fn max_files(limits: &str) -> Option<u64> {
    field(limits, "Max open files")?.split_whitespace().next()?.parse().ok()
}

/// Field 22, in ticks after the machine started.
fn begun(own: &str, all: &str) -> Option<f64> {
    let after: u64 = own.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let booted: u64 = field(all, "btime ")?.parse().ok()?;
    Some(booted as f64 + after as f64 / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_and_the_limit_of_files_are_read() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 4 0 500 1 2";
        assert_eq!(begun(stat, "cpu  1 2\nbtime 1000\nprocesses 3\n"), Some(1005.0));
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n";
        assert_eq!(max_files(limits), Some(1024));
    }

    #[test]
    fn cpu_time_is_read_behind_any_name() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 4 0 100";
        assert_eq!(cpu_seconds(stat), Some(3.0));
    }

    #[test]
    fn sizes_are_read_by_name() {
        assert_eq!(kilobytes("VmPeak:\t 10 kB\nVmRSS:\t  2048 kB\n", "VmRSS:"), Some(2048));
        assert_eq!(kilobytes("", "VmRSS:"), None);
    }
}
