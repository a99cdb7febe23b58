//! Where PostgreSQL's programs are.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::home::Home;
use crate::process::{command, run};

/// A directory that holds `initdb`, `postgres` and `pg_basebackup` of one version.
#[derive(Clone, Debug)]
pub struct PostgresPrograms(PathBuf);

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
        packaged.chain(std::env::split_paths(&path)).map(Self).find(Self::are_there)
    }

    /// Those in this directory.
    pub fn at(directory: impl Into<PathBuf>) -> Option<Self> {
        Some(Self(directory.into())).filter(Self::are_there)
    }

    fn are_there(&self) -> bool {
        ["initdb", "postgres"].iter().all(|name| self.0.join(name).is_file())
    }

    pub(super) fn program(&self, name: &str) -> OsString {
        self.0.join(name).into_os_string()
    }

    /// The same programs where the home's user may run them: what lies in somebody's own directory is copied.
    pub(super) fn reachable_from(&self, home: &Home) -> io::Result<Self> {
        if run(command(home, &self.program("postgres")).arg("--version")).is_ok() {
            return Ok(self.clone());
        }
        let whole = self.0.parent().unwrap_or(Path::new("/"));
        let copy = home.path().join("programs");
        run(std::process::Command::new("cp").arg("-R").arg(whole).arg(&copy))?;
        run(std::process::Command::new("chmod").args(["-R", "go+rX"]).arg(&copy))?;
        Ok(Self(copy.join(self.0.file_name().unwrap_or_default())))
    }
}
