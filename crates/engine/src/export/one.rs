//! One conversation, message by message.

use std::collections::{HashMap, HashSet};

use jarvis_core::{
    Error, Result, Scope,
    id::{ConversationId, MessageId},
    types::{Conversation, Message, Session, TurnPlace},
};

use super::{
    ConversationFormat, lines,
    lines::{ConversationLine, MessageLine, SessionLine},
    markdown,
};
use crate::context::Context;

/// Rows asked for at once.
const ROWS: u32 = 200;

/// Where the writing of a conversation stands.
pub(super) struct One {
    context: Context,
    scope: Scope,
    format: ConversationFormat,
    head: Conversation,
    session: Option<Session>,
    tree: Tree,
    /// The last position that was written; none before the head.
    position: Option<i64>,
    /// The last message that was written.
    last: Option<MessageId>,
    over: bool,
}

/// Which turns are written, and where others branch off.
pub(super) struct Tree {
    shown: HashSet<MessageId>,
    /// How many turns follow each, when that is not one; of those that follow nothing under none.
    children: HashMap<Option<MessageId>, u64>,
    /// The place of each turn in the file, from 1.
    numbers: HashMap<MessageId, u64>,
    pub(super) hidden: u64,
}

impl Tree {
    fn new(turns: &[TurnPlace], all_branches: bool) -> Self {
        let mut shown = HashSet::new();
        if all_branches {
            shown.extend(turns.iter().map(|turn| turn.id));
        } else {
            let parents: HashMap<MessageId, Option<MessageId>> =
                turns.iter().map(|turn| (turn.id, turn.parent_id)).collect();
            let mut next = turns.last().map(|turn| turn.id);
            while let Some(turn) = next.filter(|turn| shown.insert(*turn)) {
                next = parents.get(&turn).copied().flatten();
            }
        }
        let mut children: HashMap<Option<MessageId>, u64> = HashMap::new();
        for turn in turns {
            *children.entry(turn.parent_id).or_default() += 1;
        }
        children.retain(|_, count| *count > 1);
        let visible = turns.iter().filter(|turn| shown.contains(&turn.id));
        let numbers = visible.zip(1..).map(|(turn, number)| (turn.id, number)).collect();
        let hidden = (turns.len() - shown.len()) as u64;
        Self { shown, children, numbers, hidden }
    }

    /// Turns that stand beside this one.
    pub(super) fn beside(&self, message: &Message) -> u64 {
        self.children.get(&message.parent_id).map_or(0, |count| count - 1)
    }

    /// The number of a turn that is shown.
    pub(super) fn number(&self, turn: MessageId) -> Option<u64> {
        self.numbers.get(&turn).copied()
    }
}

impl One {
    pub(super) async fn open(
        context: Context,
        scope: Scope,
        id: ConversationId,
        format: ConversationFormat,
        all_branches: bool,
    ) -> Result<Self> {
        let store = &context.ports.store;
        let not_found = || Error::not_found("conversation");
        let head = store.conversations().get(&scope, id).await?.ok_or_else(not_found)?;
        let session = match head.session_id {
            Some(session) => store.sessions().get(&scope, session).await?,
            None => None,
        };
        let tree = Tree::new(&store.owned().turns(&scope, id).await?, all_branches);
        Ok(Self { context, scope, format, head, session, tree, position: None, last: None, over: false })
    }

    /// The next piece of text; none behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut piece = Vec::new();
        if self.position.is_none() {
            self.position = Some(i64::MIN);
            self.begin(&mut piece)?;
        }
        while piece.is_empty() && !self.over {
            let after = self.position.unwrap_or(i64::MIN);
            let rows = self.context.ports.store.owned().messages(&self.scope, self.head.id, after, ROWS).await?;
            match rows.last() {
                Some(last) => self.position = Some(last.position),
                None => self.end(&mut piece),
            }
            for row in rows.iter().filter(|row| self.tree.shown.contains(&row.id)) {
                match self.format {
                    ConversationFormat::Markdown => markdown::turn(&mut piece, row, &self.tree, self.last),
                    ConversationFormat::Json => {
                        piece.extend_from_slice(if self.last.is_some() { b",\n" } else { b"\n" });
                        json(&mut piece, &MessageLine::from(row))?;
                    }
                }
                self.last = Some(row.id);
            }
        }
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }

    fn begin(&self, piece: &mut Vec<u8>) -> Result<()> {
        if self.format == ConversationFormat::Markdown {
            markdown::head(piece, &self.head, self.session.as_ref(), self.tree.hidden);
            return Ok(());
        }
        piece.extend_from_slice(b"{\"session\":");
        match &self.session {
            Some(session) => json(piece, &SessionLine::from(session))?,
            None => piece.extend_from_slice(b"null"),
        }
        piece.extend_from_slice(b",\n\"conversation\":");
        json(piece, &ConversationLine::from(&self.head))?;
        let hidden = self.tree.hidden;
        piece.extend_from_slice(format!(",\n\"messages_in_other_branches\":{hidden},\n\"messages\":[").as_bytes());
        Ok(())
    }

    fn end(&mut self, piece: &mut Vec<u8>) {
        self.over = true;
        if self.format == ConversationFormat::Json {
            piece.extend_from_slice(b"\n]}\n");
        }
    }
}

/// A line without its end.
fn json(piece: &mut Vec<u8>, line: &impl serde::Serialize) -> Result<()> {
    lines::write(piece, line)?;
    piece.pop();
    Ok(())
}
