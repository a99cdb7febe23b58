//! The two headers of the slab file. Each checkpoint writes one, syncs, then the other: one of them is whole at any moment,
//! and the newer whole one counts.

use jarvis_core::{
    ports::{CollectionSpec, EmbeddingModel},
    types::OutboxSeq,
};
use std::{
    fs::File,
    io::{self, Write as _},
    os::unix::fs::FileExt as _,
};

use super::wire::{Checked, Reading};

/// Bytes of a header; the second follows the first.
const HEADER_BYTES: usize = 4096;
/// With the version of everything in a collection's files.
const MAGIC: &[u8; 8] = b"jrvsvec1";
/// Tells files of a machine of the other byte order: vectors lie as the processor reads them.
const ORDER: u32 = u32::from_ne_bytes([1, 2, 3, 4]);
/// Longest name of a model.
const MAX_MODEL_BYTES: usize = CollectionSpec::MAX_MODEL_BYTES;

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) model: EmbeddingModel,
    /// Seed of the table of documents.
    pub(crate) seed: u64,
    /// Counts checkpoints.
    pub(crate) generation: u64,
    /// The last change in it.
    pub(crate) position: OutboxSeq,
    /// Which side file belongs to it, how much of it, and how much of that is its first part.
    pub(crate) state: u64,
    pub(crate) state_bytes: u64,
    pub(crate) base_bytes: u64,
}

impl Header {
    fn encode(&self) -> io::Result<Vec<u8>> {
        let mut out = Checked::new(Vec::with_capacity(HEADER_BYTES));
        out.write_all(MAGIC)?;
        out.u32(ORDER)?;
        out.u32(self.model.dimension as u32)?;
        for number in [self.seed, self.generation, self.position, self.state, self.state_bytes, self.base_bytes] {
            out.u64(number)?;
        }
        out.text(&self.model.id)?;
        out.write_all(&vec![0; HEADER_BYTES - 4 - 8 - 4 - 4 - 6 * 8 - 4 - self.model.id.len().min(MAX_MODEL_BYTES)])?;
        Ok(out.finish()?.0)
    }

    #[cfg(fuzzing)]
    pub(super) fn fuzz(bytes: &[u8]) {
        let whole = super::wire::with_checksum(bytes);
        let _ = whole.and_then(|bytes| Self::decode(&bytes));
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reading = Reading::checked(bytes)?;
        if reading.take(MAGIC.len())? != MAGIC || reading.u32()? != ORDER {
            return None;
        }
        let dimension = reading.u32()? as usize;
        let (seed, generation, position) = (reading.u64()?, reading.u64()?, reading.u64()?);
        let (state, state_bytes, base_bytes) = (reading.u64()?, reading.u64()?, reading.u64()?);
        let model = EmbeddingModel { id: reading.text()?.to_owned(), dimension };
        Some(Self { model, seed, generation, position, state, state_bytes, base_bytes })
    }

    /// Writes the first header, syncs, then the second, which the next sync takes along.
    pub(crate) fn write(&self, file: &File) -> io::Result<()> {
        let bytes = self.encode()?;
        file.write_all_at(&bytes, 0)?;
        file.sync_data()?;
        file.write_all_at(&bytes, HEADER_BYTES as u64)
    }

    /// The newest whole header.
    pub(crate) fn read(file: &File) -> io::Result<Option<Self>> {
        let mut bytes = vec![0; 2 * HEADER_BYTES];
        match file.read_exact_at(&mut bytes, 0) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let headers = bytes.chunks_exact(HEADER_BYTES).filter_map(Self::decode);
        Ok(headers.max_by_key(|header| header.generation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(generation: u64) -> Header {
        let model = EmbeddingModel { id: "m".repeat(MAX_MODEL_BYTES), dimension: 384 };
        Header { model, seed: 1, generation, position: 2, state: 3, state_bytes: 5, base_bytes: 4 }
    }

    #[test]
    fn one_whole_header_is_enough() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(Header::read(&file).unwrap(), None);
        header(1).write(&file).unwrap();
        let (newer, len) = (header(2).encode().unwrap(), HEADER_BYTES as u64);
        assert_eq!(newer.len(), HEADER_BYTES);
        for torn in [0, 1, 100, HEADER_BYTES - 1] {
            file.write_all_at(&newer[..torn], 0).unwrap();
            assert_eq!(Header::read(&file).unwrap(), Some(header(1)), "torn after {torn} bytes");
        }
        file.write_all_at(&newer, 0).unwrap();
        assert_eq!(Header::read(&file).unwrap(), Some(header(2)));
        file.write_all_at(&[0xff], 77).unwrap();
        file.write_all_at(&[0xff], len + 77).unwrap();
        assert_eq!(Header::read(&file).unwrap(), None);
    }
}
