//! The index of vectors.

mod conformance;
