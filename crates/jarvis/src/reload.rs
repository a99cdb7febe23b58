//! Puts a changed configuration into effect while the server runs, as far as that can be.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::future::{BoxFuture, FutureExt};
use jarvis_core::{Error, Result};
use jarvis_engine::{Actor, Engine};
use jarvis_host::{
    Config, EmbeddingTarget, Models, Sources,
    config::{LlmConfig, Setting, TlsConfig},
    fs,
};
use jarvis_server::{Policy, Reload, Reloaded, Settings, Tls, TlsIdentity};

use crate::logging::Logging;

/// Keys, or what they begin with, that take effect without a restart.
const RELOADABLE: [&str; 11] = [
    "limits.address.",
    "limits.enabled",
    "limits.loopback",
    "limits.max_body_kib",
    "limits.user.",
    "llm.",
    "log.level",
    "log.slow.",
    "server.allowed_origins",
    "server.forwarded_header",
    "server.trusted_proxies",
];
/// The same, unless TLS is turned on or off by it.
const CERTIFICATE: [&str; 2] = ["server.tls_cert", "server.tls_key"];

/// Reads the configuration again.
#[derive(Clone)]
pub(crate) struct Reloader(Arc<Parts>);

/// What a reload changes.
pub(crate) struct Parts {
    pub(crate) sources: Sources,
    pub(crate) logging: Logging,
    pub(crate) settings: Settings,
    pub(crate) models: Models,
    pub(crate) tls: Option<Tls>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) in_effect: Mutex<InEffect>,
}

/// The values that the server works with.
pub(crate) struct InEffect {
    /// The file that was read, unless nothing stood in it.
    file: Option<PathBuf>,
    settings: Vec<Setting>,
    llm: LlmConfig,
    embedding: EmbeddingTarget,
    tls: Option<TlsConfig>,
}

impl InEffect {
    pub(crate) fn new(config: &Config, sources: &Sources) -> Self {
        let file = sources.file().ok().flatten().filter(|file| !is_empty(file));
        Self {
            file,
            settings: config.settings().to_vec(),
            llm: config.llm.clone(),
            embedding: config.embedding.clone(),
            tls: config.server.tls.clone(),
        }
    }
}

/// Whether there is no such file, or nothing in it.
fn is_empty(file: &Path) -> bool {
    fs::read_text(file).is_ok_and(|text| text.is_none_or(|text| text.trim().is_empty()))
}

/// What requests see of a configuration.
pub(crate) fn policy(config: &Config) -> Policy {
    Policy {
        allowed_origins: config.server.allowed_origins.clone(),
        requests: config.limits.requests,
        trusted_proxies: config.server.trusted_proxies.clone(),
        forwarded_by: config.server.forwarded_by,
        max_body_bytes: config.limits.max_body_bytes,
    }
}

impl Reloader {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Where values come from.
    pub(crate) fn sources(&self) -> &Sources {
        &self.0.sources
    }

    /// The files of the certificate in effect.
    pub(crate) fn certificate(&self) -> Option<TlsConfig> {
        self.in_effect().tls.clone()
    }

    /// Opens the log file again.
    pub(crate) fn reopen_log(&self) {
        self.0.logging.reopen();
    }

    /// Reads everything again and tells the log; blocks on files.
    pub(crate) fn all(&self, by: Actor) -> Result<Reloaded> {
        let result = self.again();
        if let Ok(reloaded) = &result {
            self.note(by, reloaded);
        }
        match &result {
            Ok(Reloaded { changed, restart }) => {
                for key in changed {
                    tracing::info!(key, "reloaded {key}");
                }
                for key in restart {
                    tracing::warn!(key, "{key} changed in the configuration; restart to apply");
                }
            }
            Err(error) => tracing::error!("the configuration was not read again, all stays as it was: {error}"),
        }
        result
    }

    /// Tells the trail behind the scenes which keys changed.
    fn note(&self, by: Actor, Reloaded { changed, restart }: &Reloaded) {
        if changed.is_empty() && restart.is_empty() {
            return;
        }
        let (engine, after) =
            (Arc::clone(&self.0.engine), serde_json::json!({"changed": changed, "at_restart": restart}));
        tokio::runtime::Handle::current().spawn(async move {
            if let Err(error) = engine.audit.note(&by, "config.reload", "configuration", Some(&after)).await {
                tracing::warn!(?error, "that the configuration was read again could not be noted in the trail");
            }
        });
    }

