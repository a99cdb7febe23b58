use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use jarvis_core::{Error, Result, ports::ModelInfo};
use tokio::sync::Semaphore;

/// How long a list is good for.
pub(super) const FRESH: Duration = Duration::from_secs(30);
/// How long it is good for when a name is missing in it.
pub(super) const JUST_NOW: Duration = Duration::from_secs(1);

/// The models of a server, as it told last.
#[derive(Debug)]
pub(super) struct Catalogue {
    known: Mutex<Option<(Instant, Models)>>,
    /// One asks, the others take its answer.
    turn: Semaphore,
}

/// Models, the default first.
pub(super) type Models = Arc<[ModelInfo]>;

impl Catalogue {
    pub(super) fn new() -> Self {
        Self { known: Mutex::default(), turn: Semaphore::new(1) }
    }

    /// The models as they were told at most so long ago, asking when need be.
    pub(super) async fn get(&self, age: Duration, ask: impl Future<Output = Result<Vec<ModelInfo>>>) -> Result<Models> {
        if let Some(models) = self.told(age) {
            return Ok(models);
        }
        let _turn = self.turn.acquire().await.map_err(Error::internal)?;
        if let Some(models) = self.told(age) {
            return Ok(models);
        }
        Ok(self.learn(ask.await?))
    }

    /// What the server told without being asked for it here.
    pub(super) fn learn(&self, models: Vec<ModelInfo>) -> Models {
        let models: Models = models.into();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(&models)));
        models
    }

    fn told(&self, age: Duration) -> Option<Models> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(at, _)| at.elapsed() < age).map(|(_, models)| Arc::clone(models))
    }
}
