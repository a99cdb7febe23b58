//! Configuration as a person meets it.

mod config;
