//! From what is written to what it means.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
    time::Duration,
};

use figment::Figment;
use jarvis_core::{Error, Result};
use jarvis_engine::{MemoryExtraction, OnDisconnect};
use jarvis_providers::ApiKey;

use super::{
    AuthConfig, BridgesEndpoint, ChatConfig, Config, ImportConfig, ServerConfig, auth, database, encryption, limits,
    llm, log,
    sections::{RawConfig, RawEmbedding, RawServer},
    show::{self, origin},
    sources::{Gathered, Sources},
    transport,
};
use crate::{DataDir, DatabaseTarget, EmbeddingEndpoint, EmbeddingTarget};

/// Judges one value after the other; an error names key and place.
pub(super) struct Judge<'a> {
    figment: &'a Figment,
}

impl Judge<'_> {
    pub(super) fn refuse(&self, key: &'static str, why: impl std::fmt::Display) -> Error {
        Error::invalid(key, format!("{key} ({}) {why}", self.place(key)))
    }

    /// Where the value of a key comes from.
    pub(super) fn place(&self, key: &str) -> String {
        origin(self.figment, key)
    }

    pub(super) fn within(&self, key: &'static str, value: u64, min: u64, max: u64) -> Result<u64> {
        if value < min || value > max {
            return Err(self.refuse(key, format!("is {value}; write a number from {min} to {max}")));
        }
        Ok(value)
    }

    pub(super) fn seconds(&self, key: &'static str, value: u16) -> Result<Duration> {
        self.within(key, u64::from(value), 1, 3_600).map(Duration::from_secs)
    }
}

pub(super) fn config(sources: &Sources) -> Result<Config> {
    judged(sources.gather()?, &sources.working_dir)
}

/// What was found, as far as it is acceptable. Relative paths begin in `working_dir`.
pub(super) fn judged(Gathered { figment }: Gathered, working_dir: &Path) -> Result<Config> {
    let mut notices = Vec::new();
    let raw: RawConfig = figment.extract().map_err(|error| show::bad_value(&figment, error))?;
    let judge = Judge { figment: &figment };
    let auth = auth::auth(&judge, raw.auth.clone())?;
    let data_dir = data_dir(&judge, &raw, working_dir)?;
    let database = database::database(&judge, raw.database, raw.migrate.auto, &data_dir)?;
    if auth.required && auth.jwt_secret_key.is_none() && matches!(database.target, DatabaseTarget::Postgres(_)) {
        notices.push(
            "auth.jwt_secret_key (JWT_SECRET_KEY) is not set: another server on this database would refuse the access tokens \
             that this one signs; give all of them the same key"
                .to_owned(),
        );
    }
    let chat = ChatConfig {
        history_tokens: judge.within("chat.history_tokens", raw.chat.history_tokens.into(), 0, 1_000_000)? as u32,
        recall_tokens: judge.within("chat.recall_tokens", raw.chat.recall_tokens.into(), 0, 1_000_000)? as u32,
        recall_items: judge.within("chat.recall_items", raw.chat.recall_items.into(), 0, 100)? as usize,
        on_disconnect: on_disconnect(&judge, &raw.chat.on_disconnect)?,
        memory_extraction: memory_extraction(&judge, &raw.chat.memory_extraction)?,
    };
    let llm = llm::llm(&judge, raw.llm, &mut notices)?;
    let encryption = encryption::encryption(&judge, &raw.encryption)?;
    let embedding = embedding(&judge, raw.embedding, llm.bridges.as_ref(), &data_dir)?;
    Ok(Config {
        llm,
        embedding,
        server: server(&judge, raw.server, &auth, working_dir)?,
        auth,
        limits: limits::limits(&judge, &raw.limits)?,
        search: encryption::indexes(&judge, &encryption, database::search(&judge, &raw.search, &database)?)?,
        encryption,
        redis: database::redis(&judge, raw.redis)?,
        cache: database::cache(&judge, &raw.cache)?,
        import: ImportConfig {
            max_file_bytes: judge.within("import.max_file_mib", raw.import.max_file_mib.into(), 1, 1 << 20)? << 20,
        },
        log: log::log(&judge, raw.log, working_dir)?,
        traces: log::traces(&judge, &raw.traces)?,
        settings: show::settings(&figment)?,
        data_dir,
        database,
        chat,
        notices,
    })
}

