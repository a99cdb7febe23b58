//! The configuration as it is written in a file, section by section. What a value means and whether it is acceptable is
//! decided where it becomes a [`Config`](super::Config).

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    limits::RawLimits,
    log::{RawLog, RawTraces},
};

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawConfig {
    pub(super) data_dir: Option<PathBuf>,
    pub(super) server: RawServer,
    pub(super) limits: RawLimits,
    pub(super) database: RawDatabase,
    pub(super) encryption: RawEncryption,
    pub(super) redis: RawRedis,
    pub(super) cache: RawCache,
    pub(super) migrate: RawMigrate,
    pub(super) auth: RawAuth,
    pub(super) chat: RawChat,
    pub(super) llm: RawLlm,
    pub(super) search: RawSearch,
    pub(super) import: RawImport,
    pub(super) embedding: RawEmbedding,
    pub(super) log: RawLog,
    pub(super) traces: RawTraces,
}

/// How HTTP is served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawServer {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) workers: u16,
    pub(super) request_timeout_secs: u16,
    pub(super) shutdown_timeout_secs: u16,
    pub(super) allowed_origins: Vec<String>,
    pub(super) tls_cert: String,
    pub(super) tls_key: String,
    pub(super) trusted_proxies: Vec<String>,
    pub(super) forwarded_header: String,
    pub(super) base_path: String,
}

impl Default for RawServer {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 8100,
            workers: 0,
            request_timeout_secs: 30,
            shutdown_timeout_secs: 10,
            allowed_origins: Vec::new(),
            tls_cert: String::new(),
            tls_key: String::new(),
            trusted_proxies: Vec::new(),
            forwarded_header: "x-forwarded-for".to_owned(),
            base_path: String::new(),
        }
    }
}

/// Where rows are kept.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawDatabase {
    pub(super) url: String,
    pub(super) replicas: Vec<String>,
    pub(super) max_connections: u16,
    pub(super) acquire_timeout_secs: u16,
    pub(super) statement_timeout_secs: u16,
    pub(super) lock_timeout_secs: u16,
    pub(super) idle_timeout_secs: u16,
}

impl Default for RawDatabase {
    fn default() -> Self {
        Self {
            url: String::new(),
            replicas: Vec::new(),
            max_connections: 20,
            acquire_timeout_secs: 10,
            statement_timeout_secs: 10,
            lock_timeout_secs: 4,
            idle_timeout_secs: 300,
        }
    }
}

impl fmt::Debug for RawDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawDatabase")
            .field("url", &crate::secret::without_password(&self.url))
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

/// Keys of encryption at rest.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawEncryption {
    pub(super) key: String,
    pub(super) previous: Vec<String>,
}

impl fmt::Debug for RawEncryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawEncryption").finish_non_exhaustive()
    }
}

/// What several servers share besides their database.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRedis {
    pub(super) url: String,
    pub(super) prefix: String,
}

impl Default for RawRedis {
    fn default() -> Self {
        Self { url: String::new(), prefix: "jarvis".to_owned() }
    }
}

impl fmt::Debug for RawRedis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, prefix } = self;
        f.debug_struct("RawRedis").field("url", &crate::secret::without_password(url)).field("prefix", prefix).finish()
    }
}

/// What is kept for a while instead of being read again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawCache {
    pub(super) max_mib: u32,
}

impl Default for RawCache {
    fn default() -> Self {
        Self { max_mib: (super::DEFAULT_CACHE_BYTES >> 20) as u32 }
    }
}

/// When the schema changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawMigrate {
    pub(super) auto: bool,
}

impl Default for RawMigrate {
    fn default() -> Self {
        Self { auto: true }
    }
}

/// Who may come in.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawAuth {
    pub(super) mode: String,
    pub(super) registration: String,
    pub(super) access_minutes: u16,
    pub(super) refresh_days: u16,
    pub(super) jwt_secret_key: String,
    pub(super) setup_token: String,
}

impl Default for RawAuth {
    fn default() -> Self {
        Self {
            mode: "open".to_owned(),
            registration: "invite".to_owned(),
            access_minutes: 30,
            refresh_days: 7,
            jwt_secret_key: String::new(),
            setup_token: String::new(),
        }
    }
}

