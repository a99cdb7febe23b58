//! An answer that another node produces, as it is read on this one: one task takes it over the bus, and every reader here
//! reads from what it has.

use std::{sync::Arc, time::Duration};

use jarvis_core::{
    Error, Result, Scope,
    id::MessageId,
    types::{AnswerPart, Message, NodeId, Question, Reply, Role, RunningGeneration},
};
use tokio::time::{Instant, sleep};

use super::{
    answer::{ChatAnswer, ChatFinish},
    generation::{Generation, interrupted},
    left::close_what_is_left,
    mirrors::Mirror,
    serving::{Ending, Head, WINDOW},
};
use crate::{context::Context, limits::MAX_ANSWER_BYTES, nodes::unreachable};

/// Answers of one person that are looked through.
pub(super) const MAX_OF_ONE: u32 = 1_000;
/// Longest between two pieces of one reply.
const GAP: Duration = Duration::from_millis(100);
/// Pause before a node that knows nothing of an answer is asked again.
const AGAIN: Duration = Duration::from_millis(100);
/// Questions that can be replied at once are asked again this much sooner than others,
const SOONER: u32 = 4;
/// and so many times before whoever waits is told to try later.
const UNANSWERED: u32 = 12;
/// Longest that nothing is heard before readers are told, in patiences, where the node lives.
const SILENCE: u32 = 10;
/// Bytes of a part that is no text, at most.
const MAX_PART_BYTES: usize = 256 * 1024;

/// One answer of another node.
#[derive(Clone, Debug)]
pub(super) struct Following {
    context: Context,
    scope: Scope,
    id: MessageId,
    node: NodeId,
}

/// What a question brought.
enum Pulled {
    /// Pieces, perhaps empty ones.
    More(Place),
    /// The node has no such answer.
    Unknown,
    /// No reply came, or not the one that follows.
    Nothing,
}

/// How far a part is read.
#[derive(Clone, Copy)]
struct Place {
    known: usize,
    size: usize,
    text_size: usize,
    ended: bool,
}

/// What the store knows of an answer.
enum Settled {
    /// Its row, and what it answers.
    Stored(Box<Message>, MessageId),
    /// Its node is gone, and nothing was kept.
    CutShort,
    /// There is none.
    Gone,
    /// A node that lives produces it, or somebody puts in order what one that is gone has left.
    Running,
}

/// An answer that another node has begun.
pub(super) struct Begun {
    pub(super) head: Head,
    pub(super) has_ended: bool,
    text_size: usize,
}

impl Following {
    pub(super) fn new(context: &Context, scope: &Scope, row: &RunningGeneration) -> Self {
        Self { context: context.clone(), scope: *scope, id: row.message_id, node: row.node.clone() }
    }

    /// What is known from its beginning; none when its node does not know it, or none replies.
    pub(super) async fn begun(&self) -> Option<Begun> {
        let (text, place) = self.read_whole(AnswerPart::Head).await?;
        let head = serde_json::from_str(&text).ok()?;
        Some(Begun { head, has_ended: place.ended, text_size: place.text_size })
    }

    /// Reads along, from wherever a reader wants: all that its node had when asked is here.
    ///
    /// Errors: `NotFound` when it is gone, `Unavailable` with code `generation_unreachable` when its node does not reply.
    pub(super) async fn join(&self, replayed: bool) -> Result<Generation> {
        let Some(begun) = self.begun().await else { return self.without_its_node(replayed).await };
        let size = begun.text_size;
        let (mirror, generation, is_new) = self.context.registry.mirrors.join(self.scope.user(), begun, replayed);
        if is_new {
            let (this, mirror) = (self.clone(), Arc::clone(&mirror));
            self.context.spawn(async move { this.follow(&mirror).await });
        }
        let patience = self.context.nodes.patience * SILENCE;
        let reached = tokio::time::timeout(patience, mirror.buffer.has(size)).await;
        reached.map(|()| generation).map_err(|_| unreachable())
    }

    /// Asks its node to end it, until that says that it will.
    pub(super) async fn stop(&self) {
        let question = Question::Stop { user_id: self.scope.user(), message_id: self.id };
        for _ in 0..UNANSWERED {
            let mut replies = self.context.nodes.ask(&self.node, question.clone()).await;
            if replies.next(self.context.nodes.patience / SOONER).await.is_some() {
                return;
            }
        }
    }

    /// The answer as the store has it, when its node has nothing to say.
    async fn without_its_node(&self, replayed: bool) -> Result<Generation> {
        match self.look_at_store().await? {
            Settled::Stored(row, answers) => Ok(Generation::stored(*row, answers, replayed)),
            Settled::CutShort => Err(interrupted()),
            Settled::Gone => Err(Error::not_found("answer")),
            Settled::Running => Err(unreachable()),
        }
    }

    async fn follow(&self, mirror: &Mirror) {
        let stop = self.context.stop.clone();
        let outcome = tokio::select! {
            outcome = self.read_to_end(mirror) => outcome,
            () = self.context.registry.mirrors.abandoned(self.scope.user(), self.id, mirror) => return,
            () = stop.cancelled() => Err(unreachable()),
        };
        self.context.registry.mirrors.remove(self.scope.user(), self.id);
        mirror.buffer.end(outcome);
    }

