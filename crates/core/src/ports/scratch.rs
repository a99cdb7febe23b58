use std::{
    fmt::Debug,
    io::{self, Read, Seek, Write},
    path::Path,
};

use crate::{Error, Result};

/// Room for files that are needed whole and not for long.
///
/// Contract: everything blocks as files do. A file is for this user only; it is gone when it is dropped, and at the next
/// start at the latest.
pub trait Scratch: Send + Sync + Debug {
    /// Bytes that one file may have at most. Whoever writes keeps to it.
    fn limit(&self) -> u64;

    /// A new empty file.
    fn create(&self) -> Result<Box<dyn ScratchFile>>;

    /// The product's error for a write to such a file that failed: `StorageFull` when there is no room.
    fn failed(&self, cause: io::Error) -> Error;
}

/// A file that is gone when it is dropped.
pub trait ScratchFile: Read + Write + Seek + Send + Debug {
    /// Where it is, for those who can only open paths.
    fn path(&self) -> &Path;
}
