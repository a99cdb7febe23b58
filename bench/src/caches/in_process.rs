use std::{sync::Arc, time::Instant};

use anyhow::Result;
use jarvis_core::ports::{Cache, Keep};
use jarvis_providers::cache::InProcessCache;

use super::{KEEP, hit, put};
use crate::{
    figures::median_and_p99,
    process::cpu,
    report::{Report, yes},
};

/// As much as the product gives it.
const ROOM: u64 = 64 << 20;
/// Hits of each row.
const HITS: usize = 200_000;

/// Hits in process. Answers the cache, to go on with.
pub(super) async fn measure(report: &mut Report) -> Result<Arc<dyn Cache>> {
    let cache: Arc<dyn Cache> = Arc::new(InProcessCache::new(ROOM));
    let plain = put(&*cache, "plain", &Keep::during(KEEP.ttl)).await?;
    let tagged = put(&*cache, "tagged", &KEEP).await?;
    for (label, keys, is_get) in [("get", &plain, true), ("as a page is looked up, with its tag", &tagged, false)] {
        let before = cpu(std::process::id())?;
        let mut times = Vec::with_capacity(HITS);
        for number in 0..HITS {
            let key = &keys[number % keys.len()];
            let begun = Instant::now();
            if is_get {
                cache.get(key).await?;
            } else {
                hit(&*cache, key).await?;
            }
            times.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        let spent = cpu(std::process::id())?.saturating_sub(before).as_secs_f64() * 1e6 / HITS as f64;
        let (p50, p99) = median_and_p99(times);
        report.row(
            format!("cache hit in process, 4 KiB: {label}"),
            format!("p50 {p50:.2} µs, p99 {p99:.2} µs, {spent:.2} µs CPU with measuring it"),
            format!("≤ 2 µs: {}", yes(p50 <= 2.0)),
        );
    }
    Ok(cache)
}
