//! What is kept of what was sent before: asking again for what has not changed costs next to nothing.
//!
//! | key | what | stays | ends with |
//! |---|---|---|---|
//! | `VERSION:history:USER:CONVERSATION:LIMIT` | the latest turns of a conversation, as they were sent | [`STAYS`] | any unit written for USER |
//! | `VERSION:conversations:USER:STATUS:SESSION:LIMIT` | the first page of a list of conversations, as it was sent | [`STAYS`] | any unit written for USER |
//!
//! Every page carries the tag of its owner, and whatever is written goes through `Context::write`, which invalidates the
//! tag of the person on whose behalf it was written, after the commit and before anybody is answered. The tag's mark is
//! taken before the page is read from the store, so one that was read before an invalidation is not served after it. Nodes
//! over one store share the cache, and one that cannot reach it neither asks nor forgets what it still has to tell it:
//! see the contract of [`Cache`] and its providers.
//!
//! What a node did not get to invalidate because it died between its commit and that is served for as long as a page stays,
//! where others share its cache.
//!
//! Not kept here: a conversation's head and a person's counters, which are one row by its key, so a shared cache would cost
//! what the store does; lists of models, which their providers keep; vectors of questions, which the model inside the
//! binary makes faster than they are looked up.

use std::{
    fmt::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use jarvis_core::{
    Result, Scope,
    id::{ConversationId, SessionId, UserId},
    observe::CacheMeter,
    ports::{Cache, Keep, Lookup},
    types::ConversationStatus,
};

/// Pages are rendered as this version renders them.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How long a page stays that nothing ends.
const STAYS: Duration = Duration::from_mins(1);
/// How long one who asks waits for another who reads the same page.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes of the largest page that is kept: rare ones must not take the room of many.
const LARGEST: usize = 512 << 10;

/// A page that may be kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeptPage {
    /// The latest turns of a conversation.
    History { conversation: ConversationId, limit: u32 },
    /// The first page of a list.
    Conversations { status: ConversationStatus, session: Option<SessionId>, limit: u32 },
}

/// The pages of everybody.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    cache: Arc<dyn Cache>,
    meter: CacheMeter,
}

impl Kept {
    pub(crate) fn new(cache: Arc<dyn Cache>) -> Self {
        Self { cache, meter: CacheMeter::new("pages") }
    }

    /// The page as it was sent before, or as it is read now. A cache in trouble costs a read, not the answer.
    pub(crate) async fn page<F>(&self, scope: &Scope, page: &KeptPage, read: F) -> Result<Bytes>
    where
        F: Future<Output = Result<Bytes>> + Send,
    {
        let Some(owner) = owner(scope) else { return read.await };
        let (key, tag) = (page.key(owner), tag(owner));
        let keep = Keep { ttl: STAYS, tags: &[&tag] };
        let lease = match self.cache.lease(&key, &keep, PATIENCE).await {
            Ok(Lookup::Found(bytes)) => {
                self.meter.hit();
                return Ok(bytes);
            }
            Ok(Lookup::Load(lease)) => Some(lease),
            Err(error) => {
                tracing::debug!(?error, "a page could not be looked up");
                None
            }
        };
        self.meter.miss();
        let bytes = read.await?;
        if let Some(lease) = lease.filter(|_| bytes.len() <= LARGEST)
            && let Err(error) = self.cache.fill(lease, bytes.clone(), STAYS).await
        {
            tracing::debug!(?error, "a page could not be kept");
        }
        Ok(bytes)
    }

    /// Something was written on behalf of somebody: their pages are served no more.
    pub(crate) async fn changed(&self, scope: &Scope) {
        let Some(owner) = owner(scope) else { return };
        if let Err(error) = self.cache.invalidate_tag(&tag(owner)).await {
            tracing::warn!(?error, "kept pages could not be invalidated; they go within a minute");
        }
    }

    /// Removes the pages of somebody, which would otherwise take their room until their time is over.
    pub(crate) async fn forget(&self, owner: UserId) {
        self.changed(&Scope::of(owner)).await;
        if let Err(error) = self.cache.invalidate_pattern(&format!("*:{owner}:*")).await {
            tracing::warn!(?error, "kept pages could not be removed; they go within a minute");
        }
    }
}

impl KeptPage {
    fn key(&self, owner: UserId) -> String {
        let mut key = String::with_capacity(128);
        // writing to a string does not fail
        let _ = match self {
            Self::History { conversation, limit } => write!(key, "{VERSION}:history:{owner}:{conversation}:{limit}"),
            Self::Conversations { status, session, limit } => {
                let status = match status {
                    ConversationStatus::Open => "open",
                    ConversationStatus::Archived => "archived",
                    ConversationStatus::Deleted => "deleted",
                };
                write!(key, "{VERSION}:conversations:{owner}:{status}:{}:{limit}", Any(*session))
            }
        };
        key
    }
}

/// One, or a star for any: an id has none.
struct Any(Option<SessionId>);

impl fmt::Display for Any {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) => id.fmt(f),
            None => f.write_str("*"),
        }
    }
}

/// Whose pages a scope reads and ends; none when it is nobody's.
fn owner(scope: &Scope) -> Option<UserId> {
    (!scope.is_system() && *scope != Scope::nobody()).then(|| scope.user())
}

fn tag(owner: UserId) -> String {
    format!("user:{owner}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn what_is_shown_differently_has_another_key() {
        let (owner, other) = (UserId::from(Uuid::from_u128(1)), UserId::from(Uuid::from_u128(2)));
        let conversation = ConversationId::from(Uuid::from_u128(3));
        let session = Some(SessionId::from(Uuid::from_u128(3)));
        let (status, limit) = (ConversationStatus::Open, 20);
        let keys = [
            KeptPage::History { conversation, limit }.key(owner),
            KeptPage::History { conversation, limit }.key(other),
            KeptPage::History { conversation, limit: 21 }.key(owner),
            KeptPage::History { conversation: Uuid::from_u128(4).into(), limit }.key(owner),
            KeptPage::Conversations { status, session: None, limit }.key(owner),
            KeptPage::Conversations { status, session, limit }.key(owner),
            KeptPage::Conversations { status: ConversationStatus::Archived, session, limit }.key(owner),
            KeptPage::Conversations { status, session, limit: 21 }.key(owner),
        ];
        let different: std::collections::HashSet<&String> = keys.iter().collect();
        assert_eq!(different.len(), keys.len(), "{keys:?}");
        assert!(keys.iter().all(|key| key.len() <= 192), "{keys:?}");
        assert!(owner_of_nobody().is_none());
    }

    fn owner_of_nobody() -> Option<UserId> {
        owner(&Scope::nobody()).or(owner(&Scope::system()))
    }
}
