//! Every environment variable that Jarvis knows, what it accepts and what it does.

use figment::value::Value;
use jarvis_core::{Error, Result};

/// A variable, in the environment or in `.env`. An empty value is the same as none.
pub(super) struct Variable {
    pub(super) name: &'static str,
    accepts: Accepts,
    pub(super) effect: Effect,
}

/// What a variable does.
#[derive(Clone, Copy)]
pub(super) enum Effect {
    /// Gives a key of the configuration its value.
    Sets(&'static str),
    /// Chooses the configuration file.
    ChoosesFile,
    /// Belongs to a part that this build does not have: checked, and otherwise without effect.
    Nothing,
}

/// What a variable accepts.
#[derive(Clone, Copy)]
enum Accepts {
    Text,
    /// As text, and never shown.
    Secret {
        min_bytes: usize,
    },
    Number {
        min: u64,
        max: u64,
    },
    /// true or false.
    Flag,
    /// Separated by commas, or a JSON array of strings.
    List,
    /// As a list, and never shown.
    SecretList,
    OneOf(&'static [&'static str]),
    /// An address with one of these schemes.
    Url(&'static [&'static str]),
}

use Accepts::{Flag, List, Number, OneOf, Secret, SecretList, Text, Url};
use Effect::{ChoosesFile, Nothing, Sets};

const HTTP: Accepts = Url(&["http", "https"]);
const PORT: Accepts = Number { min: 0, max: 65_535 };
const SECRET: Accepts = Secret { min_bytes: 1 };

const fn variable(name: &'static str, accepts: Accepts, effect: Effect) -> Variable {
    Variable { name, accepts, effect }
}

/// All of them; of two that set the same key, the later one wins.
pub(super) const VARIABLES: &[Variable] = &[
    variable("JARVIS_CONFIG", Text, ChoosesFile),
    variable("JARVIS_DATA_DIR", Text, Sets("data_dir")),
    variable("HOST", Text, Sets("server.host")),
    variable("PORT", PORT, Sets("server.port")),
    variable("WORKERS", Number { min: 0, max: 1_024 }, Sets("server.workers")),
    variable("REQUEST_TIMEOUT_SECS", Number { min: 1, max: 3_600 }, Sets("server.request_timeout_secs")),
    variable("ALLOWED_ORIGINS", List, Sets("server.allowed_origins")),
    variable("TLS_CERT_PATH", Text, Sets("server.tls_cert")),
    variable("TLS_KEY_PATH", Text, Sets("server.tls_key")),
    variable("TRUSTED_PROXIES", List, Sets("server.trusted_proxies")),
    variable("BASE_PATH", Text, Sets("server.base_path")),
    variable("LIMITS_ENABLED", Flag, Sets("limits.enabled")),
    variable("DATABASE_URL", Secret { min_bytes: 1 }, Sets("database.url")),
    variable("DATABASE_REPLICA_URLS", SecretList, Sets("database.replicas")),
    variable("REDIS_URL", SECRET, Sets("redis.url")),
    variable("CACHE_MAX_MIB", Number { min: 0, max: 1 << 20 }, Sets("cache.max_mib")),
    variable("DB_MAX_CONNECTIONS", Number { min: 1, max: 1_000 }, Sets("database.max_connections")),
    variable("DB_ACQUIRE_TIMEOUT_SECS", Number { min: 1, max: 3_600 }, Sets("database.acquire_timeout_secs")),
    variable("EMBEDDING_URL", Text, Sets("embedding.url")),
    variable("EMBEDDING_MODEL", Text, Sets("embedding.model")),
    variable("EMBEDDING_API_KEY", SECRET, Sets("embedding.api_key")),
    variable("EMBEDDING_DIMENSION", Number { min: 0, max: 4_096 }, Sets("embedding.dimension")),
    variable("AUTH_MODE", OneOf(&["open", "required"]), Sets("auth.mode")),
    variable("REGISTRATION", OneOf(&["open", "invite", "closed"]), Sets("auth.registration")),
    variable("JWT_SECRET", Secret { min_bytes: 32 }, Sets("auth.jwt_secret_key")),
    variable("JWT_SECRET_KEY", Secret { min_bytes: 32 }, Sets("auth.jwt_secret_key")),
    variable("JARVIS_SETUP_TOKEN", Secret { min_bytes: 8 }, Sets("auth.setup_token")),
    variable("LOG_LEVEL", Text, Sets("log.level")),
    variable("RUST_LOG", Text, Sets("log.level")),
    variable("LOG_FORMAT", OneOf(&["auto", "pretty", "json"]), Sets("log.format")),
    variable("LOG_FILE", Text, Sets("log.file")),
    variable("OTEL_EXPORTER_OTLP_ENDPOINT", HTTP, Sets("traces.endpoint")),
    variable("ENCRYPTION_KEY", SECRET, Sets("encryption.key")),
    variable("ENCRYPTION_KEY_PREVIOUS", SecretList, Sets("encryption.previous")),
    variable("OPENAI_BASE_URL", HTTP, Sets("llm.openai.base_url")),
    variable("OPENAI_API_KEY", SECRET, Sets("llm.openai.api_key")),
    variable("LLM_MODEL", Text, Sets("llm.openai.model")),
    variable("OLLAMA_URL", HTTP, Sets("llm.ollama.url")),
    variable("OLLAMA_MODEL", Text, Sets("llm.ollama.model")),
    variable("PYTHON_BRIDGES_URL", HTTP, Sets("llm.bridges.url")),
    variable("PYTHON_BRIDGES_TOKEN", SECRET, Sets("llm.bridges.token")),
    variable("AUDIO_ENGINE_URL", HTTP, Nothing),
    variable("QDRANT_URL", HTTP, Nothing),
    variable("REDIS_HOST", Text, Nothing),
    variable("REDIS_PORT", PORT, Nothing),
    variable("REDIS_PASSWORD", SECRET, Nothing),
    variable("GATEWAY_PORT", PORT, Nothing),
    variable("PG_HOST", Text, Nothing),
    variable("PG_PORT", PORT, Nothing),
    variable("PG_DATABASE", Text, Nothing),
    variable("PG_USER", Text, Nothing),
    variable("PG_PASSWORD", SECRET, Nothing),
    variable("PG_POOL_SIZE", Number { min: 1, max: 1_000 }, Nothing),
    variable("PG_SSL", OneOf(&["true", "false", "verify"]), Nothing),
    variable("POSTGRES_USER", Text, Nothing),
    variable("POSTGRES_PASSWORD", SECRET, Nothing),
    variable("POSTGRES_DB", Text, Nothing),
];

