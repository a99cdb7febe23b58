//! A conversation on the terminal.

mod assistant;
mod command;
mod interrupts;
mod lines;
mod talk;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use jarvis_core::id::{ConversationId, SessionId};

use self::{
    assistant::{Assistant, Say},
    talk::{Ended, Talk},
};
use super::Place;
use crate::{access::Access, output};

/// Talk, on the terminal or from a script
///
/// With a message, answers it and ends. Without one, goes on until Ctrl-D: on a terminal with a prompt, else with one message
/// per line of standard input. `-` takes all of standard input as one message. Ctrl-C stops an answer. Beside a running
/// server, the server answers.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis chat\n  jarvis chat what did I say about Lisbon\n  jarvis chat --continue \"and then?\"\n  jarvis chat - < letter.txt\n  jarvis chat --json \"how old is Ada?\" | jq -r .content"
)]
pub(super) struct Options {
    /// What to say; the words are put together
    #[arg(value_name = "MESSAGE")]
    message: Vec<String>,
    /// Go on with this conversation
    #[arg(long, value_name = "ID", conflicts_with = "session")]
    conversation: Option<ConversationId>,
    /// Go on with the latest conversation (of the session, when one is named)
    #[arg(long = "continue", short = 'c', conflicts_with = "conversation")]
    latest: bool,
    /// The session of a new conversation
    #[arg(long, value_name = "ID")]
    session: Option<SessionId>,
    /// The model to ask [default: the first of llm.order that is configured; /model lists them]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Who talks [default: the local user]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Print each answer as one JSON object in a line; every line that is piped in is a message then
    #[arg(long)]
    json: bool,
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let message = self.message()?;
        if self.json && message.is_none() && lines::is_interactive() {
            bail!("--json answers programs; name the message, or pipe messages in, one per line");
        }
        let config = place.load()?;
        let ended = super::block_on(async {
            let access = Access::open_or_make(&config).await?;
            let ended = self.talk(&access, message).await;
            access.close().await?;
            ended
        })?;
        Ok(match ended {
            Ended::WithTheInput => ExitCode::SUCCESS,
            Ended::Interrupted => ExitCode::from(super::INTERRUPTED),
        })
    }

    fn message(&self) -> Result<Option<String>> {
        let text = match self.message.as_slice() {
            [] => return Ok(None),
            [dash] if dash == "-" => lines::read_all()?,
            words => words.join(" "),
        };
        if text.trim().is_empty() {
            bail!("the message is empty; say something");
        }
        Ok(Some(text))
    }

    async fn talk(self, access: &Access, message: Option<String>) -> Result<Ended> {
        let assistant = Assistant::new(access, self.user.as_deref()).await?;
        let conversation = if self.latest { Some(assistant.latest(self.session).await?) } else { self.conversation };
        let say = Say { message: String::new(), conversation, session: self.session, model: self.model };
        let mut talk = Talk::new(assistant, say, self.json);
        match message {
            Some(message) => talk.once(message).await,
            None if lines::is_interactive() => {
                talk.greet().await?;
                let ended = talk.with_a_person().await;
                if let Some(id) = talk.conversation() {
                    output::tell(&format!("go on with: jarvis chat --conversation {id}"));
                }
                ended
            }
            None => talk.with_a_program().await,
        }
    }
}
