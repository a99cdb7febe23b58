//! Providers other than relational stores.

pub mod models;
