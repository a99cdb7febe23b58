//! Editing what was said, and answering again.

use std::sync::Arc;

use jarvis_core::{
    ErrorKind,
    id::MessageId,
    ports::{Ids, ModelParams, PromptMessage, SystemIds},
    testkit::{Feed, Script, ScriptedModel},
    types::{Follows, MemoryKind, Role},
};
use jarvis_engine::{ChatAnswer, ChatRequest, RegenerateRequest};

use super::{TestEngine, request, with_key};

fn again(message_id: MessageId) -> RegenerateRequest {
    RegenerateRequest {
        message_id,
        model: None,
        params: ModelParams::default(),
        save_memory: true,
        idempotency: None,
        join: false,
    }
}

/// The turns of the last prompt, without instructions.
fn prompt(model: &ScriptedModel) -> Vec<String> {
    let is_turn = |turn: &PromptMessage| turn.role != Role::System;
    let last = model.seen().pop().expect("a request").messages;
    last.into_iter().filter(is_turn).map(|turn| turn.content).collect()
}

impl TestEngine {
    async fn send(&self, request: ChatRequest) -> Arc<ChatAnswer> {
        self.engine.chat.send(self.scope, request).await.expect("a generation").answer().await.expect("an answer")
    }

    async fn regenerate(&self, request: RegenerateRequest) -> Arc<ChatAnswer> {
        let generation = self.engine.chat.regenerate(self.scope, request).await.expect("a generation");
        generation.answer().await.expect("an answer")
    }
}

#[tokio::test]
async fn an_edited_message_begins_a_branch_and_the_prompt_follows_it() {
    let model = ScriptedModel::new([]);
    let test = TestEngine::start(model.clone()).await;
    let one = test.say("one", None).await;
    let conversation = one.conversation_id;
    test.say("two", Some(conversation)).await;
    let in_it =
        |message: &str, follows| ChatRequest { conversation_id: Some(conversation), follows, ..request(message) };

    let edited = test.send(in_it("TWO", Follows::Message(one.id))).await;
    assert_eq!(prompt(&model), ["one", "ACK::one", "TWO"]);
    let rows = test.history(conversation).await.messages;
    assert_eq!((rows.len(), rows[4].parent_id), (6, Some(one.id)), "both stay");
    assert_eq!(rows[2].parent_id, rows[4].parent_id);
    test.send(in_it("three", Follows::Latest)).await;
    assert_eq!(prompt(&model), ["one", "ACK::one", "TWO", "ACK::TWO", "three"], "the newest branch goes on");
    test.send(in_it("two and a half", Follows::Message(rows[3].id))).await;
    assert_eq!(prompt(&model), ["one", "ACK::one", "two", "ACK::two", "two and a half"], "the older one can too");
    let first = test.send(in_it("ONE", Follows::Nothing)).await;
    assert_eq!(prompt(&model), ["ONE"]);
    let newest = test.history(conversation).await.messages.pop().unwrap();
    assert_eq!(newest.id, first.id);

    let elsewhere = test.say("elsewhere", None).await;
    for parent in [elsewhere.id, MessageId::from(SystemIds.next())] {
        let refused = test.engine.chat.send(test.scope, in_it("lost", Follows::Message(parent))).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound);
    }
    let homeless = ChatRequest { follows: Follows::Message(edited.id), ..request("where?") };
    let refused = test.engine.chat.send(test.scope, homeless).await.unwrap_err();
    assert_eq!((refused.kind(), refused.field()), (ErrorKind::Invalid, Some("parent_id")));
}

#[tokio::test]
async fn another_answer_stands_beside_the_first_and_the_talk_goes_on_from_it() {
    let model = ScriptedModel::new([Script::answer(["first"]), Script::answer(["second"])]);
    let test = TestEngine::start(model.clone()).await;
    let first = test.say("I am allergic to walnuts.", None).await;
    let second = test.regenerate(again(first.id)).await;
    assert_eq!((second.content.as_str(), second.conversation_id), ("second", first.conversation_id));
    assert_eq!(prompt(&model), ["I am allergic to walnuts."], "the first answer is no part of the question");
    let rows = test.history(first.conversation_id).await.messages;
    assert_eq!(rows.len(), 3);
    assert_eq!((rows[1].parent_id, rows[2].parent_id), (Some(rows[0].id), Some(rows[0].id)));
    assert!(!second.memory_saved, "it was remembered with the first answer");
    let memories = test.engine.memories.list(&test.scope, Some(MemoryKind::LongTerm), None, 10, None).await.unwrap();
    assert_eq!(memories.items.len(), 1);
    assert_eq!(test.regenerate(again(rows[0].id)).await.content, "ACK::I am allergic to walnuts.");
    test.say("so?", Some(first.conversation_id)).await;
    assert_eq!(prompt(&model)[1], "ACK::I am allergic to walnuts.");

    let stranger = test.engine.users.local(Some("stranger")).await.unwrap();
    let refused = test.engine.chat.regenerate(stranger, again(first.id)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_message_whose_answer_failed_is_answered_and_its_statement_remembered() {
    let test = TestEngine::start(ScriptedModel::new([Script::refuse()])).await;
    test.engine.chat.send(test.scope, request("My parrot is called Coco.")).await.unwrap_err();
    let said = test.history(test.only_conversation().await).await.messages.pop().unwrap();
    assert_eq!(said.role, Role::User);
    let answer = test.regenerate(again(said.id)).await;
    assert_eq!((answer.content.as_str(), answer.memory_saved), ("ACK::My parrot is called Coco.", true));
}

#[tokio::test]
async fn an_answer_that_is_still_coming_is_waited_for_before_it_is_asked_for_again() {
    let (feed, script) = Feed::new();
    let test = TestEngine::start(ScriptedModel::new([script])).await;
    let begun = test.engine.chat.send(test.scope, request("sing")).await.unwrap();
    let coming = begun.start.clone();
    for named in [coming.message_id, coming.user_message_id] {
        let refused = test.engine.chat.regenerate(test.scope, again(named)).await.unwrap_err();
        assert_eq!((refused.kind(), refused.code()), (ErrorKind::Conflict, "generation_running"));
    }
    let stranger = test.engine.users.local(Some("stranger")).await.unwrap();
    let refused = test.engine.chat.regenerate(stranger, again(coming.message_id)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    feed.end();
    begun.answer().await.unwrap();
}

#[tokio::test]
async fn asking_again_is_repeatable_too() {
    let model =
        ScriptedModel::new([Script::answer(["first"]), Script::break_after(["half"]), Script::answer(["whole"])]);
    let test = TestEngine::start(model.clone()).await;
    let first = test.say("hello", None).await;
    let keyed = RegenerateRequest { idempotency: with_key("x", "k").idempotency, ..again(first.id) };
    let begin = async || test.engine.chat.regenerate(test.scope, keyed.clone()).await.unwrap();
    assert!(begin().await.answer().await.is_err());
    let retried = begin().await;
    assert!(!retried.replayed, "the first answer of all is not what was asked for");
    let whole = retried.answer().await.unwrap();
    assert_eq!(whole.content, "whole");
    let replayed = begin().await;
    assert!(replayed.replayed);
    assert_eq!(replayed.answer().await.unwrap().id, whole.id);
    assert_eq!(model.seen().len(), 3);
}
