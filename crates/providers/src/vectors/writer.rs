//! The one who changes a collection. Everything here blocks and runs off the async workers, one at a time.

use jarvis_core::{
    Error, ErrorKind, Result,
    ports::{Tag, VectorChange, VectorDocument, VectorEntry},
    types::OutboxSeq,
};
use std::{
    io, mem,
    sync::{Arc, PoisonError, RwLock},
    thread,
    time::{Duration, Instant},
};

use super::{
    calibrate::calibrate,
    checkpoint::{Pending, State},
    header::Header,
    layout::CHUNK_ROWS,
    live::{Live, slots},
    row::{Row, RowTags, Signs},
    slab::Slab,
};

/// Changes applied under one lock.
const BATCH: usize = 256;
/// Rows of a tag that are deleted under one lock.
const DELETED_AT_ONCE: usize = 1_024;
/// Slots at most; one bit of a slot's number tells whether it is seen.
pub(crate) const MAX_SLOTS: usize = 1 << 31;
/// How long a commit waits for searches that still see what it is to erase.
const ERASE_WAIT: Duration = Duration::from_secs(30);

/// Where checkpoints go.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) header: Header,
    pub(crate) state: State,
}

#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) slab: Slab,
    /// None in memory.
    pub(crate) store: Option<Store>,
    /// Slots that may be used again, from the highest down.
    pub(crate) free: Vec<u32>,
    /// Unlinked since the last commit, or not yet erased.
    pub(crate) freed: Vec<u32>,
    /// Of searches that may still see what is freed.
    pub(crate) pins: Vec<Arc<()>>,
    /// The next slot never used.
    pub(crate) end: u32,
    pub(crate) pending: Pending,
    /// Rows from which on there are sign bits.
    pub(crate) cascade_rows: usize,
}

pub(crate) fn read<T>(live: &RwLock<Live>, read: impl FnOnce(&Live) -> T) -> T {
    read(&live.read().unwrap_or_else(PoisonError::into_inner))
}

pub(crate) fn write<T>(live: &RwLock<Live>, write: impl FnOnce(&mut Live) -> T) -> T {
    write(&mut live.write().unwrap_or_else(PoisonError::into_inner))
}

impl Writer {
    /// Applies changes that are new. What precedes a failure stays applied.
    pub(crate) fn apply(&mut self, live: &RwLock<Live>, entries: Vec<VectorEntry>) -> Result<()> {
        let applied = read(live, |live| live.applied);
        let mut batch = Vec::new();
        for VectorEntry { seq, change } in entries.into_iter().filter(|entry| entry.seq == 0 || entry.seq > applied) {
            match change {
                VectorChange::DeleteTagged(tag) => {
                    self.apply_batch(live, mem::take(&mut batch))?;
                    self.delete_tagged(live, &tag, seq);
                }
                change => batch.push((seq, change)),
            }
            if batch.len() == BATCH {
                self.apply_batch(live, mem::take(&mut batch))?;
            }
        }
        self.apply_batch(live, batch)?;
        if let Err(cause) = self.tune(live) {
            // searches go on as they did; the next change tries again
            tracing::warn!(vectors.cause = %cause, "the vectors' sign bits cannot be written");
        }
        Ok(())
    }

    fn apply_batch(&mut self, live: &RwLock<Live>, batch: Vec<(OutboxSeq, VectorChange)>) -> Result<()> {
        let upserts = batch.iter().filter(|(_, change)| matches!(change, VectorChange::Upsert(_))).count();
        let (had_free, had_end) = (self.free.len(), self.end);
        let slots = self.allocate(upserts)?;
        let mut tags = Vec::with_capacity(upserts);
        let mut changes = Vec::with_capacity(batch.len());
        let mut documents = Vec::with_capacity(upserts);
        for (seq, change) in batch {
            match change {
                VectorChange::Upsert(document) => {
                    tags.push(self.number_tags(live, &document.tags));
                    changes.push((seq, Change::Link(slots[documents.len()], document.doc)));
                    documents.push(document);
                }
                VectorChange::Delete(doc) => changes.push((seq, Change::Unlink(doc))),
                VectorChange::DeleteTagged(_) => {}
            }
        }
        let written = self.write_rows(live, &slots, documents, &tags);
        write(live, |live| {
            if let Err(cause) = written {
                live.tags.sweep();
                let reused = had_free - self.free.len();
                self.free.extend(slots[..reused].iter().rev());
                self.end = had_end;
                return Err(cannot_write(cause));
            }
            live.rows = Arc::clone(self.slab.rows());
            let mut tags = tags.iter();
            for (seq, change) in changes {
                match change {
                    Change::Link(slot, doc) => {
                        if let Some(old) = live.slot(doc) {
                            self.unlink(live, old);
                        }
                        let tags = tags.next().map_or(&[][..], Vec::as_slice);
                        self.pending.whole |= RowTags::new(tags).known().is_none();
                        self.pending.touched.insert(slot);
                        live.link(slot, tags);
                    }
                    Change::Unlink(doc) => {
                        if let Some(slot) = live.slot(doc) {
                            self.unlink(live, slot);
                        }
                    }
                }
                live.applied = live.applied.max(seq);
            }
            self.sweep(live);
            Ok(())
        })
    }

