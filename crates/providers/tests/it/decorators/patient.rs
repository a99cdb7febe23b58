use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use jarvis_core::{
    ErrorKind,
    ports::{LanguageModel, ModelEvent},
    testkit::{Script, ScriptedModel},
};
use jarvis_providers::models::PatientModel;
use tokio::time::Instant;

use super::{Open, PATIENCE, ask, failed, invalid, read, refusal, request, unreachable};

fn patient(scripts: impl IntoIterator<Item = Script>) -> (PatientModel, Arc<ScriptedModel>) {
    let scripted = ScriptedModel::new(scripts);
    (PatientModel::new(scripted.clone(), PATIENCE), scripted)
}

#[tokio::test(start_paused = true)]
async fn a_model_that_hangs_is_given_up_after_a_minute() {
    let open = Open::default();
    let (model, scripted) = patient([open.silent_after(&[])]);
    let asked = Instant::now();
    let error = refusal(&model, request()).await;
    assert_eq!((error.kind(), error.code()), (ErrorKind::DeadlineExceeded, "model_timeout"));
    insta::assert_snapshot!(error, @"the model has not begun to answer within 60 seconds; try again, or raise llm.first_token_timeout_secs");
    assert_eq!(asked.elapsed().as_secs(), 60);
    assert_eq!((open.count(), scripted.seen().len()), (0, 1), "the upstream is stopped, and not asked again");
}

#[tokio::test(start_paused = true)]
async fn what_fails_for_a_moment_is_asked_again_before_the_first_token() {
    let (model, scripted) =
        patient([Script::Refuse(unreachable()), Script::Break(Vec::new(), failed()), Script::answer(["a", "b"])]);
    assert_eq!(ask(&model, request()).await.unwrap(), "ab");
    assert_eq!(scripted.seen().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_bounded_and_the_last_error_is_told() {
    let (model, scripted) = patient((0..5).map(|_| Script::Refuse(unreachable())));
    assert_eq!(refusal(&model, request()).await.code(), "model_unreachable");
    assert_eq!(scripted.seen().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_time_does_not_mend_is_not_asked_again() {
    let key = ErrorKind::Upstream.error("HTTP 401").with_code("model_key_refused");
    let patience = ErrorKind::Unavailable.error("HTTP 429").with_code("model_overloaded");
    let patience = patience.with_retry_after(Duration::from_secs(20));
    let silence = ErrorKind::DeadlineExceeded.error("no connection").with_code("model_timeout");
    for error in [key, patience, silence, invalid()] {
        let (model, scripted) = patient([Script::Refuse(error.clone())]);
        let told = refusal(&model, request()).await;
        assert_eq!((told.code(), told.retry_after()), (error.code(), error.retry_after()));
        assert_eq!(scripted.seen().len(), 1, "{told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_wish_for_peace_is_honoured() {
    let error = ErrorKind::Unavailable.error("HTTP 429").with_retry_after(Duration::from_secs(3));
    let (model, _) = patient([Script::Refuse(error), Script::answer(["a"])]);
    let asked = Instant::now();
    assert_eq!(ask(&model, request()).await.unwrap(), "a");
    assert_eq!(asked.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_again_after_the_first_token() {
    let (model, scripted) = patient([Script::Break(vec!["a".to_owned()], unreachable()), Script::answer(["b"])]);
    let (text, end) = read(model.complete(request()).await.unwrap()).await;
    assert_eq!((text.as_str(), end.unwrap_err().code()), ("a", "model_unreachable"));
    assert_eq!(scripted.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn silence_in_mid_answer_ends_it_and_stops_the_upstream() {
    let open = Open::default();
    let (model, _) = patient([open.silent_after(&["a", "b"])]);
    let stream = model.complete(request()).await.unwrap();
    let asked = Instant::now();
    let (text, end) = read(stream).await;
    assert_eq!((text.as_str(), asked.elapsed().as_secs(), open.count()), ("ab", 30, 0));
    insta::assert_snapshot!(end.unwrap_err(), @"the model fell silent in mid-answer for 30 seconds; try again, or raise llm.gap_timeout_secs");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_takes_its_time_is_not_the_models_fault() {
    let (model, _) = patient([Script::answer(["a", "b"])]);
    let mut stream = model.complete(request()).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), ModelEvent::Token("a".to_owned()));
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert_eq!(read(stream).await.0, "b");
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_an_end_is_ended() {
    let drip = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(19)).await;
        Some((Ok(ModelEvent::Token("a".to_owned())), ()))
    });
    let (model, _) = patient([Script::Live(drip.boxed())]);
    let asked = Instant::now();
    let (text, end) = read(model.complete(request()).await.unwrap()).await;
    assert_eq!((text.len(), asked.elapsed().as_secs()), (31, 600));
    insta::assert_snapshot!(end.unwrap_err(), @"the answer was not whole within 600 seconds; lower max_tokens, or raise llm.answer_timeout_secs");
}

#[tokio::test(start_paused = true)]
async fn an_end_without_a_word_is_a_hang_up() {
    let events = [Ok(ModelEvent::Token("a".to_owned()))];
    let (model, _) = patient([Script::Live(stream::iter(events).boxed())]);
    let (text, end) = read(model.complete(request()).await.unwrap()).await;
    assert_eq!((text.as_str(), end.unwrap_err().code()), ("a", "model_hung_up"));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_thinks_shows_life_without_text() {
    let thinking = stream::unfold(0, |n| async move {
        tokio::time::sleep(Duration::from_secs(25)).await;
        let event = match n {
            0..6 => ModelEvent::Token(String::new()),
            6 => ModelEvent::Token("a".to_owned()),
            _ => ScriptedModel::done(),
        };
        Some((Ok(event), n + 1))
    });
    let (model, _) = patient([Script::Live(thinking.boxed())]);
    let events: Vec<_> = model.complete(request()).await.unwrap().map(Result::unwrap).collect().await;
    assert_eq!(events, [ModelEvent::Token("a".to_owned()), ScriptedModel::done()]);
}
