//! From a stored message to a model that has begun to answer.

use jarvis_core::{
    Error, Result,
    id::MessageId,
    policy::prompt::{self, Budget, DoesNotFit, MESSAGE_TOKENS, Material, Part, Place, Template},
    ports::{ModelInfo, ModelRequest, ModelStream},
    text::estimate_tokens,
    types::{Conversation, Message, RECALL_MODEL, Session},
};

use super::{Work, prepare::Turn};
use crate::RecallOutcome;

/// Earlier turns in a prompt at most, whatever their size.
pub(super) const MAX_TURNS: u32 = 40;

/// The code of a prompt that is too long for its model.
const TOO_LONG: &str = "context_exceeded";

/// A model that has begun.
pub(super) struct Begun {
    pub(super) stream: ModelStream,
    /// What the prompt is expected to count for.
    pub(super) prompt_tokens: u32,
    pub(super) notes: Notes,
}

/// What composing found out that matters after the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Notes {
    /// What the prompt was estimated at.
    pub(super) estimated: u32,
    /// What earlier turns may count for in a prompt of this model.
    pub(super) history: u32,
    /// Whether the next prompts may lose turns that no summary covers.
    pub(super) summary_due: bool,
}

/// What is read from the store for a prompt.
struct Known {
    session: Option<Session>,
    template: Option<Template>,
    user: String,
    head: Option<Conversation>,
}

impl Work {
    /// Puts the prompt together and asks the model; once more with half the room when the model says that the prompt is
    /// too long. `model` is who is expected to answer.
    pub(super) async fn ask_with_budget(
        &self,
        turn: &Turn,
        recalled: &RecallOutcome,
        model: &ModelInfo,
    ) -> Result<Begun> {
        let name = model.id.as_str();
        let known = self.known(turn).await?;
        let window = self.window(model);
        let mut budget = self.budget(name, window);
        let mut retried = false;
        loop {
            let (mut request, notes) = self.compose(turn, recalled, &known, &budget, name)?;
            // an answer has half of the window at most: that is what the prompt leaves it
            request.params.max_tokens = request.params.max_tokens.map(|most| most.min(window / 2));
            match self.context.ports.model.complete(request).await {
                Ok(stream) => return Ok(Begun { stream, prompt_tokens: notes.estimated, notes }),
                Err(error) if error.code() == TOO_LONG && !retried => {
                    tracing::info!(model = name, "the model counts more tokens than estimated; trying half the prompt");
                    self.context.background.ratios.refused(name);
                    budget = prompt::halved(&budget);
                    retried = true;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn compose(
        &self,
        turn: &Turn,
        recalled: &RecallOutcome,
        known: &Known,
        budget: &Budget,
        model: &str,
    ) -> Result<(ModelRequest, Notes)> {
        let head = known.head.as_ref();
        let summary = head.and_then(|head| covered(head, &turn.earlier));
        let material = Material {
            session: known.session.as_ref(),
            template: known.template.as_ref(),
            user: &known.user,
            now: self.context.now(),
            recalled: &recalled.chosen,
            summary: summary.and_then(|_| head?.summary.as_deref()),
            context: self.request.context.as_deref(),
            turns: &turn.earlier,
            said: &turn.said.content,
        };
        let made = prompt::build(&material, budget).map_err(|refused| too_long(refused, model))?;
        let request = ModelRequest {
            model: self.request.model.clone(),
            messages: made.messages,
            recalled: recalled.for_model(),
            params: self.request.params,
            now: self.context.now(),
        };
        let notes = Notes {
            estimated: made.tokens,
            history: budget.history,
            summary_due: is_due(&turn.earlier[summary.unwrap_or(0)..], &turn.said, budget.history),
        };
        Ok((request, notes))
    }

    async fn known(&self, turn: &Turn) -> Result<Known> {
        let store = &self.context.ports.store;
        let session = async {
            match turn.session_id {
                Some(id) => store.sessions().get(&self.scope, id).await,
                None => Ok(None),
            }
        };
        let head = async {
            if turn.earlier.is_empty() {
                return Ok(None);
            }
            store.conversations().get(&self.scope, turn.said.conversation_id).await
        };
        let (session, head) = tokio::try_join!(session, head)?;
        // one that was stored by a version with other placeholders is as good as none
        let template = session.as_ref().and_then(|session| Template::parse(session.template.as_deref()?).ok());
        let user = match &template {
            Some(template) if template.names(Place::User) => {
                store.users().get(&self.scope, self.scope.user()).await?.map(|user| user.name).unwrap_or_default()
            }
            _ => String::new(),
        };
        Ok(Known { session, template, user, head })
    }

    /// Tokens that a prompt and its answer may have together.
    fn window(&self, model: &ModelInfo) -> u32 {
        // it reads no prompt, so none is too long for it
        let default = if model.id == RECALL_MODEL { u32::MAX } else { self.context.options.context_tokens };
        model.context_tokens.unwrap_or(default)
    }

    fn budget(&self, model: &str, window: u32) -> Budget {
        let options = &self.context.options;
        let ratio = self.context.background.ratios.of(model);
        let max_tokens = self.request.params.max_tokens;
        prompt::of_model(window, max_tokens, ratio, options.history_tokens, options.recall_tokens)
    }
}

/// How many of the `earlier` turns of a branch its conversation's summary covers; none when it is of another branch, or
/// when that cannot be told.
fn covered(head: &Conversation, earlier: &[Message]) -> Option<usize> {
    head.summary.as_ref()?;
    // a person's own words hold for every branch
    let Some(until) = head.summary_until else { return Some(0) };
    if earlier.first().is_some_and(|turn| turn.parent_id == Some(until)) {
        return Some(0);
    }
    earlier.iter().position(|turn| turn.id == until).map(|at| at + 1)
}

/// Whether the next prompts may lose some of `uncovered`: early enough that the summary is there when it is needed.
fn is_due(uncovered: &[Message], said: &Message, history: u32) -> bool {
    let cost = |turn: &Message| estimate_tokens(&turn.content).saturating_add(MESSAGE_TOKENS);
    let tokens = uncovered.iter().chain([said]).map(cost).fold(0, u32::saturating_add);
    tokens > history / 4 * 3 || uncovered.len() + 8 > MAX_TURNS as usize
}

fn too_long(refused: DoesNotFit, model: &str) -> Error {
    let DoesNotFit { what, tokens, room } = refused;
    let (field, it, help) = match what {
        Part::Message => ("message", "the message", "shorten or split it"),
        Part::Context => ("context", "the context", "shorten it"),
        Part::Session => ("session_id", "the session's role, goals or template", "shorten them"),
    };
    let told = format!(
        "{it} would take about {tokens} tokens and {model:?} has room for {room} here; {help}, lower max_tokens, or ask a \
         model with a longer context"
    );
    Error::invalid(field, told).with_code(TOO_LONG)
}

/// Where a summary may reach for the turns that are left to stand for themselves: half of what a prompt may show.
pub(super) fn leaves_standing(branch: &[Message], history: u32) -> Option<(usize, MessageId)> {
    let mut left = history / 2;
    let stands = |turn: &&Message| {
        let cost = estimate_tokens(&turn.content).saturating_add(MESSAGE_TOKENS);
        let fits = cost <= left;
        left = left.saturating_sub(cost);
        fits
    };
    let standing = branch.iter().rev().take(MAX_TURNS as usize / 2).take_while(stands).count();
    let fallen = branch.len() - standing;
    fallen.checked_sub(1).map(|last| (fallen, branch[last].id))
}
