use anyhow::{Context, Result, bail};
use futures_util::{StreamExt, stream::BoxStream};
use jarvis_core::id::{ConversationId, MessageId};
use jarvis_engine::ChatFinish;

use super::{
    assistant::{Answer, Assistant, News, Say, Used},
    command::{self, Typed},
    interrupts::Interrupts,
    lines::{Line, Lines},
};
use crate::output::{self, FAINT, HEADING};

/// Name of the model that quotes what was said, when no other is configured.
const QUOTING: &str = jarvis_core::types::RECALL_MODEL;

/// Why a talk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    WithTheInput,
    /// By Ctrl-C.
    Interrupted,
}

/// One person or program talking.
pub(super) struct Talk<'a> {
    assistant: Assistant<'a>,
    /// Where the next message goes.
    say: Say,
    json: bool,
    /// What memory gave the last answer.
    used: Vec<Used>,
}

impl<'a> Talk<'a> {
    pub(super) fn new(assistant: Assistant<'a>, say: Say, json: bool) -> Self {
        Self { assistant, say, json, used: Vec::new() }
    }

    /// Where it goes on.
    pub(super) fn conversation(&self) -> Option<ConversationId> {
        self.say.conversation
    }

    /// One message and its answer.
    pub(super) async fn once(&mut self, message: String) -> Result<Ended> {
        self.answer(message).await
    }

    /// Each line of a program is a message; the first answer that fails ends it, because the next may build on it.
    pub(super) async fn with_a_program(&mut self) -> Result<Ended> {
        let mut lines = Lines::open()?;
        let mut interrupts = Interrupts::listen()?;
        loop {
            let line = tokio::select! {
                line = lines.next() => line?,
                () = interrupts.next() => return Ok(Ended::Interrupted),
            };
            let Line::Said(line) = line else { return Ok(Ended::WithTheInput) };
            let ended = match command::parse(&line) {
                Typed::Nothing => Ended::WithTheInput,
                _ if self.json => self.answer(line.trim().to_owned()).await?,
                Typed::Quit => return Ok(Ended::WithTheInput),
                typed => self.act(typed).await?,
            };
            if ended == Ended::Interrupted {
                return Ok(ended);
            }
        }
    }

    /// A person is told what went wrong, and may try again.
    pub(super) async fn with_a_person(&mut self) -> Result<Ended> {
        let mut lines = Lines::open()?;
        loop {
            let line = match lines.next().await? {
                Line::Said(line) => line,
                Line::Interrupted => {
                    output::tell("Ctrl-D ends");
                    continue;
                }
                Line::End => return Ok(Ended::WithTheInput),
            };
            match command::parse(&line) {
                Typed::Quit => return Ok(Ended::WithTheInput),
                typed => {
                    if let Err(error) = self.act(typed).await {
                        output::error(&error);
                    }
                }
            }
        }
    }

    /// Says who answers.
    pub(super) async fn greet(&self) -> Result<()> {
        let models = self.assistant.models().await.unwrap_or_default();
        let model = self.say.model.as_deref().or(models.first().map(|model| model.id.as_str()));
        let model = model.map(|name| format!("{HEADING}{name}{HEADING:#} answers; ")).unwrap_or_default();
        output::tell(&format!("{model}/help lists the commands, Ctrl-D ends"));
        if models.iter().all(|model| model.id == QUOTING) {
            output::tell(&format!(
                "{FAINT}without a language model it quotes what you said earlier; `jarvis config default` shows [llm]{FAINT:#}"
            ));
        }
        Ok(())
    }

    async fn act(&mut self, typed: Typed<'_>) -> Result<Ended> {
        match typed {
            Typed::Nothing | Typed::Quit => {}
            Typed::Message(message) => return self.answer(message.to_owned()).await,
            Typed::New => {
                self.say.conversation = None;
                self.used.clear();
                output::tell("a new conversation");
            }
            Typed::Model(None) => self.list_models().await?,
            Typed::Model(Some(name)) => self.choose_model(name).await?,
            Typed::Memories => self.show_memories()?,
            Typed::Help => output::tell(command::HELP),
            Typed::Unknown(word) => bail!("there is no command {word}; /help lists them"),
        }
        Ok(Ended::WithTheInput)
    }

