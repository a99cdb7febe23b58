//! The data directory has one owner: whoever holds its lock. The owner says in `run.json` who it is and how to reach it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    net::SocketAddr,
};

use jarvis_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use crate::{AdminToken, DataDir, DatabaseTarget, fs, system_entropy};

/// What the owner of a data directory tells others, in a file only its own user may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunInfo {
    /// Its process.
    pub pid: u32,
    /// Where it answers HTTP; none while it starts, and for commands that do not serve.
    pub address: Option<SocketAddr>,
    /// Where people find it, such as `https://10.0.0.7:8443/jarvis`; none while it starts.
    pub url: Option<String>,
    /// Proves to it that the bearer may read its data directory.
    pub admin_token: AdminToken,
    /// The database it works on, without a password; none while it starts, and of one that does not tell.
    pub database: Option<String>,
    /// Its version.
    pub version: String,
}

/// `run.json` as written.
#[derive(Serialize, Deserialize)]
struct RunFile {
    pid: u32,
    address: Option<SocketAddr>,
    #[serde(default)]
    url: Option<String>,
    admin_token: String,
    #[serde(default)]
    database: Option<String>,
    version: String,
}

/// The right to use a data directory; given back when dropped or when the process ends, however it ends.
#[derive(Debug)]
pub struct Owner {
    data_dir: DataDir,
    info: RunInfo,
    /// Locked as long as it is open.
    _lock: File,
}

/// The answer to asking for a data directory.
#[derive(Debug)]
pub enum Ownership {
    /// It is ours now.
    Ours(Owner),
    /// Somebody else has it; what it told, when it told anything yet.
    Held(Option<RunInfo>),
}

impl Owner {
    /// Takes the data directory, making it when it is not there, or says who has it.
    pub fn acquire(data_dir: &DataDir) -> Result<Ownership> {
        Self::acquire_with(data_dir, AdminToken::from_entropy(system_entropy()?))
    }

    /// The same with a token of one's own.
    pub fn acquire_with(data_dir: &DataDir, admin_token: AdminToken) -> Result<Ownership> {
        data_dir.create()?;
        let path = data_dir.lock_file();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(&path).map_err(|cause| fs::error("open", &path, cause))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return RunInfo::read(data_dir).map(Ownership::Held),
            Err(TryLockError::Error(cause)) => return Err(fs::error("lock", &path, cause)),
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let info = RunInfo { pid: std::process::id(), address: None, url: None, admin_token, database: None, version };
        let owner = Self { data_dir: data_dir.clone(), info, _lock: lock };
        owner.write()?;
        Ok(Ownership::Ours(owner))
    }

    /// Tells others where it answers, where people find it, and on which database it works.
    pub fn publish(&mut self, address: SocketAddr, url: String, database: &DatabaseTarget) -> Result<()> {
        (self.info.address, self.info.url) = (Some(address), Some(url));
        self.info.database = Some(database.to_string());
        self.write()
    }

    /// What it tells others.
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    fn write(&self) -> Result<()> {
        let RunInfo { pid, address, url, admin_token, database, version } = self.info.clone();
        let file = RunFile { pid, address, url, admin_token: admin_token.reveal().to_owned(), database, version };
        let text = serde_json::to_string_pretty(&file).map_err(Error::internal)?;
        fs::replace_private(&self.data_dir.run_file(), &text)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Before the lock goes, so that the file of a next owner is never the one removed.
        if let Err(error) = fs::remove(&self.data_dir.run_file()) {
            tracing::warn!(?error, "run.json was not removed");
        }
    }
}

impl Ownership {
    /// The owner, or the error that names who has the directory.
    pub fn or_refused(self) -> Result<Owner> {
        match self {
            Self::Ours(owner) => Ok(owner),
            Self::Held(info) => Err(held(info.as_ref())),
        }
    }
}

/// The data directory is somebody else's.
pub fn held(info: Option<&RunInfo>) -> Error {
    let who = match info {
        Some(RunInfo { pid, url: Some(url), .. }) => format!("process {pid}, which serves {url}"),
        Some(RunInfo { pid, .. }) => format!("process {pid}"),
        None => "another process".to_owned(),
    };
    ErrorKind::Conflict
        .error(format!("the data directory is in use by {who}; stop it first, or choose another with --data-dir"))
        .with_code("data_dir_in_use")
}

impl RunInfo {
    /// What the owner of the directory tells. A file left behind by a killed owner is told too: only whoever finds the
    /// lock held may rely on it.
    pub fn read(data_dir: &DataDir) -> Result<Option<Self>> {
        let Some(text) = fs::read_text(&data_dir.run_file())? else { return Ok(None) };
        // Written atomically, so rubbish is somebody's edit; the lock still counts.
        let Ok(RunFile { pid, address, url, admin_token, database, version }) = serde_json::from_str(&text) else {
            return Ok(None);
        };
        Ok(Some(Self { pid, address, url, admin_token: AdminToken::from_text(admin_token), database, version }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> AdminToken {
        AdminToken::from_entropy([7; 32])
    }

    #[test]
    fn a_second_owner_is_told_who_has_it_until_the_first_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = DataDir::new(dir.path());
        let mut first = Owner::acquire_with(&data_dir, token()).unwrap().or_refused().unwrap();
        let database = DatabaseTarget::Sqlite(data_dir.database());
        first.publish("127.0.0.1:8100".parse().unwrap(), "http://127.0.0.1:8100".to_owned(), &database).unwrap();
        let Ownership::Held(Some(info)) = Owner::acquire_with(&data_dir, token()).unwrap() else { panic!("not held") };
        assert_eq!(&info, first.info());
        let refused = held(Some(&info)).to_string();
        assert!(refused.contains(&format!("process {}, which serves", std::process::id())), "{refused}");
        drop(first);
        assert_eq!(RunInfo::read(&data_dir).unwrap(), None);
        assert!(matches!(Owner::acquire_with(&data_dir, token()).unwrap(), Ownership::Ours(_)));
    }

    #[test]
    fn what_a_killed_owner_left_behind_does_not_hold_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = DataDir::new(dir.path());
        fs::replace_private(&data_dir.run_file(), "{\"pid\": 1").unwrap();
        let owner = Owner::acquire_with(&data_dir, token()).unwrap().or_refused().unwrap();
        assert_eq!(RunInfo::read(&data_dir).unwrap().as_ref(), Some(owner.info()));
    }
}
