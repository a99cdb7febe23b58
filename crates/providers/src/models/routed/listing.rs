use std::{sync::Arc, time::Duration};

use jarvis_core::{
    Error, ErrorKind, Result,
    ports::{LanguageModel, ModelInfo},
};
use tokio::{
    sync::watch,
    time::{Instant, timeout, timeout_at},
};

use super::super::finally::Finally;

/// How long a list is good; an older one is still used while a newer one is fetched.
const FRESH_FOR: Duration = Duration::from_mins(1);
/// How long a provider that did not tell its models is not asked again, and how old a list must be to be fetched anew
/// because somebody misses a name in it.
const SETTLED_FOR: Duration = Duration::from_secs(5);
/// Longest that anybody waits for a list.
const WAIT: Duration = Duration::from_millis(1_500);
/// Longest that fetching one may take behind their back.
const FETCH: Duration = Duration::from_secs(10);

/// The models of one provider, as last told.
#[derive(Debug)]
pub(super) struct Listing {
    model: Arc<dyn LanguageModel>,
    state: Arc<watch::Sender<State>>,
}

#[derive(Debug, Default)]
struct State {
    fetching: bool,
    /// When the last fetch ended.
    told_at: Option<Instant>,
    /// What was told last; kept while the provider is down.
    models: Option<Arc<[ModelInfo]>>,
    /// Why the last fetch failed.
    trouble: Option<Error>,
}

impl Listing {
    pub(super) fn new(model: Arc<dyn LanguageModel>) -> Self {
        Self { model, state: Arc::new(watch::Sender::new(State::default())) }
    }

    /// What is known, without waiting.
    pub(super) fn known(&self) -> Option<Arc<[ModelInfo]>> {
        self.state.borrow().models.clone()
    }

    /// Has a list that grew old fetched anew, and waits for nothing.
    pub(super) fn keep_fresh(&self) {
        self.fetch_when_older(FRESH_FOR);
    }

    /// What is known; when nothing is, what the provider tells within the time that one waits.
    pub(super) async fn models(&self) -> Result<Arc<[ModelInfo]>> {
        self.keep_fresh();
        if let Some(known) = self.known() {
            return Ok(known);
        }
        self.fetched().await;
        let state = self.state.borrow();
        state.models.clone().ok_or_else(|| state.trouble.clone().unwrap_or_else(too_slow))
    }

    /// Makes sure that the list is not older than some seconds.
    pub(super) async fn refresh(&self) {
        self.fetch_when_older(SETTLED_FOR);
        self.fetched().await;
    }

    async fn fetched(&self) {
        // Who is too slow is not waited for; the fetch goes on.
        let _ = timeout_at(Instant::now() + WAIT, self.state.subscribe().wait_for(|state| !state.fetching)).await;
    }

    /// One fetch at a time, in a task of its own: whoever needs the list may go away meanwhile.
    fn fetch_when_older(&self, age: Duration) {
        let due = self.state.send_if_modified(|state| {
            let good_for = if state.trouble.is_some() { SETTLED_FOR } else { age };
            let due = !state.fetching && state.told_at.is_none_or(|told_at| told_at.elapsed() >= good_for);
            state.fetching |= due;
            due
        });
        if due {
            let (model, state) = (Arc::clone(&self.model), Arc::clone(&self.state));
            tokio::spawn(async move {
                // Also when the provider panics: nobody would ever ask again.
                let _over = Finally(|| {
                    state.send_modify(|state| (state.fetching, state.told_at) = (false, Some(Instant::now())));
                });
                let told = timeout(FETCH, model.models()).await.unwrap_or_else(|_| Err(too_slow()));
                state.send_modify(|state| {
                    state.trouble = told.as_ref().err().cloned();
                    state.models = told.ok().map(Into::into).or(state.models.take());
                });
            });
        }
    }
}

fn too_slow() -> Error {
    ErrorKind::DeadlineExceeded.error("the model server does not tell its models in time").with_code("model_timeout")
}
