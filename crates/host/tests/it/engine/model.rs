use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jarvis_core::{
    Error, Result,
    ports::ModelEvent,
    testkit::{Script, ScriptedModel},
};
use tokio::sync::{
    Semaphore,
    mpsc::{UnboundedSender, unbounded_channel},
};

/// The first token, then nothing until the semaphore lets it through, then the rest.
pub(super) fn gated(tokens: &'static [&'static str], gate: &Arc<Semaphore>) -> Script {
    let gate = Arc::clone(gate);
    let events = tokens.iter().map(|token| ModelEvent::Token((*token).to_owned())).chain([ScriptedModel::done()]);
    let wait = move |(index, event)| {
        let gate = Arc::clone(&gate);
        async move {
            if index == 1 {
                drop(gate.acquire().await);
            }
            Ok(event)
        }
    };
    Script::Live(stream::iter(events.enumerate()).then(wait).boxed())
}

/// An answer that a test gives piece by piece.
pub(super) struct Feed(UnboundedSender<Result<ModelEvent>>);

impl Feed {
    /// The script of a model that says what the feed is told.
    pub(super) fn new() -> (Self, Script) {
        let (sender, receiver) = unbounded_channel();
        let events = stream::unfold(receiver, async |mut events| events.recv().await.map(|event| (event, events)));
        (Self(sender), Script::Live(events.boxed()))
    }

    pub(super) fn say(&self, text: &str) {
        self.tell(Ok(ModelEvent::Token(text.to_owned())));
    }

    pub(super) fn end(&self) {
        self.tell(Ok(ScriptedModel::done()));
    }

    pub(super) fn fail(&self, error: Error) {
        self.tell(Err(error));
    }

    /// Waits until nobody wants to hear more.
    pub(super) async fn abandoned(&self) {
        self.0.closed().await;
    }

    fn tell(&self, event: Result<ModelEvent>) {
        self.0.send(event).expect("the answer is still taken");
    }
}
