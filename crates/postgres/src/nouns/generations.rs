use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::{MessageId, UserId},
    ports::store::{ReadGenerations, WriteGenerations},
    types::{GenerationPart, NewGeneration, NodeId, RunningGeneration, UnfinishedGeneration, generation_running},
};
use uuid::Uuid;

use super::{MAX_LIST, check_ids};
use crate::{
    db::{Db, column, owner, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

/// The conversation is held first, in a statement of its own: whoever waited for another that began there sees it then.
async fn begin(db: &mut Db, owner: Option<Uuid>, new: NewGeneration) -> Attempt<()> {
    let (message, conversation) = (new.message_id.as_uuid(), new.conversation_id.as_uuid());
    let held = sqlx::query_file_scalar!("sql/generations/lock.sql", conversation, owner);
    if held.fetch_optional(db.connection()).await?.is_none() {
        return Err(Error::not_found("conversation").into());
    }
    let begun = sqlx::query_file!(
        "sql/generations/begin.sql",
        message,
        conversation,
        new.user_message_id.as_uuid(),
        new.node,
        new.started_at.to_utc(),
    )
    .fetch_one(db.connection())
    .await?;
    if begun.running {
        return Err(generation_running().into());
    }
    if !begun.begun {
        return Err(ErrorKind::Conflict
            .error("this answer is being produced already; its id is taken")
            .with_code("generation_exists")
            .into());
    }
    Ok(())
}

async fn running(db: &mut Db, user: UserId, limit: u32) -> Attempt<Vec<RunningGeneration>> {
    let limit = i64::from(limit.min(MAX_LIST));
    let found = sqlx::query_file!("sql/generations/running.sql", user.as_uuid(), limit);
    let found = found.fetch_all(db.connection()).await?;
    let decode = found.into_iter().map(|row| {
        Ok(RunningGeneration {
            message_id: row.message_id.into(),
            conversation_id: row.conversation_id.into(),
            user_message_id: row.user_message_id.into(),
            node: row::node(&row.node)?,
        })
    });
    decode.collect()
}

async fn nodes(db: &mut Db, scope: Scope) -> Attempt<Vec<NodeId>> {
    require_system(scope)?;
    let nodes = sqlx::query_file_scalar!("sql/generations/nodes.sql").fetch_all(db.connection()).await?;
    nodes.iter().map(|node| row::node(node)).collect()
}

async fn keep(db: &mut Db, scope: Scope, parts: Vec<GenerationPart>) -> Attempt<()> {
    require_system(scope)?;
    check_ids(parts.len())?;
    let ids: Vec<Uuid> = parts.iter().map(|part| *part.message_id.as_uuid()).collect();
    let starts: Vec<i64> = parts.iter().map(|part| part.start as i64).collect();
    let sealed = |part: &GenerationPart| Ok(db.seal(&part.text, column::GENERATION_CONTENT)?.into_owned());
    let texts = parts.iter().map(sealed).collect::<Attempt<Vec<Vec<u8>>>>()?;
    let times: Vec<DateTime<Utc>> = parts.iter().map(|part| part.at.to_utc()).collect();
    let models: Vec<String> = parts.into_iter().map(|part| part.model).collect();
    sqlx::query_file!("sql/generations/keep.sql", &ids, &starts, &texts, &times, &models)
        .execute(db.connection())
        .await?;
    Ok(())
}

async fn finish(db: &mut Db, owner: Option<Uuid>, message: MessageId) -> Attempt<bool> {
    let finished = sqlx::query_file!("sql/generations/finish.sql", message.as_uuid(), owner);
    Ok(finished.execute(db.connection()).await?.rows_affected() > 0)
}

async fn unfinished(db: &mut Db, scope: Scope, node: String, limit: u32) -> Attempt<Vec<UnfinishedGeneration>> {
    require_system(scope)?;
    let limit = i64::from(limit.min(MAX_LIST));
    let found = sqlx::query_file!("sql/generations/unfinished.sql", node, limit).fetch_all(db.connection()).await?;
    let mut unfinished = Vec::with_capacity(found.len());
    for row in found {
        let mut content = String::new();
        for part in row.parts {
            content.push_str(&db.open(part, column::GENERATION_CONTENT)?);
        }
        unfinished.push(UnfinishedGeneration {
            message_id: row.message_id.into(),
            user_id: row.user_id.into(),
            conversation_id: row.conversation_id.into(),
            user_message_id: row.user_message_id.into(),
            model: row.model,
            content,
            updated_at: row::time(row.updated_at),
        });
    }
    Ok(unfinished)
}

#[async_trait]
impl<R: Run> ReadGenerations for On<R> {
    async fn unfinished(&self, scope: &Scope, node: &str, limit: u32) -> Result<Vec<UnfinishedGeneration>> {
        let (scope, node) = (*scope, node.to_owned());
        self.0.ask(scope, move |db| Box::pin(unfinished(db, scope, node.clone(), limit))).await
    }

    async fn running(&self, scope: &Scope, limit: u32) -> Result<Vec<RunningGeneration>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(running(db, scope.user(), limit))).await
    }

    async fn nodes(&self, scope: &Scope) -> Result<Vec<NodeId>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(nodes(db, scope))).await
    }
}

#[async_trait]
impl WriteGenerations for On<UnitConnection> {
    async fn begin(&self, scope: &Scope, generation: NewGeneration) -> Result<()> {
        let owner = owner(*scope);
        self.0.write(scope, move |db| Box::pin(begin(db, owner, generation))).await
    }

    async fn keep(&self, scope: &Scope, parts: Vec<GenerationPart>) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(keep(db, scope, parts))).await
    }

    async fn finish(&self, scope: &Scope, message: MessageId) -> Result<bool> {
        let owner = owner(*scope);
        self.0.write(scope, move |db| Box::pin(finish(db, owner, message))).await
    }
}
