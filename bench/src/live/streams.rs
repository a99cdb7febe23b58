use std::{net::SocketAddr, sync::mpsc::channel, time::Duration};

use anyhow::{Context, Result, ensure};

use super::{
    Options,
    http::Streamed,
    readers::read_all,
    tokens::now_us,
    upstream::{Pace, Upstream},
};
use crate::{
    figures::{median_and_p99, quantile},
    process::{Server, cpu, status_kib},
    report::Report,
};

/// Within how long all streams are begun.
const RAMP: Duration = Duration::from_secs(10);

/// Many streams at once, straight from the upstream and through Jarvis, in the same run.
pub(super) async fn measure(report: &mut Report, options: &Options) -> Result<()> {
    let (count, rate) = (options.streams, options.rate.max(1));
    // long enough that all run while it is measured
    let tokens = u32::try_from((options.time() + RAMP).as_secs()).unwrap_or(u32::MAX).saturating_mul(rate);
    let upstream = Upstream::start(Pace { tokens, gap: Duration::from_secs(1) / rate }).await?;
    let direct =
        Sent { address: upstream.address(), path: "/v1/chat/completions", body: |_| "{\"stream\":true}".to_owned() };
    let direct = all(direct, options).await?;
    let data_dir = options.dir.join("jarvis-bench-streams");
    std::fs::create_dir_all(&data_dir)?;
    let config = data_dir.join("bench.toml");
    #[expect(clippy::disallowed_methods, reason = "a file of this measurement, gone with it")]
    std::fs::write(&config, format!("[llm]\nconcurrency = {}\n", count + 16))?;
    let variables = [("OPENAI_BASE_URL", upstream.base_url()), ("JARVIS_CONFIG", config.display().to_string())];
    let server = Server::start_with(&options.binary, &data_dir, &variables).await?;
    let before = status_kib(server.pid(), "RssAnon")?;
    let through = Sent {
        address: server.url.trim_start_matches("http://").parse().context("the server's address")?,
        path: "/api/chat",
        body: |number| format!(r#"{{"message":"stream number {number}","stream":true,"save_memory":false}}"#),
    };
    let watched = tokio::spawn(watch(server.pid(), options.time()));
    let through = all(through, options).await?;
    let memory = watched.await??;
    let after = status_kib(server.pid(), "RssAnon")?;
    server.stop().await?;
    std::fs::remove_dir_all(&data_dir)?;

    let written = options.time().as_secs_f64() * f64::from(rate) * count as f64;
    let per_token = memory.worked.as_secs_f64() * 1e6 / written;
    let (p50, p99) = median_and_p99(direct.clone());
    let (p50_through, p99_through) = median_and_p99(through.clone());
    report.row(
        format!("{count} streams at {rate} tokens/s straight from the upstream: delay of a token"),
        format!("p50 {p50:.2} ms, p99 {p99:.2} ms ({} tokens)", direct.len()),
        "",
    );
    report.row(
        "the same through Jarvis",
        format!(
            "p50 {p50_through:.2} ms, p99 {p99_through:.2} ms ({} tokens): {:.2} ms added at p99; {per_token:.1} µs CPU a token",
            through.len(),
            p99_through - p99
        ),
        "p99 < 20 ms added",
    );
    report.row(
        "anonymous memory before, at the first quarter, at its most, after",
        format!("{} / {} / {} / {} MB", before / 1024, memory.early / 1024, memory.most / 1024, after / 1024),
        "flat",
    );
    Ok(())
}

/// Where a stream is asked for, and with what.
#[derive(Clone, Copy)]
struct Sent {
    address: SocketAddr,
    path: &'static str,
    body: fn(usize) -> String,
}

/// Milliseconds from the making of each token to its coming, over all streams, while all of them run: from when the last
/// has begun until the first ends.
async fn all(sent: Sent, options: &Options) -> Result<Vec<f64>> {
    let (count, time, nth) = (options.streams, options.time(), usize::from(options.watched));
    let begun = now_us() + u64::try_from(RAMP.as_micros())?;
    let steady = begun..begun + u64::try_from(time.as_micros())?;
    let (playing, begun) = channel();
    let reading = tokio::task::spawn_blocking(move || read_all(&begun, &steady, nth));
    let asking: Vec<_> = (0..count)
        .map(|number| {
            let wait = RAMP.mul_f64(0.8 * number as f64 / count as f64);
            let playing = playing.clone();
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                let streamed = Streamed::post(sent.address, sent.path, &(sent.body)(number)).await?;
                playing.send(streamed.into_parts()?).context("the reader is gone")
            })
        })
        .collect();
    drop(playing);
    for asked in asking {
        asked.await??;
    }
    let delays = reading.await??;
    ensure!(!delays.is_empty(), "no token came while all streams ran; let them run longer");
    Ok(delays)
}

/// What the server took while all streams ran: memory in KiB, and CPU.
struct Watched {
    early: u64,
    most: u64,
    worked: Duration,
}

async fn watch(pid: u32, time: Duration) -> Result<Watched> {
    tokio::time::sleep(RAMP).await;
    let before = cpu(pid)?;
    let mut seen = Vec::new();
    for _ in 0..40 {
        tokio::time::sleep(time / 40).await;
        seen.push(status_kib(pid, "RssAnon")?);
    }
    let worked = cpu(pid)?.saturating_sub(before);
    let early = seen.get(10).copied().unwrap_or_default();
    let sorted: Vec<f64> = {
        let mut sorted: Vec<f64> = seen.iter().map(|kib| *kib as f64).collect();
        sorted.sort_by(f64::total_cmp);
        sorted
    };
    Ok(Watched { early, most: quantile(&sorted, 1.0) as u64, worked })
}
