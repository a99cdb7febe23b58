use std::sync::Arc;

use jarvis_core::{
    Error, Result,
    id::{ConversationId, MessageId},
};
use tokio::sync::watch;

use super::answer::{ChatAnswer, MemoryUse};

/// An answer being produced, or produced before.
#[derive(Debug)]
pub struct Generation {
    /// What is known from the beginning.
    pub start: ChatStart,
    /// Whether an earlier request with the same key had produced it.
    pub replayed: bool,
    state: watch::Receiver<State>,
}

/// What is known from the beginning of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatStart {
    /// Identity of the answer to come.
    pub message_id: MessageId,
    /// What the person said.
    pub user_message_id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// The model asked.
    pub model: String,
}

/// What happens to an answer.
#[derive(Clone, Debug)]
pub enum GenerationEvent {
    /// What memory contributed.
    Recalled(Arc<[MemoryUse]>),
    /// More text; `end` is the number of bytes of text so far, this piece included.
    Text {
        /// The piece.
        text: String,
        /// Bytes so far.
        end: usize,
    },
    /// The answer is whole and stored.
    Done(Arc<ChatAnswer>),
    /// The answer failed; what the person said is kept.
    Failed(Error),
}

/// The text so far and how it ended. Readers take from it at their own pace; a slow one holds up nobody.
#[derive(Debug)]
pub(super) struct State {
    text: String,
    recalled: Option<Arc<[MemoryUse]>>,
    outcome: Option<Result<Arc<ChatAnswer>>>,
}

/// The producer's side.
#[derive(Debug)]
pub(super) struct Buffer(watch::Sender<State>);

impl Buffer {
    pub(super) fn new(recalled: Vec<MemoryUse>) -> Self {
        Self(watch::Sender::new(State { text: String::new(), recalled: Some(recalled.into()), outcome: None }))
    }

    /// A generation that is over already.
    pub(super) fn finished(answer: ChatAnswer) -> Self {
        Self(watch::Sender::new(State {
            text: answer.content.clone(),
            recalled: Some(answer.memories_used.clone().into()),
            outcome: Some(Ok(Arc::new(answer))),
        }))
    }

    pub(super) fn push(&self, text: &str) {
        self.0.send_modify(|state| state.text.push_str(text));
    }

    pub(super) fn end(&self, outcome: Result<ChatAnswer>) {
        self.0.send_modify(|state| state.outcome = Some(outcome.map(Arc::new)));
    }

    pub(super) fn text(&self) -> String {
        self.0.borrow().text.clone()
    }

    pub(super) fn len(&self) -> usize {
        self.0.borrow().text.len()
    }

    pub(super) fn generation(&self, start: ChatStart, replayed: bool) -> Generation {
        Generation { start, replayed, state: self.0.subscribe() }
    }
}

impl Generation {
    /// Reads it from the beginning.
    pub fn reader(&self) -> GenerationReader {
        GenerationReader { state: self.state.clone(), offset: 0, told_recalled: false, ended: false }
    }

    /// Waits for the whole answer.
    pub async fn answer(mut self) -> Result<Arc<ChatAnswer>> {
        let state = self.state.wait_for(|state| state.outcome.is_some()).await.map_err(|_| died())?;
        state.outcome.clone().unwrap_or_else(|| Err(died()))
    }
}

/// One reader's place in an answer.
#[derive(Debug)]
pub struct GenerationReader {
    state: watch::Receiver<State>,
    offset: usize,
    told_recalled: bool,
    ended: bool,
}

impl GenerationReader {
    /// The next event; none after the end.
    pub async fn next(&mut self) -> Option<GenerationEvent> {
        if self.ended {
            return None;
        }
        let (offset, told_recalled) = (self.offset, self.told_recalled);
        let news = |state: &State| {
            (!told_recalled && state.recalled.is_some()) || state.text.len() > offset || state.outcome.is_some()
        };
        let Ok(state) = self.state.wait_for(news).await else {
            self.ended = true;
            return Some(GenerationEvent::Failed(died()));
        };
        if !self.told_recalled
            && let Some(recalled) = &state.recalled
        {
            self.told_recalled = true;
            return Some(GenerationEvent::Recalled(Arc::clone(recalled)));
        }
        if let Some(text) = state.text.get(self.offset..).filter(|text| !text.is_empty()) {
            self.offset = state.text.len();
            return Some(GenerationEvent::Text { text: text.to_owned(), end: self.offset });
        }
        self.ended = true;
        match &state.outcome {
            Some(Ok(answer)) => Some(GenerationEvent::Done(Arc::clone(answer))),
            Some(Err(error)) => Some(GenerationEvent::Failed(error.clone())),
            None => None,
        }
    }
}

/// The producing task went away without an end: only a defect or the end of the process does that.
fn died() -> Error {
    Error::internal("a generation ended without an outcome")
}
