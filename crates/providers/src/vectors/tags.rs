//! Which rows have a tag.

use roaring::RoaringBitmap;
use std::{collections::HashMap, mem, sync::Arc};

/// A bitmap of rows for each tag. Tags have numbers, which rows note; a tag without rows is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    numbers: HashMap<Arc<str>, u32>,
    entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    /// Numbers of tags that have no rows, or had none for a moment.
    emptied: Vec<u32>,
}

#[derive(Debug)]
struct Entry {
    name: Arc<str>,
    rows: Arc<RoaringBitmap>,
}

impl Tags {
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<RoaringBitmap>> {
        let number = *self.numbers.get(name)?;
        self.entries[number as usize].as_ref().map(|entry| &entry.rows)
    }

    /// The number of a tag, which is made when it is not there; and whether it was made.
    pub(crate) fn number(&mut self, name: &str) -> (u32, bool) {
        if let Some(&number) = self.numbers.get(name) {
            return (number, false);
        }
        let number = self.free.pop().unwrap_or(self.entries.len() as u32);
        self.name(number, name);
        self.emptied.push(number);
        (number, true)
    }

    /// Gives a number a name and no rows. False when the number is too far from the others to be true.
    pub(crate) fn name(&mut self, number: u32, name: &str) -> bool {
        let at = number as usize;
        if at > self.entries.len() + (1 << 20) {
            return false;
        }
        if at >= self.entries.len() {
            self.entries.resize_with(at + 1, || None);
        }
        let name: Arc<str> = name.into();
        let entry = Entry { name: Arc::clone(&name), rows: Arc::default() };
        if let Some(old) = self.entries[at].replace(entry) {
            self.numbers.remove(&old.name);
        }
        self.numbers.insert(name, number);
        true
    }

    /// Sets a tag's rows. False when there is no such tag.
    pub(crate) fn set_rows(&mut self, number: u32, rows: RoaringBitmap) -> bool {
        self.entry(number).map(|entry| entry.rows = Arc::new(rows)).is_some()
    }

    /// Notes that a row has a tag. False when there is no such tag.
    pub(crate) fn add(&mut self, number: u32, slot: u32) -> bool {
        self.entry(number).map(|entry| Arc::make_mut(&mut entry.rows).insert(slot)).is_some()
    }

    /// Takes a row out of the tags it noted, or out of all.
    pub(crate) fn remove(&mut self, slot: u32, known: Option<&[u32]>) {
        match known {
            Some(numbers) => numbers.iter().for_each(|&number| self.remove_from(number, slot)),
            None => (0..self.entries.len() as u32).for_each(|number| self.remove_from(number, slot)),
        }
    }

    fn remove_from(&mut self, number: u32, slot: u32) {
        let Some(entry) = self.entry(number).filter(|entry| entry.rows.contains(slot)) else { return };
        let rows = Arc::make_mut(&mut entry.rows);
        rows.remove(slot);
        if rows.is_empty() {
            self.emptied.push(number);
        }
    }

    /// Forgets what was emptied and stayed so; answers whether there was any. Not before the rows that got numbers are
    /// added, because those stand in the rows.
    pub(crate) fn sweep(&mut self) -> bool {
        let mut swept = false;
        for number in mem::take(&mut self.emptied) {
            if self.entry(number).is_some_and(|entry| entry.rows.is_empty()) {
                self.forget(number);
                swept = true;
            }
        }
        swept
    }

    /// Takes rows out of all tags, and keeps those that are emptied.
    pub(crate) fn remove_all(&mut self, rows: &RoaringBitmap) {
        for entry in self.entries.iter_mut().flatten() {
            if !entry.rows.is_disjoint(rows) {
                *Arc::make_mut(&mut entry.rows) -= rows;
            }
        }
    }

    /// Forgets tags that have no rows, and finds the numbers that are free.
    pub(crate) fn settle(&mut self) {
        self.free.clear();
        self.emptied.clear();
        for number in 0..self.entries.len() as u32 {
            match &self.entries[number as usize] {
                Some(entry) if entry.rows.is_empty() => self.forget(number),
                Some(_) => {}
                None => self.free.push(number),
            }
        }
    }

    fn forget(&mut self, number: u32) {
        if let Some(entry) = self.entries.get_mut(number as usize).and_then(Option::take) {
            self.numbers.remove(&entry.name);
            self.free.push(number);
        }
    }

    fn entry(&mut self, number: u32) -> Option<&mut Entry> {
        self.entries.get_mut(number as usize)?.as_mut()
    }

    /// Number, name and rows of each.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &str, &RoaringBitmap)> {
        let entries = (0..).zip(&self.entries);
        entries.filter_map(|(number, entry)| entry.as_ref().map(|entry| (number, &*entry.name, &*entry.rows)))
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }
}
