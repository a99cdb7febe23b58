use std::{sync::Arc, time::Duration};

use jarvis_core::{
    ErrorKind,
    ports::{LanguageModel, ModelStream},
    testkit::{Script, ScriptedModel},
};
use jarvis_providers::models::LimitedModel;
use tokio::{task::yield_now, time::Instant};

use super::{LIMITS, Open, ask, refusal, request};

/// A model of which both turns are taken.
async fn taken(then: impl IntoIterator<Item = Script>) -> (Arc<LimitedModel>, Arc<ScriptedModel>, Vec<ModelStream>) {
    let open = Open::default();
    let scripted = ScriptedModel::new([open.silent_after(&["a"]), open.silent_after(&["a"])]);
    then.into_iter().for_each(|script| scripted.then(script));
    let model = Arc::new(LimitedModel::new(scripted.clone(), LIMITS, "tests"));
    let mut running = Vec::new();
    for _ in 0..LIMITS.running {
        running.push(model.complete(request()).await.unwrap());
    }
    (model, scripted, running)
}

/// Lets everything run that can.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_turn_lasts_as_long_as_its_stream() {
    let (model, scripted, mut running) = taken([]).await;
    let waiting = tokio::spawn({
        let model = Arc::clone(&model);
        async move { ask(&*model, request()).await }
    });
    settle().await;
    assert_eq!(scripted.seen().len(), 2, "the third waits");
    drop(running.pop());
    assert_eq!(waiting.await.unwrap().unwrap(), "ACK::hello");
}

#[tokio::test(start_paused = true)]
async fn who_waits_longest_is_next() {
    let (model, scripted, mut running) = taken([]).await;
    let mut waiting = Vec::new();
    for name in ["first", "second"] {
        let model = Arc::clone(&model);
        let mut request = request();
        request.messages[0].content = name.to_owned();
        waiting.push(tokio::spawn(async move { model.complete(request).await }));
        settle().await;
    }
    let mut served = Vec::new();
    for _ in 0..2 {
        drop(running.pop());
        settle().await;
        // Somebody who comes just now must not overtake those that wait.
        let late = tokio::time::timeout(Duration::from_millis(1), model.complete(request())).await;
        served.push(scripted.seen().last().unwrap().messages[0].content.clone());
        assert!(late.is_err() || served.len() == 2, "a late one got a turn");
    }
    assert_eq!(served[0], "first");
    let said: Vec<_> = scripted.seen().iter().map(|seen| seen.messages[0].content.clone()).collect();
    assert_eq!(said[2..4], ["first", "second"]);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_at_once_and_an_abandoned_place_is_free_again() {
    let (model, _, _running) = taken([]).await;
    let wait = || {
        let model = Arc::clone(&model);
        tokio::spawn(async move { model.complete(request()).await.map(drop) })
    };
    let (first, second) = (wait(), wait());
    settle().await;
    let asked = Instant::now();
    let error = refusal(&*model, request()).await;
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, "model_busy"));
    assert!(error.retry_after().is_some() && asked.elapsed().is_zero());
    insta::assert_snapshot!(error, @"too many requests wait for the model; try again later, or raise llm.concurrency");
    first.abort();
    settle().await;
    let third = wait();
    settle().await;
    assert!(!third.is_finished() && !second.is_finished());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let (model, scripted, _running) = taken([]).await;
    let asked = Instant::now();
    let error = refusal(&*model, request()).await;
    assert_eq!((error.code(), asked.elapsed().as_secs()), ("model_busy", 30));
    assert_eq!(scripted.seen().len(), 2, "the model has not been asked");
}

#[tokio::test(start_paused = true)]
async fn a_turn_is_given_back_when_the_model_refuses_or_ends() {
    let scripted = ScriptedModel::new((0..10).map(|_| Script::refuse()));
    let model = LimitedModel::new(scripted.clone(), LIMITS, "tests");
    for _ in 0..10 {
        assert_eq!(refusal(&model, request()).await.kind(), ErrorKind::Unavailable);
    }
    let mut read = Vec::new();
    for _ in 0..10 {
        let mut stream = model.complete(request()).await.unwrap();
        while futures_util::StreamExt::next(&mut stream).await.is_some() {}
        // Its end was read; that it is still held must not matter.
        read.push(stream);
    }
}
