use async_trait::async_trait;
use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::{MessageId, UserId},
    ports::store::{ReadGenerations, WriteGenerations},
    types::{GenerationPart, NewGeneration, NodeId, RunningGeneration, UnfinishedGeneration, generation_running},
};
use rusqlite::params;

use super::{MAX_LIST, check_ids};
use crate::{
    db::{Db, column, id, owner, require_system},
    error::{Attempt, Failure},
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const BEGIN: &str = include_str!("../../sql/generations/begin.sql");
const KEEP: &str = include_str!("../../sql/generations/keep.sql");
const NAME_MODEL: &str = include_str!("../../sql/generations/name_model.sql");
const FINISH: &str = include_str!("../../sql/generations/finish.sql");
const IN_CONVERSATION: &str = include_str!("../../sql/generations/in_conversation.sql");
const RUNNING: &str = include_str!("../../sql/generations/running.sql");
const NODES: &str = include_str!("../../sql/generations/nodes.sql");
const UNFINISHED: &str = include_str!("../../sql/generations/unfinished.sql");
const PARTS: &str = include_str!("../../sql/generations/parts.sql");

fn begin(db: &Db, scope: &Scope, new: &NewGeneration) -> Attempt<()> {
    let other = params![id(new.conversation_id.as_uuid()), owner(scope)];
    if db.first(IN_CONVERSATION, other, |_| Ok(()))?.is_some() {
        return Err(generation_running().into());
    }
    let params = params![
        id(new.message_id.as_uuid()),
        id(new.conversation_id.as_uuid()),
        id(new.user_message_id.as_uuid()),
        new.node,
        new.started_at.as_micros(),
        owner(scope),
    ];
    match db.execute(BEGIN, params).map_err(name_conflict)? {
        0 => Err(Error::not_found("conversation").into()),
        _ => Ok(()),
    }
}

fn name_conflict(failure: Failure) -> Failure {
    match Error::from(failure) {
        taken if taken.kind() == ErrorKind::Conflict => ErrorKind::Conflict
            .error("this answer is being produced already; its id is taken")
            .with_code("generation_exists")
            .with_source(taken)
            .into(),
        other => other.into(),
    }
}

fn running(db: &Db, user: UserId, limit: u32) -> Attempt<Vec<RunningGeneration>> {
    db.all(RUNNING, params![id(user.as_uuid()), limit.min(MAX_LIST)], |row| {
        Ok(RunningGeneration {
            message_id: row::uuid(row, 0)?.into(),
            conversation_id: row::uuid(row, 1)?.into(),
            user_message_id: row::uuid(row, 2)?.into(),
            node: row::node(row, 3)?,
        })
    })
}

fn keep(db: &Db, parts: &[GenerationPart]) -> Attempt<()> {
    check_ids(parts.len())?;
    for part in parts {
        let message = id(part.message_id.as_uuid());
        let text = db.seal(&part.text, column::GENERATION_CONTENT)?;
        db.execute(KEEP, params![message, part.start as i64, text, part.at.as_micros()])?;
        if part.start == 0 {
            db.execute(NAME_MODEL, params![message, part.model])?;
        }
    }
    Ok(())
}

fn unfinished(db: &Db, node: &str, limit: u32) -> Attempt<Vec<UnfinishedGeneration>> {
    let mut found = db.all(UNFINISHED, params![node, limit.min(MAX_LIST)], |row| {
        Ok(UnfinishedGeneration {
            message_id: row::uuid(row, 0)?.into(),
            user_id: row::uuid(row, 1)?.into(),
            conversation_id: row::uuid(row, 2)?.into(),
            user_message_id: row::uuid(row, 3)?.into(),
            model: row.get(4)?,
            content: String::new(),
            updated_at: row::time(row, 5)?,
        })
    })?;
    for generation in &mut found {
        let parts = db.all(PARTS, [id(generation.message_id.as_uuid())], |row| {
            Ok((db.open(row, 0, column::GENERATION_CONTENT)?, row::time(row, 1)?))
        })?;
        for (text, at) in parts {
            generation.content.push_str(&text);
            generation.updated_at = generation.updated_at.max(at);
        }
    }
    Ok(found)
}

#[async_trait]
impl<R: Run> ReadGenerations for On<R> {
    async fn unfinished(&self, scope: &Scope, node: &str, limit: u32) -> Result<Vec<UnfinishedGeneration>> {
        let (scope, node) = (*scope, node.to_owned());
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.snapshot(|db| unfinished(db, &node, limit))
            })
            .await
    }

    async fn running(&self, scope: &Scope, limit: u32) -> Result<Vec<RunningGeneration>> {
        let user = scope.user();
        self.0.ask(move |db| running(db, user, limit)).await
    }

    async fn nodes(&self, scope: &Scope) -> Result<Vec<NodeId>> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.all(NODES, [], |row| row::node(row, 0))
            })
            .await
    }
}

#[async_trait]
impl WriteGenerations for On<UnitConnection> {
    async fn begin(&self, scope: &Scope, generation: NewGeneration) -> Result<()> {
        self.0.write(|db| begin(db, scope, &generation))
    }

    async fn keep(&self, scope: &Scope, parts: Vec<GenerationPart>) -> Result<()> {
        self.0.write(|db| {
            require_system(scope)?;
            keep(db, &parts)
        })
    }

    async fn finish(&self, scope: &Scope, message: MessageId) -> Result<bool> {
        self.0.write(|db| Ok(db.execute(FINISH, params![id(message.as_uuid()), owner(scope)])? > 0))
    }
}
