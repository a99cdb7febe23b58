//! The meaning of texts: their vectors in one collection, and what a question is near to.

use std::{borrow::Cow, sync::Arc, time::Duration};

use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    circuit::Circuit,
    id::{ConversationId, UserId},
    observe::CacheMeter,
    policy::breaker::{BreakerLimits, Verdict},
    ports::{
        CollectionSpec, EmbedPurpose, Embedder, EmbeddingModel, Health, HealthStatus, KindFilter, Tag, VectorChange,
        VectorCollection, VectorEntry, VectorFilter, VectorHit, VectorIndex, VectorQuery,
    },
    text,
    types::{DocKind, DocRef, IndexDocument, Role},
};
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::{sync::OnceCell, time::Instant};

/// What the names of collections of everything that recall may find begin with; the model follows.
const COLLECTION: &str = "recall-";

/// Longest that a question's vector is waited for; then words alone decide.
const QUESTION_PATIENCE: Duration = Duration::from_secs(2);
/// A model that failed is left in peace for a moment.
const LEFT_IN_PEACE: BreakerLimits = BreakerLimits { failures: 1, rest: Duration::from_secs(2) };
/// How long a model that answered a check is trusted.
const CHECKED_FOR: Duration = Duration::from_mins(1);

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
    asked: CacheMeter,
    /// Before the model while somebody waits for it.
    circuit: Arc<Circuit>,
    /// That the model answered a check lately: asking it may cost money.
    checked: Cache<(), Health>,
}

impl Vectors {
    pub(crate) fn new(index: Arc<dyn VectorIndex>, embedder: Arc<dyn Embedder>) -> Self {
        let questions = Cache::builder().max_capacity(QUESTIONS).time_to_idle(QUESTION_IDLE).build();
        let checked = Cache::builder().max_capacity(1).time_to_live(CHECKED_FOR).build();
        Self {
            embedder,
            index,
            collection: Arc::default(),
            questions,
            asked: CacheMeter::new("questions"),
            circuit: Circuit::new(LEFT_IN_PEACE),
            checked,
        }
    }

    /// The collection, opened at its first use. Each model has its own, so that looking with another one destroys nothing.
    pub(crate) async fn collection(&self) -> Result<&Arc<dyn VectorCollection>> {
        let open = || async {
            let model = self.embedder.model().await?;
            self.index.open(CollectionSpec { name: name_of(&model), model }).await
        };
        self.collection.get_or_try_init(open).await
    }

    /// Removes what other models filled.
    pub(crate) async fn forget_other_models(&self) -> Result<()> {
        let kept = &self.collection().await?.spec().name;
        for name in self.index.names().await? {
            if name.starts_with(COLLECTION) && name != *kept {
                self.index.remove(&name).await?;
                tracing::info!(collection = name, "removed the vectors of another model");
            }
        }
        Ok(())
    }

    /// Forgets what was asked.
    pub(crate) fn forget_questions(&self) {
        self.questions.invalidate_all();
    }

    /// Removes every vector of a person from the files, whatever model made it. Their rows must be gone.
    pub(crate) async fn forget_user(&self, id: UserId) -> Result<()> {
        self.forget_other_models().await?;
        let collection = self.collection().await?;
        collection.apply(vec![VectorEntry { seq: 0, change: VectorChange::DeleteTagged(user(id)) }]).await?;
        self.scrub().await
    }

    /// Makes sure that nothing which was removed is in the files any more.
    pub(crate) async fn scrub(&self) -> Result<()> {
        self.collection().await?.commit().await?;
        self.index.scrub().await
    }

    /// The vector of a question; none when the model knows no word of it. Nobody waits long for it, and a model that has
    /// just failed is not asked again at once.
    pub(crate) async fn of_question(&self, question: &str) -> Result<Option<Arc<[f32]>>> {
        let known = self.questions.get(question);
        self.asked.looked_up(known.is_some());
        if let Some(known) = known {
            return Ok(Some(known));
        }
        let mut pass = self.circuit.admit(now()).map_err(|resting| resting.last.unwrap_or_else(too_slow))?;
        let asked =
            tokio::time::timeout(QUESTION_PATIENCE, self.embedder.embed(EmbedPurpose::Query, &[question])).await;
        let asked = asked.unwrap_or_else(|_| Err(too_slow()));
        match &asked {
            Err(error) if !is_refusal(error) => pass.failed(now(), Verdict::Fault, error),
            _ => pass.sound(now()),
        }
        let vector = asked?.pop().unwrap_or_default();
        if vector.iter().all(|&x| x == 0.0) {
            return Ok(None);
        }
        let vector: Arc<[f32]> = vector.into();
        self.questions.insert(question.to_owned(), Arc::clone(&vector));
        Ok(Some(vector))
    }

    /// Vectors of what may be found. A text that the model refuses gets the vector of zeros: it must not keep all that
    /// comes after it from being found.
    pub(crate) async fn of_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let mut vectors = Vec::with_capacity(texts.len());
        for some in texts.chunks(EMBEDDED_AT_ONCE) {
            match self.embedder.embed(EmbedPurpose::Passage, some).await {
                Err(error) if is_refusal(&error) => {
                    for text in some {
                        vectors.push(self.of_passage(text).await?);
                    }
                }
                embedded => vectors.extend(embedded?),
            }
            tokio::task::yield_now().await;
        }
        Ok(vectors)
    }

    async fn of_passage(&self, text: &str) -> Result<Vec<f32>> {
        match self.embedder.embed(EmbedPurpose::Passage, &[text]).await {
            Err(error) if is_refusal(&error) => {
                // a model that refuses everything is set up wrongly, and that must be told
                self.embedder.embed(EmbedPurpose::Passage, &["."]).await?;
                tracing::warn!(
                    ?error,
                    bytes = text.len(),
                    "the embedding model refuses a text; it is found by words alone"
                );
                Ok(vec![0.0; self.embedder.model().await?.dimension])
            }
            embedded => Ok(embedded?.pop().unwrap_or_default()),
        }
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

    /// How the model is; one that answered is asked again after a minute.
    pub(crate) async fn check_model(&self) -> Health {
        if let Some(known) = self.checked.get(&()) {
            return known;
        }
        let health = self.embedder.check().await;
        if health.status == HealthStatus::Healthy {
            self.checked.insert((), health.clone());
        }
        health
    }

    pub(crate) fn index(&self) -> &Arc<dyn VectorIndex> {
        &self.index
    }
}

/// The collection of a model: names are of letters and digits, models of anything.
fn name_of(model: &EmbeddingModel) -> String {
    let digest = Sha256::digest(format!("{}\0{}", model.id, model.dimension));
    let hash = digest.iter().take(8).fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
    format!("{COLLECTION}{hash:016x}")
}

/// The time that tests may stop.
fn now() -> std::time::Instant {
    Instant::now().into_std()
}

fn too_slow() -> Error {
    ErrorKind::Unavailable.error("the embedding model takes too long")
}

/// Whether a model will not take a text, however often it is asked.
fn is_refusal(error: &Error) -> bool {
    error.retry_after().is_none()
        && matches!(error.kind(), ErrorKind::Upstream | ErrorKind::Invalid | ErrorKind::TooLarge)
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
