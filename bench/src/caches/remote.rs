//! Hits in Redis beside its bare client, on one connection each.

use std::{sync::Arc, time::Instant};

use anyhow::{Context, Result, ensure};
use jarvis_core::ports::{Cache, HealthStatus, Ids, Keep, SystemIds};
use jarvis_host::config::DEFAULT_CACHE_BYTES;
use jarvis_providers::redis::{Redis, RedisCache, RedisOptions};
use redis::{aio::MultiplexedConnection, cmd};

use super::{KEEP, KEYS, hit, put, value};
use crate::{
    figures::median_and_p99,
    process::cpu,
    report::{Report, yes},
};

/// Answers of one kind in a round, of all callers together.
const ANSWERS: usize = 800;

/// How a value is asked for.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// `GET` by the bare client.
    Bare,
    /// As the product looks a page up, with the tag of its owner.
    Page,
    /// A value without tags.
    Plain,
    /// A value with a tag, by one who does not know of it.
    Tagged,
}

const WAYS: [(Way, &str); 4] = [
    (Way::Bare, "GET by the bare client"),
    (Way::Page, "as a page is looked up, with its tag"),
    (Way::Plain, "get of a value without tags"),
    (Way::Tagged, "get of a value with a tag, which is learned from it"),
];

/// What one way cost.
#[derive(Debug, Default)]
struct Cost {
    microseconds: Vec<f64>,
    own_cpu: f64,
    server_cpu: f64,
}

/// A Redis server, by the cache and by the bare client.
pub(super) struct Remote {
    cache: Arc<RedisCache>,
    bare: MultiplexedConnection,
    prefix: String,
}

impl Remote {
    pub(super) async fn open(url: &str) -> Result<Self> {
        let prefix = format!("bench:{}", SystemIds.next());
        let bare = redis::Client::open(url)?.get_multiplexed_async_connection().await;
        let bare = bare.context("Redis does not answer; start one and name it, such as redis://127.0.0.1:6379")?;
        let redis = Arc::new(Redis::new(&RedisOptions::new(url, &prefix))?);
        let cache = Arc::new(RedisCache::open(redis, Arc::new(SystemIds), DEFAULT_CACHE_BYTES).await);
        ensure!(cache.check().await.status == HealthStatus::Healthy, "the cache cannot use this Redis");
        Ok(Self { cache, bare, prefix })
    }

    pub(super) fn cache(&self) -> &dyn Cache {
        &*self.cache
    }

    pub(super) async fn measure(&self, report: &mut Report, rounds: usize) -> Result<()> {
        put(&*self.cache, "plain", &Keep::during(KEEP.ttl)).await?;
        put(&*self.cache, "tagged", &KEEP).await?;
        for number in 0..KEYS {
            let mut set = cmd("SET");
            set.arg(self.bare_key(number)).arg(&*value()).arg("PX").arg(600_000);
            set.exec_async(&mut self.bare.clone()).await?;
        }
        for callers in [1, 16] {
            self.hits(report, rounds, callers).await?;
        }
        Ok(())
    }

    /// All ways in turn, many times: a machine that slows down slows all.
    async fn hits(&self, report: &mut Report, rounds: usize, callers: usize) -> Result<()> {
        let mut costs: [Cost; WAYS.len()] = Default::default();
        for round in 0..=rounds {
            for turn in 0..WAYS.len() {
                let place = (round + turn) % WAYS.len();
                let mut seen = Cost::default();
                self.ask_all(WAYS[place].0, callers, &mut seen).await?;
                // the first round warms up
                if round > 0 {
                    costs[place].microseconds.append(&mut seen.microseconds);
                    costs[place].own_cpu += seen.own_cpu;
                    costs[place].server_cpu += seen.server_cpu;
                }
            }
        }
        let mut bare = f64::NAN;
        for ((way, label), cost) in WAYS.iter().zip(costs) {
            let count = cost.microseconds.len() as f64;
            let (p50, p99) = median_and_p99(cost.microseconds);
            let bar = if matches!(way, Way::Bare) {
                bare = p50;
                String::new()
            } else {
                format!("≤ 1.2 × the bare client: {} ({:.2} ×)", yes(p50 <= 1.2 * bare), p50 / bare)
            };
            report.row(
                format!("cache hit in Redis, 4 KiB, {callers} at a time: {label}"),
                format!(
                    "p50 {p50:.1} µs, p99 {p99:.1} µs, {:.1} µs CPU here and {:.1} µs of the server",
                    cost.own_cpu / count,
                    cost.server_cpu / count,
                ),
                bar,
            );
        }
        Ok(())
    }

    async fn ask_all(&self, way: Way, callers: usize, cost: &mut Cost) -> Result<()> {
        let (own, server) = (cpu(std::process::id())?, self.server_cpu().await?);
        let tasks: Vec<_> = (0..callers)
            .map(|caller| {
                tokio::spawn(ask(way, Arc::clone(&self.cache), self.bare.clone(), self.keys(way, caller, callers)))
            })
            .collect();
        for task in tasks {
            cost.microseconds.append(&mut task.await??);
        }
        cost.own_cpu += cpu(std::process::id())?.saturating_sub(own).as_secs_f64() * 1e6;
        cost.server_cpu += (self.server_cpu().await? - server) * 1e6;
        Ok(())
    }

    fn keys(&self, way: Way, caller: usize, callers: usize) -> Vec<String> {
        let key = |number| match way {
            Way::Bare => self.bare_key(number),
            Way::Plain => format!("plain:{number}"),
            Way::Page | Way::Tagged => format!("tagged:{number}"),
        };
        (0..ANSWERS / callers).map(|number| key((number * callers + caller) % KEYS)).collect()
    }

    fn bare_key(&self, number: usize) -> String {
        format!("{}:bare:{number}", self.prefix)
    }

    /// Seconds of CPU that the server has spent.
    async fn server_cpu(&self) -> Result<f64> {
        let text: String = cmd("INFO").arg("cpu").query_async(&mut self.bare.clone()).await?;
        let figure = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
        figure("used_cpu_user:")
            .zip(figure("used_cpu_sys:"))
            .map(|(a, b)| a + b)
            .context("the server tells no CPU time")
    }

    /// Removes what was put.
    pub(super) async fn clear(&self) -> Result<()> {
        let mut cursor = 0_u64;
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(format!("{}:*", self.prefix)).arg("COUNT").arg(KEYS);
            let (next, keys): (u64, Vec<String>) = scan.query_async(&mut self.bare.clone()).await?;
            if !keys.is_empty() {
                cmd("UNLINK").arg(keys).exec_async(&mut self.bare.clone()).await?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }
}

/// One caller, who asks for one after the other. Answers how many microseconds each took.
async fn ask(way: Way, cache: Arc<RedisCache>, mut bare: MultiplexedConnection, keys: Vec<String>) -> Result<Vec<f64>> {
    let mut times = Vec::with_capacity(keys.len());
    for key in keys {
        let begun = Instant::now();
        let length = match way {
            Way::Bare => cmd("GET").arg(&key).query_async::<Option<Vec<u8>>>(&mut bare).await?.map(|found| found.len()),
            Way::Page => Some(hit(&*cache, &key).await?.len()),
            Way::Plain | Way::Tagged => cache.get(&key).await?.map(|found| found.len()),
        };
        times.push(begun.elapsed().as_secs_f64() * 1e6);
        ensure!(length == Some(super::VALUE), "{key} went; give Redis room, and leave it to this run");
    }
    Ok(times)
}
