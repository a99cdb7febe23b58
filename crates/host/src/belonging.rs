//! On which server's database a data directory works: kept in it, so that who comes without the settings that name the server
//! is not given a file instead, be it empty or what everything was moved out of.

use jarvis_core::{Error, ErrorKind, Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Config, DataDir, DatabaseTarget, fs};

/// What is kept; nothing where a file is worked on.
#[derive(Debug, Serialize, Deserialize)]
struct Belonging {
    /// Its address, without a password.
    database: String,
    /// What was moved into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moved_from: Option<String>,
    since: String,
}

/// Keeps that the data directory works on `to` since everything was moved into it out of `from`.
pub fn keep_belonging(data_dir: &DataDir, from: &DatabaseTarget, to: &DatabaseTarget, at: Timestamp) -> Result<()> {
    keep(data_dir, to, Some(from.to_string()), at)
}

/// Keeps that the data directory works on `database`.
pub(crate) fn keep(
    data_dir: &DataDir,
    database: &DatabaseTarget,
    moved_from: Option<String>,
    at: Timestamp,
) -> Result<()> {
    let path = data_dir.belonging_file();
    let DatabaseTarget::Postgres(address) = database else { return fs::remove(&path) };
    let now = Belonging { database: address.to_string(), moved_from, since: at.to_string() };
    match read(data_dir)? {
        Some(known) if known.database == now.database && now.moved_from.is_none() => Ok(()),
        _ => fs::replace_private(&path, &serde_json::to_string_pretty(&now).map_err(Error::internal)?),
    }
}

/// Refuses to work on a file where the data directory belongs to a database on a server. To be asked before the configured
/// database is opened, or made.
///
/// Errors: `Conflict` with code `other_database`.
pub fn refuse_other_database(config: &Config) -> Result<()> {
    let DatabaseTarget::Sqlite(_) = &config.database.target else { return Ok(()) };
    let Some(Belonging { database, moved_from, since }) = read(&config.data_dir)? else { return Ok(()) };
    let (file, origin, target) =
        (config.data_dir.belonging_file(), config.origin("database.url"), &config.database.target);
    let why = match moved_from {
        Some(from) => format!("everything in {from} was moved to {database} ({since})"),
        None => format!("this data directory works on {database} (since {since})"),
    };
    Err(ErrorKind::Conflict
        .error(format!(
            "{why}, but database.url ({origin}) names {target}; set DATABASE_URL (database.url) to that server, with its password. \
             If the file is meant all the same, without what was written since, remove {}",
            file.display()
        ))
        .with_code("other_database"))
}

fn read(data_dir: &DataDir) -> Result<Option<Belonging>> {
    let path = data_dir.belonging_file();
    let Some(text) = fs::read_text(&path)? else { return Ok(None) };
    let unreadable = |_| {
        let message =
            format!("{} is not what Jarvis wrote; remove it if you know which database is meant", path.display());
        ErrorKind::Corrupt.error(message)
    };
    serde_json::from_str(&text).map(Some).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Flags, Sources};

    fn config(dir: &std::path::Path, url: &str) -> Config {
        let environment = vec![("DATABASE_URL".to_owned(), url.to_owned())];
        let flags = Flags { data_dir: Some(dir.to_owned()), ..Flags::default() };
        Config::load(&Sources { working_dir: dir.to_owned(), environment, flags }).unwrap()
    }

    #[test]
    fn a_file_is_refused_where_a_server_was_worked_on_until_everything_is_moved_back() {
        let dir = tempfile::tempdir().unwrap();
        let (file, server) =
            (config(dir.path(), ""), config(dir.path(), "postgresql://jarvis:secret@db/jarvis?password=secret"));
        let keep = |config: &Config, from: Option<&str>| {
            let (target, at) = (&config.database.target, Timestamp::from_micros(0));
            super::keep(&config.data_dir, target, from.map(str::to_owned), at).unwrap();
        };
        keep(&file, None);
        refuse_other_database(&file).unwrap();
        keep(&server, None);
        let refused = refuse_other_database(&file).unwrap_err();
        assert_eq!(refused.code(), "other_database");
        assert!(refused.message().contains("works on postgresql://jarvis:…@db/jarvis"), "{refused}");
        refuse_other_database(&server).unwrap();
        refuse_other_database(&config(dir.path(), "postgresql://elsewhere/jarvis")).unwrap();

        keep(&server, Some("sqlite:/data/jarvis.db"));
        keep(&server, None);
        let refused = refuse_other_database(&file).unwrap_err().to_string();
        assert!(refused.contains("everything in sqlite:/data/jarvis.db was moved to"), "{refused}");
        assert!(!refused.contains("secret"), "{refused}");
        let kept = fs::read_text(&file.data_dir.belonging_file()).unwrap().unwrap();
        assert!(!kept.contains("secret"), "{kept}");
        keep(&file, Some("postgresql://jarvis@db/jarvis"));
        refuse_other_database(&file).unwrap();
    }
}
