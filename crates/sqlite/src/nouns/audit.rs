//! The trail. One thread writes, so the head that an entry is chained to cannot change meanwhile.

use async_trait::async_trait;
use jarvis_core::{
    Error, Json, Result, Scope, Timestamp,
    id::UserId,
    policy::audit_chain::{self, Linked},
    ports::store::{ReadAudit, WriteAudit},
    types::{AuditEntry, AuditHash, AuditHead, AuditQuery, AuditRecord, RecordedDetail},
};
use rusqlite::{Row, params};

use crate::{
    db::{Db, column, id, owner, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const INSERT: &str = include_str!("../../sql/audit/insert.sql");
const LIST: &str = include_str!("../../sql/audit/list.sql");
const LIST_OF_ACT: &str = include_str!("../../sql/audit/list_of_act.sql");
const LIST_OF_ACTOR: &str = include_str!("../../sql/audit/list_of_actor.sql");
const LIST_OF_OBJECT: &str = include_str!("../../sql/audit/list_of_object.sql");
const LIST_OF_SUBJECT: &str = include_str!("../../sql/audit/list_of_subject.sql");
const ENTRIES: &str = include_str!("../../sql/audit/entries.sql");
const SEQ_OF: &str = include_str!("../../sql/audit/seq_of.sql");
const HEAD: &str = include_str!("../../sql/audit/head.sql");
const SET_HEAD: &str = include_str!("../../sql/audit/set_head.sql");
const CHAIN: &str = include_str!("../../sql/audit/chain.sql");
const ERASE: &str = include_str!("../../sql/audit/erase.sql");

/// Entries that are chained at once.
const AT_ONCE: u32 = 500;

/// Of an entry: what is none stands in for none, and breaks the chain.
fn hash(row: &Row<'_>, index: usize) -> Attempt<Option<AuditHash>> {
    let bytes = row.get_ref(index)?.as_blob_or_null().ok().flatten();
    Ok(bytes.and_then(|bytes| bytes.try_into().ok()).map(AuditHash))
}

/// What cannot be read of an entry must hide no other: it is left out, and the entry is said to be unreadable.
fn decode(db: &Db, row: &Row<'_>) -> Attempt<AuditRecord> {
    let text = |index| row.get::<_, String>(index).ok();
    let person = |index| row::uuid_opt(row, index);
    let (actor, subject, via, act, object) = (person(3), person(5), text(6), text(7), text(8));
    let is_readable = actor.is_ok() && subject.is_ok() && via.is_some() && act.is_some() && object.is_some();
    Ok(AuditRecord {
        seq: row::count(row, 0)?,
        id: row::uuid(row, 1)?,
        at: row::time(row, 2)?,
        actor: actor.ok().flatten().map(UserId::from),
        actor_name: text(4),
        subject: subject.ok().flatten().map(UserId::from),
        subject_name: text(14),
        via: via.unwrap_or_default(),
        act: act.unwrap_or_default(),
        object: object.unwrap_or_default(),
        detail: if is_readable { detail(db, row) } else { RecordedDetail::Unreadable },
        digest: hash(row, 11)?,
        previous_hash: hash(row, 12)?,
        hash: hash(row, 13)?,
    })
}

fn detail(db: &Db, row: &Row<'_>) -> RecordedDetail {
    let told = |salt| {
        // before the first start of this version has sealed it
        let is_older = row.get_ref(13)? == rusqlite::types::ValueRef::Null;
        let detail = if is_older { unsealed(row)? } else { Json::from_text(db.open(row, 9, column::AUDIT_DETAIL)?)? };
        Attempt::Ok(RecordedDetail::Told(detail, salt))
    };
    match row.get::<_, Option<Vec<u8>>>(10) {
        Ok(Some(salt)) => told(salt).unwrap_or(RecordedDetail::Unreadable),
        Ok(None) => RecordedDetail::Erased,
        Err(_) => RecordedDetail::Unreadable,
    }
}

/// A detail as an older version wrote it.
fn unsealed(row: &Row<'_>) -> Attempt<Json> {
    let bytes: Vec<u8> = row.get(9)?;
    Ok(Json::from_text(String::from_utf8(bytes).map_err(Error::internal)?)?)
}

fn list(db: &Db, query: &AuditQuery) -> Attempt<Vec<AuditRecord>> {
    let AuditQuery { limit, before, actor, act, object, subject, from, to } = query;
    let before = match before {
        Some(entry) => db.number(SEQ_OF, [id(entry)])? as i64,
        None => i64::MAX,
    };
    let from = from.map_or(i64::MIN, Timestamp::as_micros);
    let to = to.map_or(i64::MAX, Timestamp::as_micros);
    let actor = actor.map(|actor| id(actor.as_uuid()));
    let decode = |row: &Row<'_>| decode(db, row);
    if let Some(subject) = subject.map(|subject| id(subject.as_uuid())) {
        return db.all(LIST_OF_SUBJECT, params![before, from, to, limit, act, actor, object, subject], decode);
    }
    match (object, actor, act) {
        (Some(object), ..) => db.all(LIST_OF_OBJECT, params![before, from, to, limit, act, actor, object], decode),
        (None, Some(actor), _) => db.all(LIST_OF_ACTOR, params![before, from, to, limit, act, actor], decode),
        (None, None, Some(act)) => db.all(LIST_OF_ACT, params![before, from, to, limit, act], decode),
        (None, None, None) => db.all(LIST, params![before, from, to, limit], decode),
    }
}

fn entries(db: &Db, after: u64, limit: u32) -> Attempt<Vec<AuditRecord>> {
    db.all(ENTRIES, params![after as i64, limit], |row| decode(db, row))
}

fn head(db: &Db) -> Attempt<AuditHead> {
    let found = db.first(HEAD, [], |row| {
        Ok(AuditHead { seq: row::count(row, 0)?, hash: row.get::<_, Option<[u8; 32]>>(1)?.map(AuditHash) })
    })?;
    Ok(found.unwrap_or_default())
}

fn set_head(db: &Db, seq: u64, hash: AuditHash) -> Attempt<()> {
    db.execute(SET_HEAD, params![seq as i64, hash.0]).map(drop)
}

fn record(db: &Db, scope: &Scope, entry: &AuditEntry) -> Attempt<()> {
    chain_older(db)?;
    let AuditHead { seq, hash } = head(db)?;
    let linked = audit_chain::link(seq, hash.unwrap_or(AuditHash::GENESIS), scope, entry);
    let Linked { seq, digest, previous_hash, hash, .. } = linked;
    let detail = db.seal(entry.detail.as_str(), column::AUDIT_DETAIL)?;
    let subject = entry.subject.map(|subject| id(subject.as_uuid()));
    db.execute(
        INSERT,
        params![
            seq as i64,
            id(&entry.id),
            entry.at.as_micros(),
            owner(scope),
            subject,
            entry.via,
            entry.act,
            entry.object,
            detail,
            entry.salt,
            digest.0,
            previous_hash.0,
            hash.0,
        ],
    )?;
    set_head(db, seq, hash)
}

fn chain_older(db: &Db) -> Attempt<u64> {
    let AuditHead { seq, hash: None } = head(db)? else { return Ok(0) };
    db.allow_for_rows(seq);
    let (mut previous, mut done) = (AuditHash::GENESIS, 0);
    loop {
        let some = entries(db, done, AT_ONCE)?;
        let Some(last) = some.last() else { break };
        done = last.seq;
        for older in &some {
            let Some((digest, hash)) = audit_chain::relink(previous, older) else { continue };
            let text = older.detail.told().map_or("", Json::as_str);
            let detail = db.seal(text, column::AUDIT_DETAIL)?;
            db.execute(CHAIN, params![older.seq as i64, detail, digest.0, previous.0, hash.0])?;
            previous = hash;
        }
    }
    set_head(db, seq, previous)?;
    Ok(seq)
}

/// Takes what the trail tells of a person out of some entries, which stay in the chain by their digests. Answers of how many.
pub(super) fn erase(db: &Db, user: UserId, at_once: u64) -> Attempt<u64> {
    // an entry that is not chained yet has no digest to stay by
    chain_older(db)?;
    let nothing = db.seal("", column::AUDIT_DETAIL)?;
    Ok(db.execute(ERASE, params![id(user.as_uuid()), nothing, at_once as i64])? as u64)
}

#[async_trait]
impl<R: Run> ReadAudit for On<R> {
    async fn list(&self, scope: &Scope, query: &AuditQuery) -> Result<Vec<AuditRecord>> {
        let (scope, query) = (*scope, query.clone());
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.snapshot(|db| list(db, &query))
            })
            .await
    }

    async fn entries(&self, scope: &Scope, after: u64, limit: u32) -> Result<Vec<AuditRecord>> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                entries(db, after, limit)
            })
            .await
    }

    async fn head(&self, scope: &Scope) -> Result<AuditHead> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                head(db)
            })
            .await
    }
}

#[async_trait]
impl WriteAudit for On<UnitConnection> {
    async fn record(&self, scope: &Scope, entry: AuditEntry) -> Result<()> {
        self.0.write(|db| db.atomic(|db| record(db, scope, &entry)))
    }

    async fn chain_older(&self, scope: &Scope) -> Result<u64> {
        self.0.write(|db| {
            require_system(scope)?;
            chain_older(db)
        })
    }
}
