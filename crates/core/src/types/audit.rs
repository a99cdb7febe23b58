use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Json, Timestamp, id::UserId};

/// Something that was done and should be known later, to be stored with the act itself.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// Identity.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// By which way in: `login:ID`, `key:ID`, `command line`, `open`, `user` or `system`.
    pub via: String,
    /// What was done: `conversation.erase`.
    pub act: &'static str,
    /// To what: an id, or a word; never a name, a text or a secret, because it stays for ever.
    pub object: String,
    /// Whom it concerns, when that is a person.
    pub subject: Option<UserId>,
    /// More: an [`AuditDetail`]. It goes when the actor or the subject is erased.
    pub detail: Json,
    /// Randomness that nobody can guess, so that nobody finds out an erased detail by trying.
    pub salt: [u8; 16],
}

/// What an entry tells that may be personal. Never a password, a token or a part of one, never what people wrote.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AuditDetail {
    /// Who at the command line: the operating system's name of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// What was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Json>,
    /// What is since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Json>,
}

/// A stored entry and its place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRecord {
    /// Its number: the first is 1, and none is left out.
    pub seq: u64,
    /// Identity.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who; none for the system and for the command line.
    pub actor: Option<UserId>,
    /// What they are called now; none when they are gone.
    pub actor_name: Option<String>,
    /// By which way in.
    pub via: String,
    /// What was done.
    pub act: String,
    /// To what.
    pub object: String,
    /// Whom it concerns.
    pub subject: Option<UserId>,
    /// What they are called now; none when they are gone.
    pub subject_name: Option<String>,
    /// More.
    pub detail: RecordedDetail,
    /// What vouches for the detail, also when it is gone; none in an entry that is not chained yet.
    pub digest: Option<AuditHash>,
    /// The hash of the entry before.
    pub previous_hash: Option<AuditHash>,
    /// What vouches for this entry and, through the one before, for all before it.
    pub hash: Option<AuditHash>,
}

/// What is stored of a detail.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordedDetail {
    /// What it tells, and its salt.
    Told(Json, Vec<u8>),
    /// Nothing any more: it was erased with a person.
    Erased,
    /// Something that does not open or decode. The entry is shown as far as it can be, and breaks the chain.
    Unreadable,
}

impl RecordedDetail {
    /// What it tells.
    pub fn told(&self) -> Option<&Json> {
        if let Self::Told(detail, _) = self { Some(detail) } else { None }
    }
}

/// A SHA-256 of the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AuditHash(pub [u8; 32]);

impl AuditHash {
    /// What stands before the first entry.
    pub const GENESIS: Self = Self([0; 32]);
}

impl std::fmt::Display for AuditHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// How far the trail reaches, kept apart from its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The number of the newest entry; zero when there is none.
    pub seq: u64,
    /// Its hash; none while entries of an older version are not chained yet.
    pub hash: Option<AuditHash>,
}

impl Default for AuditHead {
    fn default() -> Self {
        Self { seq: 0, hash: Some(AuditHash::GENESIS) }
    }
}

/// Which entries are meant, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditQuery {
    /// So many at most.
    pub limit: u32,
    /// Only those before this one.
    pub before: Option<Uuid>,
    /// Only what this person did.
    pub actor: Option<UserId>,
    /// Only this act.
    pub act: Option<String>,
    /// Only what was done to this.
    pub object: Option<String>,
    /// Only what concerns this person.
    pub subject: Option<UserId>,
    /// Only from then on.
    pub from: Option<Timestamp>,
    /// Only until before then.
    pub to: Option<Timestamp>,
}
