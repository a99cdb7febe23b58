//! Start until a search answers with a text written before, and memory afterwards.

use std::{path::Path, time::Duration};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::{
    process::{Server, status_kib},
    report::Report,
};

/// A word that no synthetic text has.
pub(crate) const MARKER: &str = "quetzalcoatlus";

/// Measures the start of a filled (or empty) directory: the median of `rounds`.
pub(crate) async fn measure(
    report: &mut Report,
    label: &str,
    bar: &str,
    binary: &Path,
    data_dir: &Path,
    rounds: usize,
) -> Result<()> {
    mark(binary, data_dir).await?;
    let mut times = Vec::new();
    for _ in 0..rounds {
        let server = Server::start(binary, data_dir).await?;
        until_found(&server.url).await?;
        times.push(server.spawned.elapsed().as_secs_f64() * 1e3);
        server.stop().await?;
    }
    times.sort_by(f64::total_cmp);
    let (fastest, slowest) = (times.first().copied().unwrap_or_default(), times.last().copied().unwrap_or_default());
    let median = crate::figures::quantile(&times, 0.5);
    report.row(
        format!("start until `/api/search` returns a marker, {label}"),
        format!("{median:.0} ms (min {fastest:.0}, max {slowest:.0}, {rounds} runs)"),
        bar,
    );
    Ok(())
}

/// Anonymous memory after one chat and one search, idle.
pub(crate) async fn memory(report: &mut Report, label: &str, bar: &str, server: &Server) -> Result<()> {
    let client = reqwest::Client::new();
    client
        .post(format!("{}/api/chat", server.url))
        .json(&json!({"message": "What about quetzalcoatlus?"}))
        .send()
        .await?;
    search(&client, &server.url, MARKER).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let anonymous = status_kib(server.pid(), "RssAnon")? as f64 / 1024.0;
    let mapped = status_kib(server.pid(), "RssFile")? as f64 / 1024.0;
    report.row(
        format!("anonymous memory after one chat and one search, {label}"),
        format!("{anonymous:.1} MB (mapped pages apart: {mapped:.1} MB)"),
        bar,
    );
    Ok(())
}

/// Makes sure the marker is stored.
async fn mark(binary: &Path, data_dir: &Path) -> Result<()> {
    let server = Server::start(binary, data_dir).await?;
    let client = reqwest::Client::new();
    if search(&client, &server.url, MARKER).await?.is_empty() {
        let message = json!({"message": format!("I once saw a {MARKER} in a museum.")});
        client.post(format!("{}/api/chat", server.url)).json(&message).send().await?.error_for_status()?;
    }
    server.stop().await
}

async fn until_found(url: &str) -> Result<()> {
    let client = reqwest::Client::new();
    for _ in 0..10_000 {
        if !search(&client, url, MARKER).await?.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    bail!("the marker was never found")
}

/// The hits of one search.
pub(crate) async fn search(client: &reqwest::Client, url: &str, query: &str) -> Result<Vec<Value>> {
    let answer = client.get(format!("{url}/api/search")).query(&[("q", query), ("limit", "10")]).send().await?;
    let mut answer: Value = answer.error_for_status()?.json().await?;
    Ok(answer["hits"].take().as_array().cloned().unwrap_or_default())
}
