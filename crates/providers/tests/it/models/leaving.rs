//! Whoever stops listening stops the work upstream.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _};
use jarvis_core::ports::{LanguageModel, ModelEvent};

use super::{bridges, each, ollama, openai, said};
use crate::upstream::{Script, Upstream};

/// Generous: a test that waits so long has failed.
const LONG: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn dropping_a_stream_in_mid_answer_closes_the_connection() {
    let upstream = Upstream::start();
    let silent = Script::say(["one ", "two "]).then_hang();
    let busy = Script::say(vec!["word "; 5_000]).paced(Duration::from_millis(5));
    for (round, script) in [silent, busy].into_iter().enumerate() {
        let models = [openai(&upstream) as Arc<dyn LanguageModel>, ollama(&upstream)];
        for (nth, model) in models.into_iter().enumerate() {
            upstream.then(script.clone());
            let mut stream = model.complete(said("Hello")).await.unwrap();
            assert!(matches!(stream.next().await, Some(Ok(ModelEvent::Token(_)))));
            assert_eq!(upstream.abandoned(), round * 2 + nth);
            drop(stream);
            assert!(upstream.sees_abandoned(round * 2 + nth + 1), "the connection stays open");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_before_the_first_token_closes_the_connection() {
    let upstream = Upstream::start();
    for (nth, (name, model)) in each(&upstream).into_iter().enumerate() {
        upstream.then(Script::hang());
        let waiting = tokio::spawn(async move { model.complete(said("Hello")).await.map(|_| ()) });
        let path = ["/chat/completions", "/api/chat", "/api/llm/generate"][nth];
        assert!(upstream.sees_requests(path, 1), "{name} asks");
        waiting.abort();
        assert!(upstream.sees_abandoned(nth + 1), "{name}: the connection stays open");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_answer_leaves_its_connection_to_the_next() {
    let upstream = Upstream::start();
    let models = [openai(&upstream) as Arc<dyn LanguageModel>, bridges(&upstream)];
    for model in models {
        for _ in 0..3 {
            let events: Vec<_> = model.complete(said("Hello")).await.unwrap().collect().await;
            assert!(matches!(events.last(), Some(Ok(ModelEvent::Done(_)))));
        }
    }
    assert_eq!(upstream.abandoned(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_come_when_they_are_made() {
    let upstream = Upstream::start();
    for model in [openai(&upstream) as Arc<dyn LanguageModel>, ollama(&upstream)] {
        upstream.then(Script::say(["now"]).then_hang());
        let mut stream = tokio::time::timeout(LONG, model.complete(said("Hello"))).await.unwrap().unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), ModelEvent::Token("now".to_owned()));
        assert!(stream.next().now_or_never().is_none(), "the rest is not made yet");
    }
}
