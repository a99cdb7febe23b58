//! From an address to the provider behind it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use jarvis_core::{Error, ErrorKind, Result};
use jarvis_providers::ApiKey;

use crate::{DataDir, config::BridgesEndpoint, secret::Address};

/// A database that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseTarget {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A database on a PostgreSQL server.
    Postgres(Address),
}

impl DatabaseTarget {
    /// The database behind an address: empty is the data directory's own, `sqlite:PATH` and a bare path are files,
    /// relative to the data directory, `postgresql://…` is a server.
    pub fn choose(url: &str, data_dir: &DataDir) -> Result<Self> {
        Self::choose_in(data_dir.path(), url, data_dir)
    }

    /// The same of a command line, where paths are relative to the working directory.
    pub fn choose_in(working_dir: &Path, url: &str, data_dir: &DataDir) -> Result<Self> {
        if url.is_empty() {
            return Ok(Self::Sqlite(data_dir.database()));
        }
        if ["host=", "password=", "dbname="].iter().any(|word| url.contains(word)) && !url.contains("://") {
            let message = "a database on a server is written postgresql://USER:PASSWORD@HOST:PORT/NAME";
            return Err(Error::invalid("database.url", message));
        }
        let path = match url.split_once(':') {
            Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
            // a drive letter
            Some((drive, _)) if drive.len() == 1 => url,
            Some(("postgresql" | "postgres", rest)) if rest.starts_with("//") => {
                return Ok(Self::Postgres(Address::new(url)));
            }
            Some((scheme, rest)) if rest.starts_with("//") || is_scheme(scheme) => return Err(unsupported(scheme)),
            _ => url,
        };
        // other tools write the mode they open with behind the path; ours is always "read, write, create"
        let path = path.strip_suffix("?mode=rwc").unwrap_or(path);
        if path.is_empty() || path == ":memory:" || path.contains('?') {
            let message = "a SQLite database is a file here; write sqlite:PATH without parameters";
            return Err(Error::invalid("database.url", message));
        }
        Ok(Self::Sqlite(working_dir.join(path)))
    }
}

/// As people name it, without its password.
impl fmt::Display for DatabaseTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(address) => write!(f, "{address}"),
        }
    }
}

/// What makes vectors of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmbeddingTarget {
    /// The model inside the binary.
    Static,
    /// An ONNX sentence-transformer in a directory.
    Onnx(PathBuf),
    /// An OpenAI-compatible server.
    OpenAi(EmbeddingEndpoint),
    /// The Python bridges.
    Bridges(BridgesEndpoint),
}

/// A server that makes vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddingEndpoint {
    /// Its address, with `/v1`.
    pub url: String,
    /// Which of its models.
    pub model: String,
    /// What it wants as a key.
    pub api_key: Option<ApiKey>,
    /// Numbers in a vector; `None` asks the server once.
    pub dimension: Option<usize>,
}

impl EmbeddingTarget {
    /// The model behind an address: empty is the one inside the binary, `http:` and `https:` are servers, `bridges:` is what
    /// the Python bridges have, anything else is a directory, relative to the data directory.
    pub fn choose(
        url: &str,
        endpoint: EmbeddingEndpoint,
        bridges: Option<&BridgesEndpoint>,
        data_dir: &DataDir,
    ) -> Result<Self> {
        if url.is_empty() {
            return Ok(Self::Static);
        }
        if url == "bridges:" {
            let unset = || Error::invalid("embedding.url", "set PYTHON_BRIDGES_URL to the address of the bridges");
            return bridges.cloned().map(Self::Bridges).ok_or_else(unset);
        }
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Ok(Self::Onnx(data_dir.path().join(url)));
        }
        if endpoint.model.is_empty() {
            return Err(Error::invalid("embedding.model", "name the model that the server shall use"));
        }
        Ok(Self::OpenAi(endpoint))
    }
}

fn is_scheme(text: &str) -> bool {
    matches!(text, "postgres" | "postgresql" | "mysql" | "mariadb" | "mssql" | "mongodb" | "redis" | "file")
}

fn unsupported(scheme: &str) -> Error {
    ErrorKind::Unsupported.error(format!(
        "Jarvis stores in SQLite or PostgreSQL and has nothing for `{scheme}:`; leave it empty, or write sqlite:PATH or \
         postgresql://USER@HOST/DATABASE"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(url: &str) -> Result<String> {
        DatabaseTarget::choose(url, &DataDir::new("/data")).map(|target| target.to_string())
    }

    #[test]
    fn files_are_chosen_by_address_or_path() {
        for (url, path) in [
            ("", "sqlite:/data/jarvis.db"),
            ("sqlite:mine.db", "sqlite:/data/mine.db"),
            ("sqlite://mine.db", "sqlite:/data/mine.db"),
            ("sqlite:///srv/mine.db?mode=rwc", "sqlite:/srv/mine.db"),
            ("/srv/mine.db", "sqlite:/srv/mine.db"),
            ("mine.db", "sqlite:/data/mine.db"),
        ] {
            assert_eq!(choose(url).unwrap(), path, "{url}");
        }
    }

    #[test]
    fn a_server_is_chosen_by_its_scheme_and_shown_without_its_password() {
        for scheme in ["postgresql", "postgres"] {
            let url = format!("{scheme}://jarvis:secret@db:5432/jarvis");
            assert_eq!(choose(&url).unwrap(), format!("{scheme}://jarvis:…@db:5432/jarvis"));
            let target = DatabaseTarget::choose(&url, &DataDir::new("/data")).unwrap();
            assert!(!format!("{target:?}").contains("secret"));
            assert!(matches!(target, DatabaseTarget::Postgres(address) if address.reveal() == url));
        }
    }

    #[test]
    fn what_would_keep_data_elsewhere_or_nowhere_is_refused() {
        for url in ["mysql://jarvis:secret@db/jarvis", "postgres:x", "mongodb://db", "http://db"] {
            let error = choose(url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{url}");
            assert!(error.message().contains("SQLite or PostgreSQL") && !error.message().contains("secret"), "{error}");
        }
        for url in ["host=db password=secret", "sqlite:", "sqlite::memory:", "sqlite:x.db?mode=memory"] {
            assert_eq!(choose(url).unwrap_err().kind(), ErrorKind::Invalid, "{url}");
        }
    }
}
