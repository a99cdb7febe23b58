use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use jarvis_core::{
    ports::{HealthStatus, LanguageModel, ModelEvent},
    testkit::{Script, ScriptedModel},
};
use jarvis_providers::models::ProvenModel;

use super::{ask, request, unreachable};

const MINUTE: Duration = Duration::from_mins(1);

fn proven(scripts: impl IntoIterator<Item = Script>) -> (ProvenModel, Arc<ScriptedModel>) {
    let scripted = ScriptedModel::new(scripts);
    (ProvenModel::new(scripted.clone()), scripted)
}

#[tokio::test(start_paused = true)]
async fn one_token_a_minute_is_asked_for() {
    let (model, scripted) = proven([]);
    for minute in 1..=3 {
        for _ in 0..5 {
            assert_eq!(model.check().await.status, HealthStatus::Healthy);
        }
        assert_eq!(scripted.seen().len(), minute);
        assert_eq!(scripted.seen()[0].params.max_tokens, Some(1));
        tokio::time::advance(MINUTE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_while_people_get_their_answers() {
    let (model, scripted) = proven([]);
    ask(&model, request()).await.unwrap();
    assert_eq!(model.check().await.status, HealthStatus::Healthy);
    assert_eq!(scripted.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn trouble_is_told_until_a_token_comes() {
    let (model, _) = proven([Script::Refuse(unreachable())]);
    for _ in 0..2 {
        let health = model.check().await;
        assert_eq!((health.status, health.error.as_deref()), (HealthStatus::Unhealthy, Some("nobody there")));
    }
    ask(&model, request()).await.unwrap();
    assert_eq!(model.check().await.status, HealthStatus::Healthy);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_being_loaded_does_not_hold_up_a_check() {
    let slow = stream::once(async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        Err::<ModelEvent, _>(unreachable())
    });
    let (model, scripted) = proven([Script::Live(slow.boxed())]);
    let asked = tokio::time::Instant::now();
    assert_eq!(model.check().await.status, HealthStatus::Healthy);
    assert!(asked.elapsed() < Duration::from_secs(2));
    tokio::time::sleep(Duration::from_secs(25)).await;
    assert_eq!(model.check().await.status, HealthStatus::Unhealthy);
    assert_eq!(scripted.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_panicked_is_asked_again() {
    let panics = Script::Live(stream::poll_fn(|_| panic!("as a test wants it")).boxed());
    let (model, scripted) = proven([panics]);
    model.check().await;
    tokio::time::advance(MINUTE).await;
    assert_eq!(model.check().await.status, HealthStatus::Healthy);
    assert_eq!(scripted.seen().len(), 2);
}
