//! Which slot a document has: an open-addressed table of 8 bytes an entry (linear probing, deletion by shifting back), so
//! that a million documents take 16 MB. An entry holds 32 bits of the document's hash; whoever looks compares the rest
//! with the row.

use jarvis_core::types::DocRef;

use super::row::kind_byte;

/// Empty is 0; otherwise the hash above, the slot + 1 below.
#[derive(Debug, Default)]
pub(crate) struct Docs {
    entries: Vec<u64>,
    count: usize,
    seed: u64,
}

impl Docs {
    /// An empty table; a secret seed keeps clients from choosing ids that collide.
    pub(crate) fn new(seed: u64) -> Self {
        Self { entries: Vec::new(), count: 0, seed }
    }

    pub(crate) fn hash(&self, doc: DocRef) -> u32 {
        let (high, low) = doc.id.as_u64_pair();
        let mix = |a: u64, b: u64| {
            let product = u128::from(a) * u128::from(b);
            (product >> 64) as u64 ^ product as u64
        };
        let first = mix(high ^ self.seed, 0x9e37_79b9_7f4a_7c15 ^ u64::from(kind_byte(doc.kind)));
        (mix(first ^ low, self.seed ^ 0xe703_7ed1_a0b4_28db) >> 32) as u32
    }

    /// The slot with this hash which `is_it` says is the one.
    pub(crate) fn find(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        self.place(hash, is_it).map(|place| slot_of(self.entries[place]))
    }

    /// Adds a slot that is not there yet.
    pub(crate) fn insert(&mut self, hash: u32, slot: u32) {
        if (self.count + 1) * 5 > self.entries.len() * 4 {
            self.grow();
        }
        let mask = self.entries.len() - 1;
        let mut place = hash as usize & mask;
        while self.entries[place] != 0 {
            place = (place + 1) & mask;
        }
        self.entries[place] = u64::from(hash) << 32 | u64::from(slot + 1);
        self.count += 1;
    }

    pub(crate) fn remove(&mut self, hash: u32, slot: u32) {
        let Some(mut hole) = self.place(hash, |other| other == slot) else { return };
        let mask = self.entries.len() - 1;
        let mut next = (hole + 1) & mask;
        while self.entries[next] != 0 {
            let home = hash_of(self.entries[next]) as usize & mask;
            // it may move back only as far as its home
            if (next.wrapping_sub(home) & mask) >= (next.wrapping_sub(hole) & mask) {
                self.entries[hole] = self.entries[next];
                hole = next;
            }
            next = (next + 1) & mask;
        }
        self.entries[hole] = 0;
        self.count -= 1;
    }

    /// Hash and slot of every document.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u32, u32)> {
        self.entries.iter().filter(|entry| **entry != 0).map(|entry| (hash_of(*entry), slot_of(*entry)))
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    fn place(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Option<usize> {
        let mask = self.entries.len().checked_sub(1)?;
        let mut place = hash as usize & mask;
        while self.entries[place] != 0 {
            if hash_of(self.entries[place]) == hash && is_it(slot_of(self.entries[place])) {
                return Some(place);
            }
            place = (place + 1) & mask;
        }
        None
    }

    fn grow(&mut self) {
        self.reserve(self.entries.len().max(8));
    }

    /// Makes room for so many documents.
    pub(crate) fn reserve(&mut self, documents: usize) {
        let size = (documents.max(8) * 5 / 4 + 1).next_power_of_two();
        if size <= self.entries.len() {
            return;
        }
        let old = std::mem::replace(&mut self.entries, vec![0; size]);
        for entry in old.into_iter().filter(|entry| *entry != 0) {
            let mut place = hash_of(entry) as usize & (size - 1);
            while self.entries[place] != 0 {
                place = (place + 1) & (size - 1);
            }
            self.entries[place] = entry;
        }
    }
}

fn hash_of(entry: u64) -> u32 {
    (entry >> 32) as u32
}

fn slot_of(entry: u64) -> u32 {
    (entry as u32).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::rotation::Random;
    use std::collections::BTreeMap;

    #[test]
    fn behaves_as_a_map_even_where_hashes_collide() {
        let mut random = Random::new(11);
        let (mut docs, mut model) = (Docs::new(1), BTreeMap::new());
        for slot in 0..4_000_u32 {
            let hash = (random.next() % 900) as u32 * 97;
            docs.insert(hash, slot);
            model.insert(slot, hash);
            if random.next().is_multiple_of(3) {
                let gone = (random.next() % u64::from(slot + 1)) as u32;
                match model.remove(&gone) {
                    Some(hash) => docs.remove(hash, gone),
                    None => docs.remove(7, gone),
                }
            }
            assert_eq!(docs.len(), model.len());
        }
        let mut entries: Vec<(u32, u32)> = docs.entries().map(|(hash, slot)| (slot, hash)).collect();
        entries.sort_unstable();
        assert_eq!(entries, model.iter().map(|(slot, hash)| (*slot, *hash)).collect::<Vec<_>>());
        for (&slot, &hash) in &model {
            assert_eq!(docs.find(hash, |other| other == slot), Some(slot));
        }
        assert_eq!(docs.find(5, |_| false), None);
    }
}
