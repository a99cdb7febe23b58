use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use jarvis_core::{ports::SystemClock, types::SealingPhase};
use jarvis_engine::{KeyInUse, KeysStatus};
use jarvis_host::{Config, KeysOutcome, keys_status, rotate_keys};
use serde::{Deserialize, Serialize};

use super::{Format, INTERRUPTED, Place};
use crate::{
    output::{self, FAINT, GOOD, WARNING},
    progress,
    remote::{Holder, Remote, find_holder_of_data},
};

const ROUTE: &str = "/api/admin/keys";
const ROTATE: &str = "/api/admin/keys/rotate";
/// How often it is asked how far it is.
const POLL: Duration = Duration::from_millis(100);

/// See and change the keys of encryption at rest
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis keys status\n  jarvis keys rotate\n  ENCRYPTION_KEY=NEW ENCRYPTION_KEY_PREVIOUS=OLD jarvis keys rotate --json"
)]
pub(super) struct Options {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Say whether what people wrote is encrypted, and under which keys
    #[command(after_help = "Examples:\n  jarvis keys status\n  jarvis keys status --json")]
    Status {
        #[command(flatten)]
        format: Format,
    },
    /// Make everything as the configuration says: sealed under ENCRYPTION_KEY, or not at all
    ///
    /// With a key where nothing is encrypted it turns encryption on, without one where everything is, and the old one as
    /// ENCRYPTION_KEY_PREVIOUS, it turns encryption off; both while no server runs. Otherwise it seals under ENCRYPTION_KEY what is
    /// sealed under another key of ENCRYPTION_KEY_PREVIOUS; beside a running server, the server does it while it goes on answering.
    /// What was interrupted goes on when the same command runs again.
    #[command(
        after_help = "Examples:\n  ENCRYPTION_KEY=KEY jarvis keys rotate\n  ENCRYPTION_KEY=NEW ENCRYPTION_KEY_PREVIOUS=OLD jarvis keys rotate\n  ENCRYPTION_KEY_PREVIOUS=OLD jarvis keys rotate --json"
    )]
    Rotate {
        #[command(flatten)]
        format: Format,
    },
}

