//! Where the data is.

use std::path::{Path, PathBuf};

use jarvis_core::Result;

use crate::fs;

/// The directory that holds everything Jarvis keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// Names a directory, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Makes it when it is not there, for its owner only.
    pub fn create(&self) -> Result<()> {
        fs::create_private_dir(&self.0)
    }

    /// Itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database, unless the configuration names another place.
    pub fn database(&self) -> PathBuf {
        self.0.join("jarvis.db")
    }

    /// What is derived from the database.
    pub fn indexes(&self) -> PathBuf {
        self.0.join("index")
    }

    /// The text index: derived data, rebuilt when it is removed.
    pub fn text_index(&self) -> PathBuf {
        self.indexes().join("text")
    }

    /// Vectors: derived data, rebuilt when it is removed.
    pub fn vectors(&self) -> PathBuf {
        self.indexes().join("vectors")
    }

    /// Files that are needed for a moment; emptied at every start.
    pub fn temporary(&self) -> PathBuf {
        self.0.join("tmp")
    }

    /// The name of the node that works in it: see [`node_of`](crate::node_of).
    pub fn node_file(&self) -> PathBuf {
        self.0.join("node")
    }

    /// What signs access tokens, when the configuration does not say.
    pub fn signing_key_file(&self) -> PathBuf {
        self.0.join("jwt.key")
    }

    /// What makes the first administrator, when the configuration does not say.
    pub fn setup_token_file(&self) -> PathBuf {
        self.0.join("setup.token")
    }

    /// That the store was moved, until it is noted in the trail.
    pub fn moved_file(&self) -> PathBuf {
        self.0.join("store.moved")
    }

    /// On which server's database it works, when it works on one.
    pub fn belonging_file(&self) -> PathBuf {
        self.0.join("database.json")
    }

    /// Held by the owner as long as it runs.
    pub fn lock_file(&self) -> PathBuf {
        self.0.join("jarvis.lock")
    }

    /// What the owner tells others: see [`RunInfo`](crate::RunInfo).
    pub fn run_file(&self) -> PathBuf {
        self.0.join("run.json")
    }
}

/// The platform's place for the data of a program, from the variables that name it; `None` when none of them is set.
pub(crate) fn platform_default(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let place = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return place("LOCALAPPDATA").map(|base| base.join("Jarvis"));
    }
    if cfg!(target_os = "macos") {
        return place("HOME").map(|home| home.join("Library/Application Support/Jarvis"));
    }
    // XDG base directory specification: a relative path is to be ignored.
    place("XDG_DATA_HOME")
        .or_else(|| place("HOME").map(|home| home.join(".local/share")))
        .map(|base| base.join("jarvis"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn linux_follows_the_base_directory_specification() {
        let with = |pairs: &'static [(&str, &str)]| {
            platform_default(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(with(&[("HOME", "/h")]), Some("/h/.local/share/jarvis".into()));
        assert_eq!(with(&[("HOME", "/h"), ("XDG_DATA_HOME", "/x")]), Some("/x/jarvis".into()));
        assert_eq!(with(&[("HOME", "/h"), ("XDG_DATA_HOME", "relative")]), Some("/h/.local/share/jarvis".into()));
        assert_eq!(with(&[]), None);
    }
}
