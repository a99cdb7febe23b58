use jarvis_core::{
    Json, Result, Scope, Timestamp,
    id::UserId,
    types::{AuditDetail, AuditHash, AuditQuery, AuditRecord, Cursor, Page, RecordedDetail},
};
use uuid::Uuid;

use super::Audit;
use crate::limits;

/// Which acts are meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditFilter {
    /// Only those of this person, by id or by name.
    pub actor: Option<String>,
    /// Only this act.
    pub act: Option<String>,
    /// Only what was done to this: an id, a word, or a person's name.
    pub object: Option<String>,
    /// Only what concerns this person, by id or by name.
    pub subject: Option<String>,
    /// Only from then on.
    pub from: Option<Timestamp>,
    /// Only until before then.
    pub to: Option<Timestamp>,
}

/// An act as it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditItem {
    /// Its number in the trail.
    pub seq: u64,
    /// Identity.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// The person who did it.
    pub actor: Option<UserId>,
    /// What they are called: a person, whoever had the command line, or nobody any more.
    pub actor_name: Option<String>,
    /// By which way in.
    pub via: String,
    /// What was done.
    pub act: String,
    /// To what.
    pub object: String,
    /// The person it concerns.
    pub subject: Option<UserId>,
    /// What they are called; none when they are gone.
    pub subject_name: Option<String>,
    /// Whether all of it could be read; otherwise it was changed in the database.
    pub is_readable: bool,
    /// What was before.
    pub before: Option<Json>,
    /// What is since.
    pub after: Option<Json>,
    /// Its hash.
    pub hash: Option<AuditHash>,
    /// The hash of the entry before.
    pub previous_hash: Option<AuditHash>,
}

impl Audit {
    /// Acts, newest first. For administrators.
    pub async fn list(&self, filter: AuditFilter, limit: u32, after: Option<Cursor>) -> Result<Page<AuditItem>> {
        let limit = limits::list_limit(limit)?;
        let AuditFilter { actor, act, object, subject, from, to } = filter;
        let mut people = [None, None];
        for (person, named) in people.iter_mut().zip([actor, subject]) {
            let Some(named) = named else { continue };
            *person = self.person(&named).await?;
            if person.is_none() {
                return Ok(Page { items: Vec::new(), next: None, total: 0 });
            }
        }
        let [actor, subject] = people;
        let object = match object {
            Some(object) => Some(self.person(&object).await?.map_or(object, |person| person.to_string())),
            None => None,
        };
        let before = after.map(|cursor| cursor.id);
        let query = AuditQuery { limit: limit.saturating_add(1), before, actor, act, object, subject, from, to };
        let mut found = self.context.ports.store.audit().list(&Scope::system(), &query).await?;
        let has_more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found.last().filter(|_| has_more).map(|last| Cursor { at: last.at, id: last.id });
        let items = found.into_iter().map(item).collect::<Vec<_>>();
        Ok(Page { total: items.len() as u64, items, next })
    }

    async fn person(&self, named: &str) -> Result<Option<UserId>> {
        if let Ok(id) = named.parse::<UserId>() {
            return Ok(Some(id));
        }
        let (store, system) = (&self.context.ports.store, Scope::system());
        let user = match store.accounts().by_name(&system, named).await? {
            Some(account) => Some(account.user),
            None => store.users().by_name(&system, named).await?,
        };
        Ok(user.map(|user| user.id))
    }
}

fn item(record: AuditRecord) -> AuditItem {
    let is_readable = record.detail != RecordedDetail::Unreadable;
    let AuditDetail { operator, before, after } = match record.detail {
        RecordedDetail::Told(detail, _) => told(detail),
        RecordedDetail::Erased | RecordedDetail::Unreadable => AuditDetail::default(),
    };
    AuditItem {
        seq: record.seq,
        id: record.id,
        at: record.at,
        actor: record.actor,
        actor_name: record.actor_name.or(operator),
        via: record.via,
        act: record.act,
        object: record.object,
        subject: record.subject,
        subject_name: record.subject_name,
        is_readable,
        before,
        after,
        hash: record.hash,
        previous_hash: record.previous_hash,
    }
}

/// What a detail tells; an older version had one object without parts.
fn told(detail: Json) -> AuditDetail {
    match detail.decode::<AuditDetail>() {
        Ok(told) if told != AuditDetail::default() => told,
        _ if detail.as_str() == "{}" => AuditDetail::default(),
        _ => AuditDetail { after: Some(detail), ..AuditDetail::default() },
    }
}
