//! A conversation of another program, and how it becomes items.

use std::{mem, time::Duration};

use jarvis_core::{
    Json, Timestamp,
    types::{ConversationStatus, Role},
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    super::item::{self, ConversationItem, Follow, Item, MessageItem, Reason, SessionItem},
    super::past::{ConversationPast, MessagePast},
    Parsed,
    tree::{self, Place},
};
use crate::limits::{MAX_MESSAGE_BYTES, MAX_NAME_CHARS};

/// Messages at most that one long text is divided into.
const MAX_PIECES: usize = 20;
/// Things noted about one message at most.
const MAX_NOTED: usize = 50;

/// A conversation.
#[derive(Debug, Default)]
pub(super) struct Talk {
    /// None when the program gave it none.
    pub(super) id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) archived: bool,
    pub(super) session: Option<SessionItem>,
    pub(super) metadata: Map<String, Value>,
    pub(super) turns: Vec<Turn>,
    /// The last message of the branch that was shown.
    pub(super) current: Option<String>,
}

/// One place in it.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) id: String,
    pub(super) parent: Option<String>,
    /// What was said; none where nothing was, or why it cannot be taken.
    pub(super) said: Result<Option<Said>, Reason>,
}

/// What was said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) role: Role,
    pub(super) author: Option<String>,
    pub(super) text: String,
    pub(super) model: Option<String>,
    pub(super) at: Option<Timestamp>,
    /// Files, images and the like that came with it.
    pub(super) attachments: Vec<Value>,
}

impl Said {
    pub(super) fn new(role: Role, text: String) -> Self {
        Self { role, author: None, text, model: None, at: None, attachments: Vec::new() }
    }

    /// What stands for a message that holds nothing but files; none when it is empty.
    pub(super) fn or_placeholder(mut self) -> Option<Self> {
        if !self.text.trim().is_empty() {
            return Some(self);
        }
        let word = |noted: &Value| {
            let kind = noted["type"].as_str().unwrap_or("file");
            noted["name"].as_str().map_or_else(|| format!("[{kind}]"), |name| format!("[{kind}: {name}]"))
        };
        self.text = self.attachments.iter().take(MAX_NOTED).map(word).collect::<Vec<_>>().join(" ");
        (!self.text.is_empty()).then_some(self)
    }
}

impl Talk {
    /// Adds the conversation and its messages, each after the one it follows.
    pub(super) fn tell(mut self, into: &mut Parsed) {
        let turns = mem::take(&mut self.turns);
        let places: Vec<Place<'_>> = turns.iter().map(Turn::place).collect();
        let ordered = tree::order(&places, self.current.as_deref());
        drop(places);
        for at in &ordered.doubles {
            into.flaw(turns[*at].path(), "another message of this conversation has the same id");
        }
        for at in &ordered.circles {
            into.flaw(turns[*at].path(), "what it answers comes after it; it begins a branch of its own now");
        }
        let mut turns: Vec<Option<Turn>> = turns.into_iter().map(Some).collect();
        for turn in turns.iter_mut().flatten() {
            if let Err(reason) = &mut turn.said {
                let reason = mem::take(reason);
                into.flaw(turn.path(), reason);
            }
        }
        let Some((first, _)) = ordered.steps.first() else {
            into.leave("conversations without messages");
            return;
        };
        let first = turns[*first].as_ref().map(|turn| turn.id.clone()).unwrap_or_default();
        let id = match self.id.take().map_or_else(|| Ok(self.invented_id(&first)), item::checked_id) {
            Ok(id) => id,
            Err(reason) => return into.flaw("", format!("its id: {reason}")),
        };
        self.head(&id, into);
        let mut writing = Writing { conversation: id, told: vec![None; turns.len()], start: self.created_at };
        for (at, parent) in ordered.steps {
            if let Some(turn) = turns[at].take() {
                writing.turn(at, parent, turn, into);
            }
        }
    }

    fn head(&mut self, id: &str, into: &mut Parsed) {
        let session_id = self.session.as_ref().map(|session| session.id.clone());
        into.items.extend(self.session.take().map(|session| Ok(Item::Session(session))));
        let title = self.title.take().map(|title| without_nul(title, into)).unwrap_or_default();
        let title: String = title.trim().chars().take(MAX_NAME_CHARS).collect();
        into.items.push(Ok(Item::Conversation(ConversationItem {
            id: id.to_owned(),
            session_id,
            title: (!title.is_empty()).then_some(title),
            metadata: metadata(&self.metadata),
            created_at: self.created_at,
            past: ConversationPast {
                status: self.archived.then_some(ConversationStatus::Archived),
                ..ConversationPast::default()
            },
        })));
    }

