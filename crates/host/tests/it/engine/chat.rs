use std::{sync::Arc, time::Duration};

use jarvis_core::{
    ErrorKind,
    testkit::{Script, ScriptedModel},
    types::{ConversationPatch, ConversationStatus, DocKind, MemoryKind, Role},
};
use jarvis_engine::{AddSession, ChatRequest, GenerationEvent};
use tokio::sync::Semaphore;

use super::{TestEngine, model::gated, request, with_key};

#[tokio::test]
async fn a_turn_is_stored_whole_and_the_next_one_sees_it() {
    let model = ScriptedModel::new([Script::answer(["Nice ", "to meet ", "you."])]);
    let test = TestEngine::start(model.clone()).await;
    let first = test.say("My dog is called Rex.", None).await;
    assert_eq!(first.content, "Nice to meet you.");
    assert_eq!(first.model, "scripted");
    assert!(first.memory_saved);
    let second = test.say("And my cat is called Tom.", Some(first.conversation_id)).await;
    assert_eq!(second.content, "ACK::And my cat is called Tom.");

    let page = test.history(first.conversation_id).await;
    let turns: Vec<(i64, Role, &str)> =
        page.messages.iter().map(|turn| (turn.position, turn.role, turn.content.as_str())).collect();
    assert_eq!(
        turns,
        [
            (1, Role::User, "My dog is called Rex."),
            (2, Role::Assistant, "Nice to meet you."),
            (3, Role::User, "And my cat is called Tom."),
            (4, Role::Assistant, "ACK::And my cat is called Tom."),
        ]
    );
    for pair in page.messages.windows(2) {
        assert_eq!(pair[1].parent_id, Some(pair[0].id));
    }
    assert_eq!(page.conversation.message_count, 4);
    let prompt: Vec<String> = model.seen()[1].messages.iter().map(|turn| turn.content.clone()).collect();
    assert_eq!(prompt, ["My dog is called Rex.", "Nice to meet you.", "And my cat is called Tom."]);
}

#[tokio::test]
async fn what_was_said_elsewhere_is_recalled_and_counted_as_used() {
    let model = ScriptedModel::new([]);
    let test = TestEngine::start(model.clone()).await;
    test.say("My dog is called Rex.", None).await;
    let answer = test.say("What is my dog called?", None).await;
    let recalled = model.seen().pop().expect("a request").recalled;
    assert!(recalled.iter().any(|text| text.content == "My dog is called Rex."), "{recalled:?}");
    assert!(!recalled.iter().any(|text| text.content == "What is my dog called?"), "the question itself is no memory");
    let used = answer.memories_used.iter().find(|used| used.kind == DocKind::Memory);
    if let Some(used) = used {
        let memory = test.engine.memories.get(&test.scope, used.id.into()).await.unwrap();
        assert_eq!(memory.access_count, 1);
    }
}

#[tokio::test]
async fn a_memory_is_stored_once_and_only_when_wanted() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    assert!(test.say("I am allergic to peanuts.", None).await.memory_saved);
    assert!(!test.say("i am allergic to PEANUTS!", None).await.memory_saved, "known already");
    let silent = ChatRequest { save_memory: false, ..request("My sister is called Anna.") };
    let answer = test.engine.chat.send(test.scope, silent).await.unwrap().answer().await.unwrap();
    assert!(!answer.memory_saved);
    let page = test.engine.memories.list(&test.scope, Some(MemoryKind::LongTerm), None, 10, None).await.unwrap();
    let contents: Vec<&str> = page.items.iter().map(|memory| memory.content.as_str()).collect();
    assert_eq!(contents, ["I am allergic to peanuts."]);
}

#[tokio::test]
async fn a_model_that_fails_costs_the_answer_but_never_what_was_said() {
    let test = TestEngine::start(ScriptedModel::new([Script::refuse(), Script::break_after(["half "])])).await;
    let error = test.engine.chat.send(test.scope, with_key("first", "k1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.retry_after().is_some());
    let error = test.engine.chat.send(test.scope, with_key("first", "k1")).await.unwrap().answer().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upstream);
    // The third try of the same request continues from the one stored message.
    let generation = test.engine.chat.send(test.scope, with_key("first", "k1")).await.unwrap();
    assert!(!generation.replayed);
    let answer = generation.answer().await.unwrap();
    assert_eq!(answer.content, "ACK::first");
    let page = test.history(answer.conversation_id).await;
    assert_eq!(page.messages.len(), 3, "what the second try produced is kept too");
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer_and_another_request_is_refused() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let first = test.engine.chat.send(test.scope, with_key("hello there", "k")).await.unwrap().answer().await.unwrap();
    let again = test.engine.chat.send(test.scope, with_key("hello there", "k")).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.start.message_id, first.id);
    let mut reader = again.reader();
    let mut text = String::new();
    while let Some(event) = reader.next().await {
        if let GenerationEvent::Text { text: piece, .. } = event {
            text.push_str(&piece);
        }
    }
    assert_eq!(text, first.content);
    assert_eq!(again.answer().await.unwrap().id, first.id);
    let error = test.engine.chat.send(test.scope, with_key("something else", "k")).await.unwrap_err();
    assert_eq!(error.code(), "idempotency_mismatch");
    assert_eq!(test.history(first.conversation_id).await.messages.len(), 2);
}

