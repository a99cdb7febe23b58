use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use jarvis_core::{
    ErrorKind, Result,
    ports::{EmbedPurpose, Embedder, EmbeddingModel, Health, KindFilter},
};
use jarvis_engine::{SearchHit, SearchMode, SearchRequest};
use jarvis_providers::embedders::StaticEmbedder;

use super::{TestEngine, caught_up, request};
use jarvis_core::testkit::ScriptedModel;

fn query(text: &str, mode: SearchMode) -> SearchRequest {
    SearchRequest {
        query: text.to_owned(),
        mode,
        explain: true,
        kinds: KindFilter::Messages,
        conversation_id: None,
        role: Some(jarvis_core::types::Role::User),
        from: None,
        until: None,
        limit: 10,
        offset: 0,
    }
}

async fn find(test: &TestEngine, text: &str, mode: SearchMode) -> Vec<SearchHit> {
    test.engine.search.find(&test.scope, &query(text, mode)).await.expect("results").hits
}

fn contents(hits: &[SearchHit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.item.content()).collect()
}

async fn told(texts: &[&str]) -> TestEngine {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    for text in texts {
        test.say(text, None).await;
    }
    caught_up(&test.engine.indexes.vectors).await;
    test
}

const ENGLISH: &[&str] = &[
    "My dog Rex sleeps under the kitchen table.",
    "The train to Porto leaves at nine.",
    "I am allergic to peanuts.",
    "The rent is due on the first of each month.",
];

#[tokio::test]
async fn other_words_find_what_was_said() {
    let test = told(ENGLISH).await;
    assert!(find(&test, "Which food must I avoid?", SearchMode::Text).await.is_empty(), "no word is the same");
    for mode in [SearchMode::Vector, SearchMode::Hybrid] {
        let hits = find(&test, "Which food must I avoid?", mode).await;
        assert_eq!(contents(&hits)[0], "I am allergic to peanuts.", "{mode:?}");
    }
    let chosen = test.engine.chat.send(test.scope, request("Which food must I avoid?")).await.expect("a generation");
    let answer = chosen.answer().await.expect("an answer");
    assert!(answer.memories_used.iter().any(|used| used.excerpt.contains("peanuts")), "{:?}", answer.memories_used);
}

#[tokio::test]
async fn a_greeting_recalls_nothing() {
    let test = told(ENGLISH).await;
    let answer = test.say("Hello!", None).await;
    assert_eq!(answer.memories_used, []);
}

#[tokio::test]
async fn french_is_found_with_and_without_accents() {
    let test = told(&[
        "Mon frère répare des vélos à Orléans.",
        "Le congélateur est tombé en panne.",
        "J’ai peur des araignées.",
    ])
    .await;
    for question in ["Qui répare les vélos ?", "qui repare les velos", "un vélo réparé"] {
        for mode in [SearchMode::Text, SearchMode::Hybrid] {
            let hits = find(&test, question, mode).await;
            assert_eq!(contents(&hits)[0], "Mon frère répare des vélos à Orléans.", "{question} {mode:?}");
        }
    }
}

#[tokio::test]
async fn a_score_is_the_sum_of_the_parts_that_explain_it() {
    let test = told(ENGLISH).await;
    let hits = find(&test, "When does the train to Porto leave?", SearchMode::Hybrid).await;
    assert_eq!(contents(&hits)[0], "The train to Porto leaves at nine.");
    for hit in &hits {
        let sum: f32 = hit.parts.iter().map(|part| part.value).sum();
        assert!((hit.score - sum).abs() < 1e-4, "{hit:?}");
    }
    assert!(
        hits[0].parts.iter().any(|part| part.name == "words")
            && hits[0].parts.iter().any(|part| part.name == "coverage")
    );
    let unexplained = SearchRequest { explain: false, ..query("train", SearchMode::Hybrid) };
    let unexplained = test.engine.search.find(&test.scope, &unexplained).await.expect("results");
    assert!(unexplained.hits.iter().all(|hit| hit.parts.is_empty()));
}

#[tokio::test]
async fn pages_of_ranked_hits_neither_overlap_nor_miss() {
    let test = told(ENGLISH).await;
    for mode in [SearchMode::Vector, SearchMode::Hybrid] {
        let whole = find(&test, "the train at the table", mode).await;
        let mut paged = Vec::new();
        let mut offset = Some(0);
        while let Some(at) = offset {
            let one = SearchRequest { limit: 1, offset: at, ..query("the train at the table", mode) };
            let page = test.engine.search.find(&test.scope, &one).await.expect("results");
            paged.extend(page.hits);
            offset = page.next_offset;
        }
        assert_eq!(contents(&paged), contents(&whole), "{mode:?}");
    }
}

