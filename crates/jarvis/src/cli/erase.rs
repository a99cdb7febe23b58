use std::{
    io::{self, BufRead, IsTerminal, Write},
    process::ExitCode,
};

use anyhow::{Result, bail};
use clap::Args;
use jarvis_core::types::ErasedRows;
use jarvis_engine::{Actor, Engine, LOCAL_USER};
use jarvis_host::operator;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Format, Place, counts::Counts};
use crate::{access::Access, output, remote::Remote};

const ROUTE: &str = "/api/me/data";

/// Erase everything of a user
///
/// Removes conversations, messages, memories, sessions, statistics and the user from the database, the indexes and the files:
/// when it answers, none of it is left in the data directory. There is no way back; `jarvis export` first. Beside a running
/// server, the server does it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  jarvis erase\n  jarvis erase --user ann --yes --json")]
pub(super) struct Options {
    /// Whose [default: the local user's]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    format: Format,
}

/// What was erased; the form of `DELETE /api/me/data`.
#[derive(Debug, Serialize, Deserialize)]
struct Receipt {
    user_id: Option<String>,
    user: Option<String>,
    erased_at: String,
    database: Counts,
    stopped_answers: u64,
    #[serde(default)]
    servers_away: usize,
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let user = self.user.as_deref().unwrap_or(LOCAL_USER);
        if self.user.is_none() {
            output::tell(&format!("no --user is given: this is about the local user `{user}`"));
        }
        if !self.yes && !confirmed(user)? {
            output::tell("nothing was erased");
            return Ok(ExitCode::FAILURE);
        }
        let config = place.load()?;
        let receipt = super::block_on(async {
            let access = Access::open(&config).await?;
            let receipt = match &access {
                Access::Local(services) => erase_here(&services.engine, user).await,
                Access::Remote(server) => erase_there(server, user).await,
            };
            access.close().await?;
            receipt
        })?;
        if self.format.json {
            output::print_json(&receipt)?;
        } else {
            receipt.print(user)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Asks on a terminal; elsewhere nobody can answer.
fn confirmed(user: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("this erases everything of `{user}`, and nobody is here to be asked; add --yes if you mean it");
    }
    let mut terminal = io::stderr().lock();
    write!(terminal, "Erase everything of `{user}`? There is no way back. Type the name to go on: ")?;
    terminal.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == user)
}

async fn erase_here(engine: &Engine, user: &str) -> Result<Receipt> {
    let scope = engine.users.meant(Some(user), false).await?;
    let receipt = engine.erasure.everything(&Actor::operator(&operator()), scope).await?;
    let ErasedRows { conversations, messages, memories, sessions, .. } = receipt.rows;
    Ok(Receipt {
        user_id: receipt.user_id.map(|id| id.to_string()),
        user: receipt.user,
        erased_at: receipt.erased_at.to_string(),
        database: Counts { conversations, messages, memories, sessions },
        stopped_answers: receipt.stopped,
        servers_away: receipt.away.len(),
    })
}

async fn erase_there(server: &Remote, user: &str) -> Result<Receipt> {
    server.erase(ROUTE, &[("user_id", user.to_owned())], &json!({"confirm": "erase everything"})).await
}

impl Receipt {
    fn print(&self, user: &str) -> Result<()> {
        output::print(|out| match &self.user_id {
            None => writeln!(out, "there was nothing of `{user}`"),
            Some(id) => {
                writeln!(out, "erased everything of `{user}` ({id}): {}", self.database.words())?;
                match self.servers_away {
                    0 => Ok(()),
                    away => {
                        writeln!(out, "servers that are away: {away}; they erase it from their indexes when they start")
                    }
                }
            }
        })
    }
}
