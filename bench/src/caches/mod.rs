//! What a hit and a miss of the cache cost.

mod in_process;
mod remote;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use clap::Args;
use jarvis_core::{
    ports::{Cache, Keep, Lookup, Store},
    types::{ConversationQuery, ConversationStatus, MessageQuery},
};

use crate::{
    figures::median_and_p99,
    inserts::open,
    process::cpu,
    report::{Report, yes},
};

/// Bytes of a value.
const VALUE: usize = 4 << 10;
/// Keys that hits are asked for in turn.
const KEYS: usize = 1_000;
/// Misses of each row.
const MISSES: usize = 2_000;
/// As the product keeps a page: a while, under the tag of its owner.
const KEEP: Keep<'static> = Keep { ttl: Duration::from_mins(10), tags: &["user:bench"] };
const PATIENCE: Duration = Duration::from_secs(2);

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A Redis server, such as redis://127.0.0.1:6379; in process only when missing. Its own keys are removed afterwards.
    #[arg(long)]
    redis: Option<String>,
    /// A data directory made by `fill`: a miss then also reads 20 messages from its database.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Rounds of each row of Redis; in each all take their turn.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Print JSON instead of a Markdown table.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    let mut report = Report::default();
    let cache = in_process::measure(&mut report).await?;
    misses(&mut report, "in process", cache.as_ref(), options).await?;
    if let Some(url) = &options.redis {
        let redis = remote::Remote::open(url).await?;
        redis.measure(&mut report, options.rounds).await?;
        misses(&mut report, "Redis", redis.cache(), options).await?;
        redis.clear().await?;
    }
    report.print(options.json)
}

fn value() -> Bytes {
    Bytes::from(vec![b'x'; VALUE])
}

/// Puts every key.
async fn put(cache: &dyn Cache, kind: &str, keep: &Keep<'_>) -> Result<Vec<String>> {
    let keys: Vec<String> = (0..KEYS).map(|number| format!("{kind}:{number}")).collect();
    for key in &keys {
        cache.set(key, value(), keep).await?;
    }
    Ok(keys)
}

/// Looks a key up as the product does; it must be there.
async fn hit(cache: &dyn Cache, key: &str) -> Result<Bytes> {
    match cache.lease(key, &KEEP, PATIENCE).await? {
        Lookup::Found(value) => Ok(value),
        Lookup::Load(_) => bail!("the cache lost {key}; give it room, and leave its server to this run"),
    }
}

/// What a request pays that finds nothing: the look, the leave to make the value, and keeping it.
async fn misses(report: &mut Report, place: &str, cache: &dyn Cache, options: &Options) -> Result<()> {
    let before = cpu(std::process::id())?;
    let (p50, p99) = milliseconds(cache, "made", async || Ok(value())).await?;
    let worked = cpu(std::process::id())?.saturating_sub(before).as_secs_f64() * 1e3 / MISSES as f64;
    report.row(
        format!("cache miss + store, {place}"),
        format!("{worked:.4} ms CPU; of the clock p50 {p50:.4} ms, p99 {p99:.4} ms"),
        format!("≤ 0.3 ms CPU: {}", yes(worked <= 0.3)),
    );
    let Some(data_dir) = &options.data_dir else { return Ok(()) };
    let services = open(data_dir, None).await?;
    let (scope, store): (_, Arc<dyn Store>) = (services.engine.users.local(None).await?, services.store());
    let query = ConversationQuery {
        status: ConversationStatus::Open,
        session_id: None,
        title_contains: None,
        limit: 1,
        after: None,
    };
    let found = store.conversations().list(&scope, &query).await?;
    let conversation = found.items.first().context("the data directory is empty; see `jarvis-bench fill`")?.id;
    let query = MessageQuery { before: None, since: None, limit: 20 };
    let read = async || {
        let page = store.messages().page(&scope, conversation, &query).await?;
        let texts = page.context("the conversation went")?.messages.into_iter().map(|message| message.content);
        Ok(Bytes::from(texts.collect::<String>()))
    };
    let (p50, p99) = milliseconds(cache, "read", read).await?;
    report.row(
        format!("the same with reading 20 messages from the directory's database, {place}"),
        format!("p50 {p50:.4} ms, p99 {p99:.4} ms"),
        "",
    );
    services.close(Duration::from_mins(1)).await?;
    Ok(())
}

async fn milliseconds(cache: &dyn Cache, kind: &str, make: impl AsyncFn() -> Result<Bytes>) -> Result<(f64, f64)> {
    let mut times = Vec::with_capacity(MISSES);
    for number in 0..MISSES {
        let key = format!("{kind}:{number}");
        let begun = Instant::now();
        let Lookup::Load(lease) = cache.lease(&key, &KEEP, PATIENCE).await? else { bail!("{key} was there already") };
        let kept = cache.fill(lease, make().await?, KEEP.ttl).await?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        anyhow::ensure!(kept, "{key} was not kept");
    }
    Ok(median_and_p99(times))
}
