//! Load by `wrk`, and the CPU that the server spent on it.

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::process::cpu;

/// What one load run showed.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// Requests per second.
    pub(crate) rate: f64,
    /// The server's CPU per request, in microseconds.
    pub(crate) cpu_us: f64,
    /// Latency as `wrk` prints it.
    pub(crate) p50: String,
    /// Latency as `wrk` prints it.
    pub(crate) p99: String,
}

/// Runs `wrk` with eight connections against a path of the server `pid` for `seconds`.
pub(crate) async fn load(pid: u32, url: &str, seconds: u32) -> Result<Load> {
    load_with(pid, url, seconds, &[]).await
}

/// The same with headers, `name: value` each.
pub(crate) async fn load_with(pid: u32, url: &str, seconds: u32, headers: &[String]) -> Result<Load> {
    let before = cpu(pid)?;
    let output = Command::new("wrk")
        .args(["--latency", "-t1", "-c8", &format!("-d{seconds}s")])
        .args(headers.iter().flat_map(|header| ["-H", header]))
        .arg(url)
        .output()
        .await
        .context("wrk is needed for this row: install the package `wrk`")?;
    let spent = cpu(pid)?.saturating_sub(before);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    anyhow::ensure!(!text.contains("Non-2xx"), "the server answered errors under load: {text}");
    let word = |label: &str, place: usize| {
        let line = text.lines().find(|line| line.trim_start().starts_with(label));
        line.and_then(|line| line.split_whitespace().nth(place)).map(str::to_owned)
    };
    let requests = text
        .lines()
        .find(|line| line.contains("requests in"))
        .and_then(|line| line.split_whitespace().next())
        .and_then(|count| count.parse::<f64>().ok())
        .with_context(|| format!("wrk printed no count: {text}"))?;
    Ok(Load {
        rate: word("Requests/sec:", 1).and_then(|rate| rate.parse().ok()).unwrap_or(f64::NAN),
        cpu_us: spent.as_secs_f64() * 1e6 / requests.max(1.0),
        p50: word("50%", 1).unwrap_or_default(),
        p99: word("99%", 1).unwrap_or_default(),
    })
}
