//! What every [`Store`] must do, one small check for each line of the ports' contracts.

mod accounts;
mod audit;
mod conversations;
mod erasing;
mod foreign_ids;
mod generations;
mod idempotency;
mod memories;
mod messages;
mod model;
mod nodes;
mod outbox;
mod owned;
mod sealing;
mod sessions;
mod stats;
mod units;
mod users;
mod world;

use futures_core::future::BoxFuture;
use std::sync::Arc;

use crate::{Result, ports::Store};

/// One check: its name says what must hold.
type Check = (&'static str, for<'s> fn(&'s dyn Store) -> BoxFuture<'s, Result<()>>);

/// Makes checks of functions, named after them.
macro_rules! checks {
    ($($check:ident),+ $(,)?) => {
        pub(super) const CHECKS: &[super::Check] = &[$((stringify!($check), |store| Box::pin($check(store)))),+];
    };
}

/// Writes in one unit and answers its value.
macro_rules! write {
    ($store:expr, $tx:ident => $body:expr) => {
        $store.write(move |$tx| Box::pin(async move { $body })).await
    };
}

use {checks, write};

pub use audit::{audit_break, audit_entry};
pub use model::{Step, StoreModel, same_answers};

/// Runs every check, each on a store of its own that `open` makes: migrated and empty.
///
/// Panics with the name of the first check that does not hold.
pub async fn store_suite<F, Fut>(open: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn Store>>,
{
    let families = [
        ("users", users::CHECKS),
        ("sessions", sessions::CHECKS),
        ("conversations", conversations::CHECKS),
        ("erasing", erasing::CHECKS),
        ("messages", messages::CHECKS),
        ("memories", memories::CHECKS),
        ("outbox", outbox::CHECKS),
        ("owned", owned::CHECKS),
        ("units", units::CHECKS),
        ("stats", stats::CHECKS),
        ("idempotency", idempotency::CHECKS),
        ("foreign_ids", foreign_ids::CHECKS),
        ("generations", generations::CHECKS),
        ("accounts", accounts::CHECKS),
        ("audit", audit::CHECKS),
        ("nodes", nodes::CHECKS),
        ("sealing", sealing::CHECKS),
    ];
    for (family, checks) in families {
        for (name, check) in checks {
            let store = open().await;
            let outcome = check(&*store).await;
            assert!(outcome.is_ok(), "{family}::{name}: {outcome:?}");
        }
    }
}