    async fn list_models(&self) -> Result<()> {
        let models = self.assistant.models().await?;
        let width = models.iter().map(|model| model.id.chars().count()).max().unwrap_or_default();
        let asked = self.say.model.as_deref().or(models.first().map(|model| model.id.as_str()));
        output::print(|out| {
            for model in &models {
                let mark = if asked == Some(model.id.as_str()) { '*' } else { ' ' };
                let (id, description) = (output::harmless(&model.id), output::harmless(&model.description));
                writeln!(out, "{mark} {id:width$}  {FAINT}{description}{FAINT:#}")?;
            }
            Ok(())
        })
    }

    async fn choose_model(&mut self, name: &str) -> Result<()> {
        let models = self.assistant.models().await?;
        if !models.iter().any(|model| model.id == name) {
            bail!("there is no model {name}; /model lists them, and [llm] of the configuration names more");
        }
        self.say.model = Some(name.to_owned());
        output::tell(&format!("{HEADING}{name}{HEADING:#} answers"));
        Ok(())
    }

    fn show_memories(&self) -> Result<()> {
        if self.used.is_empty() {
            output::tell("the last answer used nothing of memory");
        }
        output::print(|out| {
            for Used { kind, score, excerpt, .. } in &self.used {
                let excerpt = output::harmless(excerpt).replace('\n', " ");
                writeln!(out, "{FAINT}{score:.2}  {kind:7}{FAINT:#}  {excerpt}")?;
            }
            Ok(())
        })
    }

    async fn answer(&mut self, message: String) -> Result<Ended> {
        let say = Say { message, ..self.say.clone() };
        let mut interrupts = Interrupts::listen()?;
        let begun = tokio::select! {
            news = self.assistant.say(say) => news?,
            () = interrupts.next() => {
                output::tell("not waited for; when the model answers, its answer is kept");
                return Ok(Ended::Interrupted);
            }
        };
        let mut printed = Printed::default();
        let read = self.read(begun, &mut printed, &mut interrupts).await;
        if !self.json {
            printed.end_line()?;
        }
        let answer = read?;
        if self.json {
            output::print_json_line(&answer)?;
        }
        let ended = match answer.finish_reason {
            ChatFinish::Stopped => Ended::Interrupted,
            ChatFinish::Interrupted => bail!("the answer broke off; what there is of it is kept, ask again"),
            ChatFinish::Length => {
                output::tell(&format!("{FAINT}cut at the model's limit; ask it to go on{FAINT:#}"));
                Ended::WithTheInput
            }
            ChatFinish::Stop => Ended::WithTheInput,
        };
        self.used = answer.memories_used;
        Ok(ended)
    }

    /// Reads an answer to its end, printing it as it comes. Ctrl-C stops it, which is an end too.
    async fn read(
        &mut self,
        mut news: BoxStream<'static, Result<News>>,
        printed: &mut Printed,
        interrupts: &mut Interrupts,
    ) -> Result<Answer> {
        let mut started: Option<MessageId> = None;
        let mut stopping = false;
        loop {
            let next = tokio::select! {
                next = news.next() => next,
                () = interrupts.next(), if started.is_some() && !stopping => {
                    stopping = true;
                    if let Some(id) = started {
                        self.assistant.stop(id).await?;
                    }
                    continue;
                }
            };
            match next.context("the answer ended without saying how; ask again")?? {
                News::Start(start) => {
                    started = Some(start.message_id);
                    self.say.conversation = Some(start.conversation_id);
                }
                News::Text(text) if !self.json => printed.text(&text)?,
                News::Text(_) => {}
                News::Done(answer) => return Ok(*answer),
            }
        }
    }
}

/// What was printed of an answer.
#[derive(Default)]
struct Printed {
    in_a_line: bool,
}

impl Printed {
    fn text(&mut self, text: &str) -> Result<()> {
        self.in_a_line = !text.ends_with('\n');
        output::print(|out| out.write_all(output::harmless(text).as_bytes()))
    }

    fn end_line(&mut self) -> Result<()> {
        if std::mem::take(&mut self.in_a_line) {
            output::print(|out| writeln!(out))?;
        }
        Ok(())
    }
}
