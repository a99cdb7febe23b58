//! Answers of nodes that end, die or seem to.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use jarvis_core::{
    Error, ErrorKind, Scope,
    id::{ConversationId, MessageId},
    ports::{Ids, Store, SystemIds},
    testkit::{Feed, ScriptedModel},
    types::{GenerationPart, MessageStatus, NewGeneration, NodeId},
};
use jarvis_engine::{ChatRequest, GenerationEvent, GenerationReader, Idempotency};
use tokio::runtime;

use super::{GRACE, Node, Place, everywhere, until};

everywhere![
    what_a_node_that_is_gone_had_begun_is_kept_as_far_as_it_came,
    a_clock_that_jumps_declares_nobody_dead,
    whoever_reads_an_answer_of_a_node_that_dies_hears_of_it,
    a_node_that_ends_finishes_what_it_can,
    a_node_that_must_end_keeps_what_there_is,
    a_node_that_comes_back_puts_its_own_in_order,
    one_key_has_one_answer_however_many_ask_at_once,
];

/// Reads to the end: the text, and the code of a failure.
async fn read(mut reader: GenerationReader) -> (String, Result<(), &'static str>) {
    let mut text = String::new();
    loop {
        match reader.next().await.unwrap() {
            GenerationEvent::Recalled(_) => {}
            GenerationEvent::Text { text: piece, .. } => text.push_str(&piece),
            GenerationEvent::Done(_) => return (text, Ok(())),
            GenerationEvent::Failed(error) => return (text, Err(error.code())),
        }
    }
}

