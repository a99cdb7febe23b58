use async_trait::async_trait;
use uuid::Uuid;

use crate::{
    Result, Scope,
    types::{ForeignId, ForeignKind},
};

/// Where imported rows came from. Asked and noted in the same transaction as what an import stores, so that of two
/// imports of the same file the second finds what the first has made. What is removed is forgotten here too, and can be
/// imported again.
#[async_trait]
pub trait WriteForeignIds: Send + Sync {
    /// What was made of each of `ids` for the scope's user, in the order asked. At most 1 000 ids.
    async fn find(&self, scope: &Scope, kind: ForeignKind, source: &str, ids: &[String]) -> Result<Vec<Option<Uuid>>>;

    /// Notes where a session, conversation or memory came from. `NotFound` when it is not the scope's, `Conflict` when
    /// the foreign id is taken, `Invalid` for a message: it carries its foreign id itself.
    async fn note(&self, scope: &Scope, kind: ForeignKind, foreign_id: ForeignId, made: Uuid) -> Result<()>;
}
