//! What the indexes of a PostgreSQL database give over none: the store's main reads, once with them and once in copies
//! without.

use std::{fmt::Write as _, fs::File, io::Write as _, path::PathBuf, sync::Arc, time::Instant};

use anyhow::{Context, Result};
use clap::Args;
use jarvis_core::{
    Scope,
    ports::{Clock, PlainSealer, Store, SystemClock},
    types::{ConversationQuery, ConversationStatus, MemoryQuery, MessageQuery, Role},
};
use jarvis_postgres::{
    PostgresOptions, PostgresStore,
    testkit::{self, Beside, Kept, Samples},
};

use crate::{
    figures::{median_and_p99, quantile},
    fill,
    report::Report,
};

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The database, such as postgresql://USER@127.0.0.1/NAME; filled when it is empty. Nobody else may use it meanwhile, and
    /// the user must be allowed to create databases: the copies are made beside it, and dropped.
    #[arg(long)]
    database: String,
    /// A data directory for what filling needs beside the database.
    #[arg(long)]
    data_dir: PathBuf,
    /// Messages in a database that was empty.
    #[arg(long, default_value_t = 100_000)]
    messages: u64,
    /// Memories in a database that was empty.
    #[arg(long, default_value_t = 20_000)]
    memories: u64,
    /// How often each is read.
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// Where the plans are written.
    #[arg(long)]
    plans: Option<PathBuf>,
    /// Print JSON instead of a Markdown table.
    #[arg(long)]
    json: bool,
}

/// A read of the store as a request needs it.
#[derive(Clone, Copy, Debug)]
enum Read {
    Conversations,
    LatestMessages,
    OlderMessages,
    Message,
    Answer,
    Branch,
    Around,
    Messages,
    Outbox,
    MemoryList,
    Memories,
    SameMemory,
}

const READS: [(Read, &str); 12] = [
    (Read::Conversations, "list 60 conversations"),
    (Read::LatestMessages, "latest 20 messages"),
    (Read::OlderMessages, "20 messages before one"),
    (Read::Message, "a message by id, of its owner"),
    (Read::Answer, "the answer to a message"),
    (Read::Branch, "the branch up to a message, 20 turns"),
    (Read::Around, "2 neighbours on each side of 10 messages"),
    (Read::Messages, "10 messages by id, of their owner"),
    (Read::Outbox, "500 entries of the outbox"),
    (Read::MemoryList, "list 50 memories"),
    (Read::Memories, "50 memories by id"),
    (Read::SameMemory, "a memory by its content"),
];

/// A database that is measured.
struct Place {
    label: &'static str,
    url: String,
    /// Indexes that it lacks.
    without: Vec<String>,
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    let url = &options.database;
    let scope = fill::until(&options.data_dir, url, options.messages, options.memories).await?;
    let mut beside = Beside::open(url).await?;
    beside.run("VACUUM ANALYZE").await?;
    let name = beside.database().await?;
    beside.close().await?;
    let copies = [("without those that are not unique", Kept::Unique), ("primary keys only", Kept::Keys)];
    let names: Vec<String> =
        (0..copies.len()).map(|number| format!("{name}_copy_{}_{number}", std::process::id())).collect();
    let mut places = vec![Place { label: "all indexes", url: url.clone(), without: Vec::new() }];
    let measured = async {
        for ((label, kept), name) in copies.into_iter().zip(&names) {
            let copy =
                testkit::copy(url, name).await.context("the database cannot be copied; see that nobody uses it")?;
            let mut beside = Beside::open(&copy).await?;
            let without = beside.drop_indexes(kept).await?;
            beside.close().await?;
            places.push(Place { label, url: copy, without });
        }
        measure(options, scope, &places).await
    }
    .await;
    for name in &names {
        testkit::drop_database(url, name).await?;
    }
    measured
}

async fn measure(options: &Options, scope: Scope, places: &[Place]) -> Result<()> {
    let mut stores: Vec<Arc<PostgresStore>> = Vec::new();
    for place in places {
        let options = PostgresOptions { auto_migrate: false, ..PostgresOptions::new(&place.url) };
        stores.push(PostgresStore::open(options, Arc::new(PlainSealer), Arc::new(SystemClock)).await?);
    }
    let samples = samples(&*stores[0], scope).await?;
    let reads: Vec<(Read, &str)> =
        READS.into_iter().filter(|(read, _)| !read.needs_memories() || !samples.memories.is_empty()).collect();
    let mut report = Report::default();
    let mut gains = vec![Vec::new(); places.len()];
    for (read, label) in reads {
        let medians = medians(&stores, read, scope, &samples, options.rounds).await?;
        let others = places.iter().zip(&medians).skip(1);
        let others = others.map(|(place, ms)| format!("{}: {ms:.3} ms ({:.1} ×)", place.label, ms / medians[0]));
        let shown = format!("{:.3} ms; {}", medians[0], others.collect::<Vec<_>>().join("; "));
        report.row(label, shown, "");
        for (gains, ms) in gains.iter_mut().zip(&medians) {
            gains.push(ms / medians[0]);
        }
    }
    for (place, gains) in places.iter().zip(&mut gains).skip(1) {
        gains.sort_by(f64::total_cmp);
        let mean = (gains.iter().map(|gain| gain.ln()).sum::<f64>() / gains.len() as f64).exp();
        let (least, most) = (quantile(gains, 0.0), quantile(gains, 1.0));
        report.row(
            format!("gain over {}", place.label),
            format!("{mean:.1} × (geometric mean of {} reads, {least:.1} to {most:.1})", gains.len()),
            "the seed claims × 3 to 4",
        );
    }
    for store in stores {
        store.close().await?;
    }
    if let Some(file) = &options.plans {
        let text = plans(places, &samples).await?;
        let named = || format!("{} cannot be written", file.display());
        File::create(file).and_then(|mut file| file.write_all(text.as_bytes())).with_context(named)?;
    }
    report.print(options.json)
}

