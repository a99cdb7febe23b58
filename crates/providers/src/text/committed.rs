//! Reading what is committed: one segment of the index, for one question.

use jarvis_core::text::search::{Form, Question, Term};
use std::{collections::HashSet, io};
use tantivy::{
    DocId, InvertedIndexReader, TERMINATED,
    postings::{BlockSegmentPostings, TermInfo},
    schema::IndexRecordOption,
};

use super::{
    admission::Admission,
    expansion::within,
    filters::Filters,
    schema::write_term,
    snapshot::{Segment, documents},
};

/// Spellings of one fuzzy word looked at in a segment.
const MAX_EXPANSIONS: usize = 50;

/// Postings of one term, one document at a time.
#[derive(Clone)]
pub(crate) struct List {
    name: (bool, usize),
    block: BlockSegmentPostings,
    at: usize,
}

impl List {
    pub(crate) fn open(
        inverted: &InvertedIndexReader,
        info: &TermInfo,
        is_stop: bool,
        option: IndexRecordOption,
    ) -> io::Result<Self> {
        let block = inverted.read_block_postings_from_terminfo(info, option)?;
        Ok(Self { name: (is_stop, info.postings_range.start), block, at: 0 })
    }

    /// Tells it from the other lists of words of its segment.
    pub(crate) fn name(&self) -> (bool, usize) {
        self.name
    }

    pub(crate) fn len(&self) -> usize {
        self.block.doc_freq() as usize
    }

    #[inline]
    pub(crate) fn doc(&self) -> DocId {
        self.block.doc(self.at)
    }

    #[inline]
    pub(crate) fn frequency(&self) -> u32 {
        self.block.freq(self.at)
    }

    /// The first document at or after `target`, which must not lie behind.
    #[inline]
    pub(crate) fn seek(&mut self, target: DocId) -> DocId {
        if self.doc() < target {
            self.at = self.block.seek(target);
        }
        self.doc()
    }

    /// Whether `test` holds for all documents from here on; stops at the first for which it does not.
    pub(crate) fn all(mut self, mut test: impl FnMut(DocId) -> bool) -> bool {
        while self.doc() != TERMINATED {
            if !self.block.docs()[self.at..].iter().all(|doc| test(*doc)) {
                return false;
            }
            self.block.advance();
            self.at = 0;
        }
        true
    }

    /// Shows every posting before `end` and moves there; a block at a time, without a call for each.
    #[inline]
    pub(crate) fn drain_until(&mut self, end: DocId, mut show: impl FnMut(DocId, u32)) {
        while self.doc() < end {
            let (docs, frequencies) = (self.block.docs(), self.block.freqs());
            let (docs, frequencies) = (&docs[self.at..], &frequencies[self.at..]);
            let mut shown = 0;
            for (doc, frequency) in docs.iter().zip(frequencies) {
                if *doc >= end {
                    break;
                }
                show(*doc, *frequency);
                shown += 1;
            }
            self.at += shown;
            if shown < docs.len() {
                return;
            }
            self.block.advance();
            self.at = 0;
        }
    }
}

/// One segment, for one asker.
pub(crate) struct Leaf<'s> {
    pub(crate) segment: &'s Segment,
    /// Committed documents that a later change in the tail replaced or removed.
    pub(super) dead: Option<&'s HashSet<DocId>>,
    pub(super) owned: Option<TermInfo>,
}

impl<'s> Leaf<'s> {
    pub(crate) fn open(segment: &'s Segment, filters: &Filters, dead: &'s HashSet<DocId>) -> tantivy::Result<Self> {
        let owned = segment.owners.terms().get(filters.owner.as_uuid().as_bytes())?;
        Ok(Self { segment, dead: Some(dead).filter(|dead| !dead.is_empty()), owned })
    }

    /// Documents of the asker, those included that are deleted and not yet merged away.
    pub(crate) fn owned(&self) -> usize {
        self.owned.as_ref().map_or(0, |info| info.doc_freq as usize)
    }

    /// Deleted documents, of anybody.
    pub(crate) fn deleted(&self) -> usize {
        self.segment.deleted() as usize + self.dead.map_or(0, HashSet::len)
    }

    /// Documents and their words with a meaning, of anybody.
    pub(crate) fn size(&self) -> (u64, u64) {
        (u64::from(self.segment.docs()), self.segment.body.total_num_tokens())
    }

