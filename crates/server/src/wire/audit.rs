use jarvis_core::{
    Json,
    types::{AuditHash, Page},
};
use jarvis_engine::{AuditItem, AuditVerdict};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Acts of the trail.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEntries<'a> {
    /// Newest first.
    entries: Vec<AuditEntry<'a>>,
    next_cursor: Option<String>,
}

/// An act.
#[derive(Serialize, ToSchema)]
struct AuditEntry<'a> {
    id: Uuid,
    /// Its number: the first is 1, and none is left out.
    #[schema(example = 17)]
    seq: u64,
    #[schema(value_type = String, format = DateTime)]
    at: jarvis_core::Timestamp,
    actor: AuditActor<'a>,
    /// By which way in: `login:ID`, `key:ID`, `command line`, `open` (nobody logs in here), `user` (themselves), `system`.
    #[schema(example = "command line")]
    via: &'a str,
    #[schema(example = "user.change")]
    act: &'a str,
    /// To what: an id or a word.
    object: &'a str,
    /// Whom it concerns; null when that is nobody.
    subject: Option<AuditSubject<'a>>,
    /// Whether some of it cannot be read: it was changed in the database.
    unreadable: bool,
    /// What was before; null when there was nothing, and when it went with a person who was erased.
    #[schema(value_type = Option<Object>)]
    before: Option<&'a Json>,
    /// What is since.
    #[schema(value_type = Option<Object>)]
    after: Option<&'a Json>,
    hash: Option<String>,
    previous_hash: Option<String>,
}

/// Who did it.
#[derive(Serialize, ToSchema)]
struct AuditActor<'a> {
    /// A person; null for the system, for open mode and for the command line.
    id: Option<Uuid>,
    /// What they are called now; at the command line by the operating system; null when they are gone.
    #[schema(example = "ann")]
    name: Option<&'a str>,
}

/// Whom it concerns.
#[derive(Serialize, ToSchema)]
struct AuditSubject<'a> {
    id: Uuid,
    /// What they are called now; null when they are gone.
    #[schema(example = "bob")]
    name: Option<&'a str>,
}

impl<'a> From<&'a Page<AuditItem>> for AuditEntries<'a> {
    fn from(page: &'a Page<AuditItem>) -> Self {
        let hex = |hash: Option<AuditHash>| hash.map(|hash| hash.to_string());
        let entry = |item: &'a AuditItem| AuditEntry {
            id: item.id,
            seq: item.seq,
            at: item.at,
            actor: AuditActor { id: item.actor.map(|actor| *actor.as_uuid()), name: item.actor_name.as_deref() },
            via: &item.via,
            act: &item.act,
            object: &item.object,
            subject: item
                .subject
                .map(|subject| AuditSubject { id: *subject.as_uuid(), name: item.subject_name.as_deref() }),
            unreadable: !item.is_readable,
            before: item.before.as_ref(),
            after: item.after.as_ref(),
            hash: hex(item.hash),
            previous_hash: hex(item.previous_hash),
        };
        Self {
            entries: page.items.iter().map(entry).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        }
    }
}

/// Whether the trail is whole.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditVerification {
    intact: bool,
    /// Entries that were found whole, one after the other.
    entries: u64,
    /// Where it ends. Kept somewhere else, it shows later whether the end was cut off together with what says where it is.
    head: AuditEnd,
    first_broken: Option<AuditBreak>,
}

/// The newest entry.
#[derive(Serialize, ToSchema)]
struct AuditEnd {
    seq: u64,
    hash: Option<String>,
}

/// The first entry that is not as it was written.
#[derive(Serialize, ToSchema)]
struct AuditBreak {
    /// What stands there; null when nothing does.
    id: Option<Uuid>,
    seq: u64,
    why: &'static str,
}

impl From<&AuditVerdict> for AuditVerification {
    fn from(AuditVerdict { entries, head, broken }: &AuditVerdict) -> Self {
        Self {
            intact: broken.is_none(),
            entries: *entries,
            head: AuditEnd { seq: head.seq, hash: head.hash.map(|hash| hash.to_string()) },
            first_broken: broken.as_ref().map(|broken| AuditBreak { id: broken.id, seq: broken.seq, why: broken.why }),
        }
    }
}
