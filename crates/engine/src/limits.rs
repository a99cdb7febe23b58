//! What a request may hold. Every bound of the engine stands here.

use jarvis_core::{Error, Json, Result};

/// Bytes of one message.
pub const MAX_MESSAGE_BYTES: usize = 100_000;
/// Bytes of one answer; a model that does not stop is stopped there.
pub(crate) const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// Bytes of one memory.
pub const MAX_MEMORY_BYTES: usize = 50_000;
/// Characters of a name or title.
pub const MAX_NAME_CHARS: usize = 200;
/// Characters of a role, goals, summary or context.
pub const MAX_TEXT_CHARS: usize = 20_000;
/// Characters of a category.
pub const MAX_CATEGORY_CHARS: usize = 50;
/// Characters of a search query.
pub const MAX_QUERY_CHARS: usize = 1_000;
/// Bytes of metadata.
pub const MAX_METADATA_BYTES: usize = 64 * 1024;
/// Rows of a list.
pub const MAX_LIST: u32 = 500;
/// Hits of one search.
pub const MAX_SEARCH_LIMIT: usize = 200;
/// Hits that may be skipped: deeper pages cost the index too much, and nobody reads them.
pub const MAX_SEARCH_OFFSET: usize = 10_000;

/// Text with something in it, within `max` bytes and without U+0000, which PostgreSQL cannot store.
pub(crate) fn required_text(field: &'static str, text: &str, max: usize) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::invalid(field, format!("{field} must not be empty")));
    }
    bounded_text(field, text, max)
}

/// Text within `max` bytes and without U+0000.
pub(crate) fn bounded_text(field: &'static str, text: &str, max: usize) -> Result<()> {
    if text.len() > max {
        return Err(Error::invalid(field, format!("{field} must be at most {max} bytes long; split it")));
    }
    no_nul(field, text)
}

/// Text within `max` characters and without U+0000.
pub(crate) fn bounded_chars(field: &'static str, text: &str, max: usize) -> Result<()> {
    if text.len() > max && text.chars().count() > max {
        return Err(Error::invalid(field, format!("{field} must be at most {max} characters long")));
    }
    no_nul(field, text)
}

/// A list limit, from 1 to [`MAX_LIST`].
pub(crate) fn list_limit(limit: u32) -> Result<u32> {
    if limit == 0 || limit > MAX_LIST {
        return Err(Error::invalid("limit", format!("limit must be from 1 to {MAX_LIST}")));
    }
    Ok(limit)
}

/// Metadata: a JSON object of bounded size whose strings hold no U+0000.
pub(crate) fn metadata(value: Option<&Json>) -> Result<()> {
    let Some(json) = value else { return Ok(()) };
    if !json.as_str().trim_start().starts_with('{') {
        return Err(Error::invalid("metadata", "metadata must be a JSON object"));
    }
    bounded_json("metadata", value)
}

/// JSON of bounded size whose strings hold no U+0000.
pub(crate) fn bounded_json(field: &'static str, value: Option<&Json>) -> Result<()> {
    let text = value.map(Json::as_str).unwrap_or_default();
    if text.len() > MAX_METADATA_BYTES {
        return Err(Error::invalid(field, format!("{field} must be at most {MAX_METADATA_BYTES} bytes long")));
    }
    if text.contains("\\u0000") {
        return Err(Error::invalid(field, format!("{field} must not contain the character U+0000")));
    }
    Ok(())
}

fn no_nul(field: &'static str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid(field, format!("{field} must not contain the character U+0000")));
    }
    Ok(())
}
