use futures_core::future::BoxFuture;
use jarvis_core::{Result, Scope};
use std::{panic::Location, sync::Arc};

use crate::{
    db::Db,
    error::{Attempt, Failure},
    finishing::Finishing,
    pool::Place,
    run::Run,
};

/// Runs reads, each to its end: a caller that goes away leaves no answer in the middle of a connection that the next one
/// gets.
#[derive(Clone, Debug)]
pub(crate) struct Readers(pub(crate) Arc<Place>);

impl Run for Readers {
    #[track_caller]
    fn ask<T, F>(&self, scope: Scope, read: F) -> impl Future<Output = Result<T>> + Send
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Db) -> BoxFuture<'a, Attempt<T>> + Send + Sync + 'static,
    {
        let place = Arc::clone(&self.0);
        let reading = async move {
            let outcome = match anywhere(&place, scope, &read).await {
                // nothing was changed, so it may be asked again, of another connection
                Err(failure) if failure.is_loss() => Box::pin(once(&place, &read)).await,
                outcome => outcome,
            };
            let (value, db) = outcome?;
            db.end_reads_soon();
            Ok(value)
        };
        let finishing = Finishing::new(Box::pin(reading));
        self.0.reads.measure_at(Location::caller(), async move { finishing.await.map_err(Failure::into) })
    }
}

/// Reads from a copy that may answer, or else from the primary.
async fn anywhere<T, F>(place: &Place, scope: Scope, read: &F) -> Attempt<(T, Db)>
where
    F: for<'a> Fn(&'a mut Db) -> BoxFuture<'a, Attempt<T>>,
{
    if let Some(mut db) = place.copy(scope).await {
        match read(&mut db).await {
            Ok(value) => return Ok((value, db)),
            // what the caller did wrong is wrong everywhere
            Err(Failure::Known(error)) => {
                Box::pin(db.end_reads()).await;
                return Err(error.into());
            }
            // a copy ends a read that is in the way of what it must replay, and may be gone
            Err(Failure::Postgres(_)) => db.discard(),
        }
    }
    once(place, read).await
}

/// Reads once; answers what was read and the connection, which is not needed any more.
async fn once<T, F>(place: &Place, read: &F) -> Attempt<(T, Db)>
where
    F: for<'a> Fn(&'a mut Db) -> BoxFuture<'a, Attempt<T>>,
{
    let mut db = place.acquire().await?;
    match read(&mut db).await {
        Ok(value) => Ok((value, db)),
        Err(failure) => {
            place.note(&failure);
            if failure.is_loss() {
                db.discard();
            } else {
                Box::pin(db.end_reads()).await;
            }
            Err(failure)
        }
    }
}
