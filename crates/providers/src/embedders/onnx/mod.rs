//! Embeddings by a sentence-transformer from disk, in ONNX form, run by rten in this process.
//!
//! `directory` reads what the model's files say of it, `model` runs texts through it, `pooling` makes one vector of the
//! vectors of a text's tokens.

mod directory;
mod model;
mod pooling;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use jarvis_core::{
    Error, ErrorKind, Result,
    ports::{EmbedPurpose, Embedder, EmbeddingModel, Health},
};
use tokio::sync::Semaphore;

use self::{directory::Directory, model::Model};

/// Texts that are on their way through the model together.
const BATCH: usize = 32;
/// Batches at a time: the model itself uses every core, and a question should not wait for many passages.
const CONCURRENT: usize = 2;
/// A check answers within two seconds, whatever stands in line before it.
const CHECK: Duration = Duration::from_millis(1_500);
/// What the model is asked when only its answering matters.
const PROBE: &str = "health";

/// Embeds by running a model.
#[derive(Debug)]
pub struct OnnxEmbedder {
    running: Arc<Model>,
    model: EmbeddingModel,
    turns: Arc<Semaphore>,
}

impl OnnxEmbedder {
    /// Loads the sentence-transformer in a directory: `model.onnx` or `onnx/model.onnx`, `tokenizer.json`,
    /// `config.json`, and where they are there `1_Pooling/config.json`, `modules.json`, `sentence_bert_config.json` and
    /// `config_sentence_transformers.json`.
    ///
    /// Blocks for as long as the files take to read, and runs the model once. Errors name the file that is missing or
    /// cannot be used, and the setting to change.
    pub fn open(dir: &Path) -> Result<Arc<Self>> {
        let directory = Directory::read(dir)?;
        let running = Model::load(&directory)?;
        let dimension = running.embed(EmbedPurpose::Passage, &[PROBE])?[0].len();
        let model = EmbeddingModel { id: directory.id, dimension };
        Ok(Arc::new(Self { running: Arc::new(running), model, turns: Arc::new(Semaphore::new(CONCURRENT)) }))
    }

    /// Runs a batch on a thread that may block, when its turn comes.
    async fn run(&self, purpose: EmbedPurpose, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(Error::internal)?;
        let model = Arc::clone(&self.running);
        let work = move || {
            // held until the work ends, also when nobody waits for it any more
            let _turn = turn;
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            model.embed(purpose, &texts)
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
    }
}

#[async_trait]
impl Embedder for OnnxEmbedder {
    async fn check(&self) -> Health {
        let start = Instant::now();
        match tokio::time::timeout(CHECK, self.embed(EmbedPurpose::Query, &[PROBE])).await {
            Ok(Ok(_)) => Health::healthy(start.elapsed()),
            Ok(Err(error)) => Health::unhealthy(start.elapsed(), error.message()),
            Err(_) => Health::degraded(start.elapsed(), "the embedding model has much to do; answers come late"),
        }
    }

    async fn model(&self) -> Result<EmbeddingModel> {
        Ok(self.model.clone())
    }

    async fn embed(&self, purpose: EmbedPurpose, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let mut vectors = vec![vec![0.0; self.model.dimension]; texts.len()];
        // the model would see direction in its own marks around an empty text
        let asked: Vec<usize> = (0..texts.len()).filter(|&index| !texts[index].trim().is_empty()).collect();
        for batch in asked.chunks(BATCH) {
            let texts = batch.iter().map(|&index| self.running.beginning(texts[index]).to_owned()).collect();
            for (&index, vector) in batch.iter().zip(self.run(purpose, texts).await?) {
                vectors[index] = vector;
            }
        }
        Ok(vectors)
    }
}

/// A file of the model cannot be used; `what` begins the sentence.
fn unusable(what: &str) -> Error {
    ErrorKind::Unsupported
        .error(format!("{what}; set EMBEDDING_URL to the directory of an ONNX sentence-transformer"))
        .with_code("embedding_model")
}
