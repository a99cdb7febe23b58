//! The side file of a checkpoint: everything that is not rows, so that opening a collection reads no row.
//!
//! It begins with all there was when it was made (`base`) and goes on with a record for each commit since, until those are
//! many and a new file takes its place. A record names the slots that changed; what they hold stands in the rows. Tags that
//! no row has are written out by making a new file at once: their names must not stay.

use roaring::RoaringBitmap;
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    calibrate::Keeps,
    header::Header,
    layout::BLOCK_ROWS,
    live::{Live, is_set},
    wire::{Checked, Reading},
};

/// Changes in records before a new file is made: a quarter of the rows, within these.
const MIN_CHANGES: u64 = 4_096;
const MAX_CHANGES: u64 = 50_000;

/// What happened since the last commit.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// Slots linked or unlinked.
    pub(crate) touched: RoaringBitmap,
    /// Tags that got a number.
    pub(crate) tags: Vec<(u32, String)>,
    /// A record cannot say it: make a new file.
    pub(crate) whole: bool,
}

/// The side file in use.
#[derive(Debug)]
pub(crate) struct State {
    dir: PathBuf,
    file: File,
    number: u64,
    /// Changes in its records.
    changes: u64,
}

pub(crate) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("state.{number}"))
}

impl State {
    /// Opens the file that a header names.
    pub(crate) fn open(dir: &Path, header: &Header) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path(dir, header.state))?;
        Ok(Self { dir: dir.to_owned(), file, number: header.state, changes: 0 })
    }

    /// Makes a new file with a number above `last`; the header is changed to name it.
    pub(crate) fn create(dir: &Path, last: u64, live: &Live, header: &mut Header) -> io::Result<Self> {
        let number = last + 1;
        let (new, path) = (dir.join("state.new"), path(dir, number));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&new)?;
        let mut out = Checked::new(BufWriter::with_capacity(1 << 16, &file));
        write_base(&mut out, live)?;
        let (mut out, length) = out.finish()?;
        out.flush()?;
        drop(out);
        file.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(dir)?.sync_all()?;
        (header.state, header.state_bytes, header.base_bytes) = (number, length, length);
        Ok(Self { dir: dir.to_owned(), file, number, changes: 0 })
    }

    /// Writes what is pending, as a record or in a new file, and changes the header accordingly. The file of the header
    /// before stays as it was.
    pub(crate) fn write(&mut self, live: &Live, pending: &Pending, header: &mut Header) -> io::Result<()> {
        let changes = self.changes + pending.touched.len();
        if pending.whole || changes > (live.count / 4).clamp(MIN_CHANGES, MAX_CHANGES) {
            *self = Self::create(&self.dir, self.number, live, header)?;
            return Ok(());
        }
        if pending.touched.is_empty() {
            return Ok(());
        }
        let mut record = Checked::new(Vec::new());
        record.u32(pending.tags.len() as u32)?;
        for (number, name) in &pending.tags {
            record.u32(*number)?;
            record.text(name)?;
        }
        record.u32(pending.touched.len() as u32)?;
        for slot in &pending.touched {
            record.u32(slot << 1 | u32::from(is_set(&live.masks, slot)))?;
        }
        let (record, length) = record.finish()?;
        self.file.write_all_at(&(length as u32).to_le_bytes(), header.state_bytes)?;
        self.file.write_all_at(&record, header.state_bytes + 4)?;
        self.file.sync_data()?;
        header.state_bytes += 4 + length;
        self.changes = changes;
        Ok(())
    }

    /// Removes all side files but the one in use.
    pub(crate) fn tidy(&self) {
        let keep = path(&self.dir, self.number);
        for file in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            if file.path() != keep && file.file_name().to_string_lossy().starts_with("state.") {
                let _ = fs::remove_file(file.path()); // the next one tries again
            }
        }
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Reads the file into an empty collection. None when it is not what it should be.
    pub(crate) fn load(&mut self, header: &Header, live: &mut Live) -> io::Result<Option<()>> {
        let length = self.file.metadata()?.len();
        if header.base_bytes > header.state_bytes || header.state_bytes > length {
            return Ok(None);
        }
        let mut bytes = vec![0; header.state_bytes as usize];
        self.file.read_exact_at(&mut bytes, 0)?;
        Ok(read(&bytes, header.base_bytes as usize, live).map(|changes| self.changes = changes))
    }
}

