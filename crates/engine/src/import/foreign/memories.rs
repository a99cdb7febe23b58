//! What other programs remember of a person, where their exports carry it.

use jarvis_core::types::MemoryKind;

use super::{
    super::item::{Item, MemoryItem},
    Parsed,
    fields::Fields,
    talk,
};
use crate::{limits::MAX_MEMORY_BYTES, memories};

/// Memories taken from one element at most.
const MAX_TAKEN: usize = 10_000;

/// Whether an element is Claude's file of memories.
pub(super) fn is_file(fields: &Fields<'_>) -> bool {
    fields.has("conversations_memory") || fields.has("project_memories")
}

/// Claude writes one text about the person and one about each project: each paragraph becomes a memory.
pub(super) fn of_file(fields: &Fields<'_>, into: &mut Parsed) {
    let mut texts: Vec<String> = fields.text("conversations_memory").into_iter().collect();
    if let Some(projects) = fields.object("project_memories") {
        texts.extend(projects.iter().filter_map(|(_, text)| super::fields::text(text)));
    }
    let paragraphs = texts.iter().flat_map(|text| text.split("\n\n")).map(str::trim);
    for paragraph in paragraphs.filter(|paragraph| !is_heading(paragraph)).take(MAX_TAKEN) {
        remember(paragraph, into);
    }
}

/// A line of its own that is marked as a heading tells nothing.
fn is_heading(paragraph: &str) -> bool {
    !paragraph.contains('\n')
        && (paragraph.starts_with('#') || (paragraph.starts_with("**") && paragraph.ends_with("**")))
}

/// ChatGPT repeats what it remembers in hidden messages: a numbered list, each entry with its day in brackets.
pub(super) fn of_context(content: &Fields<'_>, into: &mut Parsed) {
    let text = content.text("model_set_context").unwrap_or_default();
    let mut entry = String::new();
    let mut taken = 0;
    for line in text.lines() {
        if let Some(begun) = begins_entry(line) {
            taken += 1;
            if taken > MAX_TAKEN {
                return;
            }
            remember(std::mem::take(&mut entry).trim(), into);
            begun.clone_into(&mut entry);
        } else if !entry.is_empty() {
            entry.push('\n');
            entry.push_str(line);
        }
    }
    remember(entry.trim(), into);
}

/// What follows `12. [2024-05-01]. ` in a line that begins so.
fn begins_entry(line: &str) -> Option<&str> {
    let (number, rest) = line.split_once(". [")?;
    let (day, rest) = rest.split_once(']')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_day = day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    (is_number && is_day).then(|| rest.trim_start_matches('.').trim_start())
}

fn remember(text: &str, into: &mut Parsed) {
    if text.is_empty() {
        return;
    }
    if text.len() > MAX_MEMORY_BYTES {
        into.flaw("a memory", format!("it has more than {MAX_MEMORY_BYTES} bytes"));
        return;
    }
    let content = talk::without_nul(text.to_owned(), into);
    into.items.push(Ok(Item::Memory(MemoryItem {
        id: None,
        kind: MemoryKind::LongTerm,
        category: memories::DEFAULT_CATEGORY.to_owned(),
        content,
        importance: memories::DEFAULT_IMPORTANCE,
        expires_at: None,
        metadata: None,
        created_at: None,
        past: None,
    })));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_begin_with_number_and_day() {
        assert_eq!(begins_entry("1. [2024-05-01]. Likes tea."), Some("Likes tea."));
        assert_eq!(begins_entry("12. [2024-05-01] Likes tea."), Some("Likes tea."));
        for other in ["", "1. Likes tea", "a. [2024-05-01]. x", "1. [see]. x"] {
            assert_eq!(begins_entry(other), None, "{other}");
        }
    }
}
