use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::Value;

use crate::{
    process::Server,
    report::Report,
    search, start,
    wrk::{Load, load},
};

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server to start.
    #[arg(long, default_value = "target/release/jarvis")]
    binary: PathBuf,
    /// An empty directory for the first rows.
    #[arg(long)]
    empty: PathBuf,
    /// Filled directories, as `LABEL=DIR`, made by `fill`.
    #[arg(long = "filled", value_parser = labelled)]
    filled: Vec<(String, PathBuf)>,
    /// A running peer's health address, measured in turn with ours, as `PID=URL`.
    #[arg(long, value_parser = peer)]
    health_peer: Option<(u32, String)>,
    /// Seconds of each load.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Questions of each search row.
    #[arg(long, default_value_t = 500)]
    questions: usize,
    /// Print JSON instead of a Markdown table.
    #[arg(long)]
    json: bool,
}

fn labelled(text: &str) -> Result<(String, PathBuf), String> {
    let (label, dir) = text.split_once('=').ok_or("write LABEL=DIR")?;
    Ok((label.to_owned(), PathBuf::from(dir)))
}

fn peer(text: &str) -> Result<(u32, String), String> {
    let (pid, url) = text.split_once('=').ok_or("write PID=URL")?;
    Ok((pid.parse().map_err(|_| "PID is a number")?, url.to_owned()))
}

/// Measures everything, one server after the other.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let mut report = Report::default();
    std::fs::create_dir_all(&options.empty)?;
    empty(&mut report, options).await?;
    for (label, data_dir) in &options.filled {
        filled(&mut report, options, label, data_dir).await?;
    }
    report.print(options.json)
}

async fn empty(report: &mut Report, options: &Options) -> Result<()> {
    start::measure(report, "empty", "≤ 150 ms", &options.binary, &options.empty, 7).await?;
    let server = Server::start(&options.binary, &options.empty).await?;
    start::memory(report, "empty", "≤ 40 MB", &server).await?;
    health(report, options, &server).await?;
    server.stop().await
}

/// Ours and the peer's in turn, so that a machine that slows down slows both.
async fn health(report: &mut Report, options: &Options, server: &Server) -> Result<()> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        ours.push(load(server.pid(), &format!("{}/health", server.url), options.seconds).await?);
        if let Some((pid, url)) = &options.health_peer {
            theirs.push(load(*pid, url, options.seconds).await?);
        }
    }
    let ours = median(ours);
    report.row("`GET /health`, 8 connections", shown(&ours), "≥ 30 k req/s on two idle cores");
    if !theirs.is_empty() {
        let theirs = median(theirs);
        let ratio = theirs.cpu_us / ours.cpu_us;
        report.row(
            "`GET /health` of FastAPI, same run",
            shown(&theirs),
            format!("ours ≤ 1/5 of its CPU; is 1/{ratio:.1}"),
        );
    }
    Ok(())
}

async fn filled(report: &mut Report, options: &Options, label: &str, data_dir: &Path) -> Result<()> {
    let bar = if label.contains("1 M") { "≤ 500 ms" } else { "" };
    start::measure(report, label, bar, &options.binary, data_dir, 5).await?;
    let server = Server::start(&options.binary, data_dir).await?;
    let bar = if label.contains("1 M") { "≤ 250 MB" } else { "" };
    start::memory(report, label, bar, &server).await?;
    let conversation = a_full_conversation(&server.url).await?;
    let history = format!("{}/api/chat/history/{conversation}?limit=20", server.url);
    let seen = load(server.pid(), &history, options.seconds).await?;
    report.row(format!("list 20 messages, SQLite, no cache, {label}"), shown(&seen), "≤ 80 µs CPU");
    let list = format!("{}/api/chat/conversations?limit=60", server.url);
    let seen = load(server.pid(), &list, options.seconds).await?;
    report.row(
        format!("list 60 conversations, {label}"),
        shown(&seen),
        "≤ 1/50 of Open WebUI's 5–7.5 ms: ≤ 100 µs CPU",
    );
    search::measure(report, label, &server, options.questions).await?;
    start::memory(report, &format!("{label}, after the load"), bar, &server).await?;
    server.stop().await
}

pub(crate) async fn a_full_conversation(url: &str) -> Result<String> {
    let list: Value = reqwest::get(format!("{url}/api/chat/conversations?limit=60")).await?.json().await?;
    let conversations = list["conversations"].as_array().context("no conversations")?;
    let full = conversations.iter().find(|conversation| conversation["message_count"].as_u64() >= Some(20));
    Ok(full
        .and_then(|conversation| conversation["id"].as_str())
        .context("no conversation with 20 messages")?
        .to_owned())
}

pub(crate) fn median(mut loads: Vec<Load>) -> Load {
    loads.sort_by(|a, b| a.cpu_us.total_cmp(&b.cpu_us));
    loads.swap_remove(loads.len() / 2)
}

pub(crate) fn shown(load: &Load) -> String {
    format!("{:.1} µs CPU, {:.0} req/s, p50 {}, p99 {}", load.cpu_us, load.rate, load.p50, load.p99)
}
