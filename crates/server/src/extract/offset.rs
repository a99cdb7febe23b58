use jarvis_core::{Error, Result};

/// Where a page of search hits begins: the cursor of a search is the number of hits to skip, which callers hand back
/// unchanged.
pub(crate) fn offset(cursor: Option<&str>) -> Result<usize> {
    match cursor {
        None | Some("") => Ok(0),
        Some(text) => {
            text.parse().map_err(|_| Error::invalid("cursor", "use the next_cursor of the page before, unchanged"))
        }
    }
}
