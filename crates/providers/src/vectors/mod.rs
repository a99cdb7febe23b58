//! Vectors and their nearest, in process and exact where it counts: no graph, nothing to build.
//!
//! How it hangs together:
//! - `slab` is the file of rows, laid out as `layout` says; a `row` is what lies in it. `rotation` spreads a vector evenly
//!   before `bits` and `bytes` round it; `floats` is the exact score.
//! - `live` is what can be seen now: `docs` finds a document's slot, `tags` the rows of a tag. A search takes a view of it
//!   and holds no lock.
//! - `search` goes from bits to bytes to floats over what `filter` lets through, `top` keeps the best, `prefetch` asks for
//!   memory ahead; `calibrate` measures
//!   how many each pass must keep.
//! - `writer` applies changes and makes them durable: a `checkpoint` beside the rows holds what is not rows, and a `header`
//!   says which is which. `open` opens a collection whatever state its files are in; `wire` is numbers in files.
//! - `collection` and `index` are the ports.

mod bits;
mod bytes;
mod calibrate;
mod checkpoint;
mod collection;
mod docs;
mod filter;
mod floats;
mod header;
mod index;
mod layout;
mod live;
mod open;
mod options;
mod prefetch;
mod rotation;
mod row;
mod search;
mod slab;
mod tags;
mod top;
mod wire;
mod writer;

pub use index::SlabIndex;
pub use options::VectorOptions;

/// What `fuzz/` drives: parts of the file that are read back.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    header::Header::fuzz(bytes);
    if let Some(meta) = bytes.first_chunk() {
        row::Meta::decode(meta);
    }
    checkpoint::fuzz(bytes);
}