fn write_base(out: &mut Checked<impl io::Write>, live: &Live) -> io::Result<()> {
    out.u32(live.used)?;
    out.u32(live.masks.len() as u32)?;
    for mask in &*live.masks {
        out.u32(*mask)?;
    }
    out.u32(live.docs.len() as u32)?;
    for (hash, slot) in live.docs.entries() {
        out.u32(hash)?;
        out.u32(slot)?;
    }
    out.u32(live.tags.len() as u32)?;
    for (number, name, rows) in live.tags.iter() {
        out.u32(number)?;
        out.text(name)?;
        out.u32(rows.serialized_size() as u32)?;
        rows.serialize_into(&mut *out)?;
    }
    let centre = live.centre.as_deref().map_or(&[][..], Vec::as_slice);
    out.u32(centre.len() as u32)?;
    for value in centre {
        out.u32(value.to_bits())?;
    }
    out.u64(live.keeps.rows)?;
    out.u32(live.keeps.ten)?;
    out.u32(live.keeps.hundred)
}

/// One record after another.
struct Records<'b> {
    touched: RoaringBitmap,
    tags: Vec<(u32, &'b str)>,
    changes: Vec<(u32, bool)>,
}

fn read_records(mut bytes: &[u8]) -> Option<Records<'_>> {
    let mut records = Records { touched: RoaringBitmap::new(), tags: Vec::new(), changes: Vec::new() };
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk()?;
        let (record, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        bytes = rest;
        let mut reading = Reading::checked(record)?;
        for _ in 0..reading.u32()? {
            records.tags.push((reading.u32()?, reading.text()?));
        }
        for _ in 0..reading.u32()? {
            let change = reading.u32()?;
            records.touched.insert(change >> 1);
            records.changes.push((change >> 1, change & 1 == 1));
        }
    }
    Some(records)
}

/// A record with a fitting checksum, so that what is behind it is read.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    if let Some(record) = super::wire::with_checksum(bytes) {
        let mut framed = (record.len() as u32).to_le_bytes().to_vec();
        framed.extend(record);
        let _ = read_records(&framed);
    }
}

/// Answers how many changes the records held.
fn read(bytes: &[u8], base: usize, live: &mut Live) -> Option<u64> {
    let (base, records) = bytes.split_at_checked(base)?;
    let (mut base, records) = (Reading::checked(base)?, read_records(records)?);
    let capacity = live.rows.capacity() as u64;
    live.used = base.u32()?;
    let mut masks = Vec::new();
    for _ in 0..base.u32()? {
        masks.push(base.u32()?);
    }
    for &(slot, linked) in &records.changes {
        live.used = live.used.max(slot + 1);
        let block = slot as usize / BLOCK_ROWS;
        if u64::from(slot) >= capacity {
            return None;
        }
        masks.resize(masks.len().max(block + 1), 0);
        let bit = 1 << (slot as usize % BLOCK_ROWS);
        masks[block] = if linked { masks[block] | bit } else { masks[block] & !bit };
    }
    if u64::from(live.used) > capacity || masks.len() > (live.used as usize).div_ceil(BLOCK_ROWS) {
        return None;
    }
    live.count = masks.iter().map(|mask| u64::from(mask.count_ones())).sum();
    live.masks = Arc::new(masks);
    let documents = base.u32()?;
    live.docs.reserve(live.count as usize);
    for _ in 0..documents {
        let (hash, slot) = (base.u32()?, base.u32()?);
        (slot < live.used).then_some(())?;
        if !records.touched.contains(slot) {
            live.docs.insert(hash, slot);
        }
    }
    for _ in 0..base.u32()? {
        let number = base.u32()?;
        let named = live.tags.name(number, base.text()?);
        let length = base.u32()? as usize;
        let rows = RoaringBitmap::deserialize_from(base.take(length)?).ok()?;
        let inside = rows.max().is_none_or(|slot| slot < live.used);
        (named && inside && live.tags.set_rows(number, rows)).then_some(())?;
    }
    let mut centre = Vec::new();
    for _ in 0..base.u32()? {
        centre.push(f32::from_bits(base.u32()?));
    }
    if !centre.is_empty() {
        (centre.len() == live.rows.layout.padded).then_some(())?;
        live.centre = Some(Arc::new(centre));
    }
    live.keeps = Keeps { rows: base.u64()?, ten: base.u32()?, hundred: base.u32()? };
    replay(&records, live)?;
    (live.docs.len() as u64 == live.count).then_some(records.changes.len() as u64)
}

/// Takes the rows that the records name as they are now.
fn replay(records: &Records<'_>, live: &mut Live) -> Option<()> {
    live.tags.remove_all(&records.touched);
    for (number, name) in &records.tags {
        live.tags.name(*number, name).then_some(())?;
    }
    let masks = Arc::clone(&live.masks);
    for slot in records.touched.iter().filter(|slot| is_set(&masks, *slot)) {
        let meta = live.rows.meta(slot)?;
        live.docs.insert(live.docs.hash(meta.doc), slot);
        for &tag in meta.tags.known()? {
            live.tags.add(tag, slot).then_some(())?;
        }
    }
    live.tags.settle();
    Some(())
}
