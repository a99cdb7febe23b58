//! What a file is, told from its beginning.

use super::ImportFormat;

/// Bytes of the beginning that are looked at, at most.
const HEAD: usize = 64 * 1024;

const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
const SQLITE: &[u8] = b"SQLite format 3\0";

/// Names at the top of an object that only a conversation of another program has.
const FOREIGN: [&str; 8] = [
    "mapping",
    "chat_messages",
    "chat",
    "history",
    "conversationId",
    "messages",
    "conversations_memory",
    "project_memories",
];

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// JSON lines.
    Lines,
    /// A JSON list of conversations, or one conversation.
    Elements,
    /// A zip with such files.
    Zip,
    /// A SQLite database.
    Database,
    /// Nothing that is known.
    Unknown,
}

/// Tells by the beginning of a file what it is; none when more of it is needed. `format` is what the caller knows.
pub(super) fn sniff(head: &[u8], is_all: bool, format: Option<ImportFormat>) -> Option<Kind> {
    if format == Some(ImportFormat::Jsonl) {
        return Some(Kind::Lines);
    }
    let may_become = |magic: &[u8]| !is_all && head.len() < magic.len() && magic.starts_with(head);
    if ZIP.into_iter().chain([SQLITE]).any(may_become) {
        return None;
    }
    if head.starts_with(SQLITE) {
        return Some(Kind::Database);
    }
    if ZIP.iter().any(|magic| head.starts_with(magic)) {
        return Some(Kind::Zip);
    }
    if format == Some(ImportFormat::OpenConverse) {
        return Some(Kind::Unknown);
    }
    let is_enough = is_all || head.len() >= HEAD;
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match text.first() {
        None if is_enough => Some(Kind::Lines),
        None => None,
        Some(b'[') => Some(Kind::Elements),
        Some(b'{') if format.is_some() => Some(Kind::Elements),
        Some(b'{') => object(text, is_enough),
        Some(_) => Some(Kind::Unknown),
    }
}

/// An object may be a line of ours or a conversation of another program: the names at its top tell.
fn object(text: &[u8], is_enough: bool) -> Option<Kind> {
    let names = Names::of(text);
    if names.found.iter().any(|name| FOREIGN.iter().any(|foreign| name == foreign.as_bytes())) {
        return Some(Kind::Elements);
    }
    if names.found.iter().any(|name| name == b"type") {
        return Some(Kind::Lines);
    }
    (is_enough || names.ended).then_some(Kind::Unknown)
}

/// The names at the top of an object, as far as it has come.
struct Names {
    found: Vec<Vec<u8>>,
    ended: bool,
}

impl Names {
    fn of(text: &[u8]) -> Self {
        let mut names = Self { found: Vec::new(), ended: false };
        let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
        let mut last: &[u8] = b"";
        let mut opened = 0;
        for (at, byte) in text.iter().enumerate() {
            if quoted {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => {
                        quoted = false;
                        last = &text[opened..at];
                    }
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => (quoted, opened) = (true, at + 1),
                b'{' | b'[' => depth += 1,
                b':' if depth == 1 => names.found.push(last.to_vec()),
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        names.ended = true;
                        break;
                    }
                }
                _ => {}
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(head: &str) -> Option<Kind> {
        sniff(head.as_bytes(), true, None)
    }

    #[test]
    fn files_are_known_by_their_beginning() {
        assert_eq!(kind("SQLite format 3\0…"), Some(Kind::Database));
        assert_eq!(kind("PK\u{3}\u{4}…"), Some(Kind::Zip));
        assert_eq!(kind("\u{feff} [\n {\"title\""), Some(Kind::Elements));
        assert_eq!(kind(r#"{"conversationId":"1","messages":[]}"#), Some(Kind::Elements));
        assert_eq!(kind("{\n  \"title\": \"type\",\n  \"mapping\": {"), Some(Kind::Elements));
        assert_eq!(kind("{\"type\":\"message\",\"metadata\":{\"mapping\":1}}\n"), Some(Kind::Lines));
        assert_eq!(kind(""), Some(Kind::Lines));
        for other in ["<html>", "hello", "{\"typo\":1}\n", "{\"a\": \"never ends", "PK", "SQLite"] {
            assert_eq!(kind(other), Some(Kind::Unknown), "{other}");
        }
    }

    #[test]
    fn more_is_asked_for_while_it_can_help() {
        for begun in ["", "  ", "P", "SQLite form", "{\"title\":\"", "{\"a\":{\"mapping\":"] {
            assert_eq!(sniff(begun.as_bytes(), false, None), None, "{begun}");
        }
        let endless = format!("{{\"a\":\"{}", "x".repeat(HEAD));
        assert_eq!(sniff(endless.as_bytes(), false, None), Some(Kind::Unknown));
    }

    #[test]
    fn what_the_caller_knows_decides() {
        assert_eq!(sniff(b"bad", true, Some(ImportFormat::Jsonl)), Some(Kind::Lines));
        assert_eq!(sniff(b"{\"a\":", true, Some(ImportFormat::ChatGpt)), Some(Kind::Elements));
        assert_eq!(sniff(b"[]", true, Some(ImportFormat::OpenConverse)), Some(Kind::Unknown));
        assert_eq!(sniff(b"PK\x03\x04", true, Some(ImportFormat::Claude)), Some(Kind::Zip));
    }
}
