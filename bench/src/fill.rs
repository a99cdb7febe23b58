use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jarvis_core::{
    Scope, Timestamp,
    id::{ConversationId, MemoryId, MessageId},
    types::{MemoryKind, NewConversation, NewMemory, NewMessage, Role},
};

use crate::{
    corpus::{Random, turn},
    inserts::open,
};

/// Messages of one conversation.
const CONVERSATION: u64 = 100;

/// What to fill.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The data directory; made when missing.
    #[arg(long)]
    data_dir: PathBuf,
    /// A database on a server instead of the directory's own.
    #[arg(long)]
    database: Option<String>,
    /// Messages.
    #[arg(long, default_value_t = 100_000)]
    messages: u64,
    /// Memories.
    #[arg(long, default_value_t = 0)]
    memories: u64,
}

/// Fills a data directory through the store, a conversation of 100 turns at a time, and waits for the index.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let services = open(&options.data_dir, options.database.as_deref()).await?;
    let store = services.store();
    let scope = services.engine.users.local(None).await?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} messages, {per_sec}, {eta}")?;
    let bar = ProgressBar::new(options.messages).with_style(style);
    let mut random = Random::new(42);
    let mut at = Timestamp::from_micros(1_735_689_600_000_000);
    for _ in 0..options.messages.div_ceil(CONVERSATION) {
        let (conversation, turns) = conversation(&mut random, &mut at);
        store
            .write(move |tx| {
                Box::pin(async move {
                    tx.conversations().insert(&scope, conversation).await?;
                    tx.messages().append_all(&scope, turns).await
                })
            })
            .await?;
        bar.inc(CONVERSATION);
    }
    bar.finish();
    for _ in 0..options.memories.div_ceil(CONVERSATION) {
        let memories = memories(&mut random, &mut at);
        store
            .write(move |tx| {
                Box::pin(async move {
                    for memory in memories {
                        tx.memories().insert(&scope, memory).await?;
                    }
                    Ok(())
                })
            })
            .await?;
    }
    let indexes = &services.engine.indexes;
    while indexes.text.lag().await? + indexes.vectors.lag().await? > 0 {
        services.engine.stats.report(&scope).await?;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    services.close(std::time::Duration::from_mins(1)).await?;
    Ok(())
}

/// Fills a database on a server until it has so many messages and memories; one that has messages is left as it is.
/// Answers whose they are.
pub(crate) async fn until(data_dir: &Path, database: &str, messages: u64, memories: u64) -> Result<Scope> {
    std::fs::create_dir_all(data_dir)?;
    let services = open(data_dir, Some(database)).await?;
    let stored = services.store().stats().totals(&Scope::system()).await?.messages;
    let scope = services.engine.users.local(None).await?;
    services.close(std::time::Duration::from_mins(1)).await?;
    if stored == 0 {
        let database = Some(database.to_owned());
        run(&Options { data_dir: data_dir.to_owned(), database, messages, memories }).await?;
    }
    Ok(scope)
}

fn conversation(random: &mut Random, at: &mut Timestamp) -> (NewConversation, Vec<NewMessage>) {
    let id = ConversationId::from(identity(random, *at));
    let title = turn(random).chars().take(50).collect();
    let conversation = NewConversation { id, session_id: None, title, metadata: None, created_at: *at };
    let turns = (0..CONVERSATION).map(|number| {
        *at = at.plus(std::time::Duration::from_secs(20));
        let role = if number % 2 == 0 { Role::User } else { Role::Assistant };
        NewMessage {
            tokens: Some(40),
            ..NewMessage::text(MessageId::from(identity(random, *at)), id, role, turn(random), *at)
        }
    });
    let turns = turns.collect();
    (conversation, turns)
}

fn memories(random: &mut Random, at: &mut Timestamp) -> Vec<NewMemory> {
    let memory = |_| {
        *at = at.plus(std::time::Duration::from_secs(20));
        NewMemory {
            id: MemoryId::from(identity(random, *at)),
            kind: MemoryKind::LongTerm,
            category: "fact".to_owned(),
            content: turn(random),
            importance: 0.5,
            expires_at: None,
            source_message_ids: Vec::new(),
            slot: None,
            metadata: None,
            created_at: *at,
        }
    };
    (0..CONVERSATION).map(memory).collect()
}

/// A UUIDv7 at a made-up time, so that the corpus is the same every time.
fn identity(random: &mut Random, at: Timestamp) -> uuid::Uuid {
    let millis = at.as_micros().unsigned_abs() / 1_000;
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&random.next().to_be_bytes());
    bytes[8..].copy_from_slice(&random.next().to_be_bytes()[..2]);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}
