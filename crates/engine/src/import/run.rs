use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use jarvis_core::{
    Error, Result, Scope, Timestamp,
    types::{ConversationStatus, ForeignKind},
};
use sha2::{Digest, Sha256};

use super::{
    ImportCounts, ImportFormat, ImportReport, MAX_IMPORT_ELEMENT_BYTES, MAX_IMPORT_LINE_BYTES,
    batch::{Batch, Entry},
    elements::{Element, Elements, Text},
    foreign::{self, Flaw, Parsed},
    item::{self, Item, MemoryItem, Reason},
    keys::{MAX_COUNTED, Positions},
    lines::{Line, Lines},
    report::{Outcome, Place},
    storing::Storing,
};
use crate::context::Context;

/// Memories that are remembered to have come in this import: ChatGPT repeats them in every conversation.
const MAX_SEEN: usize = 10_000;

/// How a file is cut into what is read at once.
#[derive(Debug)]
pub(super) enum Cutter {
    Lines(Lines),
    Elements(Elements),
}

impl Cutter {
    pub(super) fn lines() -> Self {
        Self::Lines(Lines::new(MAX_IMPORT_LINE_BYTES))
    }

    pub(super) fn elements() -> Self {
        Self::Elements(Elements::new(MAX_IMPORT_ELEMENT_BYTES))
    }
}

/// An import under way.
pub(super) struct Run {
    context: Context,
    scope: Scope,
    /// What the caller says it is.
    format: Option<ImportFormat>,
    /// What the present batch is of.
    source: ImportFormat,
    cutter: Cutter,
    /// The file of an archive that is read.
    file: Option<String>,
    positions: Positions,
    batch: Batch,
    /// The last moment given to a message that had none.
    last: Timestamp,
    /// Lines of each kind since the beginning, or since the end of an export.
    came: ImportCounts,
    /// The conversation that came last, when it came in the bin.
    binned: Option<String>,
    /// Memories that came.
    seen: HashSet<[u8; 16]>,
    /// Whether anything was read, and whether something in it was of nobody that is known.
    is_begun: bool,
    has_unknown: bool,
    pub(super) report: ImportReport,
}

impl Run {
    pub(super) fn new(context: Context, scope: Scope, format: Option<ImportFormat>) -> Self {
        Self {
            context,
            scope,
            format,
            source: format.unwrap_or(ImportFormat::Jsonl),
            cutter: Cutter::lines(),
            file: None,
            positions: Positions::new(MAX_COUNTED),
            batch: Batch::default(),
            last: Timestamp::default(),
            came: ImportCounts::default(),
            binned: None,
            seen: HashSet::new(),
            is_begun: false,
            has_unknown: false,
            report: ImportReport::default(),
        }
    }

    /// Begins a file, which has a name when it is one of several.
    pub(super) fn begin(&mut self, file: Option<String>, cutter: Cutter) {
        (self.file, self.cutter) = (file, cutter);
        self.is_begun = true;
    }

    /// Notes of what the file is, when nothing in it may tell.
    pub(super) fn is_of(&mut self, format: ImportFormat) {
        self.report.format.get_or_insert(format);
        self.is_begun = true;
    }

    /// Whether the file is no export at all: nothing in it is known, and something is there.
    pub(super) fn is_no_export(&self) -> bool {
        let is_nothing = !self.is_begun && self.report.skipped_total == 0;
        self.report.format.is_none() && (self.has_unknown || is_nothing)
    }

    /// Takes the next bytes of the file.
    pub(super) async fn feed(&mut self, mut chunk: &[u8]) -> Result<()> {
        while !chunk.is_empty() {
            match &mut self.cutter {
                Cutter::Lines(lines) => {
                    let Some(line) = lines.next(&mut chunk) else { continue };
                    self.line(line).await?;
                }
                Cutter::Elements(elements) => {
                    let Some(element) = elements.next(&mut chunk) else { continue };
                    self.element(element).await?;
                }
            }
        }
        Ok(())
    }

    /// Ends a file. What comes next may be another.
    pub(super) async fn end(&mut self) -> Result<()> {
        match &mut self.cutter {
            Cutter::Lines(lines) => {
                if let Some(line) = lines.finish() {
                    self.line(line).await?;
                }
            }
            Cutter::Elements(elements) => {
                let (element, is_open) = (elements.finish(), elements.is_in_list());
                if let Some(element) = element {
                    self.element(element).await?;
                } else if is_open {
                    let place = self.place(0, String::new());
                    self.skip(place, "it ends before its list does, as if a part were missing; get it again".into());
                }
            }
        }
        Ok(())
    }

    async fn line(&mut self, line: Line) -> Result<()> {
        self.report.lines += 1;
        self.switch(ImportFormat::Jsonl).await?;
        let Line { number, text } = line;
        let bytes = text.as_ref().map_or(0, Vec::len);
        let parsed = match text {
            Some(text) => item::parse(&text).transpose(),
            None => Some(Err(format!("the line has more than {MAX_IMPORT_LINE_BYTES} bytes").into())),
        };
        match parsed {
            Some(parsed) => {
                let path = self.file.clone();
                self.push(Place { line: number, path }, parsed, bytes).await
            }
            None => Ok(()),
        }
    }

    async fn element(&mut self, element: Element) -> Result<()> {
        self.report.lines += 1;
        let Element { number, text } = element;
        let text = match text {
            Text::Whole(text) => text,
            Text::Overlong => {
                let most = MAX_IMPORT_ELEMENT_BYTES >> 20;
                let reason = format!("it has more than {most} MiB, the most that is held in memory");
                let place = self.place(number, String::new());
                self.skip(place, reason.into());
                return Ok(());
            }
            Text::Broken => {
                let place = self.place(number, String::new());
                self.skip(place, "the file ends in the middle of it; get the file again".into());
                return Ok(());
            }
        };
        let format = self.format;
        // reading a large one takes longer than others should wait
        let parsed =
            tokio::task::spawn_blocking(move || foreign::parse(&text, format)).await.map_err(Error::internal)?;
        self.take(number, parsed).await
    }