#[tokio::test]
async fn erasing_takes_the_vectors_along() {
    let test = told(&[]).await;
    let conversation = test.say("The heron stands in the river.", None).await.conversation_id;
    caught_up(&test.engine.indexes.vectors).await;
    assert_eq!(find(&test, "a bird in the water", SearchMode::Vector).await.len(), 1);
    test.engine.conversations.erase(test.scope, conversation).await.unwrap();
    caught_up(&test.engine.indexes.vectors).await;
    assert!(find(&test, "a bird in the water", SearchMode::Vector).await.is_empty());
}

/// A model that knows the length of a text, and answers while it is told to.
#[derive(Debug)]
struct Lengths {
    model: EmbeddingModel,
    answers: AtomicBool,
}

impl Lengths {
    fn new() -> Arc<Self> {
        let model = EmbeddingModel { id: "lengths".to_owned(), dimension: 2 };
        Arc::new(Self { model, answers: AtomicBool::new(true) })
    }
}

#[async_trait]
impl Embedder for Lengths {
    async fn check(&self) -> Health {
        Health::healthy(Duration::ZERO)
    }

    async fn model(&self) -> Result<EmbeddingModel> {
        Ok(self.model.clone())
    }

    async fn embed(&self, _: EmbedPurpose, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        if !self.answers.load(Ordering::SeqCst) {
            return Err(ErrorKind::Unavailable.error("not now"));
        }
        let vector = |text: &&str| {
            let angle = text.len() as f32 / 100.0;
            vec![angle.cos(), angle.sin()]
        };
        Ok(texts.iter().map(vector).collect())
    }
}

#[tokio::test]
async fn another_model_fills_the_collection_anew_while_words_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let test = TestEngine::start_in(dir.path(), StaticEmbedder::new().unwrap()).await;
    for text in ENGLISH {
        test.say(text, None).await;
    }
    caught_up(&test.engine.indexes.vectors).await;
    test.stop().await;

    let lengths = Lengths::new();
    lengths.answers.store(false, Ordering::SeqCst);
    let test = TestEngine::start_in(dir.path(), lengths.clone()).await;
    caught_up(&test.engine.indexes.text).await;
    assert_eq!(contents(&find(&test, "peanuts", SearchMode::Text).await), ["I am allergic to peanuts."]);
    assert_eq!(contents(&find(&test, "peanuts", SearchMode::Hybrid).await)[0], "I am allergic to peanuts.");
    let refused = test.engine.search.find(&test.scope, &query("peanuts", SearchMode::Vector)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(refused.message().contains("mode=text"), "{refused}");

    lengths.answers.store(true, Ordering::SeqCst);
    caught_up(&test.engine.indexes.vectors).await;
    let same_length = "i am allergic to walnuts.";
    let near = async {
        // a model that failed is left in peace for a while
        while test.engine.search.find(&test.scope, &query(same_length, SearchMode::Vector)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), near).await.expect("it is asked again");
    assert_eq!(contents(&find(&test, same_length, SearchMode::Vector).await)[0], "I am allergic to peanuts.");
    test.stop().await;

    let test = TestEngine::start_in(dir.path(), StaticEmbedder::new().unwrap()).await;
    assert_eq!(
        contents(&find(&test, "Which food must I avoid?", SearchMode::Vector).await)[0],
        "I am allergic to peanuts."
    );
    assert_eq!(test.engine.indexes.vectors.progress().borrow().finished, 0, "each model keeps what it filled");
    let collections = || {
        let names = std::fs::read_dir(dir.path().join("vectors")).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with("recall-")).count()
    };
    assert_eq!(collections(), 2);
    test.engine.forget_other_models();
    let forgotten = async {
        while collections() > 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), forgotten).await.expect("what is complete needs no other");
    assert_eq!(
        contents(&find(&test, "Which food must I avoid?", SearchMode::Vector).await)[0],
        "I am allergic to peanuts."
    );
}

/// Refuses texts with a word it does not like, as a server does whose model takes only so much.
#[derive(Debug)]
struct Picky(Arc<Lengths>);

#[async_trait]
impl Embedder for Picky {
    async fn check(&self) -> Health {
        self.0.check().await
    }

    async fn model(&self) -> Result<EmbeddingModel> {
        self.0.model().await
    }

    async fn embed(&self, purpose: EmbedPurpose, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        if texts.iter().any(|text| text.contains("peanuts")) {
            return Err(ErrorKind::Upstream.error("HTTP 400"));
        }
        self.0.embed(purpose, texts).await
    }
}

#[tokio::test]
async fn a_text_that_the_model_refuses_keeps_no_other_back() {
    let dir = tempfile::tempdir().unwrap();
    let test = TestEngine::start_in(dir.path(), Arc::new(Picky(Lengths::new()))).await;
    for text in ENGLISH {
        test.say(text, None).await;
    }
    caught_up(&test.engine.indexes.vectors).await;
    let hits = find(&test, "the train to porto leaves at ten.", SearchMode::Vector).await;
    assert_eq!(contents(&hits)[0], "The train to Porto leaves at nine.");
    assert_eq!(contents(&find(&test, "peanuts", SearchMode::Text).await), ["I am allergic to peanuts."]);
}
