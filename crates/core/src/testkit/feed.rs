use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use futures_util::{StreamExt, stream};

use super::{Script, ScriptedModel};
use crate::{Error, Result, ports::ModelEvent};

/// An answer that a test gives piece by piece. Dropped without an end, the model hangs up.
#[derive(Debug)]
pub struct Feed(Arc<Line>);

/// The model's end of a [`Feed`].
struct Taker(Arc<Line>);

#[derive(Debug, Default)]
struct Line(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Result<ModelEvent>>,
    is_cut: bool,
    is_abandoned: bool,
    taker: Option<Waker>,
    feeder: Option<Waker>,
}

impl Feed {
    /// The script of a model that says what the feed is told.
    pub fn new() -> (Self, Script) {
        let line = Arc::<Line>::default();
        let taker = Taker(Arc::clone(&line));
        let mut ended = false;
        let events = stream::poll_fn(move |context| {
            let mut state = taker.0.state();
            if ended {
                return Poll::Ready(None);
            }
            let Some(event) = state.events.pop_front() else {
                state.taker = Some(context.waker().clone());
                return if state.is_cut { Poll::Ready(None) } else { Poll::Pending };
            };
            ended = !matches!(event, Ok(ModelEvent::Token(_)));
            Poll::Ready(Some(event))
        });
        (Self(line), Script::Live(events.boxed()))
    }

    /// A piece of text.
    pub fn say(&self, text: &str) {
        self.tell(Ok(ModelEvent::Token(text.to_owned())));
    }

    /// The end.
    pub fn end(&self) {
        self.tell(Ok(ScriptedModel::done()));
    }

    /// A failure in mid-answer.
    pub fn fail(&self, error: Error) {
        self.tell(Err(error));
    }

    /// Waits until nobody wants to hear more.
    pub async fn abandoned(&self) {
        poll_fn(|context| {
            let mut state = self.0.state();
            state.feeder = Some(context.waker().clone());
            if state.is_abandoned { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn tell(&self, event: Result<ModelEvent>) {
        let mut state = self.0.state();
        state.events.push_back(event);
        state.taker.take().into_iter().for_each(Waker::wake);
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_cut = true;
        state.taker.take().into_iter().for_each(Waker::wake);
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taker {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_abandoned = true;
        state.feeder.take().into_iter().for_each(Waker::wake);
    }
}
