use std::{sync::Arc, time::Duration};

use jarvis_core::{
    Error, ErrorKind, Result,
    id::{ConversationId, MessageId},
    types::{AnswerPart, Message},
};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::answer::{ChatAnswer, ChatFinish, MemoryUse};

/// An answer being produced, or produced before.
#[derive(Debug)]
pub struct Generation {
    /// What is known from the beginning.
    pub start: ChatStart,
    /// Whether an earlier request with the same key had asked for it.
    pub replayed: bool,
    state: watch::Receiver<State>,
}

/// What is known from the beginning of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

impl ChatStart {
    /// That of an answer to the message `answers`.
    pub(super) fn of(answer: &ChatAnswer, answers: MessageId) -> Self {
        Self {
            message_id: answer.id,
            user_message_id: answers,
            conversation_id: answer.conversation_id,
            model: answer.model.clone(),
        }
    }
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
    /// The answer ended, whole or stopped, and is stored.
    Done(Arc<ChatAnswer>),
    /// The answer failed; what the person said and the text so far are kept.
    Failed(Error),
}

/// The text so far and how it ended. Readers take from it at their own pace; a slow one holds up nobody.
#[derive(Debug)]
pub(super) struct State {
    /// Moves into the answer at its end.
    text: String,
    recalled: Arc<[MemoryUse]>,
    outcome: Option<Result<Arc<ChatAnswer>>>,
}

impl State {
    fn text(&self) -> &str {
        match &self.outcome {
            Some(Ok(answer)) => &answer.content,
            _ => &self.text,
        }
    }
}

/// The producer's side.
#[derive(Debug)]
pub(super) struct Buffer(watch::Sender<State>);

impl Buffer {
    pub(super) fn new(recalled: Arc<[MemoryUse]>) -> Self {
        Self(watch::Sender::new(State { text: String::new(), recalled, outcome: None }))
    }

    pub(super) fn push(&self, text: &str) {
        self.0.send_modify(|state| state.text.push_str(text));
    }

    pub(super) fn end(&self, outcome: Result<ChatAnswer>) {
        self.0.send_modify(|state| {
            if outcome.is_ok() {
                state.text = String::new();
            }
            state.outcome = Some(outcome.map(Arc::new));
        });
    }

    pub(super) fn text(&self) -> String {
        self.0.borrow().text().to_owned()
    }

    /// The text behind `start` bytes; none when there is no more.
    pub(super) fn text_from(&self, start: usize) -> Option<String> {
        self.0.borrow().text().get(start..).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    pub(super) fn len(&self) -> usize {
        self.0.borrow().text().len()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.0.borrow().outcome.is_some()
    }

    pub(super) fn is_unread(&self) -> bool {
        self.0.receiver_count() == 0
    }

    /// What memory contributed.
    pub(super) fn recalled(&self) -> Arc<[MemoryUse]> {
        Arc::clone(&self.0.borrow().recalled)
    }

    /// At most about `most` bytes of text behind `offset`, with how far it all is at the same moment.
    pub(super) fn look(&self, offset: usize, most: usize) -> Look {
        let state = self.0.borrow();
        let text = state.text();
        let end = text.ceil_char_boundary(offset.saturating_add(most));
        let behind = text.get(offset..end).unwrap_or_default().to_owned();
        Look { text: behind, size: text.len(), outcome: state.outcome.clone() }
    }

    /// Resolves when there is more of a part than `offset` bytes, or no more will come.
    pub(super) async fn reached(&self, part: AnswerPart, offset: usize) {
        if part == AnswerPart::Head {
            return;
        }
        let is_more = |state: &State| part == AnswerPart::Text && state.text().len() > offset;
        let _ = self.0.subscribe().wait_for(|state| is_more(state) || state.outcome.is_some()).await;
    }

    /// Resolves when there are `size` bytes of text, or it has ended.
    pub(super) async fn has(&self, size: usize) {
        let _ = self.0.subscribe().wait_for(|state| state.text().len() >= size || state.outcome.is_some()).await;
    }

    /// Resolves when nobody reads.
    pub(super) async fn unread(&self) {
        self.0.closed().await;
    }

    pub(super) fn generation(&self, start: ChatStart, replayed: bool) -> Generation {
        Generation { start, replayed, state: self.0.subscribe() }
    }
}

/// An answer at one moment.
pub(super) struct Look {
    /// Some of its text.
    pub(super) text: String,
    /// Bytes of its text.
    pub(super) size: usize,
    /// How it ended.
    pub(super) outcome: Option<Result<Arc<ChatAnswer>>>,
}

impl Generation {
    /// The answer of a stored row to the message `answers`.
    pub(super) fn stored(row: Message, answers: MessageId, replayed: bool) -> Self {
        let answer = ChatAnswer::from_row(row);
        let start = ChatStart::of(&answer, answers);
        let buffer = Buffer::new(answer.memories_used.clone().into());
        if answer.finish_reason == ChatFinish::Interrupted {
            buffer.push(&answer.content);
            buffer.end(Err(interrupted()));
        } else {
            buffer.end(Ok(answer));
        }
        buffer.generation(start, replayed)
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.state.borrow().outcome.is_some()
    }

    /// Reads it from the beginning.
    pub fn reader(&self) -> GenerationReader {
        GenerationReader { state: self.state.clone(), offset: 0, told_recalled: false, ended: false }
    }

    /// Reads on behind the first `offset` bytes of text. What memory contributed is told again only at the beginning.
    ///
    /// Errors: `Invalid` for field `last_event_id` when no event of this answer ends there. Behind the text of an answer
    /// that ended there is only its end.
    pub fn reader_from(&self, offset: usize) -> Result<GenerationReader> {
        let state = self.state.borrow();
        let text = state.text();
        let is_beyond = offset > text.len();
        if (is_beyond && state.outcome.is_none()) || (!is_beyond && !text.is_char_boundary(offset)) {
            return Err(Error::invalid(
                "last_event_id",
                "no event of this answer has this id; send the id of the last event you have read, or none",
            ));
        }
        Ok(GenerationReader { offset, told_recalled: offset > 0, ..self.reader() })
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
    /// The next event; none after the end. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<GenerationEvent> {
        if self.ended {
            return None;
        }
        if !self.told_recalled {
            self.told_recalled = true;
            return Some(GenerationEvent::Recalled(Arc::clone(&self.state.borrow().recalled)));
        }
        let offset = self.offset;
        let news = |state: &State| state.text().len() > offset || state.outcome.is_some();
        let Ok(state) = self.state.wait_for(news).await else {
            self.ended = true;
            return Some(GenerationEvent::Failed(died()));
        };
        if let Some(text) = state.text().get(offset..).filter(|text| !text.is_empty()) {
            self.offset = offset + text.len();
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

/// An answer that broke off some time ago, when nobody knows the cause any more.
pub(super) fn interrupted() -> Error {
    ErrorKind::Unavailable
        .error("this answer broke off and is kept as far as it came; ask for it again")
        .with_code("interrupted")
        .with_retry_after(Duration::from_secs(1))
}

/// The producing task went away without an end: only a defect or the end of the process does that.
pub(super) fn died() -> Error {
    Error::internal("a generation ended without an outcome")
}
