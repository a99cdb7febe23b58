//! From the lines of an answer to its events.

use jarvis_core::ports::{Completion, FinishReason, ModelEvent, TokenUsage};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::{server::Trouble, streaming};
use crate::http::Lines;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    message: Option<Message<'a>>,
    #[serde(default)]
    done: bool,
    done_reason: Option<String>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// What a model thinks aloud stands under another name; it is no answer, but shows that one is on its way.
#[derive(Deserialize)]
struct Message<'a> {
    content: Option<String>,
    #[serde(borrow)]
    thinking: Option<&'a RawValue>,
}

impl Message<'_> {
    /// The text; empty where the model thinks, none where it says nothing at all.
    fn said(self) -> Option<String> {
        let thinks = self.thinking.is_some_and(|thought| thought.get() != "\"\"");
        self.content.filter(|text| !text.is_empty()).or_else(|| thinks.then(String::new))
    }
}

#[derive(Default)]
pub(super) struct Decoder {
    lines: Lines,
    done: Option<Completion>,
    is_closed: bool,
}

impl streaming::Decoder for Decoder {
    fn push(&mut self, bytes: &[u8]) {
        self.lines.push(bytes);
    }

    fn close(&mut self) {
        self.is_closed = true;
    }

    fn next(&mut self) -> Result<Option<ModelEvent>, Trouble> {
        loop {
            if let Some(done) = self.done.take() {
                return Ok(Some(ModelEvent::Done(done)));
            }
            let line = match self.lines.next() {
                Ok(Some(line)) => line,
                Ok(None) if self.is_closed => match self.lines.rest() {
                    b"" => return Err(Trouble::HungUp),
                    rest => rest,
                },
                Ok(None) => return Ok(None),
                Err(_) => return Err(Trouble::Rubbish("a line without end".to_owned())),
            };
            if line.trim_ascii().is_empty() {
                continue;
            }
            let line: Line<'_> = serde_json::from_slice(line).map_err(|error| Trouble::Rubbish(error.to_string()))?;
            if let Some(words) = line.error {
                return Err(Trouble::Told(words.get().to_owned()));
            }
            self.done = line.done.then(|| completion(&line));
            if let Some(text) = line.message.and_then(Message::said) {
                return Ok(Some(ModelEvent::Token(text)));
            }
        }
    }

    /// Its end and its figures come with the last line.
    fn is_whole(&self) -> bool {
        false
    }
}

fn completion(line: &Line<'_>) -> Completion {
    let tokens = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let finish_reason = match line.done_reason.as_deref() {
        Some("length") => FinishReason::Length,
        _ => FinishReason::Stop,
    };
    // older ones do not count a prompt that they still know
    let usage = line
        .prompt_eval_count
        .zip(line.eval_count)
        .map(|(prompt, answer)| TokenUsage { prompt_tokens: tokens(prompt), completion_tokens: tokens(answer) });
    Completion { finish_reason, usage }
}
