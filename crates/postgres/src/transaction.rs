//! One write of an index in a transaction of its own.

use futures_core::future::BoxFuture;
use jarvis_core::{Error, Result};
use std::sync::Arc;

use crate::{
    db::Db,
    error::Attempt,
    pool::Place,
    unit::{begin, commit, roll_back},
};

/// Runs `write` in a task that owns the connection: a caller that goes away neither stops nor undoes it. Kept when it answers
/// `Ok`, rolled back otherwise; the server's limits of time hold for each statement.
pub(crate) async fn run<T, F>(place: Arc<Place>, write: F) -> Result<T>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut Db) -> BoxFuture<'a, Attempt<T>> + Send + 'static,
{
    let task = tokio::spawn(async move {
        let (mut db, _deadline) = begin(&place).await?;
        match write(&mut db).await {
            Ok(value) => commit(&place, db, &[]).await.map(|()| value),
            Err(failure) => {
                place.note(&failure);
                if failure.is_loss() {
                    db.discard();
                } else {
                    roll_back(db).await;
                }
                Err(failure.into())
            }
        }
    });
    task.await.map_err(Error::internal)?
}
