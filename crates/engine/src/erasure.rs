//! Erasing all that a person has: rows, indexes, caches, and what deletion leaves in files.
//!
//! The request is recorded first, by the person's id alone, and forgotten last. Everything in between can be repeated, so a
//! crash or a full disk in the middle only delays it: the rest is done behind the scenes, or at the next start.

mod elsewhere;

use std::{sync::Arc, time::Duration};

use jarvis_core::{
    Error, ErrorKind, Result, Scope, Timestamp,
    id::UserId,
    types::{ErasedRows, LiveChange, NodeId, OutboxSeq, User},
};
use moka::sync::Cache;
use tokio::sync::Mutex;

use crate::{
    accounts::may_go,
    audit::{Act, Actor},
    context::Context,
    indexing::Indexer,
};

/// How long answers that are being produced are waited for after they were stopped.
const STOPPING: Duration = Duration::from_secs(10);
/// How long words are waited for, and vectors, whose model may be away.
const WORDS: Duration = Duration::from_mins(1);
const VECTORS: Duration = Duration::from_secs(10);
/// Between two attempts at what could not be done.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Erasing all that a person has.
#[derive(Clone, Debug)]
pub struct Erasure {
    context: Context,
    names: Cache<String, UserId>,
    /// One at a time: each waits for the files of all.
    turn: Arc<Mutex<()>>,
}

/// What was erased, for whom and when. It is kept nowhere.
#[derive(Clone, Debug, PartialEq)]
pub struct ErasureReceipt {
    /// Whose it was.
    pub user_id: Option<UserId>,
    /// Their name; it was erased too.
    pub user: Option<String>,
    /// When nothing was left.
    pub erased_at: Timestamp,
    /// What the database had.
    pub rows: ErasedRows,
    /// Answers that were being produced, on whatever node, and were stopped.
    pub stopped: u64,
    /// Nodes that were away. Files of their indexes hold it until they come back: then they rewrite these first of all.
    /// They never show it, for whatever they find is read from the store.
    pub away: Vec<NodeId>,
}

/// What one whole attempt came to.
struct Done {
    rows: ErasedRows,
    stopped: u64,
    away: Vec<NodeId>,
}

impl Erasure {
    pub(crate) fn new(context: Context, names: Cache<String, UserId>) -> Self {
        Self { context, names, turn: Arc::default() }
    }

    /// Erases all that the scope's user has, themselves included, and answers once nothing of it is left in any file of the
    /// store, of this node and of every node that lives. What they say meanwhile goes too.
    ///
    /// Errors: `Conflict` with code `last_administrator` when nobody would administer any more; `Unavailable` with code
    /// `erasure_continues` when not all could be done now; it goes on behind the scenes.
    #[tracing::instrument(name = "erasure.everything", target = "jarvis", skip_all)]
    pub async fn everything(&self, by: &Actor, scope: Scope) -> Result<ErasureReceipt> {
        let Some(person) = self.context.ports.store.users().get(&scope, scope.user()).await? else {
            return self.of_nobody().await;
        };
        let (this, user, at) = (self.clone(), person.id, self.context.now());
        // it goes with the person, but for their id: later the trail must explain why what it told of them is gone
        let act = Act::new(&self.context, by, "data.erase_requested", user)?.about(user);
        let work = self.clone();
        self.context
            .tracked(async move {
                this.context
                    .write(scope, move |tx| {
                        Box::pin(async move {
                            may_go(tx, user).await?;
                            act.record(tx).await?;
                            tx.erasures().request(&Scope::system(), user, at).await
                        })
                    })
                    .await?;
                work.first_attempt(person).await
            })
            .await
    }

    /// Somebody who has nothing, or of whom only files still hold something: their name is gone, so any erasure under way may
    /// be theirs.
    async fn of_nobody(&self) -> Result<ErasureReceipt> {
        if !self.context.ports.store.erasures().pending(&Scope::system()).await?.is_empty() {
            return Err(continues(Error::internal("the erasure is under way")));
        }
        let rows = ErasedRows::default();
        let (erased_at, away) = (self.context.now(), Vec::new());
        Ok(ErasureReceipt { user_id: None, user: None, erased_at, rows, stopped: 0, away })
    }

    async fn first_attempt(&self, person: User) -> Result<ErasureReceipt> {
        match self.erase(person.id).await {
            Ok(Done { rows, stopped, away }) => {
                let (user_id, user) = (Some(person.id), Some(person.name));
                Ok(ErasureReceipt { user_id, user, erased_at: self.context.now(), rows, stopped, away })
            }
            Err(error) => {
                tracing::warn!(?error, user = %person.id, "not all could be erased yet; it goes on");
                let this = self.clone();
                self.context.spawn(async move { this.go_on_with(person.id).await });
                Err(continues(error))
            }
        }
    }

