//! Whether a model really answers.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::StreamExt;
use jarvis_core::{
    Error, Result, Timestamp,
    ports::{
        Health, HealthStatus, LanguageModel, ModelEvent, ModelInfo, ModelParams, ModelRequest, ModelStream,
        PromptMessage,
    },
    types::Role,
};
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use super::{finally::Finally, watched::watched};

/// How long one token proves that a model answers.
const PROVEN_FOR: Duration = Duration::from_mins(1);
/// How long a check waits for a token; one that is still to come is reported by the next check.
const WAIT: Duration = Duration::from_secs(1);

/// Checks by asking for one token, at most once a minute and not at all while people get theirs.
#[derive(Debug)]
pub struct ProvenModel {
    inner: Arc<dyn LanguageModel>,
    proof: Arc<watch::Sender<Proof>>,
}

/// What is known of a model.
#[derive(Debug, Default)]
struct Proof {
    asking: bool,
    told_at: Option<Instant>,
    trouble: Option<Error>,
}

impl ProvenModel {
    /// Proves `inner`.
    pub fn new(inner: Arc<dyn LanguageModel>) -> Self {
        Self { inner, proof: Arc::new(watch::Sender::new(Proof::default())) }
    }

    /// Asks for a token unless that was done lately. The asking goes on when the check has lost its patience: a model that
    /// is being loaded takes longer than any check may.
    fn prove_when_due(&self) {
        let due = self.proof.send_if_modified(|proof| {
            let lately = proof.told_at.is_some_and(|told_at| told_at.elapsed() < PROVEN_FOR);
            let due = !proof.asking && !lately;
            proof.asking |= due;
            due
        });
        if due {
            let (inner, proof) = (Arc::clone(&self.inner), Arc::clone(&self.proof));
            tokio::spawn(async move {
                // Also when the model panics: nobody would ever ask again.
                let _over = Finally(|| {
                    proof.send_modify(|proof| (proof.asking, proof.told_at) = (false, Some(Instant::now())));
                });
                let trouble = prove(&*inner).await.err();
                proof.send_modify(|proof| proof.trouble = trouble);
            });
        }
    }
}

#[async_trait]
impl LanguageModel for ProvenModel {
    async fn check(&self) -> Health {
        let asked = Instant::now();
        let health = self.inner.check().await;
        if health.status != HealthStatus::Healthy {
            return health;
        }
        self.prove_when_due();
        let mut proof = self.proof.subscribe();
        let _ = timeout_at(asked + WAIT, proof.wait_for(|proof| !proof.asking)).await;
        match &proof.borrow().trouble {
            Some(trouble) => Health::unhealthy(asked.elapsed(), trouble.message()),
            None => Health { response_time: asked.elapsed(), ..health },
        }
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.inner.models().await
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        let stream = self.inner.complete(request).await?;
        let mut proof = Some(Arc::clone(&self.proof));
        Ok(watched(stream, move |event| {
            if let (Ok(ModelEvent::Token(_)), Some(proof)) = (event, proof.take()) {
                proof.send_modify(|proof| {
                    proof.told_at = Some(Instant::now());
                    proof.trouble = None;
                });
            }
        }))
    }
}

/// One token, whatever it is. A queue that is full says that others get theirs.
async fn prove(model: &dyn LanguageModel) -> Result<()> {
    let request = ModelRequest {
        model: None,
        messages: vec![PromptMessage { role: Role::User, content: "Say OK.".to_owned() }],
        recalled: Vec::new(),
        params: ModelParams { max_tokens: Some(1), temperature: None },
        now: Timestamp::default(),
    };
    match model.complete(request).await {
        Ok(mut stream) => stream.next().await.unwrap_or(Ok(ModelEvent::Token(String::new()))).map(drop),
        Err(error) if error.code() == "model_busy" => Ok(()),
        Err(error) => Err(error),
    }
}
