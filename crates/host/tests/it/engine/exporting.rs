use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::{StreamExt, TryStreamExt, stream};
use jarvis_core::{
    Result, Scope, Timestamp,
    id::{ConversationId, MemoryId},
    ports::{Clock, ModelParams, Store},
    testkit::ScriptedModel,
    types::{
        ConversationPatch, ConversationStatus, Follows, MemoryKind, MemoryPatch, MessageQuery, SessionPatch,
        SessionStatus,
    },
};
use jarvis_engine::{
    AddMemory, AddSession, ChatAnswer, ChatRequest, ConversationFormat, ImportCounts, ImportReport, RegenerateRequest,
};
use jarvis_providers::embedders::StaticEmbedder;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::TestEngine;

async fn export(test: &TestEngine, scope: Scope) -> String {
    let pieces: Vec<Vec<u8>> = test.engine.export.everything(scope).try_collect().await.expect("an export");
    String::from_utf8(pieces.concat()).expect("text")
}

async fn import(test: &TestEngine, text: &str) -> ImportReport {
    let pieces: Vec<Result<Vec<u8>>> = text.as_bytes().chunks(999).map(|piece| Ok(piece.to_vec())).collect();
    test.engine.import.take(test.scope, None, stream::iter(pieces)).await.expect("an import")
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn of_type<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == kind).collect()
}

/// The lines with ids as numbers in the order in which they are named first, and without what differs between two places:
/// where rows came from, and when it was exported.
fn content(text: &str) -> Vec<Value> {
    fn plain(value: &mut Value, ids: &mut HashMap<String, usize>) {
        match value {
            Value::String(text) if uuid::Uuid::try_parse(text).is_ok() => {
                let next = ids.len();
                *value = json!(format!("id {}", ids.entry(text.clone()).or_insert(next)));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| plain(item, ids)),
            Value::Object(fields) => {
                fields.remove("imported_from");
                fields.remove("exported_at");
                // those of an answer name what was recalled there
                fields.remove("memories_used");
                fields.values_mut().for_each(|field| plain(field, ids));
                fields.retain(|name, field| name != "metadata" || field != &json!({}));
            }
            _ => {}
        }
    }
    let mut ids = HashMap::new();
    let mut lines = lines(text);
    for line in &mut lines {
        plain(line, &mut ids);
    }
    lines
}

async fn ask(test: &TestEngine, request: ChatRequest) -> Arc<ChatAnswer> {
    test.engine.chat.send(test.scope, request).await.expect("a generation").answer().await.expect("an answer")
}

async fn remember(test: &TestEngine, content: &str, expires_at: Option<Timestamp>) -> MemoryId {
    let add = AddMemory {
        content: content.to_owned(),
        kind: MemoryKind::ShortTerm,
        category: "note".to_owned(),
        importance: 0.25,
        expires_at,
        metadata: None,
    };
    test.engine.memories.add(test.scope, add, None).await.expect("a memory").value.id
}

/// Another place, which gives ids of its own.
async fn elsewhere() -> (tempfile::TempDir, TestEngine) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let test = TestEngine::start_in(dir.path(), StaticEmbedder::new().expect("an embedder")).await;
    (dir, test)
}

