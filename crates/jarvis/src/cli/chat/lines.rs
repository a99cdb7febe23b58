//! What a person types, or a program pipes in, line by line.
//!
//! Reading blocks, so it has a thread of its own; it reads only when it is asked to, so that the terminal is an answer's
//! while one is being written.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    sync::mpsc,
    thread,
};

use anyhow::{Context, Result, bail};
use rustyline::{Editor, error::ReadlineError, history::MemHistory};
use tokio::sync::mpsc as replies;

/// Bytes of a line at most; a longer one is no message either.
const MAX_LINE: u64 = 1 << 20;
const PROMPT: &str = "> ";

/// What came.
#[derive(Debug)]
pub(super) enum Line {
    Said(String),
    /// Ctrl-C at the prompt.
    Interrupted,
    /// Ctrl-D, or the end of the input.
    End,
}

/// A source of lines.
pub(super) struct Lines {
    ask: mpsc::Sender<()>,
    reply: replies::Receiver<Result<Line>>,
}

impl Lines {
    /// An editor with a history on a terminal, plain lines elsewhere.
    pub(super) fn open() -> Result<Self> {
        let (ask, asked) = mpsc::channel();
        let (into, reply) = replies::channel(1);
        let edits = is_interactive() && io::stdout().is_terminal();
        let work = move || {
            if edits { read_edited(&asked, &into) } else { read_plain(&asked, &into) }
        };
        thread::Builder::new().name("lines".to_owned()).spawn(work).context("no thread to read with")?;
        Ok(Self { ask, reply })
    }

    /// The next line. The future may be dropped; the line is lost then.
    pub(super) async fn next(&mut self) -> Result<Line> {
        if self.ask.send(()).is_err() {
            return Ok(Line::End);
        }
        self.reply.recv().await.unwrap_or(Ok(Line::End))
    }
}

/// Whether a person types.
pub(super) fn is_interactive() -> bool {
    io::stdin().is_terminal()
}

/// All that is piped in, as one message.
pub(super) fn read_all() -> Result<String> {
    let mut text = String::new();
    let mut input = io::Read::take(io::stdin().lock(), MAX_LINE + 1);
    io::Read::read_to_string(&mut input, &mut text).context("what is piped in is no text")?;
    if text.len() as u64 > MAX_LINE {
        bail!("what is piped in is too long for a message; ask about a part of it");
    }
    Ok(text)
}

fn read_edited(asked: &mpsc::Receiver<()>, into: &replies::Sender<Result<Line>>) {
    let config = rustyline::Config::builder().auto_add_history(true).build();
    let mut editor = match Editor::<(), MemHistory>::with_history(config, MemHistory::new()) {
        Ok(editor) => editor,
        Err(error) => {
            let error = anyhow::Error::new(error).context("the terminal cannot be used; pipe the message in");
            return drop(into.blocking_send(Err(error)));
        }
    };
    while asked.recv().is_ok() {
        let line = match editor.readline(PROMPT) {
            Ok(line) => Ok(Line::Said(line)),
            Err(ReadlineError::Interrupted) => Ok(Line::Interrupted),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(error) => Err(anyhow::Error::new(error).context("the terminal cannot be read")),
        };
        if into.blocking_send(line).is_err() {
            return;
        }
    }
}

fn read_plain(asked: &mpsc::Receiver<()>, into: &replies::Sender<Result<Line>>) {
    while asked.recv().is_ok() {
        if is_interactive() {
            let mut terminal = io::stderr().lock();
            // without a prompt it can be typed all the same
            let _ = write!(terminal, "{PROMPT}").and_then(|()| terminal.flush());
        }
        if into.blocking_send(plain_line()).is_err() {
            return;
        }
    }
}

fn plain_line() -> Result<Line> {
    let mut line = String::new();
    let mut input = io::Read::take(io::stdin().lock(), MAX_LINE + 1);
    let read = input.read_line(&mut line).context("what is piped in is no text")?;
    if read as u64 > MAX_LINE {
        bail!("a line that is piped in is too long for a message; ask about a part of it");
    }
    Ok(if read == 0 { Line::End } else { Line::Said(line) })
}
