//! Rows that were imported once, exported, and come again: here, or to where they were made.

use jarvis_core::{
    Json, Result,
    types::{ForeignId, ForeignKind},
};
use uuid::Uuid;

use super::{
    ImportFormat,
    keys::{self, message_key},
    storing::Storing,
};

/// Where a row came from before it was exported.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Origin {
    source: &'static str,
    id: String,
}

impl Origin {
    /// Of one of our own lines; other programs know nothing of it.
    pub(super) fn of(source: &'static str, metadata: Option<&Json>) -> Option<Self> {
        if source != ImportFormat::Jsonl.as_str() {
            return None;
        }
        let (source, id) = keys::imported_from(metadata?)?;
        Some(Self { source: ImportFormat::parse(&source)?.as_str(), id })
    }

    /// Of a message in a conversation of this origin.
    pub(super) fn of_message(source: &'static str, metadata: Option<&Json>, within: Option<&Self>) -> Option<Self> {
        let origin = Self::of(source, metadata)?;
        if origin.source == ImportFormat::Jsonl.as_str() {
            return Some(origin);
        }
        let within = within.filter(|within| within.source == origin.source)?;
        Some(Self { id: message_key(&within.id, &origin.id), ..origin })
    }

    /// The id at another program; none when the row was made here or at another place like this.
    pub(super) fn into_foreign(self) -> Option<ForeignId> {
        let Self { source, id } = self;
        (source != ImportFormat::Jsonl.as_str()).then(|| ForeignId { source: source.to_owned(), id })
    }
}

impl Storing<'_> {
    /// The row that the same origin was made into, or the origin itself where it was made.
    pub(super) async fn find_origin(&self, kind: ForeignKind, origin: Option<&Origin>) -> Result<Option<Uuid>> {
        let Some(Origin { source, id }) = origin else { return Ok(None) };
        if *source == ImportFormat::Jsonl.as_str()
            && let Some(own) = self.own(kind, id).await?
        {
            return Ok(Some(own));
        }
        let found = self.tx.foreign_ids().find(&self.scope, kind, source, std::slice::from_ref(id)).await?;
        Ok(found.into_iter().next().flatten())
    }

    /// Notes that a row is what became of this origin, so that the file it came from first brings it no second time.
    pub(super) async fn note_origin(&self, kind: ForeignKind, origin: Option<Origin>, made: Uuid) -> Result<()> {
        match origin.and_then(Origin::into_foreign) {
            Some(foreign) => self.tx.foreign_ids().note(&self.scope, kind, foreign, made).await,
            None => Ok(()),
        }
    }
}