    /// Goes on with what an earlier process left, or another node, or an attempt here. Tries until it is done, here or on another
    /// node, or the engine stops.
    pub(crate) async fn go_on_with(&self, user: UserId) {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.context.stop.run_until_cancelled(self.resume(user)).await {
                None | Some(Ok(())) => return,
                Some(Err(error)) => tracing::warn!(?error, %user, "not all could be erased yet; it is tried again"),
            }
            if self.context.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// What is left once it is its turn: an attempt that was under way here may have done all of it.
    async fn resume(&self, user: UserId) -> Result<()> {
        let _turn = self.turn.lock().await;
        if !self.context.ports.store.erasures().pending(&Scope::system()).await?.contains(&user) {
            return Ok(());
        }
        tracing::info!(%user, "going on with an erasure that did not come to its end");
        self.erase_in_turn(user).await.map(drop)
    }

    async fn erase(&self, user: UserId) -> Result<Done> {
        let _turn = self.turn.lock().await;
        self.erase_in_turn(user).await
    }

    /// All of it, in an order in which nothing can come back: answers, rows, indexes, files.
    async fn erase_in_turn(&self, user: UserId) -> Result<Done> {
        let elsewhere = self.stop_elsewhere(user).await?;
        let stopped = elsewhere + self.context.registry.stop_all(user, STOPPING).await;
        let mut rows = ErasedRows::default();
        while let Some(some) = self.remove_some(user).await? {
            rows += some;
        }
        self.names.invalidate_all();
        self.context.gate.forget_of(user);
        self.context.registry.forget_all(user);
        self.context.vectors.forget_questions();
        let (_, newest) = self.context.ports.store.outbox().bounds(&Scope::system()).await?;
        self.demand_elsewhere(user, newest).await?;
        self.erase_from_indexes(user, newest).await?;
        let away = self.done_elsewhere(newest).await?;
        self.context.ports.store.scrub().await?;
        self.finish(user, rows).await?;
        self.context.tell(&Scope::of(user), [LiveChange::DataErased {}]).await;
        tracing::info!(
            %user,
            conversations = rows.conversations,
            messages = rows.messages,
            memories = rows.memories,
            sessions = rows.sessions,
            stopped,
            away = away.len(),
            "erased all that a user had"
        );
        Ok(Done { rows, stopped, away })
    }

    async fn remove_some(&self, user: UserId) -> Result<Option<ErasedRows>> {
        self.context
            .write(Scope::of(user), move |tx| {
                Box::pin(async move { tx.erasures().remove_some(&Scope::system(), user).await })
            })
            .await
    }

    async fn erase_from_indexes(&self, user: UserId, newest: OutboxSeq) -> Result<()> {
        let indexes = &self.context.indexes;
        let words = async {
            followed(&indexes.text, newest, WORDS).await?;
            self.context.ports.text.scrub().await
        };
        let vectors = async {
            followed(&indexes.vectors, newest, VECTORS).await?;
            self.context.vectors.forget_user(user).await
        };
        let (words, vectors) = tokio::join!(words, vectors);
        words.and(vectors)?;
        if self.context.nodes.is_shared { self.context.note_scrubbed(newest).await } else { Ok(()) }
    }

    async fn finish(&self, user: UserId, rows: ErasedRows) -> Result<()> {
        let ErasedRows { conversations, messages, memories, sessions, .. } = rows;
        let detail = serde_json::json!({
            "conversations": conversations, "messages": messages, "memories": memories, "sessions": sessions,
        });
        // by whom is told by the request
        let act = Act::new(&self.context, &Actor::system(), "data.erase", user)?.about(user).before(&detail)?;
        self.context
            .write(Scope::of(user), move |tx| {
                Box::pin(async move {
                    // another node may have come to its end first
                    if tx.erasures().pending(&Scope::system()).await?.contains(&user) {
                        act.record(tx).await?;
                    }
                    tx.erasures().finish(&Scope::system(), user).await
                })
            })
            .await?;
        self.context.kept.forget(user).await;
        Ok(())
    }
}

async fn followed(indexer: &Indexer, to: OutboxSeq, patience: Duration) -> Result<()> {
    tokio::time::timeout(patience, indexer.followed_to(to))
        .await
        .map_err(|_| ErrorKind::Unavailable.error("an index has not followed yet"))?
}

fn continues(cause: Error) -> Error {
    ErrorKind::Unavailable
        .error("the data is being erased, but not all of it is gone yet: it goes on by itself, also after a restart; ask again")
        .with_code("erasure_continues")
        .with_retry_after(cause.retry_after().unwrap_or(FIRST_PAUSE))
        .with_source(cause)
}
