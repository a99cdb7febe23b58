//! Coming back to an answer, stopping it, and what is left of one that broke off.

use std::{sync::Arc, time::Duration};

use jarvis_core::{
    ErrorKind, Scope,
    id::{ConversationId, MessageId},
    ports::{Ids, Store, SystemIds},
    testkit::{Feed, Script, ScriptedModel},
    types::{
        ConversationPatch, ConversationStatus, GenerationPart, Message, MessageStatus, NewGeneration, Role,
        UnfinishedGeneration,
    },
};
use jarvis_engine::{
    ChatAnswer, ChatFinish, ChatRequest, EngineOptions, Generation, GenerationEvent, GenerationReader, OnDisconnect,
};
use jarvis_providers::embedders::StaticEmbedder;

use super::{TestEngine, request, with_key};

/// What a reader gets to the end: whether memory was told, the text, how it ended.
async fn read(mut reader: GenerationReader) -> (bool, String, Result<Arc<ChatAnswer>, &'static str>) {
    let (mut recalled, mut text) = (false, String::new());
    loop {
        match reader.next().await.expect("an end") {
            GenerationEvent::Recalled(_) => recalled = true,
            GenerationEvent::Text { text: piece, .. } => text.push_str(&piece),
            GenerationEvent::Done(answer) => return (recalled, text, Ok(answer)),
            GenerationEvent::Failed(error) => return (recalled, text, Err(error.code())),
        }
    }
}

/// Waits until a generation has this much text.
async fn reach(generation: &Generation, bytes: usize) {
    let mut reader = generation.reader();
    loop {
        let event = reader.next().await.expect("more");
        assert!(!matches!(event, GenerationEvent::Done(_) | GenerationEvent::Failed(_)), "{event:?}");
        if matches!(event, GenerationEvent::Text { end, .. } if end >= bytes) {
            return;
        }
    }
}

impl TestEngine {
    async fn begin(&self, message: &str) -> Generation {
        self.engine.chat.send(self.scope, request(message)).await.expect("a generation")
    }

    async fn again(&self, id: MessageId) -> Generation {
        self.engine.chat.generation(&self.scope, id).await.expect("a generation")
    }

    async fn unfinished(&self) -> Vec<UnfinishedGeneration> {
        self.store.generations().unfinished(&Scope::system(), "local", 10).await.expect("rows")
    }

    async fn messages(&self, conversation: ConversationId) -> Vec<Message> {
        self.history(conversation).await.messages
    }
}

#[tokio::test]
async fn a_reader_comes_back_at_any_character_while_it_runs_and_after() {
    let (feed, script) = Feed::new();
    let test = TestEngine::start(ScriptedModel::new([script])).await;
    let begun = test.begin("sing").await;
    let id = begun.start.message_id;
    let text = "Mañana \u{1f600} élan";
    feed.say(&text[..8]);
    reach(&begun, 8).await;

    let running = test.again(id).await;
    assert_eq!(running.start, begun.start);
    let early: Vec<(usize, GenerationReader)> = (0..=8)
        .filter(|offset| text.is_char_boundary(*offset))
        .map(|offset| (offset, running.reader_from(offset).unwrap()))
        .collect();
    for bad in [3, 9, 1_000] {
        let error = running.reader_from(bad).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Invalid, Some("last_event_id")), "{bad}");
    }
    feed.say(&text[8..]);
    feed.end();
    for (offset, reader) in early {
        let (recalled, rest, end) = read(reader).await;
        assert_eq!((recalled, rest.as_str()), (offset == 0, &text[offset..]));
        assert_eq!(end.unwrap().content, text);
    }

    for minutes in [0, 11] {
        test.clock.advance(Duration::from_mins(minutes));
        let ended = test.again(id).await;
        assert_eq!(ended.start, begun.start, "from the registry first, then from the row");
        for offset in (0..=text.len()).filter(|offset| text.is_char_boundary(*offset)) {
            let (recalled, rest, end) = read(ended.reader_from(offset).unwrap()).await;
            assert_eq!((recalled, rest.as_str()), (offset == 0, &text[offset..]));
            assert_eq!(end.unwrap().finish_reason, ChatFinish::Stop);
        }
        assert!(ended.reader_from(3).is_err());
        let (_, rest, end) = read(ended.reader_from(1_000).unwrap()).await;
        assert!(rest.is_empty() && end.is_ok());
    }
}

