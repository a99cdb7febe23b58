//! What every [`TextIndex`] must do.

mod applying;
mod finding;
mod ranking;

use std::sync::Arc;
use uuid::Uuid;

use crate::{
    Result, Timestamp,
    id::{ConversationId, UserId},
    ports::{TextIndex, TextQuery},
    types::{DocKind, DocRef, IndexChange, IndexDocument, OutboxEntry, OutboxSeq, Role},
};

/// Runs every check on indexes that `open` makes, each new and empty. Panics, naming the check, where one fails.
///
/// Each check runs with its changes in memory, committed, and half of each: nobody may notice the difference.
pub async fn text_index_suite<F: AsyncFn() -> Result<Arc<dyn TextIndex>>>(open: F) -> Result<()> {
    for commits in [Commits::Never, Commits::Always, Commits::EverySecond] {
        let fresh = async || open().await.map(|index| Desk { index, commits, seq: 0 });
        applying::finds_what_was_applied(fresh().await?).await?;
        applying::applies_once(fresh().await?).await?;
        applying::takes_a_snapshot(fresh().await?).await?;
        finding::keeps_owners_apart(fresh().await?).await?;
        finding::filters(fresh().await?).await?;
        finding::understands_questions(fresh().await?).await?;
        finding::understands_english_and_french(fresh().await?).await?;
        applying::replaces_and_deletes(fresh().await?).await?;
        applying::deletes_conversations(fresh().await?).await?;
        ranking::scores_as_it_searches(fresh().await?).await?;
        ranking::scores_by_the_scope(fresh().await?).await?;
        ranking::tells_which_words_matched(fresh().await?).await?;
        ranking::orders_equals_newest_first(fresh().await?).await?;
        ranking::pages(fresh().await?).await?;
        finding::marks_matches(fresh().await?).await?;
        applying::keeps_its_position(fresh().await?).await?;
        applying::forgets(fresh().await?).await?;
    }
    Ok(())
}

/// When the checks commit.
#[derive(Clone, Copy, Debug)]
enum Commits {
    Never,
    Always,
    EverySecond,
}

const ALICE: u128 = 0xa11ce;
const BOB: u128 = 0xb0b;
const GARDEN: u128 = 0xc1;
const KITCHEN: u128 = 0xc2;

/// An index and the order of its changes.
struct Desk {
    index: Arc<dyn TextIndex>,
    commits: Commits,
    seq: OutboxSeq,
}

impl Desk {
    async fn change(&mut self, change: IndexChange) -> Result<()> {
        self.seq += 1;
        self.index.apply(vec![OutboxEntry { seq: self.seq, change }]).await?;
        let commit = match self.commits {
            Commits::Never => false,
            Commits::Always => true,
            Commits::EverySecond => self.seq.is_multiple_of(2),
        };
        if commit {
            let position = self.index.commit().await?;
            assert_eq!(position, self.seq, "a commit takes all that was applied");
        }
        Ok(())
    }

    /// A message of Alice's in the garden conversation; later numbers are said later.
    async fn say(&mut self, number: u128, text: &str) -> Result<()> {
        self.change(IndexChange::Upsert(message(number, text))).await
    }

    /// Numbers of what a query finds, best first.
    async fn ask(&self, query: &TextQuery) -> Result<Vec<u128>> {
        let found = self.index.search(query).await?;
        if found.total_is_exact && query.offset == 0 && query.limit >= 100 {
            assert_eq!(found.total, found.hits.len() as u64, "{query:?}");
        }
        Ok(found.hits.into_iter().map(|hit| hit.doc.id.as_u128()).collect())
    }

    /// The same for plain words of Alice's, in ascending order.
    async fn find(&self, text: &str) -> Result<Vec<u128>> {
        let mut found = self.ask(&alice(text)).await?;
        found.sort_unstable();
        Ok(found)
    }

    async fn expect(&self, text: &str, numbers: &[u128]) -> Result<()> {
        assert_eq!(self.find(text).await?, numbers, "{text:?} with commits {:?}", self.commits);
        Ok(())
    }
}

fn alice(text: &str) -> TextQuery {
    TextQuery::new(text, UserId::from(Uuid::from_u128(ALICE)), 100)
}

fn doc(number: u128) -> DocRef {
    DocRef { kind: DocKind::Message, id: Uuid::from_u128(number) }
}

fn at(number: u128) -> Timestamp {
    Timestamp::from_micros(1_795_248_000_000_000 + number as i64 * 1_000_000)
}

fn conversation(number: u128) -> ConversationId {
    ConversationId::from(Uuid::from_u128(number))
}

fn message(number: u128, text: &str) -> IndexDocument {
    IndexDocument {
        doc: doc(number),
        user_id: UserId::from(Uuid::from_u128(ALICE)),
        conversation_id: Some(conversation(GARDEN)),
        role: Some(Role::User),
        recallable: true,
        created_at: at(number),
        text: text.to_owned(),
    }
}
