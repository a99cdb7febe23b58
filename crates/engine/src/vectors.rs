//! The meaning of texts: their vectors in one collection, and what a question is near to.

use std::{borrow::Cow, sync::Arc, time::Duration};

use jarvis_core::{
    Result, Scope,
    id::{ConversationId, UserId},
    ports::{
        CollectionSpec, EmbedPurpose, Embedder, KindFilter, Tag, VectorCollection, VectorFilter, VectorHit,
        VectorIndex, VectorQuery,
    },
    text,
    types::{DocKind, DocRef, IndexDocument, Role},
};
use moka::sync::Cache;
use tokio::sync::OnceCell;

/// The collection of everything that recall may find.
const COLLECTION: &str = "recall";

/// Vectors of questions kept: a question is asked again when a page is turned, and by every device of a person.
const QUESTIONS: u64 = 1_024;
/// They are facts of the model, so they need not be refreshed; this only lets go of what nobody asks any more.
const QUESTION_IDLE: Duration = Duration::from_mins(10);

/// Texts embedded before other tasks get their turn.
const EMBEDDED_AT_ONCE: usize = 64;

/// The recall collection with the model that fills it.
#[derive(Clone, Debug)]
pub(crate) struct Vectors {
    embedder: Arc<dyn Embedder>,
    index: Arc<dyn VectorIndex>,
    collection: Arc<OnceCell<Arc<dyn VectorCollection>>>,
    questions: Cache<String, Arc<[f32]>>,
}

impl Vectors {
    pub(crate) fn new(index: Arc<dyn VectorIndex>, embedder: Arc<dyn Embedder>) -> Self {
        let questions = Cache::builder().max_capacity(QUESTIONS).time_to_idle(QUESTION_IDLE).build();
        Self { embedder, index, collection: Arc::default(), questions }
    }

    /// The collection, opened at its first use. One made by another model is replaced by an empty one, which the index
    /// leg then fills anew.
    pub(crate) async fn collection(&self) -> Result<&Arc<dyn VectorCollection>> {
        let spec = || CollectionSpec { name: COLLECTION.to_owned(), model: self.embedder.model().clone() };
        self.collection.get_or_try_init(|| self.index.open(spec())).await
    }

    /// The vector of a question; none when the model knows no word of it.
    pub(crate) async fn of_question(&self, question: &str) -> Result<Option<Arc<[f32]>>> {
        if let Some(known) = self.questions.get(question) {
            return Ok(Some(known));
        }
        let vector = self.embedder.embed(EmbedPurpose::Query, &[question]).await?.pop().unwrap_or_default();
        if vector.iter().all(|&x| x == 0.0) {
            return Ok(None);
        }
        let vector: Arc<[f32]> = vector.into();
        self.questions.insert(question.to_owned(), Arc::clone(&vector));
        Ok(Some(vector))
    }

    /// Vectors of what may be found.
    pub(crate) async fn of_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let mut vectors = Vec::with_capacity(texts.len());
        for some in texts.chunks(EMBEDDED_AT_ONCE) {
            vectors.extend(self.embedder.embed(EmbedPurpose::Passage, some).await?);
            tokio::task::yield_now().await;
        }
        Ok(vectors)
    }

    /// What is nearest to a vector among what the filter lets through.
    pub(crate) async fn nearest(&self, vector: &[f32], filter: VectorFilter, limit: usize) -> Result<Vec<VectorHit>> {
        self.collection().await?.nearest(&VectorQuery { vector: vector.to_vec(), filter, limit }).await
    }

    /// Cosines of given texts, in the order asked; none for those without a vector yet.
    pub(crate) async fn score(&self, vector: &[f32], docs: &[DocRef]) -> Result<Vec<Option<f32>>> {
        self.collection().await?.score(vector, docs).await
    }

    /// The cosine from which on a text has to do with a question; none when the model does not know its language.
    pub(crate) fn similar_from(&self, question: &str) -> Option<f32> {
        self.embedder.knows(text::detect(question)).then(|| self.embedder.similar_from())
    }

    pub(crate) fn embedder(&self) -> &Arc<dyn Embedder> {
        &self.embedder
    }

    pub(crate) fn index(&self) -> &Arc<dyn VectorIndex> {
        &self.index
    }
}

/// What a text can be filtered by.
pub(crate) fn tags(document: &IndexDocument) -> Vec<Tag> {
    let mut tags = vec![user(document.user_id), kind(document.doc.kind)];
    tags.extend(document.conversation_id.map(conversation));
    tags.extend(document.role.map(role));
    if !document.recallable {
        tags.push(NOT_RECALLABLE);
    }
    tags
}

/// One person's texts that recall may propose.
pub(crate) fn filter(scope: &Scope) -> VectorFilter {
    VectorFilter { all: vec![vec![user(scope.user())]], none: vec![NOT_RECALLABLE], from: None, until: None }
}

/// What must be met for a kind; nothing when both are wanted.
pub(crate) fn of_kind(kinds: KindFilter) -> Option<Vec<Tag>> {
    match kinds {
        KindFilter::All => None,
        KindFilter::Messages => Some(vec![kind(DocKind::Message)]),
        KindFilter::Memories => Some(vec![kind(DocKind::Memory)]),
    }
}

const NOT_RECALLABLE: Tag = Tag(Cow::Borrowed("not-recallable"));

fn user(id: UserId) -> Tag {
    Tag(format!("user:{id}").into())
}

pub(crate) fn conversation(id: ConversationId) -> Tag {
    Tag(format!("conversation:{id}").into())
}

pub(crate) fn role(role: Role) -> Tag {
    Tag(format!("role:{}", role.as_str()).into())
}

fn kind(kind: DocKind) -> Tag {
    Tag(Cow::Borrowed(match kind {
        DocKind::Message => "kind:message",
        DocKind::Memory => "kind:memory",
    }))
}
