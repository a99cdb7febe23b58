use jarvis_core::Result;

use crate::{db::Db, error::Attempt};

/// Where a read runs: on a reader thread for the store, on the writer's connection within a unit.
pub(crate) trait Run: Send + Sync {
    /// Runs it there.
    fn ask<T, F>(&self, read: F) -> impl Future<Output = Result<T>> + Send
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Attempt<T> + Send + 'static;
}

/// The store's nouns over a place to run them. The traits are core's, so they are implemented for this wrapper, once for
/// both places.
#[derive(Debug)]
pub(crate) struct On<R>(pub(crate) R);
