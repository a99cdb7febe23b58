//! What an answer does.

use std::time::Duration;

use super::dialect::{escaped, last_text, number};

/// A step of an answer; texts are escaped as JSON wants them.
#[derive(Clone)]
pub(crate) enum Step {
    Token(String),
    Pause(Duration),
    Hang,
    Cut,
    Raw(Vec<u8>),
    Error(String),
    Finish(&'static str),
}

/// What one answer does: its steps in their order, and its end unless a step is one.
#[derive(Clone, Default)]
pub(crate) struct Script {
    pub(super) steps: Vec<Step>,
    pub(super) status: Option<(u16, String, String)>,
    pub(super) whole: bool,
}

impl Script {
    /// These tokens.
    pub(crate) fn say<T: Into<String>>(tokens: impl IntoIterator<Item = T>) -> Self {
        Self { steps: tokens.into_iter().map(|token| Step::Token(escaped(&token.into()))).collect(), ..Self::default() }
    }

    /// No answer but a status, headers as `name: value` and a body.
    pub(crate) fn status(status: u16, headers: &[&str], body: &str) -> Self {
        let headers = headers.iter().map(|header| format!("{header}\r\n")).collect();
        Self { status: Some((status, headers, body.to_owned())), ..Self::default() }
    }

    /// Nothing, not even a status, until the client leaves.
    pub(crate) fn hang() -> Self {
        Self::default().then(Step::Hang)
    }

    /// An echo of what was sent.
    pub(super) fn echo(sent: &str) -> Self {
        let said = last_text(sent, "content").or_else(|| last_text(sent, "prompt")).unwrap_or_default();
        let most = number(sent, "max_tokens").or_else(|| number(sent, "num_predict")).unwrap_or(usize::MAX);
        let text = format!("ACK::{said}");
        let words: Vec<_> = text.split_inclusive(' ').collect();
        let finish = (words.len() > most).then_some(Step::Finish("length"));
        let steps = words.iter().take(most).map(|word| Step::Token((*word).to_owned())).chain(finish).collect();
        Self { steps, ..Self::default() }
    }

    /// The steps with an end.
    pub(super) fn to_the_end(&self) -> Vec<Step> {
        let mut steps = self.steps.clone();
        if !matches!(steps.last(), Some(Step::Hang | Step::Cut | Step::Raw(_) | Step::Error(_) | Step::Finish(_))) {
            steps.push(Step::Finish("stop"));
        }
        steps
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// A pause before each step so far.
    pub(crate) fn paced(mut self, pause: Duration) -> Self {
        self.steps = self.steps.into_iter().flat_map(|step| [Step::Pause(pause), step]).collect();
        self
    }

    /// A pause.
    pub(crate) fn then_pause(self, pause: Duration) -> Self {
        self.then(Step::Pause(pause))
    }

    /// More tokens.
    pub(crate) fn then_say<T: Into<String>>(mut self, tokens: impl IntoIterator<Item = T>) -> Self {
        self.steps.extend(Self::say(tokens).steps);
        self
    }

    /// Silence until the client leaves.
    pub(crate) fn then_hang(self) -> Self {
        self.then(Step::Hang)
    }

    /// The connection breaks.
    pub(crate) fn then_cut(self) -> Self {
        self.then(Step::Cut)
    }

    /// These bytes; as the last step, the answer ends behind them without the protocol's end.
    pub(crate) fn then_raw(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(Step::Raw(bytes.into()))
    }

    /// These bytes, one at a time.
    pub(crate) fn then_drip(mut self, bytes: &[u8], pause: Duration) -> Self {
        self.steps.extend(bytes.iter().flat_map(|byte| [Step::Pause(pause), Step::Raw(vec![*byte])]));
        self
    }

    /// An error as the protocol tells one in mid-answer.
    pub(crate) fn then_error(self, message: &str) -> Self {
        self.then(Step::Error(escaped(message)))
    }

    /// The end for this reason, such as `length`.
    pub(crate) fn then_finish(self, reason: &'static str) -> Self {
        self.then(Step::Finish(reason))
    }

    /// In one JSON although a stream was asked for.
    pub(crate) fn whole(mut self) -> Self {
        self.whole = true;
        self
    }
}
