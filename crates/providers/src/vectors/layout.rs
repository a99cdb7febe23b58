//! Where everything of a row lies in the slab file.
//!
//! Rows come in chunks, and a chunk holds its rows column by column, so that each pass of a search reads one contiguous
//! piece: sign bits with their factors, bytes with their scales, floats, what identifies the rows, their times.

use std::ops::Range;

/// Rows of a chunk.
pub(crate) const CHUNK_ROWS: usize = 1024;
/// Rows whose sign bits lie interleaved.
pub(crate) const BLOCK_ROWS: usize = 32;
/// Tags that are noted with a row.
pub(crate) const ROW_TAGS: usize = 8;
/// Bytes of what identifies a row.
pub(crate) const META_BYTES: usize = 64;
/// Where the first chunk begins: behind the headers.
pub(crate) const DATA_START: u64 = 64 << 10;
/// Chunks begin at multiples of the largest usual page, so that each can be mapped.
const PAGE: usize = 16 << 10;

/// Offsets within a chunk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Numbers of a vector.
    pub(crate) dimension: usize,
    /// Numbers of a rotated vector: a multiple of 64.
    pub(crate) padded: usize,
    pub(crate) bits: usize,
    pub(crate) factors: usize,
    pub(crate) bytes: usize,
    pub(crate) scales: usize,
    pub(crate) floats: usize,
    pub(crate) metas: usize,
    pub(crate) times: usize,
    /// The whole chunk.
    pub(crate) chunk: usize,
}

impl Layout {
    pub(crate) fn new(dimension: usize) -> Self {
        let padded = dimension.next_multiple_of(64);
        let mut end = 0;
        let mut column = |row_bytes: usize| {
            let start = end;
            end += row_bytes * CHUNK_ROWS;
            start
        };
        let bits = column(padded / 8);
        let factors = column(2 * size_of::<f32>());
        let bytes = column(padded);
        let scales = column(size_of::<f32>());
        let floats = column(dimension * size_of::<f32>());
        let metas = column(META_BYTES);
        let times = column(size_of::<i64>());
        Self {
            dimension,
            padded,
            bits,
            factors,
            bytes,
            scales,
            floats,
            metas,
            times,
            chunk: end.next_multiple_of(PAGE),
        }
    }

    /// Bytes of the interleaved sign bits of one block.
    pub(crate) fn block_bits(&self) -> usize {
        self.padded / 8 * BLOCK_ROWS
    }

    /// Where a chunk begins in the file.
    pub(crate) fn chunk_start(&self, chunk: usize) -> u64 {
        DATA_START + chunk as u64 * self.chunk as u64
    }

    /// The place of a row in a column, within its chunk.
    pub(crate) fn place(column: usize, row_bytes: usize, slot: u32) -> Range<usize> {
        let start = column + row_in_chunk(slot) * row_bytes;
        start..start + row_bytes
    }
}

/// The chunk of a row.
pub(crate) fn chunk_of(slot: u32) -> usize {
    slot as usize / CHUNK_ROWS
}

/// The place of a row in its chunk.
pub(crate) fn row_in_chunk(slot: u32) -> usize {
    slot as usize % CHUNK_ROWS
}
