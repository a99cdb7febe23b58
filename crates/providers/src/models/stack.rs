use std::sync::Arc;

use jarvis_core::{policy::breaker::BreakerLimits, ports::LanguageModel};

use super::{GuardedModel, LimitedModel, Limits, MeteredModel, Patience, PatientModel, ProvenModel};

/// What is laid around a provider that is somewhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stack {
    /// How long it is waited for.
    pub patience: Patience,
    /// How much it gets to do at a time.
    pub limits: Limits,
    /// When it is left in peace.
    pub breaker: BreakerLimits,
}

impl Stack {
    /// From the inside out: attempts and waiting, so that the breaker sees requests and not attempts; the breaker, so that
    /// who waited in the queue of a provider that broke meanwhile learns it at once; the queue; the proof, which needs a
    /// turn like everybody else; the meter.
    pub fn around(&self, model: Arc<dyn LanguageModel>, provider: &'static str) -> Arc<dyn LanguageModel> {
        let model = Arc::new(PatientModel::new(model, self.patience));
        let model = Arc::new(GuardedModel::new(model, self.breaker));
        let model = Arc::new(LimitedModel::new(model, self.limits, provider));
        let model = Arc::new(ProvenModel::new(model));
        Arc::new(MeteredModel::new(model, provider))
    }
}
