//! Which documents of a segment may be an answer.

use jarvis_core::text::search::{Phrase, Question};
use std::io;
use tantivy::{
    DocId, DocSet as _,
    postings::{Postings as _, SegmentPostings},
    schema::IndexRecordOption,
};

use super::{
    committed::{Leaf, List},
    filters::Filters,
    phrase::stand_together,
    snapshot::documents,
};

/// Whether documents of a segment are in the filters and meet a question's conditions. Asked in ascending order.
pub(crate) struct Admission<'l> {
    leaf: &'l Leaf<'l>,
    filters: &'l Filters,
    looks_at_facts: bool,
    looks_at_time: bool,
    conversation: Option<List>,
    phrases: Vec<PhraseMatcher>,
    excluded: Vec<PhraseMatcher>,
    impossible: bool,
}

impl<'l> Admission<'l> {
    pub(crate) fn open(leaf: &'l Leaf<'l>, filters: &'l Filters, question: &Question) -> tantivy::Result<Self> {
        let times = &leaf.segment.created_at;
        let mut impossible = leaf.owned.is_none() || !filters.allows_some_time(times.min_value(), times.max_value());
        let mut conversation = None;
        if let Some(id) = filters.conversation {
            let inverted = &leaf.segment.conversations;
            match inverted.terms().get(id.as_uuid().as_bytes())? {
                Some(info) => conversation = Some(documents(inverted, &info)?),
                None => impossible = true,
            }
        }
        let matchers = |phrases: &[Phrase]| -> io::Result<Vec<PhraseMatcher>> {
            phrases.iter().map(|phrase| PhraseMatcher::open(leaf, phrase, filters)).collect()
        };
        let (phrases, excluded) = (matchers(&question.phrases)?, matchers(&question.excluded)?);
        Ok(Self {
            leaf,
            filters,
            looks_at_facts: filters.looks_at_facts(),
            looks_at_time: filters.looks_at_time(),
            conversation,
            phrases,
            excluded,
            impossible,
        })
    }

    /// Whether nothing here can be admitted.
    pub(crate) fn is_impossible(&self) -> bool {
        self.impossible
    }

    /// Filters and conditions.
    pub(crate) fn admits(&mut self, doc: DocId) -> bool {
        self.admits_filters(doc) && self.meets_conditions(doc)
    }

    /// Filters only; the document is the asker's.
    pub(crate) fn admits_filters(&mut self, doc: DocId) -> bool {
        !self.impossible
            && self.leaf.segment.is_alive(doc)
            && self.leaf.dead.is_none_or(|dead| !dead.contains(&doc))
            && (!self.looks_at_facts || self.filters.allows_facts(self.leaf.segment.facts(doc)))
            && (!self.looks_at_time || self.filters.allows_time(self.leaf.segment.created_at.get_val(doc)))
            && self.conversation.as_mut().is_none_or(|list| list.seek(doc) == doc)
    }

    /// Phrases and excluded words only.
    pub(crate) fn meets_conditions(&mut self, doc: DocId) -> bool {
        self.phrases.iter_mut().all(|phrase| phrase.matches(doc))
            && !self.excluded.iter_mut().any(|phrase| phrase.matches(doc))
    }
}

/// A phrase in a segment.
struct PhraseMatcher {
    /// For each word, the postings of its forms.
    words: Vec<Vec<SegmentPostings>>,
    places: Vec<Vec<u32>>,
    buffer: Vec<u32>,
}

impl PhraseMatcher {
    fn open(leaf: &Leaf<'_>, phrase: &Phrase, filters: &Filters) -> io::Result<Self> {
        let mut words = Vec::with_capacity(phrase.words.len());
        for forms in &phrase.words {
            let lists = leaf.infos(forms, filters)?.into_iter().map(|(is_stop, info)| {
                leaf.inverted(is_stop).read_postings_from_terminfo(&info, IndexRecordOption::WithFreqsAndPositions)
            });
            words.push(lists.collect::<io::Result<Vec<_>>>()?);
        }
        Ok(Self { places: vec![Vec::new(); words.len()], words, buffer: Vec::new() })
    }

    fn matches(&mut self, doc: DocId) -> bool {
        let mut has = |lists: &mut Vec<SegmentPostings>| {
            lists.iter_mut().fold(false, |found, list| {
                if list.doc() < doc {
                    list.seek(doc);
                }
                found | (list.doc() == doc)
            })
        };
        if !self.words.iter_mut().all(&mut has) {
            return false;
        }
        if self.words.len() == 1 {
            return true;
        }
        for (lists, places) in self.words.iter_mut().zip(&mut self.places) {
            places.clear();
            for list in lists.iter_mut().filter(|list| list.doc() == doc) {
                list.positions(&mut self.buffer);
                places.append(&mut self.buffer);
            }
        }
        stand_together(&mut self.places)
    }
}
