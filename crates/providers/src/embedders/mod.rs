//! What turns texts into vectors: a table inside the binary, a model from disk, an endpoint.

#[cfg(any())]
mod onnx;
#[cfg(any())]
mod openai;
mod static_model;
mod vectors;

#[cfg(any())]
pub use onnx::OnnxEmbedder;
#[cfg(any())]
pub use openai::{ApiKey, OpenAiEmbedder, OpenAiEmbedderOptions};
pub use static_model::StaticEmbedder;
