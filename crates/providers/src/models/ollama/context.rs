//! How much context a request gets: Ollama cuts a prompt that is longer without a word.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jarvis_core::{Result, ports::ModelRequest, text::estimate_tokens};

use super::super::server::too_long;

/// What Ollama takes by itself.
const SMALLEST: u32 = 4_096;
/// Tokens that are kept for an answer of no given length.
const ANSWER: u32 = 1_024;
/// Tokens around each turn: its role and its ends.
const AROUND: u32 = 8;
/// Models that are remembered; who names more of them asks again.
const REMEMBERED: usize = 256;

/// What is known of each model.
#[derive(Debug, Default)]
pub(super) struct Contexts {
    models: Mutex<HashMap<String, Context>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Context {
    longest: Option<u32>,
    /// The largest window so far. It only grows: another one makes Ollama load the model anew.
    window: u32,
}

impl Contexts {
    /// What a model told, if it was asked.
    #[expect(clippy::option_option, reason = "not asked yet differs from not told")]
    pub(super) fn known(&self, model: &str) -> Option<Option<u32>> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner).get(model).map(|context| context.longest)
    }

    /// Remembers what a model told, unless that is known by now; what is known.
    pub(super) fn learn(&self, model: &str, longest: Option<u32>) -> Option<u32> {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if models.len() >= REMEMBERED && !models.contains_key(model) {
            models.clear();
        }
        // Two who ask for the first time at once both learn: the window of the one must not shrink for the other.
        models.entry(model.to_owned()).or_insert(Context { longest, window: 0 }).longest
    }

    /// Tokens of the window for a request.
    pub(super) fn window(&self, model: &str, longest: Option<u32>, request: &ModelRequest) -> Result<u32> {
        let texts = request.messages.iter().map(|message| estimate_tokens(&message.content).saturating_add(AROUND));
        let prompt = texts.fold(0, u32::saturating_add);
        let longest = longest.unwrap_or(u32::MAX);
        if prompt > longest {
            return Err(too_long());
        }
        // an estimate: scripts other than Latin and code have more tokens
        let generous = prompt.saturating_add(prompt / 2);
        let wanted = generous.saturating_add(request.params.max_tokens.unwrap_or(ANSWER)).max(SMALLEST);
        let window = wanted.checked_next_power_of_two().unwrap_or(u32::MAX).min(longest);
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(models.get_mut(model).map_or(window, |context| {
            context.window = context.window.max(window);
            context.window
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_core::{
        ports::{Clock as _, ModelParams, PromptMessage},
        testkit::FixedClock,
        types::Role,
    };

    fn request(bytes: usize, max_tokens: Option<u32>) -> ModelRequest {
        ModelRequest {
            model: None,
            messages: vec![PromptMessage { role: Role::User, content: "x".repeat(bytes) }],
            recalled: Vec::new(),
            params: ModelParams { max_tokens, ..ModelParams::default() },
            now: FixedClock::default().now(),
        }
    }

    #[test]
    fn a_window_holds_prompt_and_answer_and_never_shrinks() {
        let contexts = Contexts::default();
        contexts.learn("m", Some(40_000));
        let window = |bytes, max_tokens| contexts.window("m", Some(40_000), &request(bytes, max_tokens));
        assert_eq!(window(4, None).unwrap(), 4_096);
        assert_eq!(window(16_000, None).unwrap(), 8_192);
        assert_eq!(window(4, None).unwrap(), 8_192);
        assert_eq!(contexts.learn("m", Some(40_000)), Some(40_000));
        assert_eq!(window(4, None).unwrap(), 8_192, "learnt by another one that asked at the same time");
        assert_eq!(window(4, Some(20_000)).unwrap(), 32_768);
        assert_eq!(window(120_000, None).unwrap(), 40_000);
        assert_eq!(window(200_000, None).unwrap_err().code(), "context_exceeded");
    }

    #[test]
    fn a_model_of_little_context_gets_what_it_has() {
        assert_eq!(Contexts::default().window("m", Some(2_048), &request(4, None)).unwrap(), 2_048);
        assert_eq!(Contexts::default().window("m", None, &request(40_000, None)).unwrap(), 16_384);
    }

    #[test]
    fn not_every_name_is_remembered() {
        let contexts = Contexts::default();
        (0..=REMEMBERED).for_each(|n| _ = contexts.learn(&n.to_string(), None));
        assert!(contexts.models.lock().unwrap().len() <= REMEMBERED);
    }
}
