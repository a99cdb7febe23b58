//! How well memory finds what matters: the real server, its public import and its public search.

mod corpus;
mod french;
mod held_out;
pub(crate) mod locomo;
mod tally;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use reqwest::Client;
use serde_json::Value;

use self::{
    corpus::Corpus,
    held_out::Explained,
    tally::{DEPTHS, Tally},
};
use crate::{
    figures::median_and_p99,
    process::{Server, cpu},
    report::Report,
};

const MODES: [&str; 3] = ["text", "vector", "hybrid"];
/// Hits that recall puts into a prompt.
const RECALLED: usize = 8;
/// The deepest place at which recall is told.
const DEEPEST: usize = DEPTHS[DEPTHS.len() - 1];
/// Longest that vectors of what was imported are waited for.
const EMBEDDING: Duration = Duration::from_mins(2);

/// A turn found and the parts of its score.
type Hit = (String, BTreeMap<String, f32>);

/// What to ask whom.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// LoCoMo's file; without it that part is skipped.
    #[arg(long)]
    locomo: Option<PathBuf>,
    /// The server to measure.
    #[arg(long, default_value = "target/release/jarvis")]
    binary: PathBuf,
    /// Print JSON instead of a Markdown table.
    #[arg(long)]
    json: bool,
}

/// Imports every set into a fresh server and asks all its questions in every mode.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let mut report = Report::default();
    match &options.locomo {
        Some(path) => measure(&mut report, "LoCoMo", &locomo::read(path)?, &options.binary).await?,
        None => report.row("LoCoMo", "skipped: name its file with --locomo", ""),
    }
    measure(&mut report, "French", &[french::corpus()?], &options.binary).await?;
    report.print(options.json)
}

async fn measure(report: &mut Report, set: &str, corpora: &[Corpus], binary: &Path) -> Result<()> {
    let data_dir = tempfile::tempdir()?;
    let server = Server::start(binary, data_dir.path()).await?;
    let client = Client::new();
    for corpus in corpora {
        import(&client, &server.url, corpus).await?;
    }
    embedded(&client, &server.url).await?;
    let asker = Asker { client: &client, url: &server.url, pid: server.pid() };
    let mut explained = Vec::new();
    for mode in MODES {
        let mut tally = Tally::default();
        let mut costs = Costs::default();
        for corpus in corpora {
            let mut conversation = Vec::new();
            for question in &corpus.questions {
                asker.time(&mut costs, &corpus.name, &question.text, mode).await?;
                let depth = if mode == "hybrid" { held_out::DEPTH } else { DEEPEST };
                let hits = asker.search(&corpus.name, &question.text, mode, depth).await?;
                tally.add(question, &hits.iter().map(|(turn, _)| turn.clone()).collect::<Vec<_>>());
                conversation.push(Explained { question, hits });
            }
            if mode == "hybrid" {
                explained.push(conversation);
            }
        }
        tell(report, set, mode, &tally);
        costs.tell(report, set, mode);
    }
    if corpora.len() > 1 {
        tell(report, set, "hybrid, weights chosen on the other conversations", &held_out::measure(&explained));
    }
    server.stop().await
}

fn tell(report: &mut Report, set: &str, mode: &str, tally: &Tally) {
    let show = |recall: [f64; DEPTHS.len()]| {
        let shown: Vec<String> =
            DEPTHS.iter().zip(recall).map(|(depth, recall)| format!("R@{depth} {recall:.3}")).collect();
        shown.join(", ")
    };
    let is_locomo = set == "LoCoMo";
    let bar = |bar: &str| if is_locomo && mode.starts_with("hybrid") { bar.to_owned() } else { String::new() };
    report.row(format!("{set}, {mode}"), show(tally.recall(|_| true)), bar("R@10 ≥ .74"));
    if is_locomo {
        let without = show(tally.recall(|category| category != "5"));
        report.row(format!("{set}, {mode}, without category 5"), without, bar("R@10 ≥ .71"));
    }
    for category in tally.categories() {
        report.row(format!("{set}, {mode}, {category}"), show(tally.recall(|other| other == category)), "");
    }
}

async fn import(client: &Client, url: &str, corpus: &Corpus) -> Result<()> {
    let body = corpus.lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let request = client
        .post(format!("{url}/api/import"))
        .query(&[("user_id", &corpus.name)])
        .header("content-type", "application/x-ndjson")
        .body(body);
    let answer: Value = request.send().await?.error_for_status()?.json().await?;
    let skipped = answer["skipped"].as_array().context("the answer of the import names no skipped lines")?;
    ensure!(skipped.is_empty(), "lines were skipped: {skipped:?}");
    Ok(())
}

/// Waits until everything imported has its vector.
async fn embedded(client: &Client, url: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        let health: Value = client.get(format!("{url}/health")).send().await?.json().await?;
        if health["services"]["vectors"]["lag"] == 0 {
            return Ok(());
        }
        ensure!(begun.elapsed() < EMBEDDING, "the vectors do not catch up: {health}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Asks one server.
struct Asker<'a> {
    client: &'a Client,
    url: &'a str,
    pid: u32,
}

/// Milliseconds of questions that were timed.
#[derive(Default)]
struct Costs {
    cpu: Vec<f64>,
    wall: Vec<f64>,
}

impl Asker<'_> {
    /// Times one question, with as many hits as recall puts into a prompt.
    async fn time(&self, costs: &mut Costs, user: &str, question: &str, mode: &str) -> Result<()> {
        let (begun, before) = (Instant::now(), cpu(self.pid)?);
        self.search(user, question, mode, RECALLED).await?;
        costs.cpu.push(cpu(self.pid)?.saturating_sub(before).as_secs_f64() * 1e3);
        costs.wall.push(begun.elapsed().as_secs_f64() * 1e3);
        Ok(())
    }

    /// The turns found, best first, and what made their scores.
    async fn search(&self, user: &str, question: &str, mode: &str, limit: usize) -> Result<Vec<Hit>> {
        let request = self.client.get(format!("{}/api/search", self.url)).query(&[
            ("q", question),
            ("user_id", user),
            ("mode", mode),
            ("scope", "messages"),
            ("limit", &limit.to_string()),
            ("explain", &(limit > RECALLED).to_string()),
        ]);
        let answer: Value = request.send().await?.error_for_status()?.json().await?;
        let hits = answer["hits"].as_array().context("the answer of the search has no hits")?;
        let hit = |hit: &Value| {
            let turn = hit["metadata"]["turn"].as_str().context("a hit is no turn")?.to_owned();
            let parts = hit["explain"].as_object().into_iter().flatten();
            Ok((turn, parts.filter_map(|(name, value)| Some((name.clone(), value.as_f64()? as f32))).collect()))
        };
        hits.iter().map(hit).collect()
    }
}

impl Costs {
    fn tell(self, report: &mut Report, set: &str, mode: &str) {
        let ((cpu50, cpu99), (wall50, wall99)) = (median_and_p99(self.cpu), median_and_p99(self.wall));
        let bar = if mode == "hybrid" { "p99 ≤ 5 ms CPU" } else { "" };
        let measured = format!("CPU {cpu50:.2} / {cpu99:.2} ms (wall {wall50:.2} / {wall99:.2} ms)");
        report.row(format!("{set}, {mode}, {RECALLED} hits over HTTP: p50 / p99 of a question"), measured, bar);
    }
}