impl fmt::Debug for RawAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, registration, .. } = self;
        f.debug_struct("RawAuth").field("mode", mode).field("registration", registration).finish_non_exhaustive()
    }
}

/// What a prompt is made of, and how an answer is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawChat {
    pub(super) history_tokens: u32,
    pub(super) recall_tokens: u32,
    pub(super) recall_items: u16,
    pub(super) on_disconnect: String,
    pub(super) memory_extraction: String,
}

impl Default for RawChat {
    fn default() -> Self {
        Self {
            history_tokens: 3_000,
            recall_tokens: 1_500,
            recall_items: 8,
            on_disconnect: "finish".to_owned(),
            memory_extraction: "off".to_owned(),
        }
    }
}

/// Which language models are asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLlm {
    pub(super) order: Vec<String>,
    pub(super) fallback: Vec<String>,
    pub(super) context_tokens: u32,
    pub(super) concurrency: u32,
    pub(super) queue: u32,
    pub(super) queue_timeout_secs: u16,
    pub(super) connect_timeout_secs: u16,
    pub(super) first_token_timeout_secs: u16,
    pub(super) gap_timeout_secs: u16,
    pub(super) answer_timeout_secs: u16,
    pub(super) attempts: u32,
    pub(super) breaker_failures: u32,
    pub(super) breaker_secs: u16,
    pub(super) openai: RawOpenAi,
    pub(super) ollama: RawOllama,
    pub(super) bridges: RawBridges,
}

impl Default for RawLlm {
    fn default() -> Self {
        Self {
            order: ["openai", "ollama", "bridges"].map(str::to_owned).to_vec(),
            fallback: Vec::new(),
            context_tokens: 0,
            concurrency: 32,
            queue: 256,
            queue_timeout_secs: 30,
            connect_timeout_secs: 5,
            first_token_timeout_secs: 60,
            gap_timeout_secs: 30,
            answer_timeout_secs: 600,
            attempts: 3,
            breaker_failures: 5,
            breaker_secs: 15,
            openai: RawOpenAi::default(),
            ollama: RawOllama::default(),
            bridges: RawBridges::default(),
        }
    }
}

/// An OpenAI-compatible server.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawOpenAi {
    pub(super) base_url: String,
    pub(super) api_key: String,
    pub(super) model: String,
}

impl fmt::Debug for RawOpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { base_url, api_key: _, model } = self;
        f.debug_struct("RawOpenAi")
            .field("base_url", &crate::secret::without_password(base_url))
            .field("model", model)
            .finish_non_exhaustive()
    }
}

/// An Ollama server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawOllama {
    pub(super) url: String,
    pub(super) model: String,
    pub(super) keep_alive: String,
}

impl Default for RawOllama {
    fn default() -> Self {
        Self { url: String::new(), model: "llama3.2:1b".to_owned(), keep_alive: String::new() }
    }
}

/// The Python bridges.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawBridges {
    pub(super) url: String,
    pub(super) token: String,
}

impl fmt::Debug for RawBridges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawBridges").field("url", &crate::secret::without_password(&self.url)).finish_non_exhaustive()
    }
}

/// What makes vectors of texts.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawEmbedding {
    pub(super) url: String,
    pub(super) model: String,
    pub(super) api_key: String,
    pub(super) dimension: u16,
}

impl fmt::Debug for RawEmbedding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, model, api_key: _, dimension } = self;
        f.debug_struct("RawEmbedding")
            .field("url", &crate::secret::without_password(url))
            .field("model", model)
            .field("dimension", dimension)
            .finish_non_exhaustive()
    }
}

/// What may be imported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawImport {
    pub(super) max_file_mib: u32,
}

impl Default for RawImport {
    fn default() -> Self {
        Self { max_file_mib: 4_096 }
    }
}

/// Where the indexes are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawSearch {
    pub(super) in_memory: bool,
    pub(super) text_index: String,
    pub(super) vector_index: String,
}

impl Default for RawSearch {
    fn default() -> Self {
        Self { in_memory: false, text_index: "local".to_owned(), vector_index: "local".to_owned() }
    }
}
