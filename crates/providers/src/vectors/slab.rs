//! The file of rows: written by calls, read through a map.
//!
//! A store through a map kills the process when the disk is full, so the map is read-only and room is allocated before it
//! is written. What is mapped is never given back while the file is used: nobody can read past its end.
//!
//! Who reads what: a row is written while nobody can see it, then linked (`live`), and after it was unlinked it is written
//! again only when every search that could see it is over. So the bytes of a row do not change under a reader of that row.
//! A pass over many rows does load bytes of rows that are just being written; it drops what it computed from them, and any
//! bytes will do for that.

use std::{fs::File, io, os::unix::fs::FileExt as _, sync::Arc};

use memmap2::{Mmap, MmapOptions};

use super::{
    bits::interleave,
    layout::{BLOCK_ROWS, CHUNK_ROWS, Layout, META_BYTES, chunk_of, row_in_chunk},
    prefetch::prefetch_all,
    row::{Meta, Row},
};

/// Rows as searches read them.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) layout: Layout,
    chunks: Vec<Chunk>,
}

/// A chunk in a mapped piece of the file.
#[derive(Clone, Debug)]
struct Chunk {
    map: Arc<Mmap>,
    start: usize,
}

impl Rows {
    /// Rows that there is room for.
    pub(crate) fn capacity(&self) -> usize {
        self.chunks.len() * CHUNK_ROWS
    }

    fn chunk(&self, chunk: usize) -> &[u8] {
        let Chunk { map, start } = &self.chunks[chunk];
        &map[*start..start + self.layout.chunk]
    }

    fn cell(&self, column: usize, row_bytes: usize, slot: u32) -> &[u8] {
        &self.chunk(chunk_of(slot))[Layout::place(column, row_bytes, slot)]
    }

    /// The interleaved signs and the factors of the block that begins at a slot.
    pub(crate) fn block(&self, first: u32) -> (&[u8], &[f32]) {
        let chunk = self.chunk(chunk_of(first));
        let (number, bits, factors) =
            (row_in_chunk(first) / BLOCK_ROWS, self.layout.block_bits(), 2 * BLOCK_ROWS * size_of::<f32>());
        let bits = &chunk[self.layout.bits + number * bits..][..bits];
        let factors = &chunk[self.layout.factors + number * factors..][..factors];
        (bits, bytemuck::cast_slice(factors))
    }

    pub(crate) fn bytes(&self, slot: u32) -> (&[i8], f32) {
        let bytes = bytemuck::cast_slice(self.cell(self.layout.bytes, self.layout.padded, slot));
        let scale = bytemuck::cast_slice(self.cell(self.layout.scales, size_of::<f32>(), slot));
        (bytes, scale[0])
    }

    pub(crate) fn floats(&self, slot: u32) -> &[f32] {
        bytemuck::cast_slice(self.cell(self.layout.floats, self.layout.dimension * size_of::<f32>(), slot))
    }

    /// Lets the memory bring a block, and where it lies, while others are looked at: the processor itself looks no further
    /// ahead than a page.
    pub(crate) fn prefetch_block(&self, first: u32) {
        let (bits, factors) = self.block(first);
        prefetch_all(bits);
        prefetch_all(bytemuck::cast_slice(factors));
    }

    /// The same for a row's bytes.
    pub(crate) fn prefetch_bytes(&self, slot: u32) {
        prefetch_all(self.cell(self.layout.bytes, self.layout.padded, slot));
        prefetch_all(self.cell(self.layout.scales, size_of::<f32>(), slot));
    }

    /// The same for a row's floats.
    pub(crate) fn prefetch_floats(&self, slot: u32) {
        prefetch_all(self.cell(self.layout.floats, self.layout.dimension * size_of::<f32>(), slot));
    }

    /// None for an empty row.
    pub(crate) fn meta(&self, slot: u32) -> Option<Meta> {
        self.cell(self.layout.metas, META_BYTES, slot).try_into().ok().and_then(Meta::decode)
    }

