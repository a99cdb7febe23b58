//! The index of vectors, in process: building, opening, memory, and the CPU time and recall of searches.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::Args;
use jarvis_core::{
    Timestamp,
    ports::{
        CollectionSpec, EmbeddingModel, Tag, VectorChange, VectorCollection, VectorDocument, VectorEntry, VectorFilter,
        VectorIndex, VectorQuery,
    },
    types::{DocKind, DocRef},
};
use jarvis_providers::vectors::{SlabIndex, VectorOptions};
use uuid::Uuid;

use crate::{
    corpus::Random,
    figures::median_and_p99,
    process::{cpu, status_kib},
    report::Report,
};

const DIMENSION: usize = 384;
/// Dimensions in which meanings differ; the rest is noise.
const INTRINSIC: usize = 48;
const TOPICS: u64 = 2_000;
const NEAREST: usize = 10;
const QUERIES: usize = 100;
/// Each query is asked so often.
const ROUNDS: usize = 5;
const BATCH: u64 = 1_000;
const BATCHES_TO_COMMIT: u64 = 20;

/// What to build.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Sizes of the collections, one after the other.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    rows: Vec<u64>,
    /// A directory on the disk to measure; a directory is made in it and removed. Each row takes 2 KB.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Print JSON instead of a Markdown table.
    #[arg(long)]
    json: bool,
}

/// Fills, opens again, asks.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let mut report = Report::default();
    let dir = options.dir.clone().unwrap_or_else(std::env::temp_dir).join("jarvis-bench-vectors");
    for &rows in &options.rows {
        if dir.try_exists()? {
            std::fs::remove_dir_all(&dir)?;
        }
        measure(&dir, rows, &mut report).await?;
        std::fs::remove_dir_all(&dir)?;
    }
    report.print(options.json)
}

async fn open(dir: &Path) -> Result<Arc<dyn VectorCollection>> {
    let index = SlabIndex::open(Some(dir.to_owned()), VectorOptions::default())?;
    let model = EmbeddingModel { id: "bench".to_owned(), dimension: DIMENSION };
    Ok(index.open(CollectionSpec { name: "bench".to_owned(), model }).await?)
}

