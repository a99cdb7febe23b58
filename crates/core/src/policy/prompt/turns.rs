//! The latest turns that fit.

use super::MESSAGE_TOKENS;
use crate::{
    ports::PromptMessage,
    text::estimate_tokens,
    types::{Message, Role},
};

/// Turns as a model takes them.
pub(super) struct Turns {
    pub(super) messages: Vec<PromptMessage>,
    pub(super) tokens: u32,
    /// Where they begin.
    pub(super) first: usize,
}

/// The newest of `turns` that count for at most `tokens`, without a hole, the person's first.
pub(super) fn latest(turns: &[Message], tokens: u32) -> Turns {
    let mut used = 0_u32;
    let mut first = turns.len();
    for turn in turns.iter().rev() {
        let more = if speaks(turn) { cost(turn) } else { 0 };
        if used.saturating_add(more) > tokens {
            break;
        }
        used += more;
        first -= 1;
    }
    // an answer without its question
    while turns.get(first).is_some_and(|turn| turn.role != Role::User || !speaks(turn)) {
        used -= if speaks(&turns[first]) { cost(&turns[first]) } else { 0 };
        first += 1;
    }
    let mut messages = Vec::new();
    for turn in turns[first..].iter().filter(|turn| speaks(turn)) {
        push(&mut messages, turn.role, &turn.content);
    }
    Turns { messages, tokens: used, first }
}

/// What a turn counts for.
fn cost(turn: &Message) -> u32 {
    estimate_tokens(&turn.content).saturating_add(MESSAGE_TOKENS)
}

/// Whether the person or the assistant said something: servers refuse a tool's result without its call.
fn speaks(turn: &Message) -> bool {
    matches!(turn.role, Role::User | Role::Assistant) && !turn.content.trim().is_empty()
}

/// Adds a turn; to the last message when that is of the same role (a question that was never answered), once when it
/// only repeats it.
pub(super) fn push(messages: &mut Vec<PromptMessage>, role: Role, content: &str) {
    match messages.last_mut() {
        Some(last) if last.role == role => {
            if last.content != content {
                last.content.push_str("\n\n");
                last.content.push_str(content);
            }
        }
        _ => messages.push(PromptMessage { role, content: content.to_owned() }),
    }
}
