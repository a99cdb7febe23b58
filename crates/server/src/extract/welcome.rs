use std::{future::Future, sync::Arc, time::Duration};

use axum::{extract::FromRequestParts, http::request::Parts};
use jarvis_core::{Error, ErrorKind, Result, types::Principal};
use jarvis_engine::Endings;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::caller::identity;
use crate::{access::Identity, error::ApiError, state::App};

/// How often it is looked at what is not told here: what ended on another server, or because its time was over.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Tells an answer that lasts when whoever asked for it may read no more of it.
pub(crate) struct Welcome(Option<Watched>);

/// Somebody who logged in, or came with a key.
struct Watched {
    app: App,
    principal: Arc<Principal>,
    endings: Endings,
    beat: Interval,
    /// Whether something may have ended that was not looked at yet.
    is_in_doubt: bool,
}

impl FromRequestParts<App> for Welcome {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Identity::Person(principal) = identity(parts)? else { return Ok(Self(None)) };
        let mut beat = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let endings = app.engine.accounts.endings();
        Ok(Self(Some(Watched { app: app.clone(), principal, endings, beat, is_in_doubt: false })))
    }
}

impl Welcome {
    /// Resolves when what proved who asks does so no more; never where nobody logs in. Nothing is lost when the future is
    /// dropped.
    pub(crate) async fn over(&mut self) -> Error {
        match &mut self.0 {
            Some(watched) => watched.over().await,
            None => std::future::pending().await,
        }
    }

    /// Waits for something for as long as they are welcome.
    pub(crate) async fn during<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            over = self.over() => Err(over),
            done = work => done,
        }
    }
}

impl Watched {
    async fn over(&mut self) -> Error {
        loop {
            if !self.is_in_doubt {
                tokio::select! {
                    () = self.endings.of(self.principal.user()) => {}
                    _ = self.beat.tick() => {}
                }
                self.is_in_doubt = true;
            }
            // a store that cannot be asked ends nothing
            if let Err(error) = self.app.engine.accounts.still(&self.principal).await
                && error.kind() == ErrorKind::Unauthenticated
            {
                return ErrorKind::Unauthenticated
                    .error(
                        "your login or key is good no more; an answer is finished all the same, read it in the history",
                    )
                    .with_source(error);
            }
            self.is_in_doubt = false;
        }
    }
}