/// Something of everything that there is.
async fn filled() -> (TestEngine, ConversationId) {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let add = AddSession {
        name: "French".into(),
        role: Some("tutor".into()),
        goals: Some("speak".into()),
        template: None,
        metadata: None,
    };
    let session = test.engine.sessions.add(test.scope, add, None).await.unwrap().value;
    let patch = SessionPatch { status: Some(SessionStatus::Archived), ..SessionPatch::default() };
    test.clock.advance(Duration::from_secs(1));
    test.engine.sessions.update(test.scope, session.id, patch).await.unwrap();

    let request =
        ChatRequest { session_id: Some(session.id), ..ChatRequest::new("I live in Lyon. What is \"naïve\" 🦀?") };
    let answer = ask(&test, request).await;
    let conversation = answer.conversation_id;
    test.clock.advance(Duration::from_secs(1));
    let again = RegenerateRequest {
        message_id: answer.id,
        model: None,
        params: ModelParams::default(),
        save_memory: true,
        idempotency: None,
        join: false,
    };
    test.engine.chat.regenerate(test.scope, again).await.unwrap().answer().await.unwrap();
    for (message, follows) in [("edited", Follows::Nothing), ("I moved to Nice.", Follows::Latest)] {
        test.clock.advance(Duration::from_secs(1));
        let request = ChatRequest { conversation_id: Some(conversation), follows, ..ChatRequest::new(message) };
        ask(&test, request).await;
    }
    let archived = ask(&test, ChatRequest::new("Put this away")).await.conversation_id;
    let binned = ask(&test, ChatRequest::new("Throw this away")).await.conversation_id;
    for (id, status) in [(archived, ConversationStatus::Archived), (binned, ConversationStatus::Deleted)] {
        let summary = Some(Some(format!("in {status:?}")));
        let patch = ConversationPatch { status: Some(status), summary, ..ConversationPatch::default() };
        test.engine.conversations.update(test.scope, id, patch).await.unwrap();
    }
    let leaf = test.history(conversation).await.messages.last().unwrap().id;
    let scope = test.scope;
    let store: Arc<dyn Store> = test.store.clone();
    let summarised = store.write(move |tx| {
        Box::pin(
            async move { tx.conversations().set_summary(&scope, conversation, "They spoke of homes.", leaf).await },
        )
    });
    assert!(summarised.await.unwrap());

    test.clock.advance(Duration::from_secs(1));
    remember(&test, "gone soon", Some(test.clock.now().plus(Duration::from_secs(5)))).await;
    let pinned = remember(&test, "kept for ever", None).await;
    let patch = MemoryPatch { pinned: Some(true), ..MemoryPatch::default() };
    test.engine.memories.update(test.scope, pinned, patch).await.unwrap();
    remember(&test, "said twice", None).await;
    remember(&test, "said twice", None).await;
    test.clock.advance(Duration::from_hours(1));
    (test, conversation)
}

#[tokio::test]
async fn everything_comes_back_as_it_was() {
    let (first, _) = filled().await;
    let exported = export(&first, first.scope).await;
    let told = lines(&exported);
    assert_eq!(of_type(&told, "conversation").len(), 3);
    assert_eq!(of_type(&told, "message").len(), 11);
    assert_eq!(of_type(&told, "summary").len(), 1);
    assert_eq!(of_type(&told, "message").iter().filter(|line| line["is_root"] == true).count(), 4);
    let closed: Vec<_> =
        of_type(&told, "memory").into_iter().filter(|line| line["superseded_by"].is_string()).collect();
    assert_eq!(closed.len(), 1, "Lyon was replaced by Nice");
    assert!(closed[0]["sources"][0]["message_id"].is_string());
    let end = told.last().unwrap();
    assert_eq!((&end["type"], &end["messages"], &end["sessions"]), (&json!("end"), &json!(11), &json!(1)));

    let (_dir, second) = elsewhere().await;
    second.clock.advance(Duration::from_hours(24));
    let report = import(&second, &exported).await;
    assert_eq!(report.skipped, []);
    assert_eq!((report.imported.messages, report.existing.total()), (11, 0));
    let again = export(&second, second.scope).await;
    assert_eq!(content(&again), content(&exported));
    let (before, after) = (first.engine.stats.report(&first.scope), second.engine.stats.report(&second.scope));
    let (before, after) = (before.await.unwrap(), after.await.unwrap());
    assert_eq!((before.user.messages, before.user.tokens), (after.user.messages, after.user.tokens));
    assert_eq!(before.indexed, after.indexed, "the bin and what was replaced are in no index");

    // what came by an import is known by where it came from, what was made here by its own ids
    for (test, text) in [(&second, &exported), (&first, &exported), (&second, &again)] {
        let report = import(test, text).await;
        assert_eq!((report.imported.total(), report.skipped_total), (0, 0), "{report:?}");
    }
    assert_eq!(content(&export(&first, first.scope).await), content(&exported));
}

