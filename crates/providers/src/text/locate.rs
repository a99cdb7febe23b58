//! Where given documents are.

use jarvis_core::types::DocRef;
use std::sync::Arc;
use tantivy::{DocId, Searcher, TERMINATED, columnar::ColumnValues, schema::IndexRecordOption};
use uuid::Uuid;

use super::{
    committed::List,
    schema::{Fields, ID_HIGH, key, split_id},
};

/// Where a committed document is: segment, and place in it.
pub(crate) type Address = (usize, DocId);

/// Where a document is among those committed and not deleted.
pub(crate) fn locate(searcher: &Searcher, fields: &Fields, doc: DocRef) -> tantivy::Result<Option<Address>> {
    let (high, _) = split_id(doc.id);
    let key = key(doc);
    for (ordinal, reader) in searcher.segment_readers().iter().enumerate() {
        // ids carry their time, so most segments are ruled out by their range
        let highs: Arc<dyn ColumnValues<u64>> = reader.fast_fields().column_first_or_default(ID_HIGH)?;
        if high < highs.min_value() || high > highs.max_value() {
            continue;
        }
        let inverted = reader.inverted_index(fields.key)?;
        let Some(info) = inverted.terms().get(key)? else { continue };
        let mut list = List::new(inverted.read_block_postings_from_terminfo(&info, IndexRecordOption::Basic)?);
        while list.doc() != TERMINATED {
            if reader.alive_bitset().is_none_or(|alive| alive.is_alive(list.doc())) {
                return Ok(Some((ordinal, list.doc())));
            }
            list.seek(list.doc() + 1);
        }
    }
    Ok(None)
}

/// Where the documents of a conversation are.
pub(crate) fn locate_conversation(
    searcher: &Searcher,
    fields: &Fields,
    conversation: Uuid,
) -> tantivy::Result<Vec<Address>> {
    let mut found = Vec::new();
    for (ordinal, reader) in searcher.segment_readers().iter().enumerate() {
        let inverted = reader.inverted_index(fields.conversation)?;
        let Some(info) = inverted.terms().get(conversation.as_bytes())? else { continue };
        let mut list = List::new(inverted.read_block_postings_from_terminfo(&info, IndexRecordOption::Basic)?);
        list.drain_until(TERMINATED, |doc, _| {
            if reader.alive_bitset().is_none_or(|alive| alive.is_alive(doc)) {
                found.push((ordinal, doc));
            }
        });
    }
    Ok(found)
}
