//! From a stored message to what the model is asked.

use jarvis_core::{Result, ports::ModelRequest, text::estimate_tokens};

use super::{Work, prepare::Turn, prompt};
use crate::RecallOutcome;

/// What the model is asked, and what it is expected to count for.
pub(super) struct Composed {
    pub(super) request: ModelRequest,
    pub(super) prompt_tokens: u32,
}

impl Work {
    /// Puts the prompt together.
    pub(super) async fn compose(&self, turn: &Turn, recalled: &RecallOutcome) -> Result<Composed> {
        let session = match turn.session_id {
            Some(id) => self.context.ports.store.sessions().get(&self.scope, id).await?,
            None => None,
        };
        let context = self.request.context.as_deref();
        let budget = self.context.options.history_tokens;
        let messages = prompt::build(session.as_ref(), context, &turn.earlier, &turn.said.content, budget);
        let prompt_tokens = messages.iter().map(|message| estimate_tokens(&message.content)).sum();
        let request = ModelRequest {
            model: self.request.model.clone(),
            messages,
            recalled: recalled.for_model(),
            params: self.request.params,
            now: self.context.now(),
        };
        Ok(Composed { request, prompt_tokens })
    }
}