    /// The id of a conversation without one: the same whenever the same conversation comes.
    fn invented_id(&self, first: &str) -> String {
        let mut hash = Sha256::new();
        for part in [self.title.as_deref().unwrap_or_default(), first] {
            hash.update(part);
            hash.update([0]);
        }
        hash.update(self.created_at.map_or(0, Timestamp::as_micros).to_be_bytes());
        hash.finalize()[..16].iter().fold("made-".to_owned(), |id, byte| format!("{id}{byte:02x}"))
    }
}

impl Turn {
    fn place(&self) -> Place<'_> {
        let said = self.said.as_ref().ok().and_then(Option::as_ref);
        Place {
            id: &self.id,
            parent: self.parent.as_deref(),
            is_kept: said.is_some(),
            at: said.and_then(|said| said.at),
        }
    }

    fn path(&self) -> String {
        format!("message {}", item::quoted(&self.id))
    }
}

/// A conversation whose messages become items.
struct Writing {
    conversation: String,
    /// Of each place that was told: the id of the last message it became, and when it was said.
    told: Vec<Option<(String, Option<Timestamp>)>>,
    /// When the conversation began.
    start: Option<Timestamp>,
}

impl Writing {
    fn turn(&mut self, at: usize, parent: Option<usize>, turn: Turn, into: &mut Parsed) {
        let path = turn.path();
        let Turn { id, said, .. } = turn;
        let Ok(Some(said)) = said else { return };
        let before = parent.and_then(|parent| self.told[parent].clone());
        // what cannot be told is passed over: what comes after it comes after its parent
        self.told[at].clone_from(&before);
        let (parent, parent_at) = before.unzip();
        let said_at = said.at.or(parent_at.flatten().map(|at| at.plus(Duration::from_micros(1)))).or(self.start);
        match self.messages(id, parent, said, said_at, into) {
            Ok(last) => self.told[at] = Some((last, said_at)),
            Err(reason) => into.flaw(path, reason),
        }
    }

    /// Adds a message, as several when it is longer than one may be; answers the id of the last.
    fn messages(
        &self,
        id: String,
        mut parent: Option<String>,
        said: Said,
        at: Option<Timestamp>,
        into: &mut Parsed,
    ) -> Result<String, Reason> {
        let id = item::checked_id(id)?;
        let text = without_nul(said.text, into);
        let mut pieces = pieces(&text);
        let first = pieces.next().ok_or("it holds no text")?;
        let rest: Vec<&str> = pieces.collect();
        if rest.len() >= MAX_PIECES {
            let most = MAX_PIECES * MAX_MESSAGE_BYTES;
            return Err(format!("it has {} bytes; the most is {most}", text.len()).into());
        }
        if !rest.is_empty() {
            into.leave("bounds of messages: longer ones came as several");
        }
        let name =
            |name: Option<String>| name.map(|name| name.replace('\0', "").chars().take(MAX_NAME_CHARS).collect());
        let (author, model) = (name(said.author), name(said.model));
        let mut noted = metadata(&attached(said.attachments));
        let mut last = id.clone();
        for (number, piece) in std::iter::once(first).chain(rest).enumerate() {
            if number > 0 {
                last = item::checked_id(format!("{id}/{}", number + 1))?;
            }
            into.items.push(Ok(Item::Message(Box::new(MessageItem {
                conversation_id: self.conversation.clone(),
                id: Some(last.clone()),
                follow: parent.take().map_or(Follow::Nothing, Follow::Message),
                role: said.role,
                author: author.clone(),
                content: piece.to_owned(),
                parts: None,
                tokens: None,
                model: model.clone(),
                metadata: noted.take(),
                created_at: at,
                past: MessagePast::default(),
            }))));
            parent = Some(last.clone());
        }
        Ok(last)
    }
}

/// A text in pieces that may each be a message; divided between lines where there are some. Blank ones are left out.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.len() <= MAX_MESSAGE_BYTES {
            return (!rest.is_empty()).then(|| mem::take(&mut rest));
        }
        let most = rest.floor_char_boundary(MAX_MESSAGE_BYTES);
        let line = rest[..most].rfind('\n').map(|end| end + 1).filter(|end| *end > most / 2);
        let (piece, after) = rest.split_at(line.unwrap_or(most));
        rest = after;
        Some(piece)
    })
    .filter(|piece| !piece.trim().is_empty())
}

/// PostgreSQL cannot store the character U+0000, and nobody can see it.
pub(super) fn without_nul(text: String, into: &mut Parsed) -> String {
    if !text.contains('\0') {
        return text;
    }
    into.leave("characters U+0000");
    text.replace('\0', "")
}

fn attached(mut attachments: Vec<Value>) -> Map<String, Value> {
    attachments.truncate(MAX_NOTED);
    let mut noted = Map::new();
    if !attachments.is_empty() {
        noted.insert("attachments".to_owned(), Value::Array(attachments));
    }
    noted
}

fn metadata(fields: &Map<String, Value>) -> Option<Json> {
    (!fields.is_empty()).then(|| Json::encode(fields).ok()).flatten()
}
