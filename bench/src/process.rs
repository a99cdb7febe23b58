//! A server started for measuring, and what the kernel says about it.

use std::{
    fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// CPU within a second of a server that only waits.
const RESTING: Duration = Duration::from_millis(20);
/// Seconds in which a server that was just started comes to rest.
const SECONDS_TO_REST: u32 = 120;

/// A running server; killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// `http://127.0.0.1:port`.
    pub(crate) url: String,
    /// When the process was started.
    pub(crate) spawned: Instant,
}

impl Server {
    /// Starts `binary serve` on a data directory and a free port, and waits for its ready line.
    pub(crate) async fn start(binary: &Path, data_dir: &Path) -> Result<Self> {
        Self::start_with(binary, data_dir, &[]).await
    }

    /// The same with variables in its environment.
    pub(crate) async fn start_with(binary: &Path, data_dir: &Path, variables: &[(&str, String)]) -> Result<Self> {
        // The server starts in its data directory, so that no configuration file of this one is read.
        let binary = std::path::absolute(binary)?;
        let spawned = Instant::now();
        let mut child = Command::new(&binary)
            .args(["serve", "--port", "0", "--data-dir"])
            .arg(data_dir)
            .current_dir(data_dir)
            // one person asks for more here than many would
            .env("LIMITS_ENABLED", "false")
            .envs(variables.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}; build it with `cargo build --release`", binary.display()))?;
        let stdout = child.stdout.take().context("the server has no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let ready = tokio::time::timeout(Duration::from_mins(1), lines.next_line()).await??;
        let ready = ready.context("the server ended before it was ready")?;
        let Some(url) = ready.strip_prefix("jarvis ready: ").and_then(|rest| rest.split_whitespace().next()) else {
            bail!("unexpected ready line: {ready}");
        };
        Ok(Self { child, url: url.to_owned(), spawned })
    }

    /// Its process id.
    /// Waits until it rests, as when its indexes have read all that there is.
    pub(crate) async fn rest(&self) -> Result<()> {
        for _ in 0..SECONDS_TO_REST {
            let before = cpu(self.pid())?;
            tokio::time::sleep(Duration::from_secs(1)).await;
            if cpu(self.pid())?.saturating_sub(before) < RESTING {
                return Ok(());
            }
        }
        bail!("the server has been busy for {SECONDS_TO_REST} seconds although nobody asks it anything")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Ends it in order and waits.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let pid = self.pid().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().await?;
        tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await??;
        Ok(())
    }
}

/// CPU time of a process and all its threads so far, from the scheduler's statistics (nanoseconds, where the clock ticks
/// of `stat` would be hundredths of a second).
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let mut total = 0;
    for entry in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end between listing and reading.
        let Ok(text) = fs::read_to_string(entry?.path().join("schedstat")) else { continue };
        total += text.split_whitespace().next().and_then(|first| first.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(total))
}

/// CPU time of a process and of those that it started, as far as they run: a server with a process per connection.
pub(crate) fn family_cpu(pid: u32) -> Result<Duration> {
    let mut total = cpu(pid)?;
    for entry in fs::read_dir("/proc")? {
        let Some(other) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // one that ended between listing and reading counts no more
        if parent(other).is_some_and(|parent| parent == pid) {
            total += cpu(other).unwrap_or_default();
        }
    }
    Ok(total)
}

/// The process that started another one.
pub(crate) fn parent(pid: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

/// A line of `/proc/pid/status`, in KiB.
pub(crate) fn status_kib(pid: u32, name: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let value = line.and_then(|line| line.split_whitespace().next()).and_then(|value| value.parse().ok());
    value.with_context(|| format!("/proc/{pid}/status has no {name}"))
}