/// The form of `GET /api/admin/keys`.
#[derive(Debug, Serialize, Deserialize)]
struct Status {
    encrypted: bool,
    keys: Vec<Key>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<Rotation>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Key {
    id: String,
    since: String,
    current: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Rotation {
    running: bool,
    done: u64,
    total: u64,
    changed: u64,
    finished: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Report {
    /// `encrypted`, `rotated`, `decrypted`, or `nothing`.
    outcome: &'static str,
    /// Rows that were changed.
    rows: u64,
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let config = place.load()?;
        match self.act {
            Act::Status { format } => status(&config, format),
            Act::Rotate { format } => rotate(&config, format),
        }
    }
}

fn status(config: &Config, format: Format) -> Result<ExitCode> {
    let status = super::block_on(async {
        Ok(match holder(config).await? {
            Holder::Us(owner) => Status::from(keys_status(config, &owner, Arc::new(SystemClock)).await?),
            Holder::Server(server) => server.get(ROUTE, &[]).await?,
        })
    })?;
    if format.json {
        output::print_json(&status)?;
    } else {
        status.print()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn rotate(config: &Config, format: Format) -> Result<ExitCode> {
    let bar = progress::rows("sealing".to_owned(), 0);
    let report = super::block_on(async {
        let work = async {
            match holder(config).await? {
                Holder::Us(owner) => {
                    let watch = |done, total, _| {
                        bar.set_length(total);
                        bar.set_position(done);
                    };
                    let (outcome, rows) = rotate_keys(config, &owner, Arc::new(SystemClock), &watch).await?;
                    anyhow::Ok(Report { outcome: word(outcome), rows })
                }
                Holder::Server(server) => rotate_there(config, &server, &bar).await,
            }
        };
        tokio::select! {
            report = work => report.map(Some),
            _ = tokio::signal::ctrl_c() => Ok(None),
        }
    });
    bar.finish_and_clear();
    let Some(report) = report? else {
        output::tell("stopped; the same command goes on where it stopped, and a running server goes on by itself");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    if format.json {
        output::print_json(&report)?;
    } else {
        report.print()?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn holder(config: &Config) -> Result<Holder> {
    find_holder_of_data(config).await?.with_context(|| {
        format!(
            "there is no data in {} yet; `jarvis serve` makes a database that is encrypted from the beginning when \
             ENCRYPTION_KEY is set",
            config.data_dir.path().display()
        )
    })
}

/// The server seals under its own key. Whoever names another one here must hear that nothing would be done with it: they may
/// throw the old one away. Answers how the server stands.
async fn require_its_key(config: &Config, server: &Remote) -> Result<Status> {
    let (key, previous) = (&config.encryption.key, &config.encryption.previous);
    let named = key.as_ref().map(|key| key.id().to_string());
    let status: Status = server.get(ROUTE, &[]).await?;
    let current = status.keys.iter().find(|key| key.current).map(|key| &key.id);
    match (&named, current) {
        (None, Some(_)) if !previous.is_empty() => {
            bail!("encryption is turned off while no server runs; stop it, then run this again")
        }
        (Some(named), Some(current)) if named != current => bail!(
            "ENCRYPTION_KEY is the key {named} here, and {current} for the server that runs; start the server again with the new \
             ENCRYPTION_KEY and the old one as ENCRYPTION_KEY_PREVIOUS, then run this again"
        ),
        _ => Ok(status),
    }
}

async fn rotate_there(config: &Config, server: &Remote, bar: &ProgressBar) -> Result<Report> {
    // asked before it begins: a short one may be over when the server answers
    let finished = require_its_key(config, server).await?.rotation.map_or(0, |rotation| rotation.finished);
    let _: Status = server.post(ROTATE, &[]).await?;
    loop {
        let now: Status = server.get(ROUTE, &[]).await?;
        if let Some(Rotation { running, done, total, changed, finished: ended, error }) = now.rotation {
            bar.set_length(total);
            bar.set_position(done);
            if let Some(error) = error.filter(|_| !running) {
                bail!("not everything is sealed under the new key yet: {error}");
            }
            if !running && ended > finished {
                return Ok(Report { outcome: word(KeysOutcome::Rotated), rows: changed });
            }
        }
        tokio::time::sleep(POLL).await;
    }
}

const fn word(outcome: KeysOutcome) -> &'static str {
    match outcome {
        KeysOutcome::Encrypted => "encrypted",
        KeysOutcome::Rotated => "rotated",
        KeysOutcome::Decrypted => "decrypted",
        KeysOutcome::Nothing => "nothing",
    }
}

impl From<KeysStatus> for Status {
    fn from(KeysStatus { phase, keys }: KeysStatus) -> Self {
        let key = |KeyInUse { id, since, is_current }: KeyInUse| Key {
            id: id.to_string(),
            since: since.to_string(),
            current: is_current,
        };
        Self {
            encrypted: phase == Some(SealingPhase::Sealed),
            keys: keys.into_iter().map(key).collect(),
            rotation: None,
        }
    }
}

impl Status {
    fn print(&self) -> Result<()> {
        output::print(|out| {
            match (self.encrypted, self.keys.len()) {
                (true, 1) => writeln!(out, "{GOOD}encrypted{GOOD:#}: everything is sealed under one key")?,
                (true, _) => writeln!(
                    out,
                    "{WARNING}encrypted{WARNING:#}: something may still be sealed under an older key; `jarvis keys rotate` changes that"
                )?,
                (false, 0) => writeln!(out, "not encrypted; docs/encryption.md tells how")?,
                (false, _) => writeln!(
                    out,
                    "{WARNING}turning encryption on or off was interrupted{WARNING:#}; run `jarvis keys rotate` again"
                )?,
            }
            for Key { id, since, current } in &self.keys {
                let now = if *current { ", what is written now" } else { "" };
                writeln!(out, "  key {id} {FAINT}since {since}{now}{FAINT:#}")?;
            }
            Ok(())
        })
    }
}

impl Report {
    fn print(&self) -> Result<()> {
        let Self { outcome, rows } = self;
        output::print(|out| match *outcome {
            "encrypted" => writeln!(
                out,
                "encrypted {rows} rows; keep ENCRYPTION_KEY safe, nothing can be read without it, and back up anew: older \
                 copies are in the clear"
            ),
            "decrypted" => writeln!(out, "decrypted {rows} rows; ENCRYPTION_KEY_PREVIOUS is not needed any more"),
            "nothing" => writeln!(out, "nothing is encrypted, and ENCRYPTION_KEY is not set: nothing to do"),
            _ => writeln!(
                out,
                "everything is sealed under ENCRYPTION_KEY, {rows} rows of it since now; ENCRYPTION_KEY_PREVIOUS is not \
                 needed any more"
            ),
        })
    }
}