    /// Takes what was made of an element.
    pub(super) async fn take(&mut self, number: u64, parsed: Parsed) -> Result<()> {
        let Parsed { format, items, left_out } = parsed;
        match format {
            Some(format) => self.switch(format).await?,
            None => self.has_unknown = true,
        }
        self.report.leave(left_out);
        for item in items {
            match item {
                Ok(Item::Memory(memory)) if !self.is_new(&memory) => {}
                Ok(Item::Memory(memory)) if memory.expires_at.is_some_and(|at| at <= self.context.now()) => {
                    self.report.leave_some("memories that have expired".into(), 1);
                }
                Ok(item) => {
                    let bytes = weight(&item);
                    let path = item_path(&item);
                    let place = self.place(number, path);
                    self.push(place, Ok(item), bytes).await?;
                }
                Err(Flaw { path, reason }) => {
                    let place = self.place(number, path);
                    // by the way of all others, so that the report has them in order
                    self.push(place, Err(reason), 0).await?;
                }
            }
        }
        Ok(())
    }

    fn is_new(&mut self, memory: &MemoryItem) -> bool {
        let mut short = [0; 16];
        short.copy_from_slice(&Sha256::digest(&memory.content)[..16]);
        !self.seen.contains(&short) && (self.seen.len() >= MAX_SEEN || self.seen.insert(short))
    }

    fn place(&self, number: u64, inside: String) -> Place {
        let element = (number > 0).then(|| format!("conversation {number}"));
        let parts =
            self.file.clone().into_iter().chain(element).chain(Some(inside).filter(|inside| !inside.is_empty()));
        let path = parts.collect::<Vec<_>>().join(", ");
        Place { line: number, path: Some(path).filter(|path| !path.is_empty()) }
    }

    pub(super) fn skip(&mut self, place: Place, reason: Reason) {
        self.report.skip(place, reason);
    }

    /// What is stored together is of one source.
    async fn switch(&mut self, format: ImportFormat) -> Result<()> {
        self.report.format.get_or_insert(format);
        if self.source != format {
            self.flush_all().await?;
            self.source = format;
        }
        Ok(())
    }

    async fn push(&mut self, place: Place, item: Result<Item, Reason>, bytes: usize) -> Result<()> {
        let (item, key) = match item.and_then(|item| self.complete(item)) {
            Ok((item, key)) => (Ok(item), key),
            Err(reason) => (Err(reason), String::new()),
        };
        self.batch.push(Entry { place, item, key }, bytes);
        if self.batch.is_full() { self.flush().await } else { Ok(()) }
    }

    /// Gives a message what follows from its place in the file: its key, and a moment when it has none.
    fn complete(&mut self, item: Item) -> Result<(Item, String), Reason> {
        match &item {
            Item::Session(_) => self.came.count(ForeignKind::Session),
            Item::Conversation(item) => {
                self.came.count(ForeignKind::Conversation);
                let in_bin = item.past.status == Some(ConversationStatus::Deleted);
                self.binned = in_bin.then(|| item.id.clone());
            }
            Item::Message(_) => self.came.count(ForeignKind::Message),
            Item::Memory(_) => self.came.count(ForeignKind::Memory),
            Item::Summary(_) => {}
            Item::End(end) => end.check(std::mem::take(&mut self.came))?,
        }
        let Item::Message(mut message) = item else { return Ok((item, String::new())) };
        message.past.in_bin = self.binned.as_ref() == Some(&message.conversation_id);
        let key = self.positions.key(&message)?;
        if message.created_at.is_none() {
            // never twice the same: they are shown in the order they came
            self.last = self.context.now().max(self.last.plus(Duration::from_micros(1)));
            message.created_at = Some(self.last);
        }
        Ok((Item::Message(message), key))
    }

    pub(super) async fn flush_all(&mut self) -> Result<()> {
        while !self.batch.is_empty() {
            self.flush().await?;
        }
        Ok(())
    }

    /// Stores a batch. It waits for the store, so a stream is read no faster than it is stored.
    async fn flush(&mut self) -> Result<()> {
        let allowance = self.context.allowance(&self.scope).await?;
        let entries = self.batch.take();
        let (scope, now, ids) = (self.scope, self.context.now(), Arc::clone(&self.context.ports.ids));
        let (source, begun) = (self.source.as_str(), Instant::now());
        let stored = self
            .context
            .write_and_tell(
                scope,
                move |tx| {
                    Box::pin(async move {
                        let stored = Storing::new(tx, scope, source, ids, now).run(entries).await?;
                        allowance.check(tx, &scope).await?;
                        Ok(stored)
                    })
                },
                Outcome::changes,
            )
            .await?;
        self.batch.took(begun.elapsed());
        self.report.add(stored);
        Ok(())
    }
}

/// Bytes that an item keeps, about.
fn weight(item: &Item) -> usize {
    match item {
        Item::Message(message) => message.content.len() + 200,
        Item::Memory(memory) => memory.content.len() + 200,
        Item::Session(_) | Item::Conversation(_) | Item::Summary(_) | Item::End(_) => 500,
    }
}

fn item_path(item: &Item) -> String {
    match item {
        Item::Message(message) => message.id.as_deref().map(|id| format!("message {id}")).unwrap_or_default(),
        Item::Memory(_) => "a memory".to_owned(),
        Item::Session(_) | Item::Conversation(_) | Item::Summary(_) | Item::End(_) => String::new(),
    }
}
