//! Facts about text that several crates need: folding, normal form, language, token estimate, and what full-text indexes share.

mod fold;
mod language;
pub mod search;
mod stop_words;
mod tokens;

pub use fold::{contains_folded, fold, normalise};
pub use language::{Language, detect};
pub use stop_words::is_stop_word;
pub use tokens::estimate_tokens;
