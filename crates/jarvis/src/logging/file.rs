//! A file of log lines that begins anew when it is long or old.
//!
//! Every line is one write to a file that is opened for appending, so what was logged is there after a crash of the process.
//! To begin anew, the file is renamed and a new one is opened: one step that happened or did not, and no line is between the
//! two. Lines that the disk does not take go to standard error instead, and nobody waits for it.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::UNIX_EPOCH,
};

use anyhow::{Context, Result};
use jarvis_core::{Timestamp, ports::Clock};
use jarvis_host::config::LogFile;
use metrics::{Counter, counter, describe_counter};

const DIVERTED: &str = "jarvis_log_lines_diverted_total";
/// After a rename that failed, so many more bytes go into the file before it is tried again.
const TRY_AGAIN: u64 = 1 << 20;

/// See the module.
pub(super) struct RotatedFile {
    options: LogFile,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    diverted: Counter,
}

struct State {
    file: File,
    /// Bytes in it.
    len: u64,
    /// The period in which its last line was written.
    period: i64,
    /// Not renamed before it has so many bytes.
    not_before: u64,
    is_failing: bool,
}

impl RotatedFile {
    /// Opens the file, or makes it, readable by its owner only.
    pub(super) fn open(options: &LogFile, clock: Arc<dyn Clock>) -> Result<Self> {
        let options = options.clone();
        let state = State::open(&options, clock.now()).with_context(|| {
            format!(
                "log.file is {}, which cannot be written; name another file or make its directory",
                options.path.display()
            )
        })?;
        describe_counter!(DIVERTED, "Log lines that the file did not take, which went to standard error.");
        Ok(Self { options, clock, state: Mutex::new(state), diverted: counter!(DIVERTED) })
    }

    /// Opens the file that is at its place now. Stays with the one it has when there is none to be had.
    pub(super) fn reopen(&self) {
        match State::open(&self.options, self.clock.now()) {
            Ok(state) => *self.state() = state,
            Err(error) => tracing::error!(%error, "the log file was not opened again; lines go where they went"),
        }
    }

    fn write_line(&self, line: &[u8]) {
        let mut state = self.state();
        self.begin_anew_if_due(&mut state, line.len() as u64);
        let outcome = state.write(line);
        let began_failing = outcome.is_err() && !state.is_failing;
        state.is_failing = outcome.is_err();
        drop(state);
        if let Err(error) = outcome {
            self.divert(line, began_failing.then_some(error));
        }
    }

    fn begin_anew_if_due(&self, state: &mut State, more: u64) {
        let now = self.clock.now();
        let period = period_of(&self.options, now);
        let is_long = self.options.max_bytes.is_some_and(|max| state.len + more > max);
        let is_old = period != state.period;
        if state.len == 0 || state.len < state.not_before || !(is_long || is_old) {
            state.period = period;
            return;
        }
        state.not_before = state.len + TRY_AGAIN;
        if fs::rename(&self.options.path, free_name(&self.options.path, now)).is_err() {
            return;
        }
        if let Ok(fresh) = State::open(&self.options, now) {
            *state = fresh;
        }
        remove_oldest(&self.options);
    }

    /// To standard error, which may be closed; then there is nobody left to tell.
    fn divert(&self, line: &[u8], why: Option<io::Error>) {
        self.diverted.increment(1);
        let mut stderr = io::stderr().lock();
        if let Some(why) = why {
            let path = self.options.path.display();
            let _ = writeln!(stderr, "the log file {path} takes no lines ({why}); they come here until it does");
        }
        let _ = stderr.write_all(line);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn open(options: &LogFile, now: Timestamp) -> io::Result<Self> {
        let mut opening = OpenOptions::new();
        opening.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut opening, 0o600);
        let file = opening.open(&options.path)?;
        let metadata = file.metadata()?;
        let written = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let written = if metadata.len() > 0 { Timestamp::from_micros(written.as_micros() as i64) } else { now };
        let period = period_of(options, written);
        Ok(Self { file, len: metadata.len(), period, not_before: 0, is_failing: false })
    }

    /// All of a line or nothing of it.
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.write_all(line).inspect_err(|_| {
            // the half of a line would spoil the next
            let _ = self.file.set_len(self.len);
        })?;
        self.len += line.len() as u64;
        Ok(())
    }
}

fn period_of(options: &LogFile, at: Timestamp) -> i64 {
    options.period.map_or(0, |period| at.as_micros().div_euclid(i64::try_from(period.as_micros()).unwrap_or(i64::MAX)))
}

/// `jarvis.log.20261122T082700123456Z`: in the order of time, and never that of a file that is there.
fn free_name(path: &Path, now: Timestamp) -> PathBuf {
    let stamp = now.to_utc().format("%Y%m%dT%H%M%S%6fZ").to_string();
    let named = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{stamp}"));
        if number > 0 {
            name.push(format!("-{number:04}"));
        }
        PathBuf::from(name)
    };
    (0..10_000).map(named).find(|name| !name.try_exists().unwrap_or(true)).unwrap_or_else(|| named(10_000))
}

fn remove_oldest(options: &LogFile) {
    let (Some(dir), Some(name)) = (options.path.parent(), options.path.file_name()) else { return };
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let Ok(entries) = fs::read_dir(dir) else { return };
    let mut older: Vec<OsString> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name())).filter(|other| is_older(name, other)).collect();
    older.sort_unstable();
    let surplus = older.len().saturating_sub(options.keep);
    for name in older.into_iter().take(surplus) {
        // one that cannot be removed now is tried again at the next
        let _ = fs::remove_file(dir.join(name));
    }
}

/// Whether a name is one that [`free_name`] gave; nobody else's file is ever removed.
fn is_older(name: &OsStr, other: &OsStr) -> bool {
    let (Some(name), Some(other)) = (name.to_str(), other.to_str()) else { return false };
    let Some(stamp) = other.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')) else { return false };
    let (stamp, number) = stamp.split_once('-').unwrap_or((stamp, "0000"));
    let (date, time) = stamp.strip_suffix('Z').and_then(|stamp| stamp.split_once('T')).unwrap_or_default();
    let are_digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(date, 8) && are_digits(time, 12) && are_digits(number, 4)
}

/// Each call is a line.
impl Write for &RotatedFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.write_line(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
