//! Ports with measurements around them, whatever stands behind: each call that matters becomes one of
//! [`jarvis_core::observe::Operation`].

mod embedder;
mod text;
mod vectors;

pub use embedder::MeasuredEmbedder;
pub use text::MeasuredTextIndex;
pub use vectors::MeasuredVectorIndex;
