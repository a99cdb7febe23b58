//! From the bytes of an answer to its events.

use jarvis_core::ports::{Completion, FinishReason, ModelEvent, TokenUsage};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        server::{Trouble, WHOLE},
        streaming,
    },
    sse::{Event, Sse},
};

/// A piece of a stream, or an answer that came in one although a stream was asked for.
#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    choices: Option<Vec<Choice<'a>>>,
    usage: Option<Usage>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    delta: Option<Text<'a>>,
    #[serde(borrow)]
    message: Option<Text<'a>>,
    finish_reason: Option<String>,
}

/// What a model thinks aloud stands under other names; it is no answer, but shows that one is on its way.
#[derive(Deserialize)]
struct Text<'a> {
    content: Option<String>,
    #[serde(borrow)]
    reasoning: Option<&'a RawValue>,
    #[serde(borrow)]
    reasoning_content: Option<&'a RawValue>,
}

impl Text<'_> {
    /// The text; empty where the model thinks, none where it says nothing at all.
    fn said(self) -> Option<String> {
        let thinks =
            [self.reasoning, self.reasoning_content].into_iter().flatten().any(|thought| thought.get() != "\"\"");
        self.content.filter(|text| !text.is_empty()).or_else(|| thinks.then(String::new))
    }
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

impl Usage {
    fn told(&self) -> Option<TokenUsage> {
        let tokens = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let (prompt_tokens, completion_tokens) = (tokens(self.prompt_tokens?), tokens(self.completion_tokens?));
        Some(TokenUsage { prompt_tokens, completion_tokens })
    }
}

#[derive(Default)]
enum Form {
    #[default]
    Unknown,
    Events(Sse),
    Whole(Vec<u8>),
}

#[derive(Default)]
pub(super) struct Decoder {
    form: Form,
    finish: Option<FinishReason>,
    usage: Option<TokenUsage>,
    has_bytes: bool,
    has_chunks: bool,
    is_closed: bool,
}

impl streaming::Decoder for Decoder {
    fn push(&mut self, bytes: &[u8]) {
        if matches!(self.form, Form::Unknown) {
            match bytes.trim_ascii_start().first() {
                None => return,
                Some(b'{') => self.form = Form::Whole(Vec::new()),
                Some(_) => self.form = Form::Events(Sse::default()),
            }
            self.has_bytes = true;
        }
        match &mut self.form {
            Form::Events(events) => events.push(bytes),
            Form::Whole(body) => body.extend_from_slice(bytes),
            Form::Unknown => {}
        }
    }

    fn close(&mut self) {
        self.is_closed = true;
        if let Form::Events(events) = &mut self.form {
            events.close();
        }
    }

    fn next(&mut self) -> Result<Option<ModelEvent>, Trouble> {
        loop {
            let chunk = match &mut self.form {
                Form::Unknown => None,
                Form::Events(events) => match events.next().map_err(|_| rubbish("a line without end"))? {
                    Some(Event::Data(data)) => match data.trim_ascii() {
                        b"[DONE]" => return Ok(Some(self.done(FinishReason::Stop))),
                        b"" => continue,
                        data => Some(chunk(data)?),
                    },
                    Some(Event::Error(words)) => return Err(told(words)),
                    None => None,
                },
                Form::Whole(body) if body.len() > WHOLE => return Err(rubbish("an answer without end")),
                Form::Whole(body) if self.is_closed && !body.is_empty() => Some(chunk(&std::mem::take(body))?),
                Form::Whole(_) => None,
            };
            match chunk {
                Some(chunk) => {
                    if let Some(text) = self.take(chunk) {
                        return Ok(Some(ModelEvent::Token(text)));
                    }
                }
                None if self.is_closed => return self.end().map(Some),
                None => return Ok(None),
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.finish.is_some()
    }
}

impl Decoder {
    /// What a chunk says; its text, if it has any.
    fn take(&mut self, chunk: Piece) -> Option<String> {
        self.has_chunks |= chunk.is_known;
        self.usage = chunk.usage.or(self.usage);
        self.finish = chunk.finish.or(self.finish);
        chunk.text
    }

    fn end(&self) -> Result<ModelEvent, Trouble> {
        match self.finish {
            Some(finish) => Ok(self.done(finish)),
            None if self.has_bytes && !self.has_chunks => Err(rubbish("no event")),
            // in one, it is whole whether it says so or not
            None if matches!(self.form, Form::Whole(_)) => Ok(self.done(FinishReason::Stop)),
            None => Err(Trouble::HungUp),
        }
    }

    fn done(&self, otherwise: FinishReason) -> ModelEvent {
        let finish_reason = self.finish.unwrap_or(otherwise);
        ModelEvent::Done(Completion { finish_reason, usage: self.usage })
    }
}

/// What matters of a chunk.
#[derive(Default)]
struct Piece {
    /// It is one of an answer, whatever it holds.
    is_known: bool,
    text: Option<String>,
    finish: Option<FinishReason>,
    usage: Option<TokenUsage>,
}

fn chunk(json: &[u8]) -> Result<Piece, Trouble> {
    let chunk: Chunk<'_> = serde_json::from_slice(json).map_err(rubbish)?;
    if let Some(words) = chunk.error {
        return Err(Trouble::Told(words.get().to_owned()));
    }
    let (is_known, usage) = (chunk.choices.is_some(), chunk.usage.as_ref().and_then(Usage::told));
    let piece = Piece { is_known, usage, ..Piece::default() };
    let Some(choice) = chunk.choices.into_iter().flatten().next() else { return Ok(piece) };
    let finish = choice.finish_reason.filter(|reason| !reason.is_empty()).map(|reason| match reason.as_str() {
        "length" => FinishReason::Length,
        _ => FinishReason::Stop,
    });
    let text = choice.delta.or(choice.message).and_then(Text::said);
    Ok(Piece { text, finish, ..piece })
}

fn rubbish(why: impl ToString) -> Trouble {
    Trouble::Rubbish(why.to_string())
}

fn told(words: &[u8]) -> Trouble {
    Trouble::Told(String::from_utf8_lossy(words).into_owned())
}