fn on_disconnect(judge: &Judge<'_>, text: &str) -> Result<OnDisconnect> {
    match text {
        "finish" => Ok(OnDisconnect::Finish),
        "stop" => Ok(OnDisconnect::Stop),
        other => Err(judge.refuse("chat.on_disconnect", format!("is `{other}`; write finish or stop"))),
    }
}

fn memory_extraction(judge: &Judge<'_>, text: &str) -> Result<MemoryExtraction> {
    match text {
        "off" => Ok(MemoryExtraction::Off),
        "model" => Ok(MemoryExtraction::Model),
        other => Err(judge.refuse("chat.memory_extraction", format!("is `{other}`; write off or model"))),
    }
}

fn embedding(
    judge: &Judge<'_>,
    raw: RawEmbedding,
    bridges: Option<&BridgesEndpoint>,
    data_dir: &DataDir,
) -> Result<EmbeddingTarget> {
    let RawEmbedding { url, model, api_key, dimension } = raw;
    let dimension = judge.within("embedding.dimension", dimension.into(), 0, 4_096)? as usize;
    let endpoint = EmbeddingEndpoint {
        url: url.clone(),
        model,
        api_key: (!api_key.is_empty()).then(|| ApiKey::new(api_key)),
        dimension: (dimension > 0).then_some(dimension),
    };
    EmbeddingTarget::choose(&url, endpoint, bridges, data_dir).map_err(|why| {
        let key = if why.field() == Some("embedding.url") { "embedding.url" } else { "embedding.model" };
        judge.refuse(key, format!("cannot be used: {why}"))
    })
}

fn data_dir(judge: &Judge<'_>, raw: &RawConfig, working_dir: &Path) -> Result<DataDir> {
    let path = raw.data_dir.as_deref().filter(|path| !path.as_os_str().is_empty()).ok_or_else(|| {
        judge.refuse("data_dir", "is not known on this machine; give it by --data-dir or JARVIS_DATA_DIR")
    })?;
    Ok(DataDir::new(working_dir.join(path)))
}

fn server(judge: &Judge<'_>, raw: RawServer, auth: &AuthConfig, working_dir: &Path) -> Result<ServerConfig> {
    let request_timeout = judge.seconds("server.request_timeout_secs", raw.request_timeout_secs)?;
    let shutdown_timeout = judge.seconds("server.shutdown_timeout_secs", raw.shutdown_timeout_secs)?;
    let workers = judge.within("server.workers", raw.workers.into(), 0, 1_024)? as usize;
    for allowed in &raw.allowed_origins {
        check_origin(judge, allowed)?;
    }
    Ok(ServerConfig {
        host: host(judge, &raw.host, auth)?,
        port: raw.port,
        workers: (workers > 0).then_some(workers),
        request_timeout,
        shutdown_timeout,
        tls: transport::tls(judge, &raw, working_dir)?,
        trusted_proxies: transport::trusted_proxies(judge, &raw.trusted_proxies)?,
        forwarded_by: transport::forwarded_by(judge, &raw.forwarded_header)?,
        base_path: transport::base_path(judge, &raw.base_path)?,
        allowed_origins: raw.allowed_origins,
    })
}

fn host(judge: &Judge<'_>, text: &str, auth: &AuthConfig) -> Result<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = match bare {
        "localhost" => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        other => other.parse::<IpAddr>(),
    };
    let address = address.map_err(|_| {
        judge.refuse(
            "server.host",
            format!("is `{text}`; write an address of this machine such as 127.0.0.1, ::1 or localhost"),
        )
    })?;
    if !address.is_loopback() && !auth.required {
        let why = format!(
            "is {text}, which other machines can reach, and nobody has to log in: anybody could read everything; set \
             AUTH_MODE=required, or write 127.0.0.1"
        );
        return Err(judge.refuse("server.host", why));
    }
    Ok(address)
}

fn check_origin(judge: &Judge<'_>, text: &str) -> Result<()> {
    let authority = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let acceptable = |authority: &str| !authority.is_empty() && !authority.contains(['/', '*', ' ', '@', '?', '#']);
    if authority.is_some_and(acceptable) {
        return Ok(());
    }
    let why = format!("holds `{text}`; write origins such as https://app.example.org, without a path");
    Err(judge.refuse("server.allowed_origins", why))
}