    /// Microseconds.
    pub(crate) fn created_at(&self, slot: u32) -> i64 {
        let cell: &[i64] = bytemuck::cast_slice(self.cell(self.layout.times, size_of::<i64>(), slot));
        cell[0]
    }
}

/// The file, for its one writer.
#[derive(Debug)]
pub(crate) struct Slab {
    file: File,
    rows: Arc<Rows>,
}

impl Slab {
    /// A file with nothing in it.
    pub(crate) fn empty(file: File, layout: Layout) -> Self {
        Self { file, rows: Arc::new(Rows { layout, chunks: Vec::new() }) }
    }

    /// A file with room for `rows`; fails where it is shorter.
    pub(crate) fn open(file: File, layout: Layout, rows: usize) -> io::Result<Self> {
        let mut slab = Self::empty(file, layout);
        let chunks = rows.div_ceil(CHUNK_ROWS);
        if slab.file.metadata()?.len() < layout.chunk_start(chunks) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file of rows is shorter than it was"));
        }
        slab.map(chunks)?;
        Ok(slab)
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn rows(&self) -> &Arc<Rows> {
        &self.rows
    }

    /// Allocates and maps room for so many rows. Room grows by an eighth at least, so that pieces stay few.
    pub(crate) fn reserve(&mut self, rows: usize) -> io::Result<()> {
        let (have, need) = (self.rows.chunks.len(), rows.div_ceil(CHUNK_ROWS));
        if need <= have {
            return Ok(());
        }
        let layout = self.rows.layout;
        let wished = need.max(have + have / 8);
        let mut chunks = wished;
        if let Err(error) = allocate(&self.file, layout.chunk_start(wished)) {
            if wished == need || error.kind() != io::ErrorKind::StorageFull {
                return Err(error);
            }
            allocate(&self.file, layout.chunk_start(need))?;
            chunks = need;
        }
        self.map(chunks)
    }

    /// Maps what was added, up to `chunks`.
    fn map(&mut self, chunks: usize) -> io::Result<()> {
        let layout = self.rows.layout;
        let have = self.rows.chunks.len();
        if chunks <= have {
            return Ok(());
        }
        // SAFETY: the piece is allocated, and nobody shortens the file: this process holds its lock, and a file that is
        // emptied is replaced by another. Its bytes change only as the head of this module says.
        let map = unsafe {
            MmapOptions::new().offset(layout.chunk_start(have)).len((chunks - have) * layout.chunk).map(&self.file)?
        };
        let map = Arc::new(map);
        let mut rows = Rows::clone(&self.rows);
        rows.chunks
            .extend((0..chunks - have).map(|chunk| Chunk { map: Arc::clone(&map), start: chunk * layout.chunk }));
        self.rows = Arc::new(rows);
        Ok(())
    }

    /// Writes rows, in ascending order of their slots; there must be room. One call for each column of neighbours.
    pub(crate) fn write(&self, rows: &[(u32, Row)]) -> io::Result<()> {
        for run in runs(rows) {
            self.write_signs(run.iter().filter_map(|(slot, row)| Some((*slot, row.signs.as_ref()?))))?;
            self.write_vectors(run)?;
            self.write_metas(run)?;
        }
        Ok(())
    }

    /// Overwrites rows with nothing. What tells that there was a row goes last, and only once the rest is gone from the
    /// disk: an erasure that a power cut interrupts is found, and finished, when the file is opened.
    pub(crate) fn erase(&self, slots: &[u32]) -> io::Result<()> {
        let Layout { dimension, padded, .. } = self.rows.layout;
        let erased = Row::erased(dimension, padded);
        let batches = || {
            slots.chunks(BLOCK_ROWS).map(|slots| slots.iter().map(|&slot| (slot, erased.clone())).collect::<Vec<_>>())
        };
        for rows in batches() {
            for run in runs(&rows) {
                self.write_signs(run.iter().filter_map(|(slot, row)| Some((*slot, row.signs.as_ref()?))))?;
                self.write_vectors(run)?;
            }
        }
        self.file.sync_data()?;
        for rows in batches() {
            for run in runs(&rows) {
                self.write_metas(run)?;
            }
        }
        Ok(())
    }

