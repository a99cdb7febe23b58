//! What nodes that are gone, or an earlier process of this one, left of answers.

use std::time::Duration;

use jarvis_core::{
    Result, Scope,
    id::{ConversationId, MessageId},
    text::estimate_tokens,
    types::{LiveChange, NodeId, UnfinishedGeneration},
};

use super::{
    answer::{ChatAnswer, ChatFinish, ChatUsage},
    ending::interrupt,
    following::MAX_OF_ONE,
};
use crate::context::Context;

/// Unfinished answers that are read at once.
const LEFTOVERS: u32 = 100;

/// Turns what a node left into messages: an earlier process of this one, or another that is gone.
pub(crate) async fn close_what_is_left(context: &Context, node: &NodeId) -> Result<()> {
    loop {
        let left = context.ports.store.generations().unfinished(&Scope::system(), node.as_str(), LEFTOVERS).await?;
        let mut closed = 0;
        for one in left {
            // one that runs is our own
            let Ok(_held) = context.registry.hold(one.user_id, one.conversation_id) else { continue };
            close(context, one).await?;
            closed += 1;
        }
        if closed == 0 {
            return Ok(());
        }
        tracing::info!(%node, answers = closed, "answers that were cut short are kept as far as they came");
    }
}

/// Makes way in a conversation that this node holds: ends what nobody produces any more. Answers whether it is free.
pub(super) async fn make_way(context: &Context, scope: &Scope, conversation: ConversationId) -> Result<bool> {
    let running = context.ports.store.generations().running(scope, MAX_OF_ONE).await?;
    for row in running.into_iter().filter(|row| row.conversation_id == conversation) {
        if row.node != context.nodes.own && !context.nodes.is_gone(&row.node).await? {
            return Ok(false);
        }
        close_one(context, &row.node, row.message_id).await?;
    }
    Ok(true)
}

async fn close_one(context: &Context, node: &NodeId, id: MessageId) -> Result<()> {
    let left = context.ports.store.generations().unfinished(&Scope::system(), node.as_str(), MAX_OF_ONE).await?;
    match left.into_iter().find(|one| one.message_id == id) {
        Some(one) => close(context, one).await,
        None => Ok(()),
    }
}

async fn close(context: &Context, left: UnfinishedGeneration) -> Result<()> {
    let scope = Scope::of(left.user_id);
    let answer = ChatAnswer {
        id: left.message_id,
        conversation_id: left.conversation_id,
        model: left.model.unwrap_or_default(),
        memory_saved: false,
        memories_used: Vec::new(),
        usage: ChatUsage { prompt_tokens: 0, completion_tokens: estimate_tokens(&left.content) },
        finish_reason: ChatFinish::Interrupted,
        response_time: Duration::ZERO,
        created_at: left.updated_at,
        content: left.content,
    };
    let Some(row) = interrupt(context, scope, &answer, left.user_message_id).await? else { return Ok(()) };
    let (conversation_id, message_id) = (row.conversation_id, row.id);
    let changes = [
        LiveChange::MessageCreated { conversation_id, message_id },
        LiveChange::ConversationUpdated { conversation_id },
    ];
    context.tell(&scope, changes).await;
    Ok(())
}
