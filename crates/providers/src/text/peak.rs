//! How high a term can score in a segment.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use tantivy::{TERMINATED, fieldnorm::FieldNormReader};

use super::committed::List;

/// Terms remembered in a segment.
const MAX_PEAKS: usize = 4096;

/// Shorter lists are read as fast as bounded.
const WORTH_IT: usize = 256;

/// The shortest documents in which a term occurs once, twice and more often, by length code, and how often at most.
/// From these the highest score follows for any statistics, far below what endless repetition would give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Peak {
    pub(crate) once: Option<u8>,
    pub(crate) twice: Option<u8>,
    pub(crate) more: Option<u8>,
    pub(crate) highest: u32,
}

impl Peak {
    fn of(mut list: List, lengths: &FieldNormReader) -> Self {
        let mut peak = Self::default();
        list.drain_until(TERMINATED, |doc, frequency| {
            let shortest = match frequency {
                1 => &mut peak.once,
                2 => &mut peak.twice,
                _ => &mut peak.more,
            };
            let code = lengths.fieldnorm_id(doc);
            *shortest = Some(shortest.map_or(code, |shortest| shortest.min(code)));
            peak.highest = peak.highest.max(frequency);
        });
        peak
    }
}

/// Peaks of a segment's terms, found when they are first needed: a segment never changes.
#[derive(Debug, Default)]
pub(crate) struct Peaks(Mutex<HashMap<(bool, usize), Peak>>);

impl Peaks {
    /// The peak of a list that is at its start; none for short ones.
    pub(crate) fn of(&self, list: &List, lengths: &FieldNormReader) -> Option<Peak> {
        if list.len() < WORTH_IT {
            return None;
        }
        if let Some(peak) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&list.name()) {
            return Some(*peak);
        }
        // found without the lock: searches beside this one need not wait
        let peak = Peak::of(list.clone(), lengths);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_PEAKS {
            known.clear();
        }
        known.insert(list.name(), peak);
        Some(peak)
    }
}
