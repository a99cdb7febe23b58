use std::{sync::Arc, time::Duration};

use jarvis_core::{ErrorKind, Scope, ports::Store, testkit::ScriptedModel};
use jarvis_engine::{Actor, ChatRequest, GenerationEvent};
use jarvis_providers::embedders::StaticEmbedder;
use tokio::sync::Semaphore;

use super::{TestEngine, model::gated, search};

#[tokio::test]
async fn a_running_answer_is_stopped_and_not_stored() {
    let gate = Arc::new(Semaphore::new(0));
    let test = TestEngine::start(ScriptedModel::new([gated(&["begun ", "never said"], &gate)])).await;
    let generation = test.engine.chat.send(test.scope, ChatRequest::new("Hello")).await.unwrap();
    let mut reader = generation.reader();
    while !matches!(reader.next().await, Some(GenerationEvent::Text { .. })) {}
    let id = generation.start.message_id;
    let receipt = test.engine.erasure.everything(&Actor::user(test.scope), test.scope).await.unwrap();
    assert_eq!((receipt.stopped, receipt.rows.conversations), (1, 1));
    assert_eq!(receipt.user.as_deref(), Some("default"));
    let gone = test.engine.chat.generation(&test.scope, id).await.map(|generation| generation.start);
    assert_eq!(gone.unwrap_err().kind(), ErrorKind::NotFound);
    let stale =
        test.engine.chat.send(test.scope, ChatRequest::new("Hello again")).await.map(|generation| generation.start);
    assert_eq!(stale.unwrap_err().kind(), ErrorKind::NotFound, "a scope of before is nobody's");
    let again = test.engine.users.local(None).await.unwrap();
    assert_ne!(again.user(), test.scope.user());
    let entry = test.audit().await.remove(0);
    assert_eq!((entry.act.as_str(), entry.object), ("data.erase", test.scope.user().to_string()));
}

#[tokio::test]
async fn what_a_crash_left_of_an_erasure_is_erased_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let embedder = StaticEmbedder::new().unwrap();
    let test = TestEngine::start_in(dir.path(), embedder.clone()).await;
    let other = test.engine.users.local(Some("ann")).await.unwrap();
    for turn in 0..3 {
        test.say(&format!("turn {turn}"), None).await;
    }
    test.remember(other, "hers").await;
    let (system, user, at) = (Scope::system(), test.scope.user(), test.engine.now());
    let store: Arc<dyn Store> = test.store.clone();
    store.write(move |tx| Box::pin(async move { tx.erasures().request(&system, user, at).await })).await.unwrap();
    test.stop().await;

    let test = TestEngine::start_in(dir.path(), embedder).await;
    let pending = async {
        while !test.store.erasures().pending(&system).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), pending).await.unwrap();
    assert_eq!(test.store.users().get(&system, user).await.unwrap(), None);
    assert_eq!(search::hits(&test, "turn").await, [""; 0]);
    let totals = test.store.stats().totals(&system).await.unwrap();
    assert_eq!((totals.messages, totals.memories), (0, 1), "others keep what they have");
}
