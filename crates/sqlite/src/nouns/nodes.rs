use async_trait::async_trait;
use jarvis_core::{
    Result, Scope, Timestamp,
    ports::store::{ReadNodes, WriteNodes},
    types::{Node, NodeId, OutboxSeq},
};
use rusqlite::params;

use super::MAX_LIST;
use crate::{
    db::{Db, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const BEAT: &str = include_str!("../../sql/nodes/beat.sql");
const LEAVE: &str = include_str!("../../sql/nodes/leave.sql");
const LIST: &str = include_str!("../../sql/nodes/list.sql");
const DEMAND_SCRUB: &str = include_str!("../../sql/nodes/demand_scrub.sql");
const NOTE_SCRUBBED: &str = include_str!("../../sql/nodes/note_scrubbed.sql");
const FORGET: &str = include_str!("../../sql/nodes/forget.sql");

fn list(db: &Db) -> Attempt<Vec<Node>> {
    db.all(LIST, [MAX_LIST], |row| {
        Ok(Node {
            id: row::node(row, 0)?,
            beats: row::count(row, 1)?,
            seen_at: row::time(row, 2)?,
            has_left: row.get(3)?,
            scrub_due: row::count(row, 4)?,
            scrubbed: row::count(row, 5)?,
        })
    })
}

fn position(seq: OutboxSeq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

#[async_trait]
impl<R: Run> ReadNodes for On<R> {
    async fn list(&self, scope: &Scope) -> Result<Vec<Node>> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                list(db)
            })
            .await
    }
}

#[async_trait]
impl WriteNodes for On<UnitConnection> {
    async fn beat(&self, scope: &Scope, node: &NodeId, at: Timestamp) -> Result<bool> {
        self.0.write(|db| {
            require_system(scope)?;
            let known = db.first(BEAT, params![node.as_str(), at.as_micros()], |row| Ok(row.get::<_, bool>(0)?))?;
            Ok(known.unwrap_or(false))
        })
    }

    async fn leave(&self, scope: &Scope, node: &NodeId) -> Result<()> {
        self.0.write(|db| {
            require_system(scope)?;
            db.execute(LEAVE, [node.as_str()]).map(drop)
        })
    }

    async fn demand_scrub(&self, scope: &Scope, due: OutboxSeq) -> Result<()> {
        self.0.write(|db| {
            require_system(scope)?;
            db.execute(DEMAND_SCRUB, [position(due)]).map(drop)
        })
    }

    async fn note_scrubbed(&self, scope: &Scope, node: &NodeId, scrubbed: OutboxSeq) -> Result<()> {
        self.0.write(|db| {
            require_system(scope)?;
            db.execute(NOTE_SCRUBBED, params![node.as_str(), position(scrubbed)]).map(drop)
        })
    }

    async fn forget(&self, scope: &Scope, node: &NodeId, beats: u64) -> Result<bool> {
        self.0.write(|db| {
            require_system(scope)?;
            Ok(db.execute(FORGET, params![node.as_str(), beats as i64])? > 0)
        })
    }
}