/// The same read in every place in turn, many times: a machine that slows down slows all. Milliseconds.
async fn medians(
    stores: &[Arc<PostgresStore>],
    read: Read,
    scope: Scope,
    samples: &Samples,
    rounds: usize,
) -> Result<Vec<f64>> {
    let mut times = vec![Vec::with_capacity(rounds); stores.len()];
    // the server settles on a plan after some; they warm its memory too
    for round in 0..rounds + 6 {
        for turn in 0..stores.len() {
            // who comes first finds the processor's caches full of something else
            let place = (round + turn) % stores.len();
            let begun = Instant::now();
            read.run(&*stores[place], scope, samples).await?;
            if round >= 6 {
                times[place].push(begun.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    Ok(times.into_iter().map(|times| median_and_p99(times).0).collect())
}

impl Read {
    fn needs_memories(self) -> bool {
        matches!(self, Self::MemoryList | Self::Memories | Self::SameMemory)
    }

    async fn run(self, store: &dyn Store, scope: Scope, samples: &Samples) -> Result<()> {
        let Samples { conversation, messages, memories, outbox, .. } = samples;
        let (scope, now) = (&scope, SystemClock.now());
        let turns = |before| MessageQuery { before, since: None, limit: 20 };
        match self {
            Self::Conversations => drop(store.conversations().list(scope, &open_ones()).await?),
            Self::LatestMessages => drop(store.messages().page(scope, *conversation, &turns(None)).await?),
            Self::OlderMessages => {
                drop(store.messages().page(scope, *conversation, &turns(Some(messages[0]))).await?);
            }
            Self::Message => drop(store.messages().get(scope, messages[0]).await?),
            Self::Answer => drop(store.messages().answer_to(scope, messages[0]).await?),
            Self::Branch => drop(store.messages().branch(scope, messages[0], 20).await?),
            Self::Around => drop(store.messages().around(scope, messages, 2).await?),
            Self::Messages => drop(store.messages().hydrate(scope, messages).await?),
            Self::Outbox => drop(store.outbox().after(&Scope::system(), *outbox, 500).await?),
            Self::MemoryList => drop(store.memories().list(scope, &all_memories()).await?),
            Self::Memories => drop(store.memories().hydrate(scope, memories, now).await?),
            Self::SameMemory => drop(store.memories().same_content(scope, "nobody said this", now).await?),
        }
        Ok(())
    }
}

fn open_ones() -> ConversationQuery {
    ConversationQuery {
        status: ConversationStatus::Open,
        session_id: None,
        title_contains: None,
        limit: 60,
        after: None,
    }
}

fn all_memories() -> MemoryQuery {
    MemoryQuery {
        kind: None,
        category: None,
        pinned: None,
        expired: false,
        superseded: false,
        now: SystemClock.now(),
        limit: 50,
        after: None,
    }
}

/// Messages of ten conversations, some way up in each; the first is of the conversation.
async fn samples(store: &dyn Store, scope: Scope) -> Result<Samples> {
    let list = store.conversations().list(&scope, &open_ones()).await?;
    let conversations: Vec<_> = list.items.iter().rev().take(10).map(|conversation| conversation.id).collect();
    let mut messages = Vec::new();
    for conversation in &conversations {
        let query = MessageQuery { before: None, since: None, limit: 40 };
        let page = store.messages().page(&scope, *conversation, &query).await?.context("a conversation went")?;
        messages.extend(page.messages.iter().find(|message| message.role == Role::User).map(|message| message.id));
    }
    let memories = store.memories().list(&scope, &all_memories()).await?;
    let (first, last) = store.outbox().bounds(&Scope::system()).await?;
    Ok(Samples {
        user: scope.user(),
        conversation: *conversations.first().context("the database has no conversation; name an empty one")?,
        messages,
        memories: memories.items.iter().map(|memory| memory.id).collect(),
        outbox: first.saturating_sub(1).min(last),
    })
}

/// How the server finds the rows of each statement, in each place.
async fn plans(places: &[Place], samples: &Samples) -> Result<String> {
    let mut connections = Vec::new();
    for place in places {
        let mut beside = Beside::open(&place.url).await?;
        beside.plan_for_all_values().await?;
        connections.push(beside);
    }
    let version = connections[0].version().await?;
    let mut text = format!(
        "# Plans\n\nHow PostgreSQL {version} finds the rows of the store's main reads, with all indexes and without: written by \
         `jarvis-bench gain`\n(see [README.md](README.md)). The plans serve all values, as those of a connection in use do.\n"
    );
    for place in &places[1..] {
        writeln!(text, "\nDropped for \"{}\": {}.", place.label, place.without.join(", "))?;
    }
    for read in testkit::reads(samples) {
        writeln!(text, "\n## {}", read.name)?;
        let mut before = Vec::new();
        for (place, beside) in places.iter().zip(&mut connections) {
            let options = "ANALYZE, BUFFERS off, COSTS off, TIMING off, SUMMARY off";
            let plan = beside.plan(options, read.sql, Some(&read.values)).await?;
            if plan == before {
                writeln!(text, "\n{}: the same.", place.label)?;
            } else {
                writeln!(text, "\n{}:\n\n```text\n{}\n```", place.label, plan.join("\n"))?;
            }
            before = plan;
        }
    }
    for beside in connections {
        beside.close().await?;
    }
    Ok(text)
}
