//! The relational store of Jarvis on PostgreSQL.
