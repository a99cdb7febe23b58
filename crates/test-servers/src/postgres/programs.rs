//! Where PostgreSQL's programs are.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::home::Home;
use crate::process::{command, run};

/// A directory that holds `initdb`, `postgres` and `pg_basebackup` of one version.
#[derive(Clone, Debug)]
pub struct PostgresPrograms {
    directory: PathBuf,
    /// They need what else is in here, where they find it from their own place.
    whole: PathBuf,
}

impl PostgresPrograms {
    /// Those of the operating system; of several versions the oldest that is supported, 15.
    pub fn installed() -> Option<Self> {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut versions: Vec<(u32, PathBuf)> = versions
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .collect();
        versions.sort();
        let packaged = versions.into_iter().filter(|(version, _)| *version >= 15).map(|(_, path)| path);
        let path = std::env::var_os("PATH").unwrap_or_default();
        packaged.chain(std::env::split_paths(&path)).find_map(Self::at)
    }

    /// Those in this directory, with their libraries beside it.
    pub fn at(directory: impl Into<PathBuf>) -> Option<Self> {
        let directory = directory.into();
        let whole = directory.parent().unwrap_or(Path::new("/")).to_owned();
        Self::within(whole, directory)
    }

    /// Those in `directory`, whose libraries are somewhere in `whole`.
    pub fn within(whole: impl Into<PathBuf>, directory: impl Into<PathBuf>) -> Option<Self> {
        let found = Self { directory: directory.into(), whole: whole.into() };
        let are_there = ["initdb", "postgres"].iter().all(|name| found.directory.join(name).is_file());
        (are_there && found.directory.starts_with(&found.whole)).then_some(found)
    }

    pub(super) fn program(&self, name: &str) -> OsString {
        self.directory.join(name).into_os_string()
    }

    /// The same programs where the home's user may run them: what lies in somebody's own directory is copied.
    pub(super) fn reachable_from(&self, home: &Home) -> io::Result<Self> {
        if run(command(home, &self.program("postgres")).arg("--version")).is_ok() {
            return Ok(self.clone());
        }
        let copy = home.path().join("programs");
        run(std::process::Command::new("cp").arg("-R").arg(&self.whole).arg(&copy))?;
        run(std::process::Command::new("chmod").args(["-R", "go+rX"]).arg(&copy))?;
        let directory = self.directory.strip_prefix(&self.whole).map_err(io::Error::other)?;
        Ok(Self { directory: copy.join(directory), whole: copy })
    }
}