    /// Slots for new rows, ascending: free ones, lowest first, then new ones. Nothing is taken when there is no room.
    fn allocate(&mut self, count: usize) -> Result<Vec<u32>> {
        let reused = count.min(self.free.len());
        let added = count - reused;
        let end = self.end as usize + added;
        if end > MAX_SLOTS {
            return Err(
                ErrorKind::TooLarge.error("this collection is full; delete documents or use several collections")
            );
        }
        self.slab.reserve(end).map_err(cannot_write)?;
        let mut slots = self.free.split_off(self.free.len() - reused);
        slots.reverse();
        slots.extend(self.end..end as u32);
        self.end = end as u32;
        Ok(slots)
    }

    fn number_tags(&mut self, live: &RwLock<Live>, tags: &[Tag]) -> Vec<u32> {
        write(live, |live| {
            let mut numbers: Vec<u32> = Vec::with_capacity(tags.len());
            for tag in tags {
                let (number, is_new) = live.tags.number(&tag.0);
                if is_new {
                    self.pending.tags.push((number, tag.0.clone().into_owned()));
                }
                if !numbers.contains(&number) {
                    numbers.push(number);
                }
            }
            numbers
        })
    }

    fn write_rows(
        &self,
        live: &RwLock<Live>,
        slots: &[u32],
        documents: Vec<VectorDocument>,
        tags: &[Vec<u32>],
    ) -> io::Result<()> {
        let (rotation, centre) = read(live, |live| (Arc::clone(&live.rotation), live.centre.clone()));
        let centre = centre.as_deref().map(Vec::as_slice);
        let mut rows = Vec::with_capacity(slots.len());
        for ((&slot, document), tags) in slots.iter().zip(documents).zip(tags) {
            let VectorDocument { doc, vector, created_at, .. } = document;
            rows.push((slot, Row::new(doc, created_at.as_micros(), vector, RowTags::new(tags), &rotation, centre)));
        }
        self.slab.write(&rows)
    }

    fn unlink(&mut self, live: &mut Live, slot: u32) {
        live.unlink(slot);
        self.pending.touched.insert(slot);
        self.freed.push(slot);
    }

    /// The name of a tag without rows must not stay in the side file.
    fn sweep(&mut self, live: &mut Live) {
        self.pending.whole |= live.tags.sweep();
    }

    fn delete_tagged(&mut self, live: &RwLock<Live>, tag: &Tag, seq: OutboxSeq) {
        loop {
            let is_done = write(live, |live| {
                let Some(rows) = live.tags.get(&tag.0) else { return true };
                for slot in rows.iter().take(DELETED_AT_ONCE).collect::<Vec<_>>() {
                    self.unlink(live, slot);
                }
                self.sweep(live);
                false
            });
            if is_done {
                break;
            }
        }
        write(live, |live| live.applied = live.applied.max(seq));
    }

    /// Notes that everything up to a position is applied.
    pub(crate) fn resume_at(live: &RwLock<Live>, position: OutboxSeq) {
        write(live, |live| live.applied = live.applied.max(position));
    }

    /// Gives the rows sign bits once they are many, and measures again when they have doubled.
    fn tune(&mut self, live: &RwLock<Live>) -> io::Result<()> {
        let view = read(live, |live| live.view(&jarvis_core::ports::VectorFilter::default()));
        if view.count < self.cascade_rows.max(1) as u64 || !view.keeps.is_due(view.count) {
            return Ok(());
        }
        let started = Instant::now();
        let centre = match view.centre.clone() {
            Some(centre) => centre,
            None => self.give_signs(&view)?,
        };
        let keeps = calibrate(&view, &centre);
        write(live, |live| (live.centre, live.keeps) = (Some(centre), keeps));
        self.pending.whole = true;
        tracing::info!(
            vectors.rows = view.count,
            vectors.keep_ten = keeps.ten,
            vectors.keep_hundred = keeps.hundred,
            vectors.took_ms = started.elapsed().as_millis() as u64,
            "measured how much of the vectors' first pass must be kept"
        );
        Ok(())
    }

