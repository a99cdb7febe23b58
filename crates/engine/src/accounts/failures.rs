//! Logins that were refused, for the trail. Whoever guesses must not be able to fill the disk: for each name there are two
//! entries a minute at most, one for the first attempt and one that counts the others, and for no more than a few names at a
//! time; the attempts at all other names are counted together. The numbers are those of one server, and a crash loses those
//! of the last minute.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jarvis_core::{Result, Scope, id::UserId};

use super::Accounts;
use crate::audit::{Act, Actor};

/// How long attempts are counted together.
const WINDOW: Duration = Duration::from_mins(1);
/// Accounts whose attempts are told apart within it.
const MAX_APART: usize = 20;

/// Why a login was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Refusal {
    /// The name or the password was wrong.
    Wrong,
    /// There were too many attempts before.
    LockedOut,
}

impl Refusal {
    const fn act(self) -> &'static str {
        match self {
            Self::Wrong => "auth.login_failed",
            Self::LockedOut => "auth.locked_out",
        }
    }
}

/// At whose account; none for names that nobody has, and for all beyond those that are told apart.
type Tried = (Refusal, Option<UserId>);

/// What was counted since the first attempt of a window.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<HashMap<Tried, u64>>);

impl Failures {
    /// Counts one more. Answers under what, when it is the first.
    fn count(&self, refusal: Refusal, user: Option<UserId>) -> Option<Tried> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_apart = counted.contains_key(&(refusal, user)) || counted.len() < MAX_APART;
        let tried = (refusal, user.filter(|_| is_apart));
        let count = counted.entry(tried).or_insert(0);
        *count += 1;
        (*count == 1).then_some(tried)
    }

    /// Ends a window: how many attempts came in it.
    fn take(&self, tried: Tried) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&tried).unwrap_or(0)
    }
}

impl Accounts {
    /// Notes behind the scenes that a login was refused.
    pub(super) fn note_failure(&self, refusal: Refusal, user: Option<UserId>) {
        let Some(tried) = self.failures.count(refusal, user) else { return };
        let (context, failures) = (self.context.clone(), std::sync::Arc::clone(&self.failures));
        self.context.spawn(async move {
            note(&context, tried, 1).await;
            // also when the server stops: what was counted is told
            let _ = context.stop.run_until_cancelled(tokio::time::sleep(WINDOW)).await;
            let others = failures.take(tried).saturating_sub(1);
            if others > 0 {
                note(&context, tried, others).await;
            }
        });
    }
}

async fn note(context: &crate::context::Context, tried: Tried, attempts: u64) {
    if let Err(error) = try_to_note(context, tried, attempts).await {
        tracing::warn!(?error, "a refused login could not be noted in the trail");
    }
}

async fn try_to_note(context: &crate::context::Context, (refusal, user): Tried, attempts: u64) -> Result<()> {
    let object = user.map_or_else(|| "other names".to_owned(), |user| user.to_string());
    let act = Act::new(context, &Actor::system(), refusal.act(), object)?;
    let act = if let Some(user) = user { act.about(user) } else { act };
    let act = act.after(&serde_json::json!({"attempts": attempts}))?;
    context.write(Scope::system(), move |tx| Box::pin(async move { act.record(tx).await })).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn only_the_first_attempt_of_a_window_is_told_at_once_and_names_are_bounded() {
        let failures = Failures::default();
        let user = |number: u128| Some(UserId::from(Uuid::from_u128(number)));
        assert_eq!(failures.count(Refusal::Wrong, user(1)), Some((Refusal::Wrong, user(1))));
        assert_eq!(failures.count(Refusal::Wrong, user(1)), None);
        assert_eq!(failures.take((Refusal::Wrong, user(1))), 2);
        assert_eq!(failures.count(Refusal::Wrong, user(1)), Some((Refusal::Wrong, user(1))));
        let told = (0..10_000).filter(|number| failures.count(Refusal::Wrong, user(*number)).is_some()).count();
        assert_eq!(told, MAX_APART, "the others are counted together");
        assert_eq!(failures.take((Refusal::Wrong, None)), 10_000 - MAX_APART as u64);
    }
}
