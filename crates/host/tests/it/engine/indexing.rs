use std::time::Duration;

use jarvis_core::{
    ports::TextQuery,
    types::{ConversationPatch, ConversationStatus},
};

use super::{TestEngine, caught_up};
use jarvis_core::testkit::ScriptedModel;

async fn found(test: &TestEngine, text: &str) -> usize {
    let query = TextQuery::new(text, test.scope.user(), 50);
    test.text.search(&query).await.expect("hits").hits.len()
}

#[tokio::test]
async fn the_index_itself_follows_bin_restore_and_erase() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let conversation = test.say("the heron stands in the river", None).await.conversation_id;
    caught_up(&test.engine.indexes.text).await;
    assert_eq!(found(&test, "heron").await, 2, "what was said and its echo");
    let to = |status| ConversationPatch { status: Some(status), ..ConversationPatch::default() };
    test.engine.conversations.update(test.scope, conversation, to(ConversationStatus::Deleted)).await.unwrap();
    caught_up(&test.engine.indexes.text).await;
    assert_eq!(found(&test, "heron").await, 0);
    test.engine.conversations.update(test.scope, conversation, to(ConversationStatus::Open)).await.unwrap();
    caught_up(&test.engine.indexes.text).await;
    assert_eq!(found(&test, "heron").await, 2);
    let receipt = test.engine.conversations.erase(test.scope, conversation).await.unwrap();
    assert_eq!(receipt.messages, 2);
    caught_up(&test.engine.indexes.text).await;
    assert_eq!(found(&test, "heron").await, 0);
    assert_eq!(test.engine.stats.report(&test.scope).await.unwrap().user.messages, 0);
}

#[tokio::test]
async fn an_index_that_lost_everything_is_rebuilt() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    for number in 0..5 {
        test.say(&format!("lighthouse {number}"), None).await;
    }
    caught_up(&test.engine.indexes.text).await;
    let before = found(&test, "lighthouse").await;
    let mut progress = test.engine.indexes.text.progress();
    test.engine.indexes.reindex();
    let done = progress.wait_for(|progress| progress.finished == 1 && !progress.running);
    tokio::time::timeout(Duration::from_secs(20), done).await.expect("in time").expect("an indexer");
    assert_eq!(found(&test, "lighthouse").await, before);
    assert_eq!(test.engine.indexes.text.lag().await.unwrap(), 0);
    test.say("lighthouse 6", None).await;
    caught_up(&test.engine.indexes.text).await;
    assert_eq!(found(&test, "lighthouse").await, before + 2, "following goes on behind the rebuild");
    assert!(test.engine.shut_down(Duration::from_secs(5)).await);
}
