//! The data directory, ours or through the server that has it.

use std::time::Duration;

use anyhow::{Result, bail};
use jarvis_host::{Config, Services};

use crate::remote::{Holder, Remote, find_holder, find_holder_of_data};

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
        match find_holder_of_data(config).await? {
            Some(holder) => Self::of(config, holder).await,
            None => bail!(
                "there is no data in {}; start `jarvis serve` first, or name another place with --data-dir",
                config.data_dir.path().display()
            ),
        }
    }

    /// The same, making the data directory when there is none.
    pub(crate) async fn open_or_make(config: &Config) -> Result<Self> {
        let holder = find_holder(config).await?;
        Self::of(config, holder).await
    }

    async fn of(config: &Config, holder: Holder) -> Result<Self> {
        Ok(match holder {
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
