//! Lists over HTTP from a database on a server, beside peers that read one too, in one run.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use jarvis_postgres::testkit::Beside;

use crate::{
    fill,
    peers::{FastApi, Peer, peer},
    process::{Server, family_cpu, parent},
    report::{Report, yes},
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
    /// A Redis that the server shall use; without it nothing is kept between requests, and that row is left out.
    #[arg(long)]
    redis: Option<String>,
    /// The process of the database server, whose CPU is told beside that of those who ask it; found when it runs here.
    #[arg(long)]
    database_pid: Option<u32>,
    /// A folder with a FastAPI server to be started as a peer: `app.py`, and `schema.sql` for a database of its own that is
    /// made beside ours when it is missing.
    #[arg(long, requires = "python")]
    fastapi: Option<PathBuf>,
    /// The Python that has what `app.py` needs.
    #[arg(long)]
    python: Option<PathBuf>,
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

/// What one question cost.
struct Cost {
    load: Load,
    /// CPU of the database server per request, in microseconds.
    database_us: f64,
}

/// Measures each in turn, three times: a machine that slows down slows all.
pub(crate) async fn run(options: &Options) -> Result<()> {
    fill::until(&options.data_dir, &options.database, MESSAGES, 0).await?;
    let fastapi = match (&options.fastapi, &options.python) {
        (Some(dir), Some(python)) => Some(FastApi::start(dir, python, &options.database).await?),
        _ => None,
    };
    let database_pid = match options.database_pid {
        Some(pid) => Some(pid),
        None => database_pid(&options.database).await?,
    };
    // two servers over one database: without a cache, and with the one that is on by default where there is a Redis
    let plain_dir = options.data_dir.join("uncached");
    std::fs::create_dir_all(&plain_dir)?;
    let mut servers = vec![Server::start_with(&options.binary, &plain_dir, &variables(options, Some("0"))).await?];
    if options.redis.is_some() {
        servers.push(Server::start_with(&options.binary, &options.data_dir, &variables(options, None)).await?);
    }
    for server in &servers {
        server.rest().await?;
    }
    let conversation = a_full_conversation(&servers[0].url).await?;
    let labels = ["Jarvis, cache off", "Jarvis, unchanged since last read"];
    let ours = servers.iter().zip(labels).map(|(server, label)| Peer {
        label: label.to_owned(),
        pid: server.pid(),
        url: format!("{}/api/chat/history/{conversation}?limit=20", server.url),
        bars: None,
    });
    let mut asked: Vec<Peer> = ours.collect();
    asked.extend(fastapi.iter().flat_map(FastApi::peers));
    asked.extend(options.peers.iter().cloned());
    let mut costs: Vec<Vec<Cost>> = asked.iter().map(|_| Vec::new()).collect();
    for _ in 0..3 {
        for (peer, seen) in asked.iter().zip(&mut costs) {
            seen.push(cost(options, database_pid, peer).await?);
        }
    }
    let middle: Vec<Cost> = costs.into_iter().map(middle).collect::<Option<_>>().context("nothing was measured")?;
    let report = told(&asked, &middle, servers.len(), database_pid.is_some());
    for server in servers {
        server.stop().await?;
    }
    report.print(options.json)
}

/// A row for each who was asked, of whom the first are ours.
fn told(asked: &[Peer], costs: &[Cost], ours: usize, knows_database: bool) -> Report {
    let mut report = Report::default();
    for (place, (peer, cost)) in asked.iter().zip(costs).enumerate() {
        let database = if knows_database {
            format!("{:.1} µs of the database server, ", cost.database_us)
        } else {
            String::new()
        };
        let mut bars = Vec::new();
        if place >= ours {
            let shares = peer.bars.map(|(plain, cached)| [plain, cached]);
            for (number, our) in costs[..ours].iter().enumerate() {
                let with = ["cache off", "unchanged"][number];
                let (is, bar) = (our.load.cpu_us / cost.load.cpu_us, shares.map(|shares| shares[number]));
                bars.push(match bar {
                    Some(bar) => {
                        format!("ours {with} ≤ 1/{:.0} of its CPU: {} (1/{:.1})", 1.0 / bar, yes(is <= bar), 1.0 / is)
                    }
                    None => format!("ours {with}: 1/{:.1} of its CPU", 1.0 / is),
                });
            }
            if knows_database {
                let no_more = costs[0].database_us <= cost.database_us;
                bars.push(format!("ours cache off takes no more of the database: {}", yes(no_more)));
            }
        }
        let Load { cpu_us, rate, p50, p99 } = &cost.load;
        report.row(
            format!("list 20 messages, PostgreSQL: {}", peer.label),
            format!("{cpu_us:.1} µs CPU, {database}{rate:.0} req/s, p50 {p50}, p99 {p99}"),
            bars.join("; "),
        );
    }
    report
}

/// The process that all of a database server's others were started by, when it runs on this machine.
async fn database_pid(url: &str) -> Result<Option<u32>> {
    let mut beside = Beside::open(url).await?;
    let own = u32::try_from(beside.pid().await?)?;
    // the number may mean another process here
    let is_here = std::fs::read_to_string(format!("/proc/{own}/comm")).is_ok_and(|name| name.trim() == "postgres");
    let found = if is_here { parent(own) } else { None };
    beside.close().await?;
    Ok(found)
}

fn variables(options: &Options, cache_mib: Option<&str>) -> Vec<(&'static str, String)> {
    let mut variables = vec![("DATABASE_URL", options.database.clone())];
    variables.extend(options.redis.clone().map(|redis| ("REDIS_URL", redis)));
    variables.extend(cache_mib.map(|mib| ("CACHE_MAX_MIB", mib.to_owned())));
    variables
}

async fn cost(options: &Options, database_pid: Option<u32>, peer: &Peer) -> Result<Cost> {
    let before = database_pid.map(family_cpu).transpose()?;
    let load = load(peer.pid, &peer.url, options.seconds).await?;
    let after = database_pid.map(family_cpu).transpose()?;
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
