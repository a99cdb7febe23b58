use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use jarvis_core::{
    Error, ErrorKind,
    ports::LanguageModel,
    testkit::{Script, ScriptedModel},
};
use jarvis_providers::models::GuardedModel;

use super::{BREAKER, Open, ask, failed, invalid, read, refusal, request, unreachable};

fn guarded(scripts: impl IntoIterator<Item = Script>) -> (GuardedModel, Arc<ScriptedModel>) {
    let scripted = ScriptedModel::new(scripts);
    (GuardedModel::new(scripted.clone(), BREAKER), scripted)
}

fn refusing(errors: impl IntoIterator<Item = Error>) -> (GuardedModel, Arc<ScriptedModel>) {
    guarded(errors.into_iter().map(Script::Refuse))
}

#[tokio::test(start_paused = true)]
async fn failures_in_a_row_open_it_and_one_that_goes_well_closes_it() {
    let (model, scripted) = refusing([unreachable(), failed(), unreachable(), failed()]);
    for _ in 0..3 {
        refusal(&model, request()).await;
    }
    let error = refusal(&model, request()).await;
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, "model_resting"));
    assert_eq!((error.retry_after(), scripted.seen().len()), (Some(BREAKER.rest), 3));
    insta::assert_snapshot!(error, @"the model failed and is left in peace for a moment (last: nobody there); try again later");
    tokio::time::advance(BREAKER.rest).await;
    assert_eq!(refusal(&model, request()).await.code(), "model_failed");
    assert_eq!(refusal(&model, request()).await.code(), "model_resting");
    tokio::time::advance(BREAKER.rest).await;
    for _ in 0..2 {
        assert_eq!(ask(&model, request()).await.unwrap(), "ACK::hello");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_request_is_to_blame_for_never_opens_it() {
    let refused = ErrorKind::Upstream.error("HTTP 400").with_code("model_refused");
    let (model, scripted) = refusing((0..20).map(|n| if n % 2 == 0 { invalid() } else { refused.clone() }));
    for _ in 0..20 {
        assert_ne!(refusal(&model, request()).await.code(), "model_resting");
    }
    assert_eq!(scripted.seen().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_peace_gets_it_for_a_minute_at_most() {
    let wish = |secs| ErrorKind::Unavailable.error("HTTP 429").with_retry_after(Duration::from_secs(secs));
    let (model, _) = refusing([wish(7), wish(3_600)]);
    for rest in [7, 60] {
        refusal(&model, request()).await;
        assert_eq!(refusal(&model, request()).await.retry_after(), Some(Duration::from_secs(rest)));
        tokio::time::advance(Duration::from_secs(rest)).await;
    }
    assert_eq!(ask(&model, request()).await.unwrap(), "ACK::hello");
}

#[tokio::test(start_paused = true)]
async fn answers_that_break_off_count_too() {
    let (model, _) = guarded((0..3).map(|_| Script::Break(vec!["a".to_owned()], failed())));
    for _ in 0..3 {
        assert!(read(model.complete(request()).await.unwrap()).await.1.is_err());
    }
    assert_eq!(refusal(&model, request()).await.code(), "model_resting");
}

#[tokio::test(start_paused = true)]
async fn one_goes_ahead_and_others_do_not_wait_for_its_end() {
    let (model, scripted) = refusing([unreachable(), unreachable(), unreachable()]);
    let open = Open::default();
    for _ in 0..3 {
        refusal(&model, request()).await;
    }
    tokio::time::advance(BREAKER.rest).await;
    scripted.then(open.silent_after(&["a"]));
    let mut ahead = model.complete(request()).await.unwrap();
    assert!(ahead.next().await.is_some());
    assert_eq!(ask(&model, request()).await.unwrap(), "ACK::hello");
    drop(ahead);
    assert_eq!(open.count(), 0);
}
