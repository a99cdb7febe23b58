use tantivy::{Index, IndexWriter};

/// Rewrites the segments that hold deleted documents: Tantivy only marks them, and their words would stay in its files
/// until a merge happens to come by. Answers whether there were any.
pub(crate) fn merge_marked(index: &Index, writer: &mut IndexWriter) -> tantivy::Result<bool> {
    let mut segments = index.searchable_segment_metas()?;
    segments.retain(|segment| segment.num_deleted_docs() > 0);
    for segment in &segments {
        writer.merge(&[segment.id()]).wait()?;
    }
    Ok(!segments.is_empty())
}
