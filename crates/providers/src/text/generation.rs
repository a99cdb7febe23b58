//! A small inverted index in memory: changes applied one after the other, searchable at once, written to Tantivy
//! together.

use jarvis_core::{
    id::{ConversationId, UserId},
    text::search::{Token, analyse},
    types::{DocRef, IndexDocument, OutboxSeq},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tantivy::fieldnorm::FieldNormReader;

use super::schema::Facts;

/// A document with its text already taken apart.
#[derive(Debug)]
pub(crate) struct Analysed {
    pub(crate) document: IndexDocument,
    tokens: Vec<Token>,
}

impl Analysed {
    pub(crate) fn new(document: IndexDocument) -> Self {
        let tokens = analyse(&document.text);
        Self { document, tokens }
    }
}

/// What Tantivy must be told, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// The document in this slot.
    Upsert(usize),
    Delete(DocRef),
    DeleteConversation(ConversationId),
    /// Only the position moves.
    Resume,
}

/// Terms are numbered in order of appearance.
pub(crate) type TermNumber = u32;

/// A document in memory.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) doc: DocRef,
    pub(crate) owner: UserId,
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) facts: Facts,
    /// Microseconds.
    pub(crate) created_at: i64,
    /// Length in Tantivy's code, so that the score is the same before and after the commit.
    pub(crate) length_code: u8,
    /// Terms by number, with their places.
    pub(crate) tokens: Box<[(TermNumber, u32)]>,
    /// Replaced or removed by a later change of the same generation.
    pub(crate) gone: bool,
}

/// Some changes.
#[derive(Debug, Default)]
pub(crate) struct Generation {
    docs: Vec<Held>,
    slots: HashMap<DocRef, usize>,
    /// Numbers of the terms with a meaning, and of the stop words.
    numbers: [HashMap<Arc<str>, TermNumber>; 2],
    terms: Vec<(Arc<str>, bool)>,
    /// By term number: slot and frequency, ascending.
    postings: Vec<Vec<(u32, u32)>>,
    changes: Vec<Change>,
    position: OutboxSeq,
    bytes: usize,
}

impl Generation {
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Documents and deletions.
    pub(crate) fn len(&self) -> usize {
        self.changes.len()
    }

    /// Memory it takes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The position of an index that has it.
    pub(crate) fn position(&self) -> OutboxSeq {
        self.position
    }

    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes
    }

    pub(crate) fn held(&self, slot: usize) -> &Held {
        &self.docs[slot]
    }

    pub(crate) fn docs(&self) -> &[Held] {
        &self.docs
    }

    /// Where a document is, if it is here and stands.
    pub(crate) fn slot(&self, doc: DocRef) -> Option<usize> {
        self.slots.get(&doc).copied()
    }

    /// Documents that stand.
    pub(crate) fn standing(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn term(&self, number: TermNumber) -> (&str, bool) {
        let (term, is_stop) = &self.terms[number as usize];
        (term, *is_stop)
    }

    pub(crate) fn number(&self, term: &str, is_stop: bool) -> Option<TermNumber> {
        self.numbers[usize::from(is_stop)].get(term).copied()
    }

    /// Terms with a meaning.
    pub(crate) fn body_terms(&self) -> impl Iterator<Item = (&str, TermNumber)> {
        self.numbers[0].iter().map(|(term, number)| (&**term, *number))
    }

    pub(crate) fn postings(&self, number: TermNumber) -> &[(u32, u32)] {
        &self.postings[number as usize]
    }

    pub(crate) fn upsert(&mut self, position: OutboxSeq, analysed: Analysed) {
        let Analysed { document, tokens } = analysed;
        self.forget(document.doc);
        let slot = self.docs.len();
        let length = tokens.iter().filter(|token| !token.is_stop).count();
        let numbered: Box<[(TermNumber, u32)]> =
            tokens.into_iter().map(|token| (self.intern(&token.term, token.is_stop), token.position)).collect();
        let mut sorted: Vec<TermNumber> = numbered.iter().map(|(number, _)| *number).collect();
        sorted.sort_unstable();
        for run in sorted.chunk_by(|a, b| a == b) {
            self.postings[run[0] as usize].push((slot as u32, run.len() as u32));
        }
        self.bytes += 160 + numbered.len() * 20;
        self.docs.push(Held {
            doc: document.doc,
            owner: document.user_id,
            conversation: document.conversation_id,
            facts: Facts::new(document.doc.kind, document.role, document.recallable),
            created_at: document.created_at.as_micros(),
            length_code: FieldNormReader::fieldnorm_to_id(length as u32),
            tokens: numbered,
            gone: false,
        });
        self.slots.insert(document.doc, slot);
        self.record(position, Change::Upsert(slot));
    }

    pub(crate) fn delete(&mut self, position: OutboxSeq, doc: DocRef) {
        self.forget(doc);
        self.record(position, Change::Delete(doc));
    }

    pub(crate) fn delete_conversation(&mut self, position: OutboxSeq, conversation: ConversationId) {
        for slot in self.of_conversation(conversation) {
            let doc = self.docs[slot].doc;
            self.forget(doc);
        }
        self.record(position, Change::DeleteConversation(conversation));
    }

    /// Moves the position.
    pub(crate) fn resume(&mut self, position: OutboxSeq) {
        self.record(position, Change::Resume);
    }

    /// Slots of the documents of a conversation that stand.
    pub(crate) fn of_conversation(&self, conversation: ConversationId) -> HashSet<usize> {
        let of = |(_, held): &(usize, &Held)| held.conversation == Some(conversation) && !held.gone;
        self.docs.iter().enumerate().filter(of).map(|(slot, _)| slot).collect()
    }

    fn forget(&mut self, doc: DocRef) {
        if let Some(slot) = self.slots.remove(&doc) {
            self.docs[slot].gone = true;
        }
    }

    fn record(&mut self, position: OutboxSeq, change: Change) {
        self.changes.push(change);
        self.bytes += size_of::<Change>();
        self.position = position;
    }

    fn intern(&mut self, term: &str, is_stop: bool) -> TermNumber {
        let numbers = &mut self.numbers[usize::from(is_stop)];
        if let Some(number) = numbers.get(term) {
            return *number;
        }
        let number = self.terms.len() as TermNumber;
        let term: Arc<str> = Arc::from(term);
        self.bytes += 120 + term.len();
        numbers.insert(Arc::clone(&term), number);
        self.terms.push((term, is_stop));
        self.postings.push(Vec::new());
        number
    }
}