#[tokio::test]
async fn a_file_without_all_its_lines_is_noticed() {
    let (first, _) = filled().await;
    let exported = export(&first, first.scope).await;
    let some: Vec<&str> = exported.lines().filter(|line| !line.contains("Put this away")).collect();
    let (_dir, second) = elsewhere().await;
    let report = import(&second, &some.join("\n")).await;
    let last = report.skipped.last().unwrap();
    assert_eq!((last.line, report.skipped_total > 0), (some.len() as u64, true));
    assert!(last.reason.contains("the file is not whole"), "{}", last.reason);
    let report = import(&second, &exported).await;
    assert_eq!(report.skipped, [], "the whole one completes it");
    assert_eq!(content(&export(&second, second.scope).await).len(), content(&exported).len());
}

#[tokio::test]
async fn nobody_else_is_in_it() {
    let (test, _) = filled().await;
    let stranger = test.engine.users.local(Some("stranger")).await.unwrap();
    assert_eq!(lines(&export(&test, stranger).await).len(), 1, "only the end");
}

#[tokio::test]
async fn a_conversation_is_written_for_people() {
    let (test, id) = filled().await;
    let written = |all: bool, format| {
        let export = test.engine.export.conversation(test.scope, id, format, all);
        async move {
            let pieces: Vec<Vec<u8>> = export.await.unwrap().try_collect().await.unwrap();
            String::from_utf8(pieces.concat()).unwrap()
        }
    };
    insta::assert_snapshot!(written(false, ConversationFormat::Markdown).await, @"
    # I live in Lyon

    - Session: French
    - Begun: 2026-11-21 08:00 UTC
    - Last message: 2026-11-21 08:00 UTC
    - Messages: 7
    - Other branches: 3 of these messages are not shown here

    > They spoke of homes.

    ## 1. You, 2026-11-21 08:00 UTC

    *Here another turn stands beside this one.*

    edited

    ## 2. Assistant (scripted), 2026-11-21 08:00 UTC

    ACK::edited

    ## 3. You, 2026-11-21 08:00 UTC

    I moved to Nice.

    ## 4. Assistant (scripted), 2026-11-21 08:00 UTC

    ACK::I moved to Nice.
    ");
    let all = written(true, ConversationFormat::Markdown).await;
    assert_eq!(all.matches("\n## ").count(), 7, "{all}");
    assert!(all.contains("*Begins anew.*") && all.contains("*Follows 1.*"), "{all}");
    let json: Value = serde_json::from_str(&written(false, ConversationFormat::Json).await).unwrap();
    assert_eq!((&json["session"]["name"], &json["messages_in_other_branches"]), (&json!("French"), &json!(3)));
    assert_eq!(json["messages"].as_array().unwrap().len(), 4);
    let page = MessageQuery { before: None, since: None, limit: 1 };
    let latest = test.engine.conversations.history(&test.scope, id, &page).await.unwrap().messages.remove(0);
    assert_eq!(json["messages"][3]["id"], json!(latest.id));
}

#[derive(Clone, Debug)]
struct Turn {
    parent: prop::sample::Index,
    is_root: bool,
    user: bool,
    content: String,
    micros: i64,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn =
        (any::<prop::sample::Index>(), prop::bool::weighted(0.2), any::<bool>(), "\\PC{1,40}", 0i64..4_000_000_000_000);
    let turn =
        turn.prop_map(|(parent, is_root, user, content, micros)| Turn { parent, is_root, user, content, micros });
    prop::collection::vec(turn, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_comes_back_as_it_was(turns in turns(), status in prop::sample::select(vec!["open", "archived", "deleted"])) {
        let mut text = format!("{}\n", json!({"type": "conversation", "id": "c", "status": status}));
        for (number, turn) in turns.iter().enumerate() {
            let parent = (number > 0 && !turn.is_root).then(|| turn.parent.index(number).to_string());
            let line = json!({
                "type": "message", "conversation_id": "c", "id": number.to_string(), "parent_id": parent,
                "is_root": parent.is_none(), "role": if turn.user { "user" } else { "assistant" },
                "content": format!("{} .", turn.content), "status": "stopped",
                "created_at": jarvis_core::Timestamp::from_micros(turn.micros),
            });
            text.extend([line.to_string(), "\n".to_owned()]);
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let first = TestEngine::start(ScriptedModel::new([])).await;
            let (_dir, second) = elsewhere().await;
            let report = import(&first, &text).await;
            assert_eq!((report.imported.messages, report.skipped_total), (turns.len() as u64, 0), "{report:?}");
            let exported = export(&first, first.scope).await;
            import(&second, &exported).await;
            assert_eq!(content(&export(&second, second.scope).await), content(&exported));
        });
    }
}

#[tokio::test]
async fn it_is_read_page_by_page() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let mut text = String::new();
    for conversation in 0..3 {
        text.extend([json!({"type": "conversation", "id": conversation}).to_string(), "\n".to_owned()]);
        for turn in 0..700 {
            let content = format!("{turn} {}", "word ".repeat(600));
            let line = json!({"type": "message", "conversation_id": conversation, "role": "user", "content": content});
            text.extend([line.to_string(), "\n".to_owned()]);
        }
    }
    assert_eq!(import(&test, &text).await.imported.messages, 2_100);
    let mut pieces = Box::pin(test.engine.export.everything(test.scope));
    let (mut largest, mut whole) = (0, Vec::new());
    while let Some(piece) = pieces.next().await {
        let piece = piece.unwrap();
        largest = largest.max(piece.len());
        whole.extend(piece);
    }
    assert!(largest < 2 << 20, "{largest} bytes at once");
    let whole = lines(std::str::from_utf8(&whole).unwrap());
    assert_eq!((of_type(&whole, "message").len(), &whole.last().unwrap()["messages"]), (2_100, &json!(2_100)));
}