    pub(crate) fn length_code(&self, doc: DocId) -> u8 {
        self.segment.lengths.fieldnorm_id(doc)
    }

    /// The postings of each form of a term that occurs here.
    pub(crate) fn lists(&self, term: &Term, filters: &Filters) -> io::Result<Vec<List>> {
        let infos = match &term.fuzzy {
            None => self.infos(&term.forms, filters)?,
            Some(fuzzy) => {
                let mut found: Vec<(u8, u64, TermInfo)> = Vec::new();
                for automaton in within(fuzzy, &filters.prefix) {
                    let mut near = self.segment.body.terms().search(automaton).into_stream()?;
                    while near.advance() {
                        let ordinal = near.term_ord();
                        if found.iter().any(|(_, known, _)| *known == ordinal) {
                            continue;
                        }
                        let text = std::str::from_utf8(near.key()).unwrap_or_default();
                        let edits = text.get(filters.prefix.len()..).and_then(|term| fuzzy.distance(term));
                        found.push((edits.unwrap_or(u8::MAX), ordinal, near.value().clone()));
                    }
                }
                found.sort_by_key(|(edits, ordinal, _)| (*edits, *ordinal));
                found.truncate(MAX_EXPANSIONS);
                found.into_iter().map(|(_, _, info)| (false, info)).collect()
            }
        };
        self.read(infos)
    }

    /// The postings of the rarest word of the phrases wanted; none when none is wanted.
    pub(crate) fn leading(&self, question: &Question, filters: &Filters) -> io::Result<Option<Vec<List>>> {
        let mut rarest: Option<(u64, Vec<(bool, TermInfo)>)> = None;
        for forms in question.phrases.iter().flat_map(|phrase| &phrase.words) {
            let infos = self.infos(forms, filters)?;
            let documents = infos.iter().map(|(_, info)| u64::from(info.doc_freq)).sum();
            if rarest.as_ref().is_none_or(|(fewest, _)| documents < *fewest) {
                rarest = Some((documents, infos));
            }
        }
        rarest.map(|(_, infos)| self.read(infos)).transpose()
    }

    fn read(&self, infos: Vec<(bool, TermInfo)>) -> io::Result<Vec<List>> {
        let read = |(is_stop, info): (bool, TermInfo)| {
            List::open(self.inverted(is_stop), &info, is_stop, IndexRecordOption::WithFreqs)
        };
        infos.into_iter().map(read).collect()
    }

    pub(super) fn infos(&self, forms: &[Form], filters: &Filters) -> io::Result<Vec<(bool, TermInfo)>> {
        let mut buffer = String::new();
        let mut infos = Vec::with_capacity(forms.len());
        for form in forms {
            write_term(&mut buffer, &filters.prefix, &form.term);
            if let Some(info) = self.inverted(form.is_stop).terms().get(&buffer)? {
                infos.push((form.is_stop, info));
            }
        }
        Ok(infos)
    }

    pub(super) fn inverted(&self, is_stop: bool) -> &InvertedIndexReader {
        if is_stop { &self.segment.stops } else { &self.segment.body }
    }

    /// All of the asker's documents within the filters, ascending; none when they are more than `limit`.
    pub(crate) fn scope(&self, filters: &Filters, limit: usize) -> tantivy::Result<Option<Vec<DocId>>> {
        let Some(owned) = &self.owned else { return Ok(Some(Vec::new())) };
        let mut admission = Admission::open(self, filters, &Question::default())?;
        if admission.is_impossible() {
            return Ok(Some(Vec::new()));
        }
        // a conversation's postings are the shorter way to its documents
        let (inverted, info) = match filters.conversation {
            None => (&self.segment.owners, Some(owned.clone())),
            Some(conversation) => {
                let inverted = &self.segment.conversations;
                (inverted, inverted.terms().get(conversation.as_uuid().as_bytes())?)
            }
        };
        let Some(info) = info else { return Ok(Some(Vec::new())) };
        let list = documents(inverted, &info)?;
        let mut owners = documents(&self.segment.owners, owned)?;
        let mut docs = Vec::with_capacity(list.len().min(limit));
        let is_small = list.all(|doc| {
            let is_owned = filters.conversation.is_none() || owners.seek(doc) == doc;
            if is_owned && admission.admits_filters(doc) {
                docs.push(doc);
            }
            docs.len() <= limit
        });
        if !is_small {
            return Ok(None);
        }
        Ok(Some(docs))
    }
}
