//! Coming back to an answer.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jarvis_core::{
    Error, Result, Scope,
    id::MessageId,
    types::{Message, Role},
};

use super::{
    Chat,
    answer::{ChatAnswer, ChatFinish},
    following::{Following, MAX_OF_ONE, row_of},
    generation::{ChatStart, Generation},
};

/// Nodes asked about an answer at once.
const ASKED_AT_ONCE: usize = 16;

/// What stopping an answer came to.
#[derive(Clone, Debug, PartialEq)]
pub struct StopOutcome {
    /// What is known from the beginning of the answer.
    pub start: ChatStart,
    /// The answer as it is stored.
    pub answer: Arc<ChatAnswer>,
    /// Whether it ended because of this; otherwise it had ended before.
    pub stopped: bool,
}

impl Chat {
    /// An answer by its id: running, here or on another node, ended a short time ago, or as it is stored.
    ///
    /// Errors: `NotFound` when there is no such answer, or it is somebody else's; `Unavailable` with code
    /// `generation_unreachable` when the node that produces it does not reply.
    #[tracing::instrument(name = "chat.generation", target = "jarvis", skip_all)]
    pub async fn generation(&self, scope: &Scope, id: MessageId) -> Result<Generation> {
        self.recovered.wait().await;
        if let Some(entry) = self.registry.find(scope, id) {
            return Ok(entry.generation(false));
        }
        let mut stored = self.stored(scope, id).await;
        if stored.is_err() && self.context.nodes.is_shared {
            if let Some(following) = self.elsewhere(scope, id).await? {
                return following.join(false).await;
            }
            // it may have ended between the two looks
            stored = self.stored(scope, id).await;
        }
        stored.map(|(row, answers)| Generation::stored(row, answers, false))
    }

    /// The answers that are being produced for somebody, oldest first: whoever comes back reads on. Those of a node that
    /// does not reply are left out.
    #[tracing::instrument(name = "chat.running", target = "jarvis", skip_all)]
    pub async fn running(&self, scope: &Scope) -> Result<Vec<ChatStart>> {
        let mut starts = self.registry.running_for(scope);
        if self.context.nodes.is_shared {
            let rows = self.context.ports.store.generations().running(scope, MAX_OF_ONE).await?;
            let mut asked = Vec::new();
            for row in rows {
                if row.node != self.context.nodes.own {
                    let following = Following::new(&self.context, scope, &row);
                    asked.push(async move { following.begun().await });
                }
            }
            let begun: Vec<_> = stream::iter(asked).buffered(ASKED_AT_ONCE).collect().await;
            starts.extend(begun.into_iter().flatten().filter(|begun| !begun.has_ended).map(|begun| begun.head.start));
            starts.sort_unstable_by_key(|start| start.message_id);
        }
        Ok(starts)
    }

    /// Stops an answer, here or on another node, and stores what was produced, which is final. One that has ended stays
    /// as it is.
    ///
    /// Errors: `NotFound` when there is no such answer, or it is somebody else's; those of storing, and of
    /// [`Chat::generation`].
    #[tracing::instrument(name = "chat.stop", target = "jarvis", skip_all)]
    pub async fn stop(&self, scope: &Scope, id: MessageId) -> Result<StopOutcome> {
        self.recovered.wait().await;
        let mut failure = None;
        if let Some(entry) = self.registry.find(scope, id) {
            let was_running = !entry.buffer.has_ended();
            entry.stop.cancel();
            match outcome(entry.generation(false), was_running).await {
                Ok(outcome) => return Ok(outcome),
                Err(error) => failure = Some(error),
            }
        } else if let Some(following) = self.elsewhere(scope, id).await? {
            let generation = following.join(false).await?;
            let was_running = !generation.has_ended();
            following.stop().await;
            match outcome(generation, was_running).await {
                Ok(outcome) => return Ok(outcome),
                Err(error) => failure = Some(error),
            }
        }
        let (row, answers) = self.stored(scope, id).await.map_err(|unknown| failure.unwrap_or(unknown))?;
        let answer = ChatAnswer::from_row(row);
        let start = ChatStart::of(&answer, answers);
        Ok(StopOutcome { start, answer: Arc::new(answer), stopped: false })
    }

    /// An answer that another node produces.
    async fn elsewhere(&self, scope: &Scope, id: MessageId) -> Result<Option<Following>> {
        if !self.context.nodes.is_shared {
            return Ok(None);
        }
        let row = row_of(&self.context, scope, id).await?;
        let row = row.filter(|row| row.node != self.context.nodes.own);
        Ok(row.map(|row| Following::new(&self.context, scope, &row)))
    }

    /// The row of an answer, and what it answers.
    async fn stored(&self, scope: &Scope, id: MessageId) -> Result<(Message, MessageId)> {
        let row = self.context.ports.store.messages().get(scope, id).await?;
        let answer = row.filter(|row| row.role == Role::Assistant);
        answer.and_then(|row| row.parent_id.map(|parent| (row, parent))).ok_or_else(|| Error::not_found("answer"))
    }
}

/// Waits for the end of an answer that was stopped.
async fn outcome(generation: Generation, was_running: bool) -> Result<StopOutcome> {
    let start = generation.start.clone();
    let answer = generation.answer().await?;
    let stopped = was_running && answer.finish_reason == ChatFinish::Stopped;
    Ok(StopOutcome { start, answer, stopped })
}