#[tokio::test]
async fn what_went_to_another_place_and_back_is_known_again() {
    let (here, _) = filled().await;
    let before = export(&here, here.scope).await;
    let (_dir, there) = elsewhere().await;
    import(&there, &before).await;
    let report = import(&here, &export(&there, there.scope).await).await;
    assert_eq!((report.imported, report.skipped_total), (ImportCounts::default(), 0), "{report:?}");
    assert_eq!(content(&export(&here, here.scope).await), content(&before));
    there.stop().await;
    here.stop().await;
}

#[tokio::test]
async fn what_another_program_exported_is_known_after_a_move() {
    let of_claude = json!([{
        "uuid": "7a1c6a52-62f7-4b52-9a3b-0d0f1c1f2a01", "name": "Quimper", "created_at": "2024-05-01T10:00:00Z",
        "chat_messages": [
            {"uuid": "7a1c6a52-62f7-4b52-9a3b-0d0f1c1f2a02", "sender": "human", "text": "My sister lives in Quimper.", "created_at": "2024-05-01T10:00:00Z"},
            {"uuid": "7a1c6a52-62f7-4b52-9a3b-0d0f1c1f2a03", "sender": "assistant", "text": "Noted.", "created_at": "2024-05-01T10:00:05Z"},
        ],
    }])
    .to_string();
    let (_old, old) = elsewhere().await;
    assert_eq!(import(&old, &of_claude).await.imported.messages, 2);
    let (_new, new) = elsewhere().await;
    assert_eq!(import(&new, &export(&old, old.scope).await).await.imported.messages, 2);
    let report = import(&new, &of_claude).await;
    assert_eq!(
        (report.imported, report.existing.conversations, report.existing.messages),
        (ImportCounts::default(), 1, 2)
    );
    old.stop().await;
    new.stop().await;
}
