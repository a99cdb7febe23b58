//! Durable inserts through the store's port, in process.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::Args;
use jarvis_core::{
    Scope,
    id::{ConversationId, MessageId},
    ports::{Clock, Store, SystemClock, SystemIds},
    types::{NewConversation, NewMessage, Role},
};
use jarvis_host::{Config, Flags, Services, Sources};

use crate::{figures::median_and_p99, report::Report};

/// Where to write.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A directory on the disk to measure; a data directory is made in it and removed.
    #[arg(long)]
    dir: PathBuf,
    /// A database on a server instead of a file in that directory; what is written stays in it.
    #[arg(long)]
    database: Option<String>,
    /// Seconds of each row.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Print JSON instead of a Markdown table.
    #[arg(long)]
    json: bool,
}

/// Opens a data directory as the product does, with a database elsewhere if one is named.
pub(crate) async fn open(data_dir: &Path, database: Option<&str>) -> Result<Services> {
    let flags = Flags { data_dir: Some(data_dir.to_owned()), ..Flags::default() };
    let environment = database.map(|url| ("DATABASE_URL".to_owned(), url.to_owned())).into_iter().collect();
    let config = Config::load(&Sources { working_dir: PathBuf::from("."), environment, flags })?;
    Ok(Services::open(&config).await?)
}

/// One writer, 64 writers, batches of 100.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let data_dir = options.dir.join("jarvis-bench-inserts");
    std::fs::create_dir_all(&data_dir)?;
    let services = open(&data_dir, options.database.as_deref()).await?;
    let scope = services.engine.users.local(None).await?;
    let store = services.store();
    let mut report = Report::default();
    let time = Duration::from_secs(options.seconds);
    let mut rates = Vec::new();
    // The two in turn, three times: a disk whose speed drifts slows both.
    for _ in 0..3 {
        rates.push((rate(&store, scope, 1, time).await?, rate(&store, scope, 64, time).await?));
    }
    rates.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let (one, many) = rates[1];
    report.row("durable inserts, 1 writer (one commit each)", format!("{one:.0}/s"), "");
    report.row("durable inserts, 64 writers", format!("{many:.0}/s = {:.1}×", many / one), "≥ 6× one commit each");
    let (p50, p99) = batches(&store, scope, 200).await?;
    report.row(
        "100 messages in one durable batch",
        format!("p50 {p50:.2} ms, p99 {p99:.2} ms"),
        "≤ 3 ms tmpfs, ≤ 5 ms disk",
    );
    let (p50, p99) = reads(&store, scope, 20_000).await?;
    report.row("single-row read through the port", format!("p50 {p50:.3} ms, p99 {p99:.3} ms"), "≤ 0.1 ms");
    services.close(Duration::from_mins(1)).await?;
    std::fs::remove_dir_all(&data_dir)?;
    report.print(options.json)
}

async fn conversation(store: &Arc<dyn Store>, scope: Scope) -> Result<ConversationId> {
    let id = ConversationId::new(&SystemIds);
    let new = NewConversation {
        id,
        session_id: None,
        title: "bench".to_owned(),
        metadata: None,
        created_at: SystemClock.now(),
    };
    store.write(move |tx| Box::pin(async move { tx.conversations().insert(&scope, new).await })).await?;
    Ok(id)
}

fn message(conversation: ConversationId) -> NewMessage {
    let content = "hello from the load generator, one more message of an ordinary length";
    NewMessage::text(MessageId::new(&SystemIds), conversation, Role::User, content, SystemClock.now())
}

async fn rate(store: &Arc<dyn Store>, scope: Scope, writers: usize, time: Duration) -> Result<f64> {
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..writers {
        let store = Arc::clone(store);
        let id = conversation(&store, scope).await?;
        tasks.push(tokio::spawn(async move {
            let mut count = 0_u64;
            while begun.elapsed() < time {
                let message = message(id);
                store.write(move |tx| Box::pin(async move { tx.messages().append(&scope, message).await })).await?;
                count += 1;
            }
            Ok::<u64, jarvis_core::Error>(count)
        }));
    }
    let mut total = 0;
    for task in tasks {
        total += task.await??;
    }
    Ok(total as f64 / begun.elapsed().as_secs_f64())
}

async fn batches(store: &Arc<dyn Store>, scope: Scope, rounds: usize) -> Result<(f64, f64)> {
    let id = conversation(store, scope).await?;
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let batch: Vec<NewMessage> = (0..100).map(|_| message(id)).collect();
        let begun = Instant::now();
        store.write(move |tx| Box::pin(async move { tx.messages().append_all(&scope, batch).await })).await?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median_and_p99(times))
}

async fn reads(store: &Arc<dyn Store>, scope: Scope, rounds: usize) -> Result<(f64, f64)> {
    let id = conversation(store, scope).await?;
    let message = message(id);
    let wanted = message.id;
    store.write(move |tx| Box::pin(async move { tx.messages().append(&scope, message).await })).await?;
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let begun = Instant::now();
        store.messages().get(&scope, wanted).await?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median_and_p99(times))
}