/// Waits for the first text.
async fn begun(reader: &mut GenerationReader) -> String {
    loop {
        match reader.next().await.unwrap() {
            GenerationEvent::Text { text, .. } => return text,
            GenerationEvent::Recalled(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// What a process that died in mid-answer leaves.
async fn leave(node: &Node, ghost: &str, conversation: ConversationId, text: &str) -> MessageId {
    let (id, said) = (MessageId::from(SystemIds.next()), node.messages(conversation).await[0].id);
    let at = node.engine().now();
    let generation = NewGeneration {
        message_id: id,
        conversation_id: conversation,
        user_message_id: said,
        node: ghost.to_owned(),
        started_at: at,
    };
    let part = GenerationPart { message_id: id, model: "m".to_owned(), start: 0, text: text.to_owned(), at };
    let (scope, ghost): (Scope, NodeId) = (node.scope, ghost.parse().unwrap());
    let store: &dyn Store = &*node.store();
    let left = store.write(move |tx| {
        Box::pin(async move {
            tx.nodes().beat(&Scope::system(), &ghost, at).await?;
            tx.generations().begin(&scope, generation).await?;
            tx.generations().keep(&Scope::system(), vec![part]).await
        })
    });
    left.await.unwrap();
    id
}

async fn what_a_node_that_is_gone_had_begun_is_kept_as_far_as_it_came(place: &dyn Place) {
    let one = Node::start(place, "one", ScriptedModel::new([])).await;
    let two = Node::start(place, "two", ScriptedModel::new([])).await;
    let conversation = one.say("tell me", None).await;
    let id = leave(&one, "ghost", conversation, "half an ").await;
    let request = ChatRequest { conversation_id: Some(conversation), ..ChatRequest::new("go on") };
    let early = two.engine().chat.send(two.scope, request.clone()).await.map(|begun| begun.start);
    assert_eq!(early.unwrap_err().code(), "generation_running", "it may live");
    until("what is left is kept", async || one.messages(conversation).await.len() > 2).await;
    let rows = two.messages(conversation).await;
    assert_eq!((rows[2].id, rows[2].status, rows[2].content.as_str()), (id, MessageStatus::Interrupted, "half an "));
    assert_eq!(read(two.engine().chat.generation(&two.scope, id).await.unwrap().reader()).await.1, Err("interrupted"));
    two.say("go on", Some(conversation)).await;
    one.stop().await;
    two.stop().await;
}

async fn a_clock_that_jumps_declares_nobody_dead(place: &dyn Place) {
    let (feed, script) = Feed::new();
    let one = Node::start(place, "one", ScriptedModel::new([script])).await;
    let two = Node::start(place, "two", ScriptedModel::new([])).await;
    let generation = one.begin("sing", None).await;
    feed.say("la ");
    two.clock.advance(Duration::from_hours(72));
    let beats = async |name: &str| {
        let nodes = two.store().nodes().list(&Scope::system()).await.unwrap();
        nodes.iter().find(|node| node.id.as_str() == name).map_or(0, |node| node.beats)
    };
    let (first, second) = (beats("one").await, beats("two").await);
    let looks = 2 * GRACE.as_millis() as u64 / 50;
    until("both live on", async || beats("one").await > first + looks && beats("two").await > second + looks).await;
    assert_eq!(two.engine().chat.running(&two.scope).await.unwrap(), std::slice::from_ref(&generation.start));
    feed.end();
    assert_eq!(generation.answer().await.unwrap().content, "la ");
    one.stop().await;
    two.stop().await;
}

async fn whoever_reads_an_answer_of_a_node_that_dies_hears_of_it(place: &dyn Place) {
    let (feed, script) = Feed::new();
    let process = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let shared = place.shared().await;
    let begin = async move {
        let dir = tempfile::tempdir().unwrap();
        let node = Node::start_in(dir, shared, "one", ScriptedModel::new([script])).await;
        let start = node.begin("sing", None).await.start.clone();
        (node, start)
    };
    let (one, start) = process.spawn(begin).await.unwrap();
    feed.say("la la ");
    let two = Node::start(place, "two", ScriptedModel::new([])).await;
    let generation = two.engine().chat.generation(&two.scope, start.message_id).await.unwrap();
    assert_eq!(generation.start, start);
    let mut reader = generation.reader();
    assert_eq!(begun(&mut reader).await, "la la ");
    let kept = async || {
        let left = two.store().generations().unfinished(&Scope::system(), "one", 10).await.unwrap();
        left.iter().any(|one| one.content == "la la ")
    };
    until("its text is kept", kept).await;
    process.shutdown_background();
    assert_eq!(read(reader).await, (String::new(), Err("interrupted")));
    let rows = two.messages(start.conversation_id).await;
    assert_eq!((rows[1].id, rows[1].status), (start.message_id, MessageStatus::Interrupted));
    assert_eq!(rows[1].content, "la la ");
    two.say("and on", Some(start.conversation_id)).await;
    two.stop().await;
    drop((one, feed));
}

async fn a_node_that_ends_finishes_what_it_can(place: &dyn Place) {
    let (feed, script) = Feed::new();
    let one = Node::start(place, "one", ScriptedModel::new([script])).await;
    let two = Node::start(place, "two", ScriptedModel::new([])).await;
    let start = one.begin("sing", None).await.start.clone();
    feed.say("la ");
    let reader = two.engine().chat.generation(&two.scope, start.message_id).await.unwrap().reader();
    let ending = tokio::spawn(one.stop());
    // it begins to end before anything else happens
    tokio::task::yield_now().await;
    let late = two.engine().chat.generation(&two.scope, start.message_id).await.unwrap().reader();
    feed.say("la");
    feed.end();
    assert_eq!(read(reader).await, ("la la".to_owned(), Ok(())));
    assert_eq!(read(late).await, ("la la".to_owned(), Ok(())));
    ending.await.unwrap();
    until("it has left", async || {
        let nodes = two.store().nodes().list(&Scope::system()).await.unwrap();
        nodes.iter().any(|node| node.id.as_str() == "one" && node.has_left)
    })
    .await;
    two.stop().await;
}

async fn a_node_that_must_end_keeps_what_there_is(place: &dyn Place) {
    let (feed, script) = Feed::new();
    let one = Node::start(place, "one", ScriptedModel::new([script])).await;
    let two = Node::start(place, "two", ScriptedModel::new([])).await;
    let start = one.begin("sing", None).await.start.clone();
    feed.say("all that came");
    let mut reader = two.engine().chat.generation(&two.scope, start.message_id).await.unwrap().reader();
    assert_eq!(begun(&mut reader).await, "all that came");
    assert!(one.services.close(Duration::from_secs(2)).await.unwrap(), "breaking off is done in time");
    let (text, end) = read(reader).await;
    assert_eq!((text.as_str(), end), ("", Err("interrupted")));
    let rows = two.messages(start.conversation_id).await;
    assert_eq!((rows[1].content.as_str(), rows[1].status), ("all that came", MessageStatus::Interrupted));
    two.say("and on", Some(start.conversation_id)).await;
    two.stop().await;
}

async fn a_node_that_comes_back_puts_its_own_in_order(place: &dyn Place) {
    let one = Node::start(place, "one", ScriptedModel::new([])).await;
    let conversation = one.say("tell me", None).await;
    let dir = one.stop().await;
    let two = Node::start(place, "two", ScriptedModel::new([])).await;
    let id = leave(&two, "one", conversation, "half").await;
    let one = Node::start_in(dir, place.shared().await, "one", ScriptedModel::new([])).await;
    let generation = one.engine().chat.generation(&one.scope, id).await.unwrap();
    assert_eq!(read(generation.reader()).await, ("half".to_owned(), Err("interrupted")));
    let unknown = one.engine().chat.generation(&one.scope, MessageId::from(SystemIds.next())).await;
    assert_eq!(unknown.map(|found| found.start).unwrap_err().kind(), ErrorKind::NotFound);
    one.stop().await;
    two.stop().await;
}

async fn one_key_has_one_answer_however_many_ask_at_once(place: &dyn Place) {
    let one = Node::start(place, "one", ScriptedModel::new([])).await;
    let two = Node::start(place, "two", ScriptedModel::new([])).await;
    for round in 0..20 {
        let idempotency = Some(Idempotency::new(&format!("key-{round}"), [7; 32]).unwrap());
        let request = ChatRequest { idempotency, ..ChatRequest::new("only once") };
        let asked = (0..10).map(|number| {
            let (node, request) = (if number % 2 == 0 { &one } else { &two }, request.clone());
            async move { Ok::<_, Error>(node.engine().chat.send(node.scope, request).await?.answer().await?.id) }
        });
        let answers = join_all(asked).await;
        let got: BTreeSet<MessageId> = answers.iter().filter_map(|answer| answer.as_ref().ok().copied()).collect();
        assert_eq!(got.len(), 1, "{answers:?}");
        for refused in answers.into_iter().filter_map(Result::err) {
            assert_eq!(refused.code(), "idempotency_running");
        }
    }
    one.stop().await;
    two.stop().await;
}