impl Variable {
    /// The value as the configuration takes it. `place` says where it was found.
    pub(super) fn parse(&self, text: &str, place: &str) -> Result<Value> {
        self.accepts.parse(text).ok_or_else(|| {
            let shown =
                if matches!(self.accepts, Secret { .. } | SecretList) { String::new() } else { format!(" (`{text}`)") };
            let Self { name, accepts, .. } = self;
            Error::invalid(*name, format!("{name} {place}{shown} is not accepted; write {}", accepts.describe()))
        })
    }
}

impl Accepts {
    fn parse(self, text: &str) -> Option<Value> {
        Some(match self {
            Text => text.into(),
            Secret { min_bytes } => (text.len() >= min_bytes).then(|| text.into())?,
            Flag => text.trim().parse::<bool>().ok()?.into(),
            Number { min, max } => text.trim().parse().ok().filter(|number| (min..=max).contains(number))?.into(),
            List | SecretList if text.trim_start().starts_with('[') => {
                serde_json::from_str::<Vec<String>>(text).ok()?.into()
            }
            List | SecretList => text
                .split(',')
                .map(|item| item.trim().to_owned())
                .filter(|item| !item.is_empty())
                .collect::<Vec<_>>()
                .into(),
            OneOf(words) => words.contains(&text).then(|| text.into())?,
            Url(schemes) => {
                let (scheme, rest) = text.split_once("://")?;
                (schemes.contains(&scheme) && !rest.is_empty()).then(|| text.into())?
            }
        })
    }

    fn describe(self) -> String {
        match self {
            Text => "any text".to_owned(),
            Secret { min_bytes } => format!("at least {min_bytes} bytes"),
            Flag => "true or false".to_owned(),
            Number { min, max } => format!("a number from {min} to {max}"),
            List | SecretList => "values separated by commas, or a JSON array of strings".to_owned(),
            OneOf(words) => format!("one of {}", words.join(", ")),
            Url(schemes) => format!("a URL that begins with {}", schemes.join(":// or ") + "://"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, text: &str) -> Result<Value> {
        VARIABLES.iter().find(|variable| variable.name == name).unwrap().parse(text, "in the environment")
    }

    #[test]
    fn values_have_the_type_of_their_key() {
        assert_eq!(parse("PORT", "8100").unwrap(), Value::from(8_100_u64));
        assert_eq!(parse("LOG_LEVEL", "8100").unwrap(), Value::from("8100"));
        let list = Value::from(vec!["https://a.example", "https://b.example"]);
        assert_eq!(parse("ALLOWED_ORIGINS", "https://a.example, https://b.example,").unwrap(), list);
        assert_eq!(parse("ALLOWED_ORIGINS", r#"["https://a.example","https://b.example"]"#).unwrap(), list);
    }

    #[test]
    fn a_bad_value_names_the_variable_and_what_is_accepted_but_no_secret() {
        let message = |name, text| parse(name, text).unwrap_err().to_string();
        insta::assert_snapshot!(message("PORT", "70000"), @"PORT in the environment (`70000`) is not accepted; write a number from 0 to 65535");
        insta::assert_snapshot!(message("OLLAMA_URL", "ftp://x"), @"OLLAMA_URL in the environment (`ftp://x`) is not accepted; write a URL that begins with http:// or https://");
        insta::assert_snapshot!(message("AUTH_MODE", "none"), @"AUTH_MODE in the environment (`none`) is not accepted; write one of open, required");
        insta::assert_snapshot!(message("JWT_SECRET_KEY", "hunter2"), @"JWT_SECRET_KEY in the environment is not accepted; write at least 32 bytes");
    }

    #[test]
    fn no_variable_stands_twice() {
        let names: std::collections::BTreeSet<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
        assert_eq!(names.len(), VARIABLES.len());
    }
}
