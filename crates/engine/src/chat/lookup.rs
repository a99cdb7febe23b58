//! Coming back to an answer.

use std::sync::Arc;

use jarvis_core::{
    Error, Result, Scope,
    id::MessageId,
    types::{Message, Role},
};

use super::{
    Chat,
    answer::{ChatAnswer, ChatFinish},
    generation::{ChatStart, Generation},
};

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
    /// An answer by its id: running, ended a short time ago, or as it is stored.
    ///
    /// Errors: `NotFound` when there is no such answer, or it is somebody else's.
    pub async fn generation(&self, scope: &Scope, id: MessageId) -> Result<Generation> {
        self.recovered.wait().await;
        if let Some(entry) = self.registry.find(scope, id) {
            return Ok(entry.generation(false));
        }
        let (row, answers) = self.stored(scope, id).await?;
        Ok(Generation::stored(row, answers, false))
    }

    /// The answers that are being produced for somebody, oldest first: whoever comes back reads on.
    pub fn running(&self, scope: &Scope) -> Vec<ChatStart> {
        self.registry.running_for(scope)
    }

    /// Stops an answer and stores what was produced, which is final. One that has ended stays as it is.
    ///
    /// Errors: `NotFound` when there is no such answer, or it is somebody else's; those of storing.
    pub async fn stop(&self, scope: &Scope, id: MessageId) -> Result<StopOutcome> {
        self.recovered.wait().await;
        let mut failure = None;
        if let Some(entry) = self.registry.find(scope, id) {
            let was_running = !entry.buffer.has_ended();
            entry.stop.cancel();
            match entry.generation(false).answer().await {
                Ok(answer) => {
                    let stopped = was_running && answer.finish_reason == ChatFinish::Stopped;
                    return Ok(StopOutcome { start: entry.start.clone(), answer, stopped });
                }
                Err(error) => failure = Some(error),
            }
        }
        let (row, answers) = self.stored(scope, id).await.map_err(|unknown| failure.unwrap_or(unknown))?;
        let answer = ChatAnswer::from_row(row);
        let start = ChatStart::of(&answer, answers);
        Ok(StopOutcome { start, answer: Arc::new(answer), stopped: false })
    }

    /// The row of an answer, and what it answers.
    async fn stored(&self, scope: &Scope, id: MessageId) -> Result<(Message, MessageId)> {
        let row = self.context.ports.store.messages().get(scope, id).await?;
        let answer = row.filter(|row| row.role == Role::Assistant);
        answer.and_then(|row| row.parent_id.map(|parent| (row, parent))).ok_or_else(|| Error::not_found("answer"))
    }
}