    /// Reads the certificate in effect again, whatever has become of the rest of the configuration; blocks on files.
    pub(crate) fn certificate_alone(&self) {
        let (Some(tls), Some(files)) = (&self.0.tls, self.certificate()) else { return };
        match TlsIdentity::load(&files.cert, &files.key) {
            Ok(identity) => {
                if tls.replace(identity) {
                    tracing::info!(cert = %files.cert.display(), "a new certificate is in use");
                }
            }
            Err(error) => tracing::error!("the certificate was not read again, the one before stays in use: {error}"),
        }
    }

    /// Everything that can fail comes first, so that a mistake anywhere changes nothing.
    fn again(&self) -> Result<Reloaded> {
        let Parts { sources, logging, settings, models, tls, .. } = &*self.0;
        let mut in_effect = self.in_effect();
        // one that is being written may be seen empty, and one that was lost must not open what it had closed
        if let Some(file) = in_effect.file.as_ref().filter(|file| is_empty(file)) {
            let message = format!(
                "{} is empty or gone, which would set everything back to the defaults; write it again, or restart to do so",
                file.display()
            );
            return Err(Error::invalid("config", message));
        }
        let config = Config::load(sources)?;
        let filter = logging.prepare(&config.log).map_err(|why| Error::invalid("log.level", format!("{why:#}")))?;
        let changes_models = config.llm != in_effect.llm;
        let model = changes_models.then(|| models.prepare(&config.llm)).transpose()?;
        let identity = match (tls, &config.server.tls) {
            (Some(tls), Some(files)) => Some((tls, TlsIdentity::load(&files.cert, &files.key)?)),
            _ => None,
        };

        in_effect.file = sources.file()?.filter(|file| !is_empty(file));
        logging.apply(filter, &config.log).map_err(|why| Error::internal(format!("{why:#}")))?;
        settings.replace(policy(&config));
        if let Some(model) = model {
            models.replace(model);
            in_effect.llm = config.llm.clone();
        }
        let keeps_tls = identity.is_some();
        let has_new_certificate = identity.is_some_and(|(tls, identity)| tls.replace(identity));
        if keeps_tls {
            in_effect.tls.clone_from(&config.server.tls);
        }
        let mut reloaded = note(&mut in_effect.settings, config.settings(), keeps_tls);
        let mut also = |list: fn(&mut Reloaded) -> &mut Vec<String>, is_so: bool, section: &str, key: &str| {
            let list = list(&mut reloaded);
            if is_so && !list.iter().any(|known| known.starts_with(section)) {
                list.push(key.to_owned());
            }
        };
        also(|it| &mut it.changed, has_new_certificate, "server.tls_cert", "server.tls_cert");
        // a secret is never shown, so its change is not seen among what is
        also(|it| &mut it.changed, changes_models, "llm.", "llm");
        // vectors may be asked of the server that a section for models names
        also(|it| &mut it.restart, config.embedding != in_effect.embedding, "embedding.", "embedding");
        Ok(reloaded)
    }

    fn in_effect(&self) -> MutexGuard<'_, InEffect> {
        self.0.in_effect.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which values differ; those that are in effect now are noted.
fn note(old: &mut [Setting], new: &[Setting], keeps_tls: bool) -> Reloaded {
    let mut reloaded = Reloaded::default();
    for (old, new) in old.iter_mut().zip(new).filter(|(old, new)| old.value != new.value) {
        let key = new.key.as_str();
        let is_reloadable = RELOADABLE.iter().any(|known| key.starts_with(known));
        if is_reloadable || (keeps_tls && CERTIFICATE.contains(&key)) {
            *old = new.clone();
            reloaded.changed.push(key.to_owned());
        } else {
            reloaded.restart.push(key.to_owned());
        }
    }
    reloaded
}

impl Reload for Reloader {
    fn reload(&self, by: Actor) -> BoxFuture<'_, Result<Reloaded>> {
        let this = self.clone();
        let work = tokio::task::spawn_blocking(move || this.all(by));
        async move { work.await.map_err(Error::internal)? }.boxed()
    }
}
