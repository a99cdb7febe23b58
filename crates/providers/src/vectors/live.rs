//! What searches and the writer share: which rows are seen, and how to find them.

use jarvis_core::{
    ports::VectorFilter,
    types::{DocRef, OutboxSeq},
};
use roaring::RoaringBitmap;
use std::sync::Arc;

use super::{calibrate::Keeps, docs::Docs, layout::BLOCK_ROWS, rotation::Rotation, slab::Rows, tags::Tags};

/// The state of a collection. Kept behind a lock that is held for microseconds: a search takes a [`View`] and lets go.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) rows: Arc<Rows>,
    pub(crate) rotation: Arc<Rotation>,
    /// Slots that were ever used.
    pub(crate) used: u32,
    /// One bit for each slot, a number for each block: whether it is seen.
    pub(crate) masks: Arc<Vec<u32>>,
    pub(crate) count: u64,
    pub(crate) docs: Docs,
    pub(crate) tags: Tags,
    /// The rotated centre of the rows, once there are enough of them; only then have rows sign bits.
    pub(crate) centre: Option<Arc<Vec<f32>>>,
    pub(crate) keeps: Keeps,
    pub(crate) applied: OutboxSeq,
    /// What would survive a crash.
    pub(crate) position: OutboxSeq,
    /// Held by every search that may see what is unlinked from now on.
    pub(crate) pin: Arc<()>,
    /// It was removed.
    pub(crate) gone: bool,
    /// What is wrong and what to do.
    pub(crate) problem: Option<&'static str>,
}

/// What a search sees, whatever is changed meanwhile.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) rows: Arc<Rows>,
    pub(crate) rotation: Arc<Rotation>,
    pub(crate) masks: Arc<Vec<u32>>,
    pub(crate) count: u64,
    pub(crate) centre: Option<Arc<Vec<f32>>>,
    pub(crate) keeps: Keeps,
    /// Rows of the filter's tags.
    pub(crate) all: Vec<Vec<Arc<RoaringBitmap>>>,
    pub(crate) none: Vec<Arc<RoaringBitmap>>,
    _pin: Arc<()>,
}

impl Live {
    /// Nothing yet.
    pub(crate) fn empty(rows: Arc<Rows>, rotation: Arc<Rotation>, seed: u64) -> Self {
        Self {
            rows,
            rotation,
            used: 0,
            masks: Arc::default(),
            count: 0,
            docs: Docs::new(seed),
            tags: Tags::default(),
            centre: None,
            keeps: Keeps::default(),
            applied: 0,
            position: 0,
            pin: Arc::default(),
            gone: false,
            problem: None,
        }
    }

    pub(crate) fn view(&self, filter: &VectorFilter) -> View {
        let bitmaps = |tags: &Vec<_>| {
            let tags = tags.iter().map(|tag: &jarvis_core::ports::Tag| self.tags.get(&tag.0));
            tags.flatten().map(Arc::clone).collect()
        };
        View {
            rows: Arc::clone(&self.rows),
            rotation: Arc::clone(&self.rotation),
            masks: Arc::clone(&self.masks),
            count: self.count,
            centre: self.centre.clone(),
            keeps: self.keeps,
            all: filter.all.iter().map(bitmaps).collect(),
            none: bitmaps(&filter.none),
            _pin: Arc::clone(&self.pin),
        }
    }

    /// The slot of a document.
    pub(crate) fn slot(&self, doc: DocRef) -> Option<u32> {
        self.docs.find(self.docs.hash(doc), |slot| self.rows.meta(slot).is_some_and(|meta| meta.doc == doc))
    }

    /// Makes a written row seen. False when the row is not what it should be.
    pub(crate) fn link(&mut self, slot: u32, tags: &[u32]) -> bool {
        let Some(meta) = self.rows.meta(slot) else { return false };
        self.docs.insert(self.docs.hash(meta.doc), slot);
        let tagged = tags.iter().all(|&tag| self.tags.add(tag, slot));
        self.see(slot);
        tagged
    }

    fn see(&mut self, slot: u32) {
        let (block, row) = (slot as usize / BLOCK_ROWS, slot as usize % BLOCK_ROWS);
        let masks = Arc::make_mut(&mut self.masks);
        if masks.len() <= block {
            masks.resize(block + 1, 0);
        }
        masks[block] |= 1 << row;
        self.count += 1;
        self.used = self.used.max(slot + 1);
    }

    /// Makes a row unseen.
    pub(crate) fn unlink(&mut self, slot: u32) {
        if !is_set(&self.masks, slot) {
            return self.tags.remove(slot, None);
        }
        Arc::make_mut(&mut self.masks)[slot as usize / BLOCK_ROWS] &= !(1 << (slot as usize % BLOCK_ROWS));
        self.count -= 1;
        let Some(meta) = self.rows.meta(slot) else {
            return self.tags.remove(slot, None);
        };
        self.docs.remove(self.docs.hash(meta.doc), slot);
        self.tags.remove(slot, meta.tags.known());
    }
}

pub(crate) fn is_set(masks: &[u32], slot: u32) -> bool {
    masks.get(slot as usize / BLOCK_ROWS).is_some_and(|mask| mask >> (slot as usize % BLOCK_ROWS) & 1 == 1)
}

/// The slots that are set, ascending.
pub(crate) fn slots(masks: &[u32]) -> impl Iterator<Item = u32> {
    masks.iter().enumerate().flat_map(|(block, &mask)| {
        let mut left = mask;
        std::iter::from_fn(move || {
            let row = left.trailing_zeros();
            left &= left.checked_sub(1)?;
            Some((block * BLOCK_ROWS) as u32 + row)
        })
    })
}
