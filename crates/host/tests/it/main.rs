//! Configuration as a person meets it, and the use-cases over the real providers.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod answering;
mod config;
mod engine;
mod moving;
mod nodes;
mod sealing;
