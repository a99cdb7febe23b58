//! What Jarvis asks of the outside: one object-safe trait each, held as `Arc<dyn Port>`, with its contract in its
//! documentation and a conformance suite in `testkit` that every provider runs.

mod bus;
/// What is kept for a while, and its bounds.
pub mod cache;
mod clock;
mod embedder;
mod entropy;
mod health;
mod ids;
mod language_model;
mod leader;
mod migrator;
mod open_converse;
mod rate_limiter;
mod scratch;
pub mod sealed_columns;
mod sealer;
pub mod store;
mod text_index;
pub mod transfer;
mod vector_index;

pub use bus::{Bus, BusStream, Heard};
pub use cache::{Cache, Keep, Lease, Lifetime, Lookup};
pub use clock::{Clock, SystemClock};
pub use embedder::{EmbedPurpose, Embedder, EmbeddingModel};
pub use entropy::Entropy;
pub use health::{Health, HealthStatus};
pub use ids::{Ids, SystemIds};
pub use language_model::{
    Completion, FinishReason, LanguageModel, ModelEvent, ModelInfo, ModelParams, ModelRequest, ModelStream,
    PromptMessage, Recalled, TokenUsage, hung_up, unknown_model,
};
pub use leader::{Leader, Leadership};
pub use migrator::{MigrationProblem, MigrationState, MigrationStatus, Migrator};
pub use open_converse::{OpenConverseReader, OpenConverseRow, RowKey};
pub use rate_limiter::RateLimiter;
pub use scratch::{Scratch, ScratchFile};
pub use sealed_columns::{SEALED_TABLES, SealedAs, SealedTable};
pub use sealer::{PlainSealer, SealedCell, Sealer};
pub use store::{Store, Tx, Unit};
pub use text_index::{KindFilter, Snippet, TextHit, TextHits, TextIndex, TextQuery, TextScore, TextScores};
pub use vector_index::{
    CollectionSpec, Tag, VectorChange, VectorCollection, VectorDocument, VectorEntry, VectorFilter, VectorHit,
    VectorIndex, VectorQuery,
};