async fn measure(dir: &Path, rows: u64, report: &mut Report) -> Result<()> {
    let (pid, space) = (std::process::id(), Space::new());
    let what = |what: &str| format!("{rows} vectors: {what}");
    report.row(what("build with commits and calibration"), build(dir, rows, &space).await?, "");
    let before = status_kib(pid, "RssAnon")?;
    let begun = Instant::now();
    let collection = open(dir).await?;
    let opened = begun.elapsed();
    anyhow::ensure!(collection.count().await? == rows, "the collection lost rows");
    report.row(what("open"), format!("{:.1} ms", opened.as_secs_f64() * 1e3), "");
    report.row(what("files"), format!("{} MB", size(dir)? >> 20), "");

    let queries: Vec<Vec<f32>> = (0..QUERIES as u64).map(|query| space.vector(u64::MAX / 2 + query)).collect();
    let filters: [(&str, Option<&'static str>, &str); 3] = [
        ("plain", None, if rows > 100_000 { "≤ 5 ms, recall ≥ .98" } else { "≤ 1 ms, recall ≥ .98" }),
        ("filtered to 0.5 %", Some("user:7"), "≤ 0.2 ms at 100 k, recall ≥ .98"),
        ("filtered to 10 %", Some("role:7"), ""),
    ];
    let edges = edges(&space, rows, &queries, &filters.map(|(_, tag, _)| tag));
    for ((name, tag, bar), edges) in filters.into_iter().zip(edges) {
        let asked = ask(&*collection, &queries, tag, &edges).await?;
        let measured = format!(
            "{:.3} ms CPU a query, wall p50 {:.3} ms, p99 {:.3} ms, recall {:.4}",
            asked.cpu, asked.p50, asked.p99, asked.recall
        );
        report.row(what(&format!("{name}, k = {NEAREST}")), measured, bar);
    }
    let after = status_kib(pid, "RssAnon")?;
    let memory = format!("{} MB; before it was opened again {} MB", after >> 10, before >> 10);
    report.row(what("anonymous memory of this process"), memory, "");
    Ok(())
}

/// Fills a collection; answers what that took, without making the vectors.
async fn build(dir: &Path, rows: u64, space: &Space) -> Result<String> {
    let (pid, collection) = (std::process::id(), open(dir).await?);
    let (mut used, mut wall, mut longest) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for (number, start) in (1..).zip((0..rows).step_by(BATCH as usize)) {
        let entries = (start..rows.min(start + BATCH))
            .map(|row| VectorEntry { seq: row + 1, change: VectorChange::Upsert(space.document(row)) })
            .collect();
        let (begun, used_before) = (Instant::now(), cpu(pid)?);
        collection.apply(entries).await?;
        if number % BATCHES_TO_COMMIT == 0 || start + BATCH >= rows {
            collection.commit().await?;
        }
        longest = longest.max(begun.elapsed());
        wall += begun.elapsed();
        used += cpu(pid)?.saturating_sub(used_before);
    }
    Ok(format!(
        "{:.1} s CPU ({:.1} µs a row), {:.1} s wall, longest step {:.0} ms",
        used.as_secs_f64(),
        used.as_secs_f64() * 1e6 / rows as f64,
        wall.as_secs_f64(),
        longest.as_secs_f64() * 1e3
    ))
}

struct Asked {
    /// Milliseconds.
    cpu: f64,
    p50: f64,
    p99: f64,
    recall: f64,
}

async fn ask(
    collection: &dyn VectorCollection,
    queries: &[Vec<f32>],
    tag: Option<&'static str>,
    edges: &[f32],
) -> Result<Asked> {
    let filter =
        VectorFilter { all: tag.map(|tag| vec![Tag(tag.into())]).into_iter().collect(), ..VectorFilter::default() };
    let queries: Vec<VectorQuery> = queries
        .iter()
        .map(|vector| VectorQuery { vector: vector.clone(), filter: filter.clone(), limit: NEAREST })
        .collect();
    let mut found = 0;
    for (query, edge) in queries.iter().zip(edges) {
        let hits = collection.nearest(query).await?;
        found += hits.iter().filter(|hit| hit.score >= edge - 1e-6).count().min(NEAREST);
    }
    let mut times = Vec::with_capacity(ROUNDS * queries.len());
    let begun = cpu(std::process::id())?;
    for query in queries.iter().cycle().take(ROUNDS * queries.len()) {
        let begun = Instant::now();
        collection.nearest(query).await?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let used = cpu(std::process::id())?.saturating_sub(begun);
    let cpu = used.as_secs_f64() * 1e3 / times.len() as f64;
    let (p50, p99) = median_and_p99(times);
    Ok(Asked { cpu, p50, p99, recall: found as f64 / (queries.len() * NEAREST) as f64 })
}

/// For each filter and query the score of the last one that belongs to the nearest, by looking at every row.
fn edges(space: &Space, rows: u64, queries: &[Vec<f32>], tags: &[Option<&'static str>]) -> Vec<Vec<f32>> {
    let mut best = vec![vec![vec![f32::NEG_INFINITY; NEAREST]; queries.len()]; tags.len()];
    for row in 0..rows {
        let document = space.document(row);
        let passes = |tag: Option<&str>| tag.is_none_or(|tag| document.tags.iter().any(|other| other.0 == tag));
        let passed: Vec<bool> = tags.iter().copied().map(passes).collect();
        for (number, query) in queries.iter().enumerate() {
            let score = dot(query, &document.vector);
            for (best, _) in best.iter_mut().zip(&passed).filter(|(_, passed)| **passed) {
                let best = &mut best[number];
                let place = best.partition_point(|other| *other >= score);
                if place < NEAREST {
                    best.pop();
                    best.insert(place, score);
                }
            }
        }
    }
    best.into_iter().map(|queries| queries.into_iter().map(|best| best[NEAREST - 1]).collect()).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    for (a, b) in a.chunks_exact(16).zip(b.chunks_exact(16)) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

/// Where vectors lie that are like those of texts: topics in a space of few dimensions, texts around them, a common
/// direction that all share, and a little noise in all dimensions.
struct Space {
    /// Axes of the small space in the large one.
    axes: Vec<f32>,
    common: Vec<f32>,
}

impl Space {
    fn new() -> Self {
        let mut random = Random::new(17);
        let axes = (0..INTRINSIC * DIMENSION).map(|_| gauss(&mut random)).collect();
        let common = (0..DIMENSION).map(|_| gauss(&mut random)).collect();
        Self { axes, common }
    }

    fn document(&self, row: u64) -> VectorDocument {
        let mut random = Random::new(row + 1);
        let mut tag = |name: &str, of: u64| Tag(format!("{name}:{}", random.next() % of).into());
        VectorDocument {
            doc: DocRef { kind: DocKind::Message, id: Uuid::from_u128(u128::from(row) << 64 | u128::from(row)) },
            tags: vec![tag("user", 200), tag("role", 10)],
            vector: self.vector(row),
            created_at: Timestamp::from_micros(1_700_000_000_000_000 + row as i64 * 1_000_000),
        }
    }

    /// The same number gives the same vector.
    fn vector(&self, number: u64) -> Vec<f32> {
        let mut random = Random::new(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut topic = Random::new(1 + random.below(TOPICS) * 7_919);
        let mut vector: Vec<f32> = self.common.iter().map(|value| 3.0 * value + 1.5 * gauss(&mut random)).collect();
        for axis in self.axes.chunks_exact(DIMENSION) {
            let place = gauss(&mut topic) + 0.7 * gauss(&mut random);
            for (value, along) in vector.iter_mut().zip(axis) {
                *value += place * along;
            }
        }
        let length = dot(&vector, &vector).sqrt();
        for value in &mut vector {
            *value /= length;
        }
        vector
    }
}

/// Nearly normal, with deviation 1: the sum of four even ones.
fn gauss(random: &mut Random) -> f32 {
    let bits = random.next();
    let sum: f32 = (0..4).map(|part| (bits >> (16 * part) & 0xffff) as f32 / 65_536.0 - 0.5).sum();
    sum * 3.0_f32.sqrt()
}

/// Bytes of all files below a directory.
fn size(dir: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        total += if metadata.is_dir() { size(&entry.path())? } else { metadata.len() };
    }
    Ok(total)
}
