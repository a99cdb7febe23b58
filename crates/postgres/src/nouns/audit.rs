//! The trail. Whoever adds to it holds its head until the end of the transaction; so what a unit adds is written last, and
//! the head is held for a moment only, behind everything else that a unit may hold.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    Json, Result, Scope, Timestamp,
    id::UserId,
    policy::audit_chain,
    ports::store::{ReadAudit, WriteAudit},
    types::{AuditEntry, AuditHash, AuditHead, AuditQuery, AuditRecord, RecordedDetail},
};
use uuid::Uuid;

use crate::{
    db::{Db, column, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

/// Entries that are chained at once.
const AT_ONCE: i64 = 500;

struct AuditRow {
    seq: i64,
    id: Uuid,
    at: DateTime<Utc>,
    user_id: Option<Uuid>,
    actor_name: Option<String>,
    subject_id: Option<Uuid>,
    subject_name: Option<String>,
    via: String,
    act: String,
    object: String,
    detail: Vec<u8>,
    salt: Option<Vec<u8>>,
    digest: Option<Vec<u8>>,
    previous_hash: Option<Vec<u8>>,
    hash: Option<Vec<u8>>,
}

fn hash(column: Option<Vec<u8>>) -> Attempt<Option<AuditHash>> {
    let hash = |bytes: Vec<u8>| bytes.try_into().map(AuditHash).map_err(|_| row::undecodable("a hash"));
    column.map(hash).transpose()
}

fn decode(db: &Db, row: AuditRow) -> AuditRecord {
    let opened = |is_older: bool, detail: Vec<u8>| {
        // before the first start of this version has sealed it
        let text = if is_older {
            String::from_utf8(detail).map_err(|_| row::undecodable("a detail"))?
        } else {
            db.open(detail, column::AUDIT_DETAIL)?
        };
        Attempt::Ok(Json::from_text(text)?)
    };
    // what cannot be read of an entry must hide no other
    let hash = |column: Option<Vec<u8>>| hash(column).ok().flatten();
    let detail = match row.salt {
        Some(salt) => match opened(row.hash.is_none(), row.detail) {
            Ok(detail) => RecordedDetail::Told(detail, salt),
            Err(_) => RecordedDetail::Unreadable,
        },
        None => RecordedDetail::Erased,
    };
    AuditRecord {
        seq: row::count(row.seq),
        id: row.id,
        at: row::time(row.at),
        actor: row.user_id.map(UserId::from),
        actor_name: row.actor_name,
        subject: row.subject_id.map(UserId::from),
        subject_name: row.subject_name,
        via: row.via,
        act: row.act,
        object: row.object,
        detail,
        digest: hash(row.digest),
        previous_hash: hash(row.previous_hash),
        hash: hash(row.hash),
    }
}

/// Before which entry; before none when it is not there.
async fn seq_before(db: &mut Db, entry: Option<Uuid>) -> Attempt<i64> {
    let Some(entry) = entry else { return Ok(i64::MAX) };
    let seq = sqlx::query_file_scalar!("sql/audit/seq_of.sql", entry).fetch_optional(db.connection()).await?;
    Ok(seq.unwrap_or(0))
}

async fn list(db: &mut Db, scope: Scope, query: AuditQuery) -> Attempt<Vec<AuditRecord>> {
    require_system(scope)?;
    db.snapshot().await?;
    let AuditQuery { limit, before, actor, act, object, subject, from, to } = query;
    let before = seq_before(db, before).await?;
    let from = from.unwrap_or(Timestamp::from_micros(i64::MIN)).to_utc();
    let to = to.unwrap_or(Timestamp::from_micros(i64::MAX)).to_utc();
    let (limit, actor) = (i64::from(limit), actor.map(|actor| *actor.as_uuid()));
    let to_db = db.connection();
    let subject = subject.map(|subject| *subject.as_uuid());
    let rows = match (subject, object, actor, act) {
        (Some(subject), object, actor, act) => {
            let file = sqlx::query_file_as!(
                AuditRow,
                "sql/audit/list_of_subject.sql",
                before,
                from,
                to,
                limit,
                act,
                actor,
                object,
                subject
            );
            file.fetch_all(to_db).await?
        }
        (None, Some(object), actor, act) => {
            let file = sqlx::query_file_as!(
                AuditRow,
                "sql/audit/list_of_object.sql",
                before,
                from,
                to,
                limit,
                act,
                actor,
                object
            );
            file.fetch_all(to_db).await?
        }
        (None, None, Some(actor), act) => {
            sqlx::query_file_as!(AuditRow, "sql/audit/list_of_actor.sql", before, from, to, limit, act, actor)
                .fetch_all(to_db)
                .await?
        }
        (None, None, None, Some(act)) => {
            sqlx::query_file_as!(AuditRow, "sql/audit/list_of_act.sql", before, from, to, limit, act)
                .fetch_all(to_db)
                .await?
        }
        (None, None, None, None) => {
            sqlx::query_file_as!(AuditRow, "sql/audit/list.sql", before, from, to, limit).fetch_all(to_db).await?
        }
    };
    Ok(rows.into_iter().map(|row| decode(db, row)).collect())
}

async fn entries(db: &mut Db, after: u64, limit: i64) -> Attempt<Vec<AuditRecord>> {
    let rows =
        sqlx::query_file_as!(AuditRow, "sql/audit/entries.sql", after as i64, limit).fetch_all(db.connection()).await?;
    Ok(rows.into_iter().map(|row| decode(db, row)).collect())
}

async fn head(db: &mut Db, scope: Scope) -> Attempt<AuditHead> {
    require_system(scope)?;
    let found = sqlx::query_file!("sql/audit/head.sql").fetch_optional(db.connection()).await?;
    found.map_or_else(
        || Ok(AuditHead::default()),
        |row| Ok(AuditHead { seq: row::count(row.seq), hash: hash(row.hash)? }),
    )
}

/// The head, held against whoever else adds to the trail until the end of the transaction.
async fn hold_head(db: &mut Db) -> Attempt<AuditHead> {
    let genesis = AuditHash::GENESIS.0.as_slice();
    loop {
        let found = sqlx::query_file!("sql/audit/lock_head.sql").fetch_optional(db.connection()).await?;
        if let Some(row) = found {
            return Ok(AuditHead { seq: row::count(row.seq), hash: hash(row.hash)? });
        }
        sqlx::query_file!("sql/audit/begin_head.sql", genesis).execute(db.connection()).await?;
    }
}

async fn set_head(db: &mut Db, seq: u64, hash: AuditHash) -> Attempt<()> {
    sqlx::query_file!("sql/audit/set_head.sql", seq as i64, hash.0.as_slice()).execute(db.connection()).await?;
    Ok(())
}

/// Writes what a unit adds to the trail, before its COMMIT and behind everything else.
pub(crate) async fn write(db: &mut Db) -> Attempt<()> {
    let added = std::mem::take(&mut db.trail);
    if added.is_empty() {
        return Ok(());
    }
    let (mut seq, mut previous) = chained_head(db).await?;
    for (scope, entry) in added {
        let linked = audit_chain::link(seq, previous, &scope, &entry);
        let detail = db.seal(entry.detail.as_str(), column::AUDIT_DETAIL)?.into_owned();
        sqlx::query_file!(
            "sql/audit/insert.sql",
            linked.seq as i64,
            entry.id,
            entry.at.to_utc(),
            linked.actor.map(|actor| *actor.as_uuid()),
            entry.subject.map(|subject| *subject.as_uuid()),
            entry.via,
            entry.act,
            entry.object,
            detail,
            entry.salt.as_slice(),
            linked.digest.0.as_slice(),
            linked.previous_hash.0.as_slice(),
            linked.hash.0.as_slice(),
        )
        .execute(db.connection())
        .await?;
        (seq, previous) = (linked.seq, linked.hash);
    }
    set_head(db, seq, previous).await
}

/// The head, held, with everything before it chained.
async fn chained_head(db: &mut Db) -> Attempt<(u64, AuditHash)> {
    let AuditHead { seq, hash } = hold_head(db).await?;
    if let Some(hash) = hash {
        return Ok((seq, hash));
    }
    db.allow_for_rows(seq).await?;
    let (mut previous, mut done) = (AuditHash::GENESIS, 0);
    loop {
        let some = entries(db, done, AT_ONCE).await?;
        let Some(last) = some.last() else { break };
        done = last.seq;
        for older in &some {
            let Some((digest, hash)) = audit_chain::relink(previous, older) else { continue };
            let text = older.detail.told().map_or("", Json::as_str);
            let detail = db.seal(text, column::AUDIT_DETAIL)?.into_owned();
            let (digest, before, hash_) = (digest.0.as_slice(), previous.0.as_slice(), hash.0.as_slice());
            sqlx::query_file!("sql/audit/chain.sql", older.seq as i64, detail, digest, before, hash_)
                .execute(db.connection())
                .await?;
            previous = hash;
        }
    }
    set_head(db, seq, previous).await?;
    Ok((seq, previous))
}

async fn chain_older(db: &mut Db, scope: Scope) -> Attempt<u64> {
    match head(db, scope).await? {
        AuditHead { hash: Some(_), .. } => Ok(0),
        AuditHead { seq, .. } => chained_head(db).await.map(|_| seq),
    }
}

/// Takes what the trail tells of a person out of some entries, which stay in the chain by their digests. Answers of how many.
pub(super) async fn erase(db: &mut Db, user: &Uuid, at_once: i64) -> Attempt<u64> {
    // an entry that is not chained yet has no digest to stay by
    chain_older(db, Scope::system()).await?;
    let nothing = db.seal("", column::AUDIT_DETAIL)?.into_owned();
    let erased = sqlx::query_file!("sql/audit/erase.sql", user, nothing, at_once).execute(db.connection()).await?;
    Ok(erased.rows_affected())
}

#[async_trait]
impl<R: Run> ReadAudit for On<R> {
    async fn list(&self, scope: &Scope, query: &AuditQuery) -> Result<Vec<AuditRecord>> {
        let (scope, query) = (*scope, query.clone());
        self.0.ask(scope, move |db| Box::pin(list(db, scope, query.clone()))).await
    }

    async fn entries(&self, scope: &Scope, after: u64, limit: u32) -> Result<Vec<AuditRecord>> {
        let scope = *scope;
        self.0
            .ask(scope, move |db| {
                Box::pin(async move {
                    require_system(scope)?;
                    entries(db, after, i64::from(limit)).await
                })
            })
            .await
    }

    async fn head(&self, scope: &Scope) -> Result<AuditHead> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(head(db, scope))).await
    }
}

#[async_trait]
impl WriteAudit for On<UnitConnection> {
    async fn record(&self, scope: &Scope, entry: AuditEntry) -> Result<()> {
        let scope = *scope;
        self.0
            .write(scope, move |db| {
                Box::pin(async move {
                    db.trail.push((scope, entry));
                    Ok(())
                })
            })
            .await
    }

    async fn chain_older(&self, scope: &Scope) -> Result<u64> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(chain_older(db, scope))).await
    }
}