    /// Writes the first pass's part of rows, in ascending order.
    pub(crate) fn write_signs<'s>(&self, rows: impl Iterator<Item = (u32, &'s super::row::Signs)>) -> io::Result<()> {
        let mut rows = rows.peekable();
        while let Some(&(slot, _)) = rows.peek() {
            let first = slot / BLOCK_ROWS as u32 * BLOCK_ROWS as u32;
            let (bits, factors) = self.rows.block(first);
            let (mut bits, mut factors) = (bits.to_vec(), factors.to_vec());
            while let Some((slot, signs)) = rows.next_if(|(slot, _)| (first..first + BLOCK_ROWS as u32).contains(slot))
            {
                let row = (slot - first) as usize;
                interleave(&mut bits, row, &signs.bits);
                (factors[row], factors[BLOCK_ROWS + row]) = (signs.factor, signs.offset);
            }
            self.put(self.rows.layout.bits, bits.len() / BLOCK_ROWS, first, &bits)?;
            self.put(self.rows.layout.factors, 2 * size_of::<f32>(), first, bytemuck::cast_slice(&factors))?;
        }
        Ok(())
    }

    fn write_vectors(&self, run: &[(u32, Row)]) -> io::Result<()> {
        let layout = &self.rows.layout;
        let Some((first, _)) = run.first() else { return Ok(()) };
        let bytes: Vec<i8> = run.iter().flat_map(|(_, row)| row.bytes.iter().copied()).collect();
        let scales: Vec<f32> = run.iter().map(|(_, row)| row.scale).collect();
        let floats: Vec<f32> = run.iter().flat_map(|(_, row)| row.floats.iter().copied()).collect();
        let times: Vec<i64> = run.iter().map(|(_, row)| row.created_at).collect();
        self.put(layout.bytes, layout.padded, *first, bytemuck::cast_slice(&bytes))?;
        self.put(layout.scales, size_of::<f32>(), *first, bytemuck::cast_slice(&scales))?;
        self.put(layout.floats, layout.dimension * size_of::<f32>(), *first, bytemuck::cast_slice(&floats))?;
        self.put(layout.times, size_of::<i64>(), *first, bytemuck::cast_slice(&times))
    }

    fn write_metas(&self, run: &[(u32, Row)]) -> io::Result<()> {
        let Some((first, _)) = run.first() else { return Ok(()) };
        let empty = [0; META_BYTES];
        let metas: Vec<u8> = run.iter().flat_map(|(_, row)| row.meta.map_or(empty, |meta| meta.encode())).collect();
        self.put(self.rows.layout.metas, META_BYTES, *first, &metas)
    }

    /// Writes a piece of a column, from a slot on; it ends within the slot's chunk.
    fn put(&self, column: usize, row_bytes: usize, slot: u32, bytes: &[u8]) -> io::Result<()> {
        let start = Layout::place(column, row_bytes, slot).start;
        self.file.write_all_at(bytes, self.rows.layout.chunk_start(chunk_of(slot)) + start as u64)
    }
}

/// Neighbours in the same chunk.
fn runs(rows: &[(u32, Row)]) -> impl Iterator<Item = &[(u32, Row)]> {
    rows.chunk_by(|(one, _), (next, _)| one + 1 == *next && chunk_of(*one) == chunk_of(*next))
}

/// Really takes the space, so that a full disk is an error here and not a signal later.
fn allocate(file: &File, length: u64) -> io::Result<()> {
    let start = file.metadata()?.len();
    match fs4::fs_std::FileExt::allocate(file, length) {
        // what was taken before the disk was full is given back; nothing of it is mapped
        Err(error) if error.kind() == io::ErrorKind::StorageFull => {
            let _ = file.set_len(start);
            Err(error)
        }
        // a file system that cannot promise space can be written
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            let zeros = vec![0; 1 << 20];
            let mut at = start;
            while at < length {
                let piece = zeros.len().min((length - at) as usize);
                file.write_all_at(&zeros[..piece], at)?;
                at += piece as u64;
            }
            Ok(())
        }
        done => done,
    }
}
