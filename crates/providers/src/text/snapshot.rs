//! What is committed, with everything that a search reads of it opened once.

use jarvis_core::types::DocRef;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};
use tantivy::{
    DocId, InvertedIndexReader, Searcher, SegmentReader, TERMINATED,
    columnar::ColumnValues,
    fieldnorm::FieldNormReader,
    index::SegmentId,
    postings::TermInfo,
    schema::{Field, IndexRecordOption},
};
use uuid::Uuid;

use super::{
    committed::List,
    filters::Filters,
    peak::{Peak, Peaks},
    schema::{CREATED_AT, FACTS, Facts, Fields, ID_HIGH, ID_LOW, key, split_id},
};

/// Filters remembered.
const MAX_LARGE: usize = 256;

/// Where a committed document is: segment, and place in it.
pub(crate) type Address = (usize, DocId);

/// One segment.
pub(crate) struct Segment {
    reader: SegmentReader,
    keys: Arc<InvertedIndexReader>,
    pub(crate) owners: Arc<InvertedIndexReader>,
    pub(crate) conversations: Arc<InvertedIndexReader>,
    pub(crate) body: Arc<InvertedIndexReader>,
    pub(crate) stops: Arc<InvertedIndexReader>,
    pub(crate) lengths: FieldNormReader,
    id_high: Arc<dyn ColumnValues<u64>>,
    id_low: Arc<dyn ColumnValues<u64>>,
    /// Microseconds.
    pub(crate) created_at: Arc<dyn ColumnValues<i64>>,
    facts: Arc<dyn ColumnValues<u64>>,
    peaks: Peaks,
}

impl Segment {
    fn open(reader: &SegmentReader, fields: &Fields) -> tantivy::Result<Self> {
        let inverted = |field: Field| reader.inverted_index(field);
        let columns = reader.fast_fields();
        Ok(Self {
            keys: inverted(fields.key)?,
            owners: inverted(fields.owner)?,
            conversations: inverted(fields.conversation)?,
            body: inverted(fields.body)?,
            stops: inverted(fields.stops)?,
            lengths: reader.get_fieldnorms_reader(fields.body)?,
            id_high: columns.column_first_or_default(ID_HIGH)?,
            id_low: columns.column_first_or_default(ID_LOW)?,
            created_at: columns.column_first_or_default(CREATED_AT)?,
            facts: columns.column_first_or_default(FACTS)?,
            peaks: Peaks::default(),
            reader: reader.clone(),
        })
    }

    pub(crate) fn is_alive(&self, doc: DocId) -> bool {
        self.reader.alive_bitset().is_none_or(|alive| alive.is_alive(doc))
    }

    /// How high a term can score here, if finding that out is worth it; its list is at its start.
    pub(crate) fn peak(&self, list: &List) -> Option<Peak> {
        self.peaks.of(list, &self.lengths)
    }

    /// Documents, deleted ones included.
    pub(crate) fn docs(&self) -> u32 {
        self.reader.max_doc()
    }

    pub(crate) fn deleted(&self) -> u32 {
        self.reader.num_deleted_docs()
    }

    #[inline]
    pub(crate) fn facts(&self, doc: DocId) -> Facts {
        Facts::from_column(self.facts.get_val(doc))
    }

    /// A document and its time in microseconds.
    pub(crate) fn identity(&self, doc: DocId) -> (DocRef, i64) {
        let id = Uuid::from_u64_pair(self.id_high.get_val(doc), self.id_low.get_val(doc));
        (DocRef { kind: self.facts(doc).kind(), id }, self.created_at.get_val(doc))
    }
}

/// The documents of a term, without its frequencies.
pub(crate) fn documents(inverted: &InvertedIndexReader, info: &TermInfo) -> tantivy::Result<List> {
    List::open(inverted, info, false, IndexRecordOption::Basic).map_err(Into::into)
}

/// One commit.
pub(crate) struct Snapshot {
    pub(crate) segments: Vec<Segment>,
    /// Filters known to leave a large scope: finding that out again costs as much as the search.
    large: Mutex<HashSet<Filters>>,
}

impl Snapshot {
    pub(crate) fn open(searcher: &Searcher, fields: &Fields) -> tantivy::Result<Arc<Self>> {
        let segments = searcher.segment_readers().iter().map(|reader| Segment::open(reader, fields));
        Ok(Arc::new(Self { segments: segments.collect::<tantivy::Result<_>>()?, large: Mutex::default() }))
    }

    pub(crate) fn is_large(&self, filters: &Filters) -> bool {
        self.large.lock().unwrap_or_else(PoisonError::into_inner).contains(filters)
    }

    pub(crate) fn note_large(&self, filters: &Filters) {
        let mut large = self.large.lock().unwrap_or_else(PoisonError::into_inner);
        if large.len() >= MAX_LARGE {
            large.clear();
        }
        large.insert(filters.clone());
    }

    /// Documents that stand.
    pub(crate) fn count(&self) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.docs() - segment.deleted())).sum()
    }

    pub(crate) fn segment_ids(&self) -> impl Iterator<Item = SegmentId> {
        self.segments.iter().map(|segment| segment.reader.segment_id())
    }

    /// Where a document is, unless it is deleted.
    pub(crate) fn locate(&self, doc: DocRef) -> tantivy::Result<Option<Address>> {
        let (high, _) = split_id(doc.id);
        let key = key(doc);
        for (ordinal, segment) in self.segments.iter().enumerate() {
            // ids carry their time, so most segments are ruled out by their range
            if high < segment.id_high.min_value() || high > segment.id_high.max_value() {
                continue;
            }
            let Some(info) = segment.keys.terms().get(key)? else { continue };
            let mut list = documents(&segment.keys, &info)?;
            while list.doc() != TERMINATED {
                if segment.is_alive(list.doc()) {
                    return Ok(Some((ordinal, list.doc())));
                }
                list.seek(list.doc() + 1);
            }
        }
        Ok(None)
    }

    /// Where the documents of a conversation are.
    pub(crate) fn locate_conversation(&self, conversation: Uuid) -> tantivy::Result<Vec<Address>> {
        let mut found = Vec::new();
        for (ordinal, segment) in self.segments.iter().enumerate() {
            let Some(info) = segment.conversations.terms().get(conversation.as_bytes())? else { continue };
            documents(&segment.conversations, &info)?.drain_until(TERMINATED, |doc, _| {
                if segment.is_alive(doc) {
                    found.push((ordinal, doc));
                }
            });
        }
        Ok(found)
    }
}
