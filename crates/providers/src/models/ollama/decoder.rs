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

#[cfg(test)]
mod tests {
    use super::super::super::streaming::tests::events;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_model_that_thinks_shows_that_it_is_at_work() {
        let body = concat!(
            r#"{"message":{"role":"assistant","content":"","thinking":"hm"},"done":false}"#,
            "\n",
            r#"{"message":{"content":"H"},"done":false}"#,
            "\n",
            r#"{"message":{"content":""},"done":true}"#,
        );
        assert_eq!(events(Decoder::default(), [body.as_bytes()]), ["+", "+H", "Done"]);
    }

    proptest! {
        #[test]
        fn any_pieces_give_the_same_answer(
            texts in prop::collection::vec("[a-zé€🦀 \"\\n]{0,4}", 0..5),
            has_end: bool,
            size in 1_usize..12,
        ) {
            let line = |text: &String| serde_json::json!({"message": {"content": text}, "done": false}).to_string();
            let lines = texts.iter().map(line).chain(has_end.then(|| r#"{"done":true}"#.to_owned()));
            let body: String = lines.map(|line| line + "\n").collect();
            let whole = events(Decoder::default(), [body.as_bytes()]);
            let text: String = whole.iter().filter_map(|event| event.strip_prefix("+")).collect();
            prop_assert_eq!(text, texts.concat());
            prop_assert_eq!(whole.last().is_some_and(|event| event.starts_with("Done")), has_end);
            prop_assert_eq!(events(Decoder::default(), body.as_bytes().chunks(size)), whole);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), size in 1_usize..50) {
            let whole = events(Decoder::default(), [bytes.as_slice()]);
            prop_assert_eq!(events(Decoder::default(), bytes.chunks(size)), whole);
        }
    }
}
