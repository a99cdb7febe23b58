//! What a batch of changes comes down to.

use chrono::{DateTime, Utc};
use jarvis_core::{
    Error, Result,
    ports::{Tag, VectorChange, VectorDocument, VectorEntry},
    types::{DocRef, OutboxSeq},
};
use pgvector::Vector;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

use crate::documents::{is_new, kind_number};

/// The last word on everything that a batch speaks of: first what has a tag goes, then documents, then some come.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) tags: Vec<String>,
    /// What goes, and what is replaced.
    pub(super) gone: HashSet<DocRef>,
    upserts: HashMap<DocRef, VectorDocument>,
    /// The last change.
    pub(super) position: OutboxSeq,
}

impl Changes {
    /// Of the entries behind `position`.
    pub(super) fn after(position: OutboxSeq, entries: Vec<VectorEntry>) -> Self {
        let mut changes = Self::default();
        for entry in entries.into_iter().filter(|entry| is_new(entry.seq, position)) {
            changes.position = changes.position.max(entry.seq);
            match entry.change {
                VectorChange::Upsert(document) => {
                    changes.gone.insert(document.doc);
                    changes.upserts.insert(document.doc, document);
                }
                VectorChange::Delete(doc) => {
                    changes.gone.insert(doc);
                    changes.upserts.remove(&doc);
                }
                VectorChange::DeleteTagged(tag) => {
                    changes.upserts.retain(|_, document| !document.tags.contains(&tag));
                    changes.tags.push(tag.0.into_owned());
                }
            }
        }
        changes
    }

    /// What comes, as columns.
    pub(super) fn columns(self) -> Columns {
        let mut columns = Columns::default();
        for document in self.upserts.into_values() {
            columns.ids.push(document.doc.id);
            columns.kinds.push(kind_number(document.doc.kind));
            columns.times.push(document.created_at.to_utc());
            columns.tags.push(json(&document.tags));
            columns.vectors.push(Vector::from(document.vector));
        }
        columns
    }
}

/// Documents, column by column.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) ids: Vec<Uuid>,
    pub(super) kinds: Vec<i16>,
    pub(super) times: Vec<DateTime<Utc>>,
    /// JSON arrays: an array of arrays would have to be a rectangle.
    pub(super) tags: Vec<String>,
    pub(super) vectors: Vec<Vector>,
}

fn json(tags: &[Tag]) -> String {
    serde_json::Value::from(tags.iter().map(|tag| &*tag.0).collect::<Vec<_>>()).to_string()
}

/// Refuses a vector that does not fit into a collection.
pub(super) fn check(vector: &[f32], dimension: usize) -> Result<()> {
    if vector.len() != dimension {
        let told = format!("it has {} numbers, the collection's have {dimension}", vector.len());
        return Err(Error::invalid("vector", told));
    }
    if vector.iter().all(|number| number.is_finite()) {
        Ok(())
    } else {
        Err(Error::invalid("vector", "its numbers must be finite"))
    }
}