    /// Takes the text as it comes, then how it ended.
    async fn read_to_end(&self, mirror: &Mirror) -> Result<ChatAnswer> {
        let mut heard = Instant::now();
        loop {
            let known = mirror.buffer.len();
            if known > MAX_ANSWER_BYTES {
                return Err(unreachable());
            }
            let pulled =
                self.pull(AnswerPart::Text, known, self.context.nodes.patience, |text| mirror.buffer.push(text)).await;
            if let Pulled::More(place) = pulled {
                heard = Instant::now();
                if !(place.ended && place.known >= place.size) {
                    continue;
                }
                if let Some(outcome) = self.ending(mirror).await {
                    return outcome;
                }
            }
            if let Some(outcome) = self.settled(mirror.buffer.len()).await {
                return outcome.inspect(|answer| mirror.complete(&answer.content));
            }
            // by then it would be known that its node is gone
            if heard.elapsed() > self.context.nodes.grace + self.context.nodes.patience * SILENCE {
                return Err(unreachable());
            }
            sleep(AGAIN).await;
        }
    }

    /// How its node says that it ended.
    async fn ending(&self, mirror: &Mirror) -> Option<Result<ChatAnswer>> {
        let (text, _) = self.read_whole(AnswerPart::End).await?;
        Some(match serde_json::from_str(&text).ok()? {
            Ending::Stored(answer) => Ok(ChatAnswer { content: mirror.buffer.text(), ..(*answer).clone() }),
            Ending::Failed(failure) => Err(failure.into()),
        })
    }

    /// How an answer ended of which its node says nothing, when the store knows; `known` bytes of its text are here.
    async fn settled(&self, known: usize) -> Option<Result<ChatAnswer>> {
        match self.look_at_store().await {
            Ok(Settled::Stored(row, _)) => {
                let answer = ChatAnswer::from_row(*row);
                let is_whole = answer.finish_reason != ChatFinish::Interrupted && answer.content.len() >= known;
                Some(if is_whole { Ok(answer) } else { Err(interrupted()) })
            }
            Ok(Settled::CutShort) => Some(Err(interrupted())),
            Ok(Settled::Gone) => Some(Err(Error::not_found("answer"))),
            Ok(Settled::Running) => None,
            Err(error) => {
                tracing::debug!(?error, "how an answer of another node ended cannot be told yet");
                None
            }
        }
    }

    /// What a node that is gone has left is put in order first.
    async fn look_at_store(&self) -> Result<Settled> {
        if let Some(stored) = stored(&self.context, &self.scope, self.id).await? {
            return Ok(stored);
        }
        let Some(row) = row_of(&self.context, &self.scope, self.id).await? else {
            return self.stored_or(Settled::Gone).await;
        };
        if !self.context.nodes.is_gone(&row.node).await? {
            return Ok(Settled::Running);
        }
        close_what_is_left(&self.context, &row.node).await?;
        // whoever is at it already has not written it yet
        if row_of(&self.context, &self.scope, self.id).await?.is_some() {
            return Ok(Settled::Running);
        }
        self.stored_or(Settled::CutShort).await
    }

    /// It may have ended between two looks.
    async fn stored_or(&self, otherwise: Settled) -> Result<Settled> {
        Ok(stored(&self.context, &self.scope, self.id).await?.unwrap_or(otherwise))
    }

    /// A part that is no text, to its end; none when its node does not know it, or none replies.
    async fn read_whole(&self, part: AnswerPart) -> Option<(String, Place)> {
        let (mut whole, mut unanswered) = (String::new(), 0);
        while unanswered < UNANSWERED && whole.len() <= MAX_PART_BYTES {
            let patience = self.context.nodes.patience / SOONER;
            match self.pull(part, whole.len(), patience, |text| whole.push_str(text)).await {
                Pulled::More(place) if place.size > 0 && place.known >= place.size => return Some((whole, place)),
                Pulled::More(_) => {}
                Pulled::Unknown => return None,
                Pulled::Nothing => unanswered += 1,
            }
        }
        None
    }

    /// Asks for what follows in a part behind `known` bytes, and takes what comes of it.
    async fn pull(&self, part: AnswerPart, known: usize, mut patience: Duration, mut take: impl FnMut(&str)) -> Pulled {
        let nodes = &self.context.nodes;
        let question = Question::Read { user_id: self.scope.user(), message_id: self.id, part, offset: known };
        let mut replies = nodes.ask(&self.node, question).await;
        let (mut known, mut pulled) = (known, Pulled::Nothing);
        for _ in 0..WINDOW {
            let piece = match replies.next(patience).await {
                Some(Reply::Piece(piece)) => piece,
                Some(Reply::Unknown) => return Pulled::Unknown,
                Some(Reply::Stopping) | None => break,
            };
            // one before it was lost: it is asked for again
            if piece.part != part || piece.offset != known {
                break;
            }
            take(&piece.text);
            known += piece.text.len();
            let (size, text_size, ended) = (piece.size, piece.text_size, piece.ended);
            pulled = Pulled::More(Place { known, size, text_size, ended });
            if known >= size {
                break;
            }
            patience = GAP;
        }
        pulled
    }
}

async fn stored(context: &Context, scope: &Scope, id: MessageId) -> Result<Option<Settled>> {
    let row = context.ports.store.messages().get(scope, id).await?;
    let answer = row.filter(|row| row.role == Role::Assistant);
    Ok(answer.and_then(|row| row.parent_id.map(|parent| Settled::Stored(Box::new(row), parent))))
}

/// An answer of the scope's user that some node produces.
pub(super) async fn row_of(context: &Context, scope: &Scope, id: MessageId) -> Result<Option<RunningGeneration>> {
    let rows = context.ports.store.generations().running(scope, MAX_OF_ONE).await?;
    Ok(rows.into_iter().find(|row| row.message_id == id))
}
