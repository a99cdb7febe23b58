//! Full text over messages and memories, on Tantivy.
//!
//! How it hangs together:
//! - `jarvis_core::text::search` turns a text into tokens, reads what a person typed, and marks the matches in a text;
//!   `schema` says how a document and its tokens lie in the index, `filters` is where to look.
//! - `generation` is the in-memory tail: changes that are applied but not committed. `state` holds the tail and the
//!   committed snapshot that belongs to it; `writer` moves one into the other.
//! - `bm25` scores; `exact` scores a small scope whole, `pruned` finds the best of a large one (with
//!   what `peak` knows of each term), `search` chooses.
//! - `committed` reads Tantivy's postings, `admission` is what a match must meet besides, `top` keeps
//!   the best; all on a `snapshot`.
//! - `index` is the port.
//!
//! Every term is stored under its owner, so a search never touches a posting of somebody else, and document frequencies
//! are the owner's own.

mod admission;
mod bm25;
mod committed;
mod document;
mod exact;
mod expansion;
mod filters;
mod generation;
mod index;
mod open;
mod peak;
mod phrase;
mod pruned;
mod purge;
mod schema;
mod search;
mod snapshot;
mod state;
mod tail;
mod top;
mod writer;

pub use index::{TantivyIndex, TextOptions};
