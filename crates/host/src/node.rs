//! Who a server is among those that share a database.

use jarvis_core::{ErrorKind, Result, ports::Ids, types::NodeId};
use jarvis_postgres::PostgresClaim;

use crate::{DataDir, fs};

/// The name of the node that works in a data directory, made at the first asking and the same from then on: its indexes
/// are there, and other nodes know it by it. Whoever asks must own the directory.
///
/// Errors: `Corrupt` when the file holds no name. A copy of the directory on another machine must not keep the file: the
/// two would be taken for one.
pub fn node_of(data_dir: &DataDir, ids: &dyn Ids) -> Result<NodeId> {
    let path = data_dir.node_file();
    if let Some(text) = fs::read_text(&path)? {
        return text.trim().parse().map_err(|cause| {
            ErrorKind::Corrupt
                .error(
                    "the file `node` of the data directory holds no name of a node; remove it, and a new one is made",
                )
                .with_source(cause)
        });
    }
    let node: NodeId = ids.next().to_string().parse()?;
    fs::replace_private(&path, node.as_str())?;
    Ok(node)
}

/// Takes the node's name in the database at `url`, for as long as the claim lives.
///
/// Errors: `Conflict` with code `node_in_use` when another living process has it.
pub(crate) async fn claim(url: &str, node: &NodeId) -> Result<PostgresClaim> {
    PostgresClaim::take(url, node).await?.ok_or_else(|| {
        ErrorKind::Conflict
            .error(
                "another server that runs on this database has the same name, as when a data directory is copied; remove \
                 the file `node` of the copy, and its server gets a name of its own",
            )
            .with_code("node_in_use")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_core::testkit::CountingIds;

    #[test]
    fn a_data_directory_keeps_the_name_of_its_node() {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = DataDir::new(dir.path());
        let ids = CountingIds::default();
        let node = node_of(&data_dir, &ids).unwrap();
        assert_eq!(node.as_str(), "00000000-0000-7000-8000-000000000001");
        assert_eq!(node_of(&data_dir, &ids).unwrap(), node);
        fs::replace_private(&data_dir.node_file(), "no name\n").unwrap();
        assert_eq!(node_of(&data_dir, &ids).unwrap_err().kind(), ErrorKind::Corrupt);
    }
}
