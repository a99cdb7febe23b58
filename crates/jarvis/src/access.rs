//! The data directory, ours or through the server that has it.

use std::time::Duration;

use anyhow::{Result, bail};
use jarvis_host::{Config, Services};

use crate::remote::{Holder, Remote, find_holder};

/// Longest that work of a command is waited for at its end.
const CLOSING: Duration = Duration::from_secs(10);

/// How a command reaches the use-cases.
pub(crate) enum Access {
    /// In this process.
    Local(Box<Services>),
    /// Through a running server.
    Remote(Box<Remote>),
}

impl Access {
    /// Opens the data directory, or finds the server that has it.
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        if !config.has_data()? {
            bail!(
                "there is no data in {}; start `jarvis serve` first, or name another place with --data-dir",
                config.data_dir.path().display()
            );
        }
        Self::open_or_make(config).await
    }

    /// The same, making the data directory when there is none.
    pub(crate) async fn open_or_make(config: &Config) -> Result<Self> {
        Ok(match find_holder(&config.data_dir).await? {
            Holder::Us(owner) => Self::Local(Box::new(Services::open_owned(config, owner).await?)),
            Holder::Server(remote) => Self::Remote(remote),
        })
    }

    /// Ends what was opened.
    pub(crate) async fn close(self) -> Result<()> {
        if let Self::Local(services) = self {
            services.close(CLOSING).await?;
        }
        Ok(())
    }
}
