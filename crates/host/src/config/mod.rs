//! Configuration: what is written somewhere becomes a [`Config`] that the rest can rely on.
//!
//! Order: built-in defaults < configuration file < `.env` in the working directory < environment < flags. A later place
//! wins key by key. An unknown key or a value that is not acceptable is an error that names it, its place and what is
//! accepted.
//!
//! To add a key: a field in its section (`sections`), its line in `default.toml`, its meaning in `resolve`, and a
//! row in `variables` when a variable sets it.

mod auth;
mod database;
mod dotenv;
mod encryption;
mod layer;
mod limits;
mod llm;
mod log;
mod resolve;
mod sections;
mod show;
mod sources;
mod transport;
mod variables;

use std::{net::IpAddr, path::PathBuf, time::Duration};

use jarvis_core::{
    Result,
    policy::networks::{ForwardedBy, TrustedProxies},
};
use jarvis_engine::{MemoryExtraction, OnDisconnect};

pub use auth::AuthConfig;
pub use database::{CacheConfig, DEFAULT_CACHE_BYTES, DatabaseConfig, IndexPlace, RedisConfig, SearchConfig};
pub use encryption::EncryptionConfig;
pub use limits::LimitsConfig;
pub use llm::{BridgesEndpoint, LlmConfig, LlmProvider, OllamaEndpoint, OpenAiEndpoint};
pub use log::{LogConfig, LogFile, LogFormat, TraceConfig};
pub use show::Setting;
pub use sources::{Flags, Sources};
pub use transport::TlsConfig;

use crate::{DataDir, EmbeddingTarget};

/// The commented file that `jarvis config default` prints. It says what is in effect without any file.
pub const DEFAULT_FILE: &str = include_str!("default.toml");

/// Every variable that is known, in the environment or in `.env`.
pub fn variable_names() -> impl Iterator<Item = &'static str> {
    variables::VARIABLES.iter().map(|variable| variable.name)
}

/// What everything is built from; every value is acceptable.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where everything is kept.
    pub data_dir: DataDir,
    /// How HTTP is served.
    pub server: ServerConfig,
    /// Who may come in.
    pub auth: AuthConfig,
    /// How much anybody may ask, send and keep open.
    pub limits: LimitsConfig,
    /// Where rows are kept.
    pub database: DatabaseConfig,
    /// What people wrote is sealed under.
    pub encryption: EncryptionConfig,
    /// What several servers share besides their database; nothing on one alone.
    pub redis: Option<RedisConfig>,
    /// What is kept for a while instead of being read again.
    pub cache: CacheConfig,
    /// What a prompt is made of, and how an answer is given.
    pub chat: ChatConfig,
    /// Where the indexes are.
    pub search: SearchConfig,
    /// What may be imported.
    pub import: ImportConfig,
    /// Which language models are asked.
    pub llm: LlmConfig,
    /// What makes vectors of texts.
    pub embedding: EmbeddingTarget,
    /// What is logged.
    pub log: LogConfig,
    /// Where traces go.
    pub traces: TraceConfig,
    /// What is set and has no effect; to be told at the start.
    pub notices: Vec<String>,
    settings: Vec<Setting>,
}

/// How HTTP is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// A loopback address, unless everybody has to log in.
    pub host: IpAddr,
    /// 0 picks a free one.
    pub port: u16,
    /// Threads that serve; `None` is one per core.
    pub workers: Option<usize>,
    /// Longest a request may take.
    pub request_timeout: Duration,
    /// Longest that open requests are waited for at the end.
    pub shutdown_timeout: Duration,
    /// Web origins that may call, beside the server's own.
    pub allowed_origins: Vec<String>,
    /// The files of TLS; plain HTTP without.
    pub tls: Option<TlsConfig>,
    /// Whose word counts about where a request came from.
    pub trusted_proxies: TrustedProxies,
    /// Where they say it.
    pub forwarded_by: ForwardedBy,
    /// What stands before every path, such as `/jarvis`; empty at the root.
    pub base_path: String,
}

/// What a prompt is made of, and how an answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatConfig {
    /// Estimated tokens of earlier turns, at most.
    pub history_tokens: u32,
    /// Estimated tokens of recalled texts, at most.
    pub recall_tokens: u32,
    /// Recalled texts, at most.
    pub recall_items: usize,
    /// What becomes of an answer that nobody reads any more.
    pub on_disconnect: OnDisconnect,
    /// Who notes what people tell about themselves.
    pub memory_extraction: MemoryExtraction,
}

/// What may be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportConfig {
    /// Bytes at most of a file that must be whole before it is read: a zip, a database.
    pub max_file_bytes: u64,
}

impl Config {
    /// Asks every place for its values and judges the result. Changes nothing.
    pub fn load(sources: &Sources) -> Result<Self> {
        resolve::config(sources)
    }

    /// The defaults, in a data directory of one's own.
    pub fn for_data_dir(data_dir: impl Into<PathBuf>) -> Result<Self> {
        let flags = Flags { data_dir: Some(data_dir.into()), ..Flags::default() };
        Self::load(&Sources { working_dir: PathBuf::from("."), environment: Vec::new(), flags })
    }

    /// Whether the configured database can be there: a file is looked for, a server is only asked when it is opened.
    pub fn has_data(&self) -> Result<bool> {
        match &self.database.target {
            crate::DatabaseTarget::Sqlite(path) => {
                path.try_exists().map_err(|cause| crate::fs::error("look for", path, cause))
            }
            crate::DatabaseTarget::Postgres(_) => Ok(true),
        }
    }

    /// Every value in effect with its place, in alphabetical order of the keys. Passwords are taken out.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// Where the value of a key comes from.
    pub fn origin(&self, key: &str) -> &str {
        self.settings.iter().find(|setting| setting.key == key).map_or("default", |setting| &setting.origin)
    }
}

/// What `fuzz/` drives: `.env` and a configuration file, as [`Sources::gather_from`] takes them.
#[cfg(fuzzing)]
pub fn fuzz(text: &str) {
    let flags = Flags { data_dir: Some("data".into()), ..Flags::default() };
    let sources = Sources { working_dir: PathBuf::from("."), environment: Vec::new(), flags };
    let config = sources.gather_from(text).and_then(|gathered| resolve::judged(gathered, &sources.working_dir));
    if let Ok(config) = config {
        assert!(!config.settings().is_empty());
    }
}
