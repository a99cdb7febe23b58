use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Error, Result, Timestamp, types::OutboxSeq};

/// Characters of a node's name at most.
const MAX_CHARS: usize = 64;

/// Name of a node: a server with a data directory of its own that works on a store, the same after each restart.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NodeId(Arc<str>);

impl NodeId {
    /// The only node of a store that nobody shares.
    pub fn local() -> Self {
        Self("local".into())
    }

    /// The bare name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NodeId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > MAX_CHARS || !text.chars().all(is_name) {
            return Err(Error::invalid("node", "the name of a node is 1 to 64 letters, digits, -, _ or ."));
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for NodeId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<NodeId> for String {
    fn from(node: NodeId) -> Self {
        node.0.as_ref().to_owned()
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({})", self.0)
    }
}

/// A node as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which.
    pub id: NodeId,
    /// Grows while it lives: whoever sees it stand still for long enough knows that the node is gone, whatever any clock
    /// says.
    pub beats: u64,
    /// When it grew last, by the store's clock: for people, and for forgetting what is gone for days.
    pub seen_at: Timestamp,
    /// Whether it said that it ends.
    pub has_left: bool,
    /// Up to which change its indexes must have followed and been rewritten, so that nothing erased is in their files.
    pub scrub_due: OutboxSeq,
    /// Up to which change they were.
    pub scrubbed: OutboxSeq,
}
