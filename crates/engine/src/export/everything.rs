//! All that a person owns, page by page: sessions, conversations each with its messages, memories, and how many there were.

use std::collections::VecDeque;

use jarvis_core::{
    Result, Scope,
    types::{Conversation, Cursor},
};

use super::lines::{self, ConversationLine, EndLine, MemoryLine, MessageLine, SessionLine, SummaryLine};
use crate::{ImportCounts, context::Context};

/// Rows asked for at once.
const ROWS: u32 = 500;
/// Bytes from which on a piece is sent.
const PIECE: usize = 64 * 1024;

/// Where an export stands. It holds one page of rows and one piece of text.
pub(super) struct Everything {
    context: Context,
    scope: Scope,
    stage: Stage,
    counts: ImportCounts,
    piece: Vec<u8>,
}

enum Stage {
    Sessions(Option<Cursor>),
    Conversations { page: VecDeque<Conversation>, after: Option<Cursor> },
    Messages { head: Box<Conversation>, position: i64, page: VecDeque<Conversation>, after: Option<Cursor> },
    Memories(Option<Cursor>),
    End,
    Over,
}

impl Everything {
    pub(super) fn new(context: Context, scope: Scope) -> Self {
        Self { context, scope, stage: Stage::Sessions(None), counts: ImportCounts::default(), piece: Vec::new() }
    }

    /// The next piece of text; none behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        while self.piece.len() < PIECE {
            let stage = std::mem::replace(&mut self.stage, Stage::Over);
            if matches!(stage, Stage::Over) {
                break;
            }
            self.stage = self.step(stage).await?;
        }
        let piece = std::mem::take(&mut self.piece);
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }

    async fn step(&mut self, stage: Stage) -> Result<Stage> {
        match stage {
            Stage::Sessions(after) => self.sessions(after).await,
            Stage::Conversations { page, after } => self.conversations(page, after).await,
            Stage::Messages { head, position, page, after } => self.messages(head, position, page, after).await,
            Stage::Memories(after) => self.memories(after).await,
            Stage::End => {
                lines::write(&mut self.piece, &EndLine::new(self.counts, self.context.now()))?;
                Ok(Stage::Over)
            }
            Stage::Over => Ok(Stage::Over),
        }
    }

    async fn sessions(&mut self, after: Option<Cursor>) -> Result<Stage> {
        let rows = self.context.ports.store.owned().sessions(&self.scope, after, ROWS).await?;
        let Some(last) = rows.last() else {
            return Ok(Stage::Conversations { page: VecDeque::new(), after: None });
        };
        for row in &rows {
            lines::write(&mut self.piece, &SessionLine::from(row))?;
        }
        self.counts.sessions += rows.len() as u64;
        Ok(Stage::Sessions(Some(Cursor { at: last.created_at, id: *last.id.as_uuid() })))
    }

    async fn conversations(&mut self, mut page: VecDeque<Conversation>, after: Option<Cursor>) -> Result<Stage> {
        if page.is_empty() {
            page = self.context.ports.store.owned().conversations(&self.scope, after, ROWS).await?.into();
        }
        let Some(head) = page.pop_front() else { return Ok(Stage::Memories(None)) };
        lines::write(&mut self.piece, &ConversationLine::from(&head))?;
        self.counts.conversations += 1;
        let after = Some(Cursor { at: head.created_at, id: *head.id.as_uuid() });
        Ok(Stage::Messages { head: Box::new(head), position: i64::MIN, page, after })
    }

    async fn messages(
        &mut self,
        head: Box<Conversation>,
        position: i64,
        page: VecDeque<Conversation>,
        after: Option<Cursor>,
    ) -> Result<Stage> {
        let rows = self.context.ports.store.owned().messages(&self.scope, head.id, position, ROWS).await?;
        let Some(last) = rows.last() else {
            if let Some(summary) = SummaryLine::of(&head) {
                lines::write(&mut self.piece, &summary)?;
            }
            return Ok(Stage::Conversations { page, after });
        };
        let position = last.position;
        for row in &rows {
            lines::write(&mut self.piece, &MessageLine::from(row))?;
        }
        self.counts.messages += rows.len() as u64;
        Ok(Stage::Messages { head, position, page, after })
    }

    async fn memories(&mut self, after: Option<Cursor>) -> Result<Stage> {
        let rows = self.context.ports.store.owned().memories(&self.scope, after, ROWS).await?;
        let Some(last) = rows.last() else { return Ok(Stage::End) };
        for row in &rows {
            lines::write(&mut self.piece, &MemoryLine::from(row))?;
        }
        self.counts.memories += rows.len() as u64;
        Ok(Stage::Memories(Some(Cursor { at: last.memory.created_at, id: *last.memory.id.as_uuid() })))
    }
}
