use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context, Result, bail};

use super::{
    Options,
    http::Streamed,
    tokens::{now_us, stamps},
    upstream::{Pace, Upstream},
};
use crate::{
    corpus::{Random, turn},
    figures::median_and_p99,
    process::{Server, cpu},
    report::Report,
};

/// What Jarvis adds before the first token: the request, the durable message, recall over what is filled in, the prompt.
pub(super) async fn measure(report: &mut Report, options: &Options, filled: &Path) -> Result<()> {
    // what comes after the first token is not to be measured with it
    let upstream = Upstream::start(Pace { tokens: 3, gap: Duration::from_millis(10) }).await?;
    let server = Server::start_with(&options.binary, filled, &[("OPENAI_BASE_URL", upstream.base_url())]).await?;
    let ours: SocketAddr = server.url.trim_start_matches("http://").parse().context("the server's address")?;
    let mut random = Random::new(7);
    let (mut direct, mut through) = (Vec::new(), Vec::new());
    let mut worked = Vec::new();
    for number in 0..options.chats + WARM_UP {
        let question: String = turn(&mut random).split(' ').take(8).collect::<Vec<_>>().join(" ");
        let body = serde_json::json!({ "message": question, "stream": true, "save_memory": false }).to_string();
        let (straight, _) = first(upstream.address(), "/v1/chat/completions", r#"{"stream":true}"#, None).await?;
        tokio::time::sleep(Duration::from_millis(options.pause)).await;
        let (added, cpu) = first(ours, "/api/chat", &body, Some(server.pid())).await?;
        if number >= WARM_UP {
            worked.push(cpu);
            direct.push(straight);
            through.push(added);
        }
    }
    server.stop().await?;
    let (cpu_p50, cpu_p99) = median_and_p99(worked);
    let (p50, p99) = median_and_p99(direct);
    let (p50_through, p99_through) = median_and_p99(through);
    report.row("time to the first token straight from the upstream", format!("p50 {p50:.2} ms, p99 {p99:.2} ms"), "");
    report.row(
        "the same through Jarvis, with recall over what is filled in",
        format!(
            "{cpu_p50:.2} ms CPU, p99 {cpu_p99:.2} ms; wall p50 {p50_through:.2} ms, p99 {p99_through:.2} ms: {:.2} ms added at the \
             median, {:.2} ms at p99",
            p50_through - p50,
            p99_through - p99,
        ),
        "≤ 5 ms added, goal 2 ms",
    );
    Ok(())
}

/// Chats before those that count.
const WARM_UP: usize = 20;

/// Milliseconds until the first token, of the clock and of a process's CPU; the answer is read to its end.
async fn first(address: SocketAddr, path: &str, body: &str, pid: Option<u32>) -> Result<(f64, f64)> {
    let worked = || pid.map_or(Ok(Duration::ZERO), cpu);
    let before = worked()?;
    let begun = now_us();
    let mut streamed = Streamed::post(address, path, body).await?;
    let mut first = None;
    while let Some(lines) = streamed.lines().await? {
        if first.is_none() && stamps(lines).next().is_some() {
            let waited = (now_us() - begun) as f64 / 1e3;
            first = Some((waited, worked()?.saturating_sub(before).as_secs_f64() * 1e3));
        }
        if lines.contains("event: error") {
            bail!("a chat failed: {lines}");
        }
        if super::http::is_end(lines) {
            break;
        }
    }
    first.context("an answer without a token")
}
