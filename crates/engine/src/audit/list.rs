use jarvis_core::{
    Json, Result, Scope, Timestamp,
    id::UserId,
    types::{AuditDetail, AuditHash, AuditQuery, AuditRecord, Cursor, Page},
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
        let AuditFilter { actor, act, object, from, to } = filter;
        let actor = match actor {
            Some(actor) => match self.person(&actor).await? {
                Some(person) => Some(person),
                None => return Ok(Page { items: Vec::new(), next: None, total: 0 }),
            },
            None => None,
        };
        let object = match object {
            Some(object) => Some(self.person(&object).await?.map_or(object, |person| person.to_string())),
            None => None,
        };
        let before = after.map(|cursor| cursor.id);
        let query = AuditQuery { limit: limit.saturating_add(1), before, actor, act, object, from, to };
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
        let user = self.context.ports.store.users().by_name(&Scope::system(), named).await?;
        Ok(user.map(|user| user.id))
    }
}

fn item(record: AuditRecord) -> AuditItem {
    let AuditRecord { seq, id, at, actor, actor_name, via, act, object, detail, hash, previous_hash, .. } = record;
    let AuditDetail { operator, before, after } = detail.map(|(detail, _)| told(detail)).unwrap_or_default();
    let actor_name = actor_name.or(operator);
    AuditItem { seq, id, at, actor, actor_name, via, act, object, before, after, hash, previous_hash }
}

/// What a detail tells; an older version had one object without parts.
fn told(detail: Json) -> AuditDetail {
    match detail.decode::<AuditDetail>() {
        Ok(told) if told != AuditDetail::default() => told,
        _ if detail.as_str() == "{}" => AuditDetail::default(),
        _ => AuditDetail { after: Some(detail), ..AuditDetail::default() },
    }
}
