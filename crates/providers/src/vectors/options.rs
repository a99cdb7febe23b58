//! What can be chosen.

/// How an index of vectors works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VectorOptions {
    /// From so many documents on, a collection is searched by sign bits first. Fewer are scanned byte by byte, or exactly.
    pub cascade_rows: usize,
}

impl Default for VectorOptions {
    fn default() -> Self {
        Self { cascade_rows: 8_192 }
    }
}
