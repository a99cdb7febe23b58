use futures_core::future::BoxFuture;
use jarvis_core::{Result, Scope};

use crate::{db::Db, error::Attempt};

/// Where a read runs: on a connection of its own for the store, on the unit's connection within a unit.
pub(crate) trait Run: Send + Sync {
    /// Runs it there, on behalf of `scope`. A read may run twice: once more when its connection was lost.
    ///
    /// `self.0.ask(scope, move |db| Box::pin(get(db, scope, id)))`, where `get` is an `async fn` that takes `&mut Db` and
    /// values of its own.
    fn ask<T, F>(&self, scope: Scope, read: F) -> impl Future<Output = Result<T>> + Send
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Db) -> BoxFuture<'a, Attempt<T>> + Send + Sync + 'static;
}

/// The store's nouns over a place to run them. The traits are core's, so they are implemented for this wrapper, once for
/// both places.
#[derive(Debug)]
pub(crate) struct On<R>(pub(crate) R);
