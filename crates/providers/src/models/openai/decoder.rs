//! From the bytes of an answer to its events.

use jarvis_core::ports::{Completion, FinishReason, ModelEvent, TokenUsage};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

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
    prompt_tokens: Option<Value>,
    completion_tokens: Option<Value>,
}

impl Usage {
    fn told(&self) -> Option<TokenUsage> {
        // figures that are none are as good as untold; the answer is what matters
        let tokens = |count: &Value| u32::try_from(count.as_u64()?).ok();
        let (prompt_tokens, completion_tokens) = (self.prompt_tokens.as_ref()?, self.completion_tokens.as_ref()?);
        Some(TokenUsage { prompt_tokens: tokens(prompt_tokens)?, completion_tokens: tokens(completion_tokens)? })
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
    fn push(&mut self, mut bytes: &[u8]) {
        if matches!(self.form, Form::Unknown) {
            bytes = bytes.trim_ascii_start();
            match bytes.first() {
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
                Form::Whole(_) | Form::Unknown => None,
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
    let mended;
    let chunk: Chunk<'_> = match serde_json::from_slice(json) {
        Ok(chunk) => chunk,
        Err(error) => {
            mended = mend(json).ok_or_else(|| rubbish(error.to_string()))?;
            serde_json::from_str(&mended).map_err(|error| rubbish(error.to_string()))?
        }
    };
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

/// The same JSON with U+FFFD for what is no character: servers cut an emoji into two tokens, and it comes as half of a
/// surrogate pair or as broken UTF-8. None when there was nothing of the kind.
fn mend(json: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(json);
    let mut mended = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find('\\') {
        let escape = &rest[at..];
        let unit = |from: usize| u32::from_str_radix(escape.get(from..from + 4)?, 16).ok();
        let (high, low) = (unit(2), escape.get(6..8).filter(|next| *next == "\\u").and_then(|_| unit(8)));
        let is = |half: Option<u32>, from: u32, until: u32| half.is_some_and(|half| (from..until).contains(&half));
        let is_unicode = escape[1..].starts_with('u');
        let length = match () {
            () if is_unicode && is(high, 0xd800, 0xdc00) && is(low, 0xdc00, 0xe000) => 12,
            () if is_unicode && is(high, 0xd800, 0xe000) => {
                mended.push_str(&rest[..at]);
                mended.push('\u{fffd}');
                rest = &escape[6..];
                continue;
            }
            () => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        mended.push_str(&rest[..at + length]);
        rest = &escape[length..];
    }
    mended.push_str(rest);
    (mended.as_bytes() != json).then_some(mended)
}

fn rubbish(why: impl Into<String>) -> Trouble {
    Trouble::Rubbish(why.into())
}

fn told(words: &[u8]) -> Trouble {
    Trouble::Told(String::from_utf8_lossy(words).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::super::streaming::tests::events;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_a_character_or_an_odd_figure_does_not_cost_the_answer() {
        let of = |body: &[u8]| events(Decoder::default(), [body, b"data: [DONE]\n\n".as_slice()]);
        let content = |text: &str| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n");
        assert_eq!(of(content("a\\ud83e").as_bytes()), ["+a\u{fffd}", "Done"]);
        assert_eq!(of(content("\\udd16b\\\\ud83e").as_bytes()), ["+\u{fffd}b\\ud83e", "Done"]);
        assert_eq!(of(content("\\ud83e\\udd16").as_bytes()), ["+\u{1f916}", "Done"]);
        let broken = [&b"data: {\"choices\":[{\"delta\":{\"content\":\"a"[..], &[0xf0, 0x9f], b"\"}}]}\n\n"].concat();
        assert_eq!(of(&broken), ["+a\u{fffd}", "Done"]);
        let odd = b"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":-1,\"completion_tokens\":1e30}}\n\n";
        assert_eq!(of(odd), ["Done"]);
    }

    #[test]
    fn a_model_that_thinks_shows_that_it_is_at_work() {
        for (delta, shown) in [
            (r#"{"role":"assistant","content":null,"reasoning_content":"hm"}"#, vec!["+"]),
            (r#"{"content":"","reasoning":{"any":"thing"}}"#, vec!["+"]),
            (r#"{"content":"H","reasoning_content":""}"#, vec!["+H"]),
            (r#"{"role":"assistant","content":"","reasoning_content":null,"reasoning":""}"#, vec![]),
        ] {
            let body = format!("data: {{\"choices\":[{{\"delta\":{delta}}}]}}\n\ndata: [DONE]\n\n");
            let shown: Vec<&str> = shown.into_iter().chain(["Done"]).collect();
            assert_eq!(events(Decoder::default(), [body.as_bytes()]), shown, "{delta}");
        }
    }

    proptest! {
        #[test]
        fn any_pieces_give_the_same_answer(
            texts in prop::collection::vec("[a-zé€🦀 \"\\n]{0,4}", 0..5),
            ends in prop::collection::vec(prop::sample::select(&["\n\n", "\r\n\r\n", "\r\r", "\n:ping\n\n"]), 5),
            has_end: bool,
            size in 1_usize..12,
        ) {
            let chunk = |text: &String| serde_json::json!({"choices": [{"delta": {"content": text}}]}).to_string();
            let events_of = texts.iter().map(chunk).chain(has_end.then(|| "[DONE]".to_owned()));
            let body: String = events_of.zip(ends.iter().cycle()).flat_map(|(data, end)| ["data: ".to_owned(), data, (*end).to_owned()]).collect();
            let whole = events(Decoder::default(), [body.as_bytes()]);
            let text: String = whole.iter().filter_map(|event| event.strip_prefix("+")).collect();
            prop_assert_eq!(text, texts.concat());
            prop_assert_eq!(events(Decoder::default(), body.as_bytes().chunks(size)), whole);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), size in 1_usize..50) {
            let whole = events(Decoder::default(), [bytes.as_slice()]);
            prop_assert_eq!(events(Decoder::default(), bytes.chunks(size)), whole);
        }

        #[test]
        fn any_json_is_survived(json in "(data: )?[\\[{]?(\"(choices|delta|error|usage|content)\"[:,]?|[\\]\\[{}]|null|1|,){0,12}\n\n") {
            events(Decoder::default(), [json.as_bytes()]);
        }
    }
}
