use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jarvis_core::{
    ports::ModelEvent,
    testkit::{Script, ScriptedModel},
};
use tokio::sync::Semaphore;

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
