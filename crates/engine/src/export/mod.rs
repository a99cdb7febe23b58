//! Handing over what a person owns: everything in the form that the import reads, or one conversation for reading.
//!
//! Both are streams in bounded memory. What changes while one is read may or may not be in it; what was there before and
//! stays is in it once.

mod everything;
mod lines;
mod markdown;
mod one;

use futures_core::Stream;
use futures_util::stream;
use jarvis_core::{Result, Scope, id::ConversationId};

use crate::context::Context;
use everything::Everything;
pub(crate) use lines::{CONVERSATION_STATUSES, MESSAGE_STATUSES, SESSION_STATUSES};
use one::One;

/// Handing over what a person owns.
#[derive(Debug)]
pub struct Export {
    context: Context,
}

/// How one conversation is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConversationFormat {
    /// For people.
    #[default]
    Markdown,
    /// One JSON object.
    Json,
}

impl Export {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// All that a person owns as JSON lines that the import reads, oldest first: sessions, conversations each with its
    /// messages, memories, and a last line of type `end` with how many there were. A text without that line is not whole.
    pub fn everything(&self, scope: Scope) -> impl Stream<Item = Result<Vec<u8>>> + Send + use<> {
        let export = Everything::new(self.context.clone(), scope);
        stream::try_unfold(export, |mut export| async move {
            let piece = export.next().await?;
            Ok(piece.map(|piece| (piece, export)))
        })
    }

    /// One conversation: the branch that a next turn would follow, or all of them when `all_branches`.
    ///
    /// Errors: `NotFound`.
    #[tracing::instrument(name = "export.conversation", target = "jarvis", skip_all)]
    pub async fn conversation(
        &self,
        scope: Scope,
        id: ConversationId,
        format: ConversationFormat,
        all_branches: bool,
    ) -> Result<impl Stream<Item = Result<Vec<u8>>> + Send + use<>> {
        let one = One::open(self.context.clone(), scope, id, format, all_branches).await?;
        Ok(stream::try_unfold(one, |mut one| async move {
            let piece = one.next().await?;
            Ok(piece.map(|piece| (piece, one)))
        }))
    }
}