#[tokio::test]
async fn an_answer_is_nobody_elses() {
    let (feed, script) = Feed::new();
    let test = TestEngine::start(ScriptedModel::new([script])).await;
    let begun = test.begin("secret").await;
    let stranger = test.engine.users.local(Some("stranger")).await.unwrap();
    let chat = &test.engine.chat;
    for (scope, id) in [
        (stranger, begun.start.message_id),
        (test.scope, begun.start.user_message_id),
        (test.scope, MessageId::from(SystemIds.next())),
    ] {
        assert_eq!(chat.generation(&scope, id).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(chat.stop(&scope, id).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
    feed.say("done");
    feed.end();
    assert_eq!(begun.answer().await.unwrap().finish_reason, ChatFinish::Stop);
}

#[tokio::test]
async fn stopping_ends_the_model_and_what_was_produced_is_the_answer() {
    let (feed, script) = Feed::new();
    let test = TestEngine::start(ScriptedModel::new([script])).await;
    let sent = with_key("I am allergic to walnuts.", "k");
    let begun = test.engine.chat.send(test.scope, sent.clone()).await.unwrap();
    feed.say("Good to ");
    reach(&begun, 8).await;
    let id = begun.start.message_id;
    let stopped = test.engine.chat.stop(&test.scope, id).await.unwrap();
    feed.abandoned().await;
    assert!(stopped.stopped);
    assert_eq!(stopped.start, begun.start);
    assert_eq!((stopped.answer.content.as_str(), stopped.answer.finish_reason), ("Good to ", ChatFinish::Stopped));
    assert!(stopped.answer.memory_saved, "what the person said counts");
    let (_, text, end) = read(begun.reader()).await;
    assert_eq!((text.as_str(), end.unwrap().finish_reason), ("Good to ", ChatFinish::Stopped));

    let rows = test.messages(begun.start.conversation_id).await;
    assert_eq!((rows.len(), rows[1].id, rows[1].status), (2, id, MessageStatus::Stopped));
    let again = test.engine.chat.send(test.scope, sent).await.unwrap();
    assert!(again.replayed, "a stopped answer is final");
    assert_eq!(again.answer().await.unwrap().content, "Good to ");
    for minutes in [0, 11] {
        test.clock.advance(Duration::from_mins(minutes));
        let late = test.engine.chat.stop(&test.scope, id).await.unwrap();
        assert!(!late.stopped);
        assert_eq!((&late.start, &late.answer.content), (&begun.start, &stopped.answer.content));
    }
    assert_eq!(test.unfinished().await, []);
}

#[tokio::test]
async fn a_model_that_breaks_off_leaves_its_text_and_the_same_request_asks_again() {
    let (feed, script) = Feed::new();
    let model = ScriptedModel::new([Script::refuse(), script]);
    let test = TestEngine::start(model.clone()).await;
    let sent = with_key("tell me", "k");
    test.engine.chat.send(test.scope, sent.clone()).await.unwrap_err();
    assert_eq!(test.unfinished().await, [], "it never began");
    let begun = test.engine.chat.send(test.scope, sent.clone()).await.unwrap();
    feed.say("Once upon ");
    let reading = begun.reader();
    feed.fail(ErrorKind::Upstream.error("it hung up").with_code("model_hung_up"));
    let (_, text, end) = read(reading).await;
    assert_eq!((text.as_str(), end), ("Once upon ", Err("model_hung_up")));
    let id = begun.start.message_id;
    let (_, text, end) = read(test.again(id).await.reader_from(5).unwrap()).await;
    assert_eq!((text.as_str(), end), ("upon ", Err("model_hung_up")));
    test.clock.advance(Duration::from_mins(11));
    let (_, text, end) = read(test.again(id).await.reader_from(5).unwrap()).await;
    assert_eq!((text.as_str(), end), ("upon ", Err("interrupted")), "the row does not know why");

    let retry = test.engine.chat.send(test.scope, sent.clone()).await.unwrap();
    assert!(!retry.replayed);
    let answer = retry.answer().await.unwrap();
    assert_eq!(answer.content, "ACK::tell me");
    let rows = test.messages(answer.conversation_id).await;
    let told: Vec<_> = rows.iter().map(|row| (row.role, row.status, row.parent_id)).collect();
    let said = Some(rows[0].id);
    assert_eq!(
        told,
        [
            (Role::User, MessageStatus::Complete, None),
            (Role::Assistant, MessageStatus::Interrupted, said),
            (Role::Assistant, MessageStatus::Complete, said),
        ]
    );
    let replay = test.engine.chat.send(test.scope, sent).await.unwrap();
    assert!(replay.replayed);
    assert_eq!(replay.start.message_id, answer.id);
    let prompt = model.seen().pop().unwrap().messages;
    assert!(prompt.iter().all(|turn| !turn.content.contains("Once upon")), "another branch: {prompt:?}");
    assert_eq!(test.unfinished().await, []);
}

#[tokio::test]
async fn a_repetition_may_read_along_with_its_first_try() {
    let (feed, script) = Feed::new();
    let test = TestEngine::start(ScriptedModel::new([script])).await;
    let sent = with_key("slowly", "k");
    let first = test.engine.chat.send(test.scope, sent.clone()).await.unwrap();
    let error = test.engine.chat.send(test.scope, sent.clone()).await.unwrap_err();
    assert_eq!((error.code(), error.retry_after().is_some()), ("idempotency_running", true));
    let joined = test.engine.chat.send(test.scope, ChatRequest { join: true, ..sent.clone() }).await.unwrap();
    assert!(joined.replayed);
    assert_eq!(joined.start, first.start);
    let other =
        ChatRequest { conversation_id: Some(first.start.conversation_id), join: true, ..with_key("x", "other") };
    let error = test.engine.chat.send(test.scope, other).await.unwrap_err();
    assert_eq!(error.code(), "generation_running", "another request is no repetition");
    feed.say("…");
    feed.end();
    assert_eq!(joined.answer().await.unwrap(), first.answer().await.unwrap());
    assert_eq!(test.messages(test.only_conversation().await).await.len(), 2);
}

#[tokio::test]
async fn where_nobodys_answers_are_stopped_the_last_reader_who_leaves_stops_it() {
    let (feed, script) = Feed::new();
    let options = EngineOptions {
        on_disconnect: OnDisconnect::Stop,
        disconnect_grace: Duration::from_millis(10),
        ..EngineOptions::default()
    };
    let test = TestEngine::start_with(ScriptedModel::new([script]), options).await;
    let begun = test.begin("long").await;
    feed.say("A long ");
    reach(&begun, 7).await;
    let start = begun.start.clone();
    let reader = begun.reader();
    drop(begun);
    feed.say("tale");
    reach(&test.again(start.message_id).await, 11).await;
    drop(reader);
    tokio::time::timeout(Duration::from_secs(20), feed.abandoned()).await.expect("nobody reads any more");
    let answer = test.again(start.message_id).await.answer().await.unwrap();
    assert_eq!((answer.content.as_str(), answer.finish_reason), ("A long tale", ChatFinish::Stopped));
}

#[tokio::test]
async fn the_text_so_far_survives_until_the_answer_is_stored() {
    let (feed, script) = Feed::new();
    let options = EngineOptions { checkpoint_every: Duration::from_millis(5), ..EngineOptions::default() };
    let test = TestEngine::start_with(ScriptedModel::new([script]), options).await;
    let begun = test.begin("keep it").await;
    let kept = async |text: &str| {
        let arrived = async {
            loop {
                let rows = test.unfinished().await;
                assert_eq!((rows.len(), rows[0].message_id), (1, begun.start.message_id));
                assert_eq!(rows[0].user_message_id, begun.start.user_message_id);
                if rows[0].content == text {
                    assert_eq!(rows[0].model.as_deref(), Some("scripted").filter(|_| !text.is_empty()));
                    break;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), arrived).await.expect("the text is kept");
    };
    kept("").await;
    feed.say("é");
    kept("é").await;
    feed.say(" and \u{1f600}");
    kept("é and \u{1f600}").await;
    feed.end();
    begun.answer().await.unwrap();
    assert_eq!(test.unfinished().await, []);
}

#[tokio::test]
async fn the_beginning_of_an_answer_does_not_wait_for_a_checkpoint() {
    let (feed, script) = Feed::new();
    let options = EngineOptions { checkpoint_every: Duration::from_hours(1), ..EngineOptions::default() };
    let test = TestEngine::start_with(ScriptedModel::new([script]), options).await;
    let begun = test.begin("keep it").await;
    feed.say("once");
    let kept = async {
        while test.unfinished().await[0].content != "once" {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), kept).await.expect("the text is kept");
    feed.end();
    begun.answer().await.unwrap();
}

/// What a process that died in mid-answer leaves.
async fn leave(test: &TestEngine, answer: &ChatAnswer, node: &str, text: &str) -> MessageId {
    let id = MessageId::from(SystemIds.next());
    let said = test.messages(answer.conversation_id).await[0].id;
    let generation = NewGeneration {
        message_id: id,
        conversation_id: answer.conversation_id,
        user_message_id: said,
        node: node.to_owned(),
        started_at: answer.created_at,
    };
    let at = answer.created_at.plus(Duration::from_secs(4));
    let part = GenerationPart { message_id: id, model: "m".to_owned(), start: 0, text: text.to_owned(), at };
    let parts = if text.is_empty() { Vec::new() } else { vec![part] };
    let scope = test.scope;
    let store: &dyn Store = &*test.store;
    store
        .write(move |tx| {
            Box::pin(async move {
                tx.generations().begin(&scope, generation).await?;
                tx.generations().keep(&Scope::system(), parts).await
            })
        })
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn a_start_puts_in_order_what_a_crash_left() {
    let dir = tempfile::tempdir().unwrap();
    let embedder = StaticEmbedder::new().unwrap();
    let test = TestEngine::start_in(dir.path(), embedder.clone()).await;
    let (one, two, binned, other) = (
        test.say("one", None).await,
        test.say("two", None).await,
        test.say("binned", None).await,
        test.say("elsewhere", None).await,
    );
    let cut = leave(&test, &one, "local", "half an ").await;
    leave(&test, &two, "local", "").await;
    leave(&test, &binned, "local", "kept").await;
    let foreign = leave(&test, &other, "another node", "not ours").await;
    let bin = ConversationPatch { status: Some(ConversationStatus::Deleted), ..ConversationPatch::default() };
    test.engine.conversations.update(test.scope, binned.conversation_id, bin).await.unwrap();
    test.stop().await;

    let test = TestEngine::start_in(dir.path(), embedder).await;
    let (_, text, end) = read(test.again(cut).await.reader()).await;
    assert_eq!((text.as_str(), end), ("half an ", Err("interrupted")));
    let rows = test.messages(one.conversation_id).await;
    assert_eq!((rows.len(), rows[2].id, rows[2].status), (3, cut, MessageStatus::Interrupted));
    assert_eq!((rows[2].parent_id, rows[2].model.as_deref()), (Some(rows[0].id), Some("m")));
    assert_eq!(rows[2].created_at, one.created_at.plus(Duration::from_secs(4)));
    assert_eq!(test.messages(two.conversation_id).await.len(), 2, "nothing was produced");
    assert_eq!(test.messages(binned.conversation_id).await.len(), 3, "it is there for whoever restores it");
    assert_eq!(test.unfinished().await, []);
    let elsewhere = test.store.generations().unfinished(&Scope::system(), "another node", 10).await.unwrap();
    assert_eq!(elsewhere.iter().map(|left| left.message_id).collect::<Vec<_>>(), [foreign]);
    test.say("and on", Some(one.conversation_id)).await;
    test.stop().await;
}
