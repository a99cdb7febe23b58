use jarvis_core::testkit::FixedClock;
use uuid::Uuid;

use super::*;
use crate::chat::answer::{ChatFinish, ChatUsage};

fn registry() -> (Arc<Registry>, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::default());
    (Registry::new(clock.clone()), clock)
}

fn scope(user: u128) -> Scope {
    Scope::of(Uuid::from_u128(user).into())
}

fn begin(registry: &Arc<Registry>, number: u128) -> (Held, Arc<Entry>) {
    let mut held = registry.hold(scope(1).user(), Uuid::from_u128(number).into()).unwrap();
    let start = ChatStart {
        message_id: Uuid::from_u128(number).into(),
        user_message_id: Uuid::from_u128(number + 1_000_000).into(),
        conversation_id: Uuid::from_u128(number).into(),
        model: "m".to_owned(),
    };
    let entry = Entry::new(start, &scope(1), None, Vec::new().into(), held.stop.clone());
    held.begin(Arc::clone(&entry));
    (held, entry)
}

fn answer(entry: &Entry) -> ChatAnswer {
    ChatAnswer {
        id: entry.start.message_id,
        conversation_id: entry.start.conversation_id,
        content: entry.buffer.text(),
        model: entry.start.model.clone(),
        memory_saved: false,
        memories_used: Vec::new(),
        usage: ChatUsage::default(),
        finish_reason: ChatFinish::Stop,
        response_time: Duration::ZERO,
        created_at: Timestamp::default(),
    }
}

#[test]
fn a_conversation_is_held_once_and_freed_by_drop() {
    let (registry, _) = registry();
    let id = ConversationId::from(Uuid::from_u128(1));
    let held = registry.hold(scope(1).user(), id).unwrap();
    assert_eq!(registry.hold(scope(1).user(), id).unwrap_err().code(), "generation_running");
    drop(held);
    assert!(registry.hold(scope(1).user(), id).is_ok());
}

#[tokio::test]
async fn an_answer_is_its_owners_and_forgotten_ten_minutes_after_its_end() {
    let (registry, clock) = registry();
    let (held, entry) = begin(&registry, 1);
    let id = entry.start.message_id;
    clock.advance(KEPT_FOR * 3);
    assert!(registry.find(&scope(1), id).is_some(), "it runs for as long as it takes");
    assert!(registry.find(&scope(2), id).is_none());
    held.end(Ok(answer(&entry)));
    clock.advance(KEPT_FOR);
    assert!(registry.find(&scope(1), id).is_some());
    clock.advance(Duration::from_micros(1));
    assert!(registry.find(&scope(1), id).is_none());
}

#[tokio::test]
async fn the_oldest_make_place_for_the_newest() {
    let (registry, _) = registry();
    let big = "x".repeat(KEPT_BYTES / 4);
    for number in 1..=5 {
        let (held, entry) = begin(&registry, number);
        entry.buffer.push(&big);
        held.end(Ok(answer(&entry)));
    }
    let is_kept = |number: u128| registry.find(&scope(1), Uuid::from_u128(number).into()).is_some();
    assert_eq!((1..=5).map(is_kept).collect::<Vec<_>>(), [false, false, true, true, true]);
    for number in 10..10 + KEPT_ANSWERS as u128 {
        let (held, entry) = begin(&registry, number);
        held.end(Ok(answer(&entry)));
    }
    assert!(!is_kept(5) && is_kept(10));
    let inner = registry.inner();
    assert_eq!(inner.ended.len(), inner.entries.len());
}

#[tokio::test]
async fn whoever_reads_an_answer_whose_work_died_hears_of_it() {
    let (registry, _) = registry();
    let (held, entry) = begin(&registry, 1);
    let reading = entry.generation(false);
    drop(held);
    assert_eq!(reading.answer().await.unwrap_err().kind(), ErrorKind::Internal);
    registry.idle().await;
}

#[test]
fn only_what_grew_is_kept_again() {
    let (registry, _) = registry();
    let (_held, entry) = begin(&registry, 1);
    let growth = || entry.growth(Timestamp::default()).map(|part| (part.start, part.text));
    assert_eq!(growth(), None);
    entry.buffer.push("é");
    assert_eq!(growth(), Some((0, "é".to_owned())));
    entry.kept(2);
    assert_eq!(growth(), None);
    entry.buffer.push("a");
    assert_eq!(growth(), Some((2, "a".to_owned())));
}
