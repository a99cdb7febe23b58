//! A directory of a server's own, and the user who owns it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Removed with the value.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
    user: Option<User>,
}

/// User and group by number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    pub(crate) id: u32,
    pub(crate) group: u32,
}

impl User {
    /// Who runs a server that refuses to be run by root; `None` when we are not root.
    pub(crate) fn instead_of_root() -> io::Result<Option<Self>> {
        if number(&["-u"])? != 0 {
            return Ok(None);
        }
        let name = if number(&["-u", "postgres"]).is_ok() { "postgres" } else { "nobody" };
        Ok(Some(Self { id: number(&["-u", name])?, group: number(&["-g", name])? }))
    }
}

fn number(arguments: &[&str]) -> io::Result<u32> {
    let output = Command::new("id").args(arguments).output()?;
    let number = String::from_utf8_lossy(&output.stdout).trim().parse();
    number.map_err(|_| io::Error::other(format!("`id {}` printed no number", arguments.join(" "))))
}

/// A number nobody guesses.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

impl Home {
    /// Makes `name-…` where temporary files go.
    pub(crate) fn new(name: &str, user: Option<User>) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("jarvis-{name}-{:016x}", random()));
        DirBuilder::new().mode(0o700).create(&path)?;
        let home = Self { path, user };
        home.give(&home.path)?;
        Ok(home)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn user(&self) -> Option<User> {
        self.user
    }

    pub(crate) fn give(&self, path: &Path) -> io::Result<()> {
        match self.user {
            Some(user) => chown(path, Some(user.id), Some(user.group)),
            None => Ok(()),
        }
    }

    /// The file to which its server's output goes; what an earlier run wrote stays.
    pub(crate) fn log(&self) -> io::Result<File> {
        OpenOptions::new().create(true).append(true).open(self.path.join("log"))
    }

    /// The last lines of the log.
    pub(crate) fn end_of_log(&self) -> String {
        let log = fs::read_to_string(self.path.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // it lies where temporary files go, so what could not be removed is the machine's to remove
        let _ = fs::remove_dir_all(&self.path);
    }
}
