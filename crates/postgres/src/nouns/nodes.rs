use async_trait::async_trait;
use jarvis_core::{
    Result, Scope, Timestamp,
    ports::store::{ReadNodes, WriteNodes},
    types::{Node, NodeId, OutboxSeq},
};

use super::MAX_LIST;
use crate::{
    db::{Db, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

fn position(seq: OutboxSeq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

async fn list(db: &mut Db, scope: Scope) -> Attempt<Vec<Node>> {
    require_system(scope)?;
    let nodes = sqlx::query_file!("sql/nodes/list.sql", i64::from(MAX_LIST)).fetch_all(db.connection()).await?;
    let decode = nodes.into_iter().map(|row| {
        Ok(Node {
            id: row::node(&row.node)?,
            beats: row::count(row.beats),
            seen_at: row::time(row.seen_at),
            has_left: row.has_left,
            scrub_due: row::count(row.scrub_due),
            scrubbed: row::count(row.scrubbed),
        })
    });
    decode.collect()
}

async fn beat(db: &mut Db, scope: Scope, node: NodeId, at: Timestamp) -> Attempt<bool> {
    require_system(scope)?;
    let known = sqlx::query_file_scalar!("sql/nodes/beat.sql", node.as_str(), at.to_utc());
    Ok(known.fetch_one(db.connection()).await?)
}

async fn leave(db: &mut Db, scope: Scope, node: NodeId) -> Attempt<()> {
    require_system(scope)?;
    sqlx::query_file!("sql/nodes/leave.sql", node.as_str()).execute(db.connection()).await?;
    Ok(())
}

async fn demand_scrub(db: &mut Db, scope: Scope, due: OutboxSeq) -> Attempt<()> {
    require_system(scope)?;
    sqlx::query_file!("sql/nodes/demand_scrub.sql", position(due)).execute(db.connection()).await?;
    Ok(())
}

async fn note_scrubbed(db: &mut Db, scope: Scope, node: NodeId, scrubbed: OutboxSeq) -> Attempt<()> {
    require_system(scope)?;
    let noted = sqlx::query_file!("sql/nodes/note_scrubbed.sql", node.as_str(), position(scrubbed));
    noted.execute(db.connection()).await?;
    Ok(())
}

async fn forget(db: &mut Db, scope: Scope, node: NodeId, beats: u64) -> Attempt<bool> {
    require_system(scope)?;
    let forgotten = sqlx::query_file!("sql/nodes/forget.sql", node.as_str(), beats as i64);
    Ok(forgotten.execute(db.connection()).await?.rows_affected() > 0)
}

#[async_trait]
impl<R: Run> ReadNodes for On<R> {
    async fn list(&self, scope: &Scope) -> Result<Vec<Node>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(list(db, scope))).await
    }
}

#[async_trait]
impl WriteNodes for On<UnitConnection> {
    async fn beat(&self, scope: &Scope, node: &NodeId, at: Timestamp) -> Result<bool> {
        let (scope, node) = (*scope, node.clone());
        self.0.write(scope, move |db| Box::pin(beat(db, scope, node, at))).await
    }

    async fn leave(&self, scope: &Scope, node: &NodeId) -> Result<()> {
        let (scope, node) = (*scope, node.clone());
        self.0.write(scope, move |db| Box::pin(leave(db, scope, node))).await
    }

    async fn demand_scrub(&self, scope: &Scope, due: OutboxSeq) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(demand_scrub(db, scope, due))).await
    }

    async fn note_scrubbed(&self, scope: &Scope, node: &NodeId, scrubbed: OutboxSeq) -> Result<()> {
        let (scope, node) = (*scope, node.clone());
        self.0.write(scope, move |db| Box::pin(note_scrubbed(db, scope, node, scrubbed))).await
    }

    async fn forget(&self, scope: &Scope, node: &NodeId, beats: u64) -> Result<bool> {
        let (scope, node) = (*scope, node.clone());
        self.0.write(scope, move |db| Box::pin(forget(db, scope, node, beats))).await
    }
}
