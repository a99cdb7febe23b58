use std::collections::HashSet;

use tantivy::{Index, IndexWriter};

/// Rewrites the segments that hold deleted documents: Tantivy only marks them, and their words would stay in its files
/// until a merge happens to come by.
pub(crate) fn merge_marked(index: &Index, writer: &mut IndexWriter) -> tantivy::Result<()> {
    let mut segments = index.searchable_segment_metas()?;
    segments.retain(|segment| segment.num_deleted_docs() > 0);
    for segment in &segments {
        writer.merge(&[segment.id()]).wait()?;
    }
    Ok(())
}

/// Whether no file holds a deleted document: none is marked, and there are no files of segments that were replaced. A merge
/// under way, or a search that still reads, may keep some for a moment.
pub(crate) fn is_clean(index: &Index) -> tantivy::Result<bool> {
    let segments = index.searchable_segment_metas()?;
    let current: HashSet<String> = segments.iter().map(|segment| segment.id().uuid_string()).collect();
    let is_current = |name: &str| name == "meta.json" || name.split('.').next().is_some_and(|id| current.contains(id));
    let files = index.directory().list_managed_files();
    let all_current = files.iter().all(|file| file.to_str().is_some_and(is_current));
    Ok(all_current && segments.iter().all(|segment| segment.num_deleted_docs() == 0))
}
