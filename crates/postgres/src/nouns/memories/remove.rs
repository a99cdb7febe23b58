//! Removing memories for good.

use jarvis_core::id::{ConversationId, MemoryId, UserId};
use std::collections::HashMap;
use uuid::Uuid;

use super::super::{
    foreign_ids,
    outbox::{self, Change},
};
use crate::{counters, db::Db, error::Attempt};

/// The memories that were taken from this conversation and from nowhere else.
pub(crate) async fn only_from(db: &mut Db, conversation: ConversationId) -> Attempt<Vec<MemoryId>> {
    let found = sqlx::query_file_scalar!("sql/memories/only_from_conversation.sql", conversation.as_uuid())
        .fetch_all(db.connection())
        .await?;
    Ok(found.into_iter().map(Into::into).collect())
}

pub(super) async fn delete(db: &mut Db, owner: Option<Uuid>, memory: MemoryId) -> Attempt<bool> {
    let gone = take_out(db, owner, &[memory]).await?;
    let Some((user, bytes)) = gone.first().copied() else { return Ok(false) };
    counters::add_memories(db, user, -1, -bytes);
    outbox::add(db, &[Change::Memory(memory)]).await?;
    Ok(true)
}

/// Removes rows and where they came from, whoever owns them; its caller counts and tells the indexes. Answers what they took.
pub(crate) async fn remove(db: &mut Db, memories: &[MemoryId]) -> Attempt<i64> {
    Ok(take_out(db, None, memories).await?.iter().map(|(_, bytes)| bytes).sum())
}

/// Answers of each that was there whose it was and what it took.
async fn take_out(db: &mut Db, owner: Option<Uuid>, memories: &[MemoryId]) -> Attempt<Vec<(UserId, i64)>> {
    let ids: Vec<Uuid> = memories.iter().map(|memory| *memory.as_uuid()).collect();
    let gone = sqlx::query_file!("sql/memories/delete.sql", &ids, owner).fetch_all(db.connection()).await?;
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = gone.iter().map(|row| row.id).collect();
    let successors: HashMap<Uuid, Option<Uuid>> = gone.iter().map(|row| (row.id, row.superseded_by)).collect();
    let heirs: Vec<Option<Uuid>> = ids.iter().map(|id| heir(&successors, *id)).collect();
    reopen(db, &ids, &heirs).await?;
    foreign_ids::forget(db, &ids).await?;
    Ok(gone.into_iter().map(|row| (row.user_id.into(), row.bytes)).collect())
}

/// What stands at the end of a chain of memories that all go.
fn heir(successors: &HashMap<Uuid, Option<Uuid>>, gone: Uuid) -> Option<Uuid> {
    let mut current = gone;
    // a chain is never longer than what goes, whatever is stored
    for _ in 0..=successors.len() {
        match successors.get(&current) {
            Some(Some(next)) => current = *next,
            Some(None) => return None,
            None => return Some(current),
        }
    }
    None
}

/// What removed memories had closed is closed by what replaced those, or true again when nothing did.
async fn reopen(db: &mut Db, removed: &[Uuid], heirs: &[Option<Uuid>]) -> Attempt<()> {
    let reopened = sqlx::query_file_scalar!("sql/memories/reopen.sql", removed, heirs as &[Option<Uuid>])
        .fetch_all(db.connection())
        .await?;
    let changes: Vec<Change> = reopened.into_iter().map(|memory| Change::Memory(memory.into())).collect();
    if changes.is_empty() { Ok(()) } else { outbox::add(db, &changes).await }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_end_outside_of_what_goes() {
        let id = Uuid::from_u128;
        let successors =
            HashMap::from([(id(1), Some(id(2))), (id(2), Some(id(9))), (id(3), None), (id(4), Some(id(3)))]);
        assert_eq!([1, 2, 3, 4].map(|number| heir(&successors, id(number))), [Some(id(9)), Some(id(9)), None, None]);
        let round = HashMap::from([(id(1), Some(id(2))), (id(2), Some(id(1)))]);
        assert_eq!(heir(&round, id(1)), None);
    }
}
