//! A conversation for people to read.

use std::fmt::Write as _;

use jarvis_core::{
    Timestamp,
    id::MessageId,
    types::{Conversation, ConversationStatus, Message, MessageStatus, Role, Session},
};

use super::one::Tree;

/// Title, session, times.
pub(super) fn head(into: &mut Vec<u8>, head: &Conversation, session: Option<&Session>, hidden: u64) {
    let title = if head.title.is_empty() { "Conversation" } else { &head.title };
    let mut text = format!("# {}\n\n", one_line(title));
    if let Some(session) = session {
        put(&mut text, format_args!("- Session: {}\n", one_line(&session.name)));
    }
    put(&mut text, format_args!("- Begun: {}\n- Last message: {}\n", time(head.created_at), time(head.active_at)));
    let place = match head.status {
        ConversationStatus::Open => "",
        ConversationStatus::Archived => " (archived)",
        ConversationStatus::Deleted => " (in the bin)",
    };
    put(&mut text, format_args!("- Messages: {}{place}\n", head.message_count));
    if hidden > 0 {
        put(&mut text, format_args!("- Other branches: {hidden} of these messages are not shown here\n"));
    }
    if let Some(summary) = &head.summary {
        put(&mut text, format_args!("\n> {}\n", summary.trim().replace('\n', "\n> ")));
    }
    into.extend_from_slice(text.as_bytes());
}

/// A turn under a heading of its own, its text as it is.
pub(super) fn turn(into: &mut Vec<u8>, message: &Message, tree: &Tree, before: Option<MessageId>) {
    let number = tree.number(message.id).unwrap_or_default();
    let mut text = format!("\n## {number}. {}, {}\n", speaker(message), time(message.created_at));
    if message.parent_id != before {
        match message.parent_id.and_then(|parent| tree.number(parent)) {
            Some(parent) => put(&mut text, format_args!("\n*Follows {parent}.*\n")),
            None => text.push_str("\n*Begins anew.*\n"),
        }
    }
    let beside = tree.beside(message);
    if beside > 0 {
        let turns = if beside == 1 { "another turn stands".to_owned() } else { format!("{beside} other turns stand") };
        put(&mut text, format_args!("\n*Here {turns} beside this one.*\n"));
    }
    put(&mut text, format_args!("\n{}\n", message.content.trim_end_matches('\n')));
    if let Some(fence) = open_fence(&message.content) {
        // whatever follows would be code too
        put(&mut text, format_args!("{fence}\n"));
    }
    if message.parts.is_some() {
        text.push_str("\n*With attachments that are not shown here.*\n");
    }
    match message.status {
        MessageStatus::Complete => {}
        MessageStatus::Stopped => text.push_str("\n*Stopped here.*\n"),
        MessageStatus::Interrupted => text.push_str("\n*Broke off here.*\n"),
    }
    into.extend_from_slice(text.as_bytes());
}

fn speaker(message: &Message) -> String {
    let role = match message.role {
        Role::User => "You",
        Role::Assistant => "Assistant",
        Role::System => "System",
        Role::Tool => "Tool",
    };
    let name = message.author.as_deref().or(message.model.as_deref()).map(one_line);
    name.map_or_else(|| role.to_owned(), |name| format!("{role} ({name})"))
}

/// `2026-11-21 15:06 UTC`.
fn time(at: Timestamp) -> String {
    at.to_utc().format("%Y-%m-%d %H:%M UTC").to_string()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The fence of a block of code that a text begins and does not end. Source: CommonMark 0.31, 4.5.
fn open_fence(text: &str) -> Option<String> {
    let mut open: Option<(char, usize)> = None;
    for line in text.lines() {
        let bare = line.trim_start_matches(' ');
        let Some(mark) = bare.chars().next().filter(|mark| line.len() - bare.len() <= 3 && matches!(mark, '`' | '~'))
        else {
            continue;
        };
        let length = bare.chars().take_while(|c| *c == mark).count();
        let rest = &bare[length..];
        match open {
            None if length >= 3 && !(mark == '`' && rest.contains('`')) => open = Some((mark, length)),
            Some((begun, least)) if mark == begun && length >= least && rest.trim().is_empty() => open = None,
            _ => {}
        }
    }
    open.map(|(mark, length)| mark.to_string().repeat(length))
}

/// Writing to a string cannot fail.
fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(what);
}

#[cfg(test)]
mod tests {
    use super::open_fence;

    #[test]
    fn blocks_of_code_that_stay_open_are_found() {
        assert_eq!(open_fence("text\n```rust\nfn main() {}\n```\n"), None);
        assert_eq!(open_fence("```\ncode"), Some("```".to_owned()));
        assert_eq!(open_fence("````\n```\n"), Some("````".to_owned()));
        assert_eq!(open_fence("~~~ sh\n```\n"), Some("~~~".to_owned()));
        assert_eq!(open_fence("```\n``` not an end\n```"), None);
        assert_eq!(open_fence("use ```x``` here\n    ```\n"), None);
    }
}