#[tokio::test]
async fn one_answer_at_a_time_in_a_conversation_and_a_caller_may_leave() {
    let gate = Arc::new(Semaphore::new(0));
    let scripts = [Script::answer(["first"]), gated(&["to be ", "continued"], &gate)];
    let test = TestEngine::start(ScriptedModel::new(scripts)).await;
    let conversation = test.say("begin", None).await.conversation_id;
    let in_it = |message: &str| ChatRequest { conversation_id: Some(conversation), ..request(message) };
    let generation = test.engine.chat.send(test.scope, in_it("go on")).await.unwrap();
    let error = test.engine.chat.send(test.scope, in_it("me too")).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "generation_running"));
    assert_eq!(test.history(conversation).await.messages.len(), 3, "what was refused left nothing");

    let id = generation.start.message_id;
    drop(generation);
    gate.add_permits(10);
    let stored = async {
        loop {
            let page = test.history(conversation).await;
            if page.messages.len() == 4 {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let page =
        tokio::time::timeout(Duration::from_secs(20), stored).await.expect("the answer is stored without a caller");
    assert_eq!(page.messages[3].content, "to be continued");
    // the conversation is free when its end is told
    test.engine.chat.generation(&test.scope, id).await.unwrap().answer().await.unwrap();
    assert_eq!(test.say("and now", Some(conversation)).await.content, "ACK::and now");
}

#[tokio::test]
async fn readers_see_every_byte_in_order_at_their_own_pace() {
    let gate = Arc::new(Semaphore::new(0));
    let test = TestEngine::start(ScriptedModel::new([gated(&["é", "à", "ü"], &gate)])).await;
    let generation = test.engine.chat.send(test.scope, request("sing")).await.unwrap();
    let mut early = generation.reader();
    assert!(matches!(early.next().await, Some(GenerationEvent::Recalled(_))));
    assert!(matches!(early.next().await, Some(GenerationEvent::Text { text, end: 2 }) if text == "é"));
    gate.add_permits(10);
    let mut text = String::from("é");
    let answer = loop {
        match early.next().await.expect("an end") {
            GenerationEvent::Text { text: piece, end } => {
                text.push_str(&piece);
                assert_eq!(end, text.len());
            }
            GenerationEvent::Done(answer) => break answer,
            other => panic!("unexpected {other:?}"),
        }
    };
    assert_eq!(text, "éàü");
    assert_eq!(answer.content, "éàü");
    assert!(early.next().await.is_none());
}

#[tokio::test]
async fn the_session_shapes_the_prompt_and_the_bin_stops_the_talk() {
    let model = ScriptedModel::new([]);
    let test = TestEngine::start(model.clone()).await;
    let add = AddSession {
        name: "Kitchen".to_owned(),
        role: Some("a French cook".to_owned()),
        goals: Some("dinner in an hour".to_owned()),
        template: None,
        metadata: None,
    };
    let session = test.engine.sessions.add(test.scope, add, None).await.unwrap().value;
    let request = ChatRequest { session_id: Some(session.id), ..request("What shall we cook?") };
    let answer = test.engine.chat.send(test.scope, request).await.unwrap().answer().await.unwrap();
    let prompt = &model.seen()[0].messages;
    assert_eq!(prompt[0].role, Role::System);
    assert!(prompt[0].content.contains("a French cook") && prompt[0].content.contains("dinner in an hour"));

    let bin = ConversationPatch { status: Some(ConversationStatus::Deleted), ..ConversationPatch::default() };
    test.engine.conversations.update(test.scope, answer.conversation_id, bin).await.unwrap();
    let request = ChatRequest { conversation_id: Some(answer.conversation_id), ..super::request("hello?") };
    let error = test.engine.chat.send(test.scope, request).await.unwrap_err();
    assert_eq!(error.code(), "conversation_deleted");
}

#[tokio::test]
async fn bad_requests_are_refused_with_the_field_and_leave_nothing() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let refused = [
        (request("  \n"), "message"),
        (request("a\0b"), "message"),
        (request(&"x".repeat(100_001)), "message"),
        (ChatRequest { context: Some("y".repeat(20_001)), ..request("hi") }, "context"),
    ];
    for (request, field) in refused {
        let error = test.engine.chat.send(test.scope, request).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Invalid, Some(field)));
    }
    let stranger = test.engine.users.local(Some("stranger")).await.unwrap();
    let mine = test.say("mine", None).await.conversation_id;
    let request = ChatRequest { conversation_id: Some(mine), ..request("let me in") };
    let error = test.engine.chat.send(stranger, request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(test.engine.stats.report(&stranger).await.unwrap().user.messages, 0);
}

#[tokio::test]
async fn a_fact_said_twice_outlives_the_first_conversation() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let first = test.say("My goldfish is called Bubbles.", None).await.conversation_id;
    let second = test.say("My goldfish is called Bubbles.", None).await.conversation_id;
    assert_eq!(test.engine.conversations.erase(test.scope, first).await.unwrap().memories, 0);
    let left = test.engine.memories.list(&test.scope, None, None, 10, None).await.unwrap();
    assert_eq!(left.items.len(), 1);
    test.say("My goldfish is called Bubbles.", Some(second)).await;
    assert_eq!(test.engine.conversations.erase(test.scope, second).await.unwrap().memories, 1);
}

#[tokio::test]
async fn nothing_is_stored_for_a_model_that_does_not_exist() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let request = ChatRequest { model: Some("gpt-9".to_owned()), ..request("My violin is a Stradivarius.") };
    let error = test.engine.chat.send(test.scope, request).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Invalid, Some("model")));
    assert_eq!(test.engine.stats.report(&test.scope).await.unwrap().user.messages, 0);
}