    /// Finds the centre and writes the sign bits of every row; nobody reads them before the centre is known.
    fn give_signs(&self, view: &super::live::View) -> io::Result<Arc<Vec<f32>>> {
        let mut sums = vec![0.0_f64; view.rows.layout.padded];
        for slot in slots(&view.masks) {
            let (bytes, scale) = view.rows.bytes(slot);
            for (sum, byte) in sums.iter_mut().zip(bytes) {
                *sum += f64::from(*byte) * f64::from(scale);
            }
        }
        let centre: Vec<f32> = sums.into_iter().map(|sum| (sum / view.count as f64) as f32).collect();
        let all: Vec<u32> = slots(&view.masks).collect();
        for slots in all.chunks(CHUNK_ROWS) {
            let signs = |slot| Signs::new(&view.rotation.apply(view.rows.floats(slot)), &centre);
            let rows: Vec<(u32, Signs)> = slots.iter().map(|&slot| (slot, signs(slot))).collect();
            self.slab.write_signs(rows.iter().map(|(slot, signs)| (*slot, signs)))?;
        }
        Ok(Arc::new(centre))
    }

    /// Makes everything applied durable, and erases what was deleted.
    pub(crate) fn commit(&mut self, live: &RwLock<Live>) -> Result<OutboxSeq> {
        let committed = self.checkpoint(live).and_then(|applied| {
            self.erase_freed(live)?;
            Ok(applied)
        });
        write(live, |live| live.problem = committed.as_ref().err().map(|_| PROBLEM));
        committed
    }

    fn checkpoint(&mut self, live: &RwLock<Live>) -> Result<OutboxSeq> {
        let (applied, position) = read(live, |live| (live.applied, live.position));
        let is_clean = self.pending.touched.is_empty() && !self.pending.whole;
        if is_clean && applied == position {
            return Ok(applied);
        }
        if let Some(Store { header, state }) = &mut self.store {
            let mut next = Header { generation: header.generation + 1, position: applied, ..header.clone() };
            let written = (|| {
                if !is_clean {
                    self.slab.file().sync_data()?;
                }
                // searches go on: only a writer would wait for this lock, and that is us
                read(live, |live| state.write(live, &self.pending, &mut next))?;
                next.write(self.slab.file())
            })();
            if let Err(cause) = written {
                // what was written may be there in part: the next attempt does not build on it
                self.pending.whole = true;
                return Err(cannot_write(cause));
            }
            if header.state != next.state {
                state.tidy();
            }
            *header = next;
        }
        self.pending = Pending::default();
        write(live, |live| live.position = applied);
        Ok(applied)
    }

    /// Overwrites the rows that were unlinked, once no search sees them any more; then their slots are free.
    fn erase_freed(&mut self, live: &RwLock<Live>) -> Result<()> {
        if self.freed.is_empty() {
            return Ok(());
        }
        self.pins.push(write(live, |live| mem::take(&mut live.pin)));
        let started = Instant::now();
        while self.pins.iter().any(|pin| Arc::strong_count(pin) > 1) {
            if started.elapsed() > ERASE_WAIT {
                return Err(ErrorKind::Unavailable
                    .error("searches do not end; deleted vectors are overwritten when they do, so try again")
                    .with_retry_after(Duration::from_secs(1)));
            }
            thread::sleep(Duration::from_micros(200));
        }
        self.pins.clear();
        self.freed.sort_unstable();
        self.slab.erase(&self.freed).map_err(cannot_write)?;
        self.free.append(&mut self.freed);
        self.free.sort_unstable_by(|a, b| b.cmp(a));
        Ok(())
    }
}

/// A change whose row, if any, is written.
enum Change {
    Link(u32, jarvis_core::types::DocRef),
    Unlink(jarvis_core::types::DocRef),
}

const PROBLEM: &str = "vectors cannot be written, so the last changes are not durable; free some disk space";

/// What a failing disk means to the caller.
pub(crate) fn cannot_write(cause: io::Error) -> Error {
    let retry = Duration::from_secs(5);
    if matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        return ErrorKind::StorageFull
            .error("the disk is full, so vectors cannot be written; free some space, then try again")
            .with_source(cause)
            .with_retry_after(retry);
    }
    ErrorKind::Unavailable
        .error("vectors cannot be written; check the disk and the data directory's permissions")
        .with_source(cause)
        .with_retry_after(retry)
}
