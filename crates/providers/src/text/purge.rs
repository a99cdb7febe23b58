use tantivy::{Index, IndexWriter};

/// Rewrites the segments that hold deleted documents: Tantivy only marks them, and their words would stay in its files
/// until a merge happens to come by.
pub(crate) fn merge_marked(index: &Index, writer: &mut IndexWriter) -> tantivy::Result<()> {
    for segment in index.searchable_segment_metas()?.iter().filter(|segment| segment.num_deleted_docs() > 0) {
        writer.merge(&[segment.id()]).wait()?;
    }
    Ok(())
}
