//! Lists over HTTP from a database on a server, beside peers that read one too, in one run.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::{
    fill,
    process::{Server, family_cpu},
    report::Report,
    run::{a_full_conversation, median},
    wrk::{Load, load},
};

/// Messages in a database that was empty.
const MESSAGES: u64 = 100_000;

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server to start.
    #[arg(long, default_value = "target/release/jarvis")]
    binary: PathBuf,
    /// A data directory; made when missing, and filled with its database.
    #[arg(long)]
    data_dir: PathBuf,
    /// The database, such as postgresql://USER@127.0.0.1/NAME; 100 000 messages are written when it has none.
    #[arg(long)]
    database: String,
    /// A Redis that the server shall use.
    #[arg(long)]
    redis: Option<String>,
    /// The process of the database server: its CPU is told beside that of those who ask it.
    #[arg(long)]
    database_pid: Option<u32>,
    /// Running peers, as `LABEL=PID=URL`; the address answers a list of 20 messages.
    #[arg(long = "peer", value_parser = peer)]
    peers: Vec<Peer>,
    /// Seconds of each load; each is repeated three times, in turn.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Print JSON instead of a Markdown table.
    #[arg(long)]
    json: bool,
}

/// Whoever answers the same question.
#[derive(Clone, Debug)]
struct Peer {
    label: String,
    pid: u32,
    url: String,
}

fn peer(text: &str) -> Result<Peer, String> {
    let mut parts = text.splitn(3, '=');
    let (Some(label), Some(pid), Some(url)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("write LABEL=PID=URL".to_owned());
    };
    let pid = pid.parse().map_err(|_| "PID is a number")?;
    Ok(Peer { label: label.to_owned(), pid, url: url.to_owned() })
}

/// What one question cost.
struct Cost {
    load: Load,
    /// CPU of the database server per request, in microseconds.
    database_us: f64,
}

/// Measures each in turn, three times: a machine that slows down slows all.
pub(crate) async fn run(options: &Options) -> Result<()> {
    fill::until(&options.data_dir, &options.database, MESSAGES).await?;
    // two servers over one database: with the caches that are on by default, and without
    let cached = Server::start_with(&options.binary, &options.data_dir, &variables(options, None)).await?;
    let plain_dir = options.data_dir.join("uncached");
    std::fs::create_dir_all(&plain_dir)?;
    let plain = Server::start_with(&options.binary, &plain_dir, &variables(options, Some("0"))).await?;
    let conversation = a_full_conversation(&plain.url).await?;
    let ours = |label: &str, server: &Server| Peer {
        label: label.to_owned(),
        pid: server.pid(),
        url: format!("{}/api/chat/history/{conversation}?limit=20", server.url),
    };
    let mut asked = vec![ours("Jarvis, cache off", &plain), ours("Jarvis, unchanged since last read", &cached)];
    asked.extend(options.peers.iter().cloned());
    let mut costs: Vec<Vec<Cost>> = asked.iter().map(|_| Vec::new()).collect();
    for _ in 0..3 {
        for (peer, seen) in asked.iter().zip(&mut costs) {
            seen.push(cost(options, peer).await?);
        }
    }
    let mut report = Report::default();
    let middle: Vec<Cost> = costs.into_iter().map(middle).collect::<Option<_>>().context("nothing was measured")?;
    for (peer, cost) in asked.iter().zip(&middle) {
        let ratios: Vec<String> =
            middle[..2].iter().map(|ours| format!("{:.1}", cost.load.cpu_us / ours.load.cpu_us)).collect();
        report.row(
            format!("list 20 messages, PostgreSQL: {}", peer.label),
            format!(
                "{:.1} µs CPU, {:.1} µs of the database server, {:.0} req/s, p50 {}, p99 {}; {} × ours without and with cache",
                cost.load.cpu_us,
                cost.database_us,
                cost.load.rate,
                cost.load.p50,
                cost.load.p99,
                ratios.join(" and "),
            ),
            "",
        );
    }
    cached.stop().await?;
    plain.stop().await?;
    report.print(options.json)
}

fn variables(options: &Options, cache_mib: Option<&str>) -> Vec<(&'static str, String)> {
    let mut variables = vec![("DATABASE_URL", options.database.clone())];
    variables.extend(options.redis.clone().map(|redis| ("REDIS_URL", redis)));
    variables.extend(cache_mib.map(|mib| ("CACHE_MAX_MIB", mib.to_owned())));
    variables
}

async fn cost(options: &Options, peer: &Peer) -> Result<Cost> {
    let before = options.database_pid.map(family_cpu).transpose()?;
    let load = load(peer.pid, &peer.url, options.seconds).await?;
    let after = options.database_pid.map(family_cpu).transpose()?;
    let spent = after.unwrap_or_default().saturating_sub(before.unwrap_or_default());
    let requests = load.rate * f64::from(options.seconds);
    ensure!(requests > 0.0, "{} answered nothing", peer.label);
    Ok(Cost { database_us: spent.as_secs_f64() * 1e6 / requests, load })
}

/// The one whose server took the median of CPU.
fn middle(mut costs: Vec<Cost>) -> Option<Cost> {
    let wanted = median(costs.iter().map(|cost| cost.load.clone()).collect()).cpu_us;
    let place = costs.iter().position(|cost| cost.load.cpu_us.total_cmp(&wanted).is_eq())?;
    Some(costs.swap_remove(place))
}
