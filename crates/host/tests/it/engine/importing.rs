use std::time::Duration;

use futures_util::{Stream, stream};
use jarvis_core::{
    ErrorKind, Result, Scope, Timestamp,
    id::ConversationId,
    ports::Clock,
    types::{Conversation, ConversationPatch, ConversationQuery, ConversationStatus, Message, Role},
};
use jarvis_engine::{ImportCounts, ImportFormat, ImportReport, MAX_IMPORT_LINE_BYTES};
use serde_json::{Value, json};

use super::{TestEngine, search};
use jarvis_core::testkit::ScriptedModel;

async fn start() -> TestEngine {
    TestEngine::start(ScriptedModel::new([])).await
}

fn file(lines: &[Value]) -> String {
    lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect()
}

/// In pieces that do not end where lines do.
fn pieces(text: &str) -> impl Stream<Item = Result<Vec<u8>>> + Send + use<> {
    let pieces: Vec<Result<Vec<u8>>> = text.as_bytes().chunks(71).map(|piece| Ok(piece.to_vec())).collect();
    stream::iter(pieces)
}

async fn import(test: &TestEngine, scope: Scope, text: &str) -> ImportReport {
    test.engine.import.take(scope, Some(ImportFormat::Jsonl), pieces(text)).await.expect("an import")
}

fn counts(conversations: u64, messages: u64, memories: u64, sessions: u64) -> ImportCounts {
    ImportCounts { conversations, messages, memories, sessions }
}

fn said(conversation: &str, id: &str, content: &str) -> Value {
    json!({"type": "message", "conversation_id": conversation, "id": id, "role": "user", "content": content})
}

async fn conversations(test: &TestEngine, scope: &Scope) -> Vec<Conversation> {
    let query = ConversationQuery {
        status: ConversationStatus::Open,
        session_id: None,
        title_contains: None,
        limit: 100,
        after: None,
    };
    test.engine.conversations.list(scope, &query).await.unwrap().items
}

async fn messages(test: &TestEngine, conversation: ConversationId) -> Vec<Message> {
    test.history(conversation).await.messages
}

fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.content.as_str()).collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn reasons(report: &ImportReport) -> Vec<(u64, &str)> {
    report.skipped.iter().map(|skipped| (skipped.line, skipped.reason.as_str())).collect()
}

/// Something of every type.
fn everything() -> String {
    file(&[
        json!({"type": "session", "id": "s", "name": "French lessons", "goals": "speak", "created_at": "2020-01-01T00:00:00Z"}),
        json!({"type": "conversation", "id": "c", "session_id": "s", "title": "Bonjour", "created_at": "2020-01-02T00:00:00Z",
            "metadata": {"app": "old"}}),
        json!({"type": "message", "conversation_id": "c", "id": 1, "role": "user", "content": "Comment dit-on lighthouse ?",
            "created_at": "2020-01-03T10:00:00+02:00", "author": "Zoë", "metadata": {"n": 1}}),
        json!({"type": "message", "conversation_id": "c", "id": 2, "parent_id": 1, "role": "assistant", "content": "Un phare.",
            "created_at": "2020-01-03T08:00:01Z", "model": "gpt-9", "tokens": 7, "parts": [{"type": "text"}]}),
        json!({"type": "memory", "id": "m", "kind": "long_term", "category": "goal", "content": "Learns French", "importance": 0.9,
            "created_at": "2020-01-04T00:00:00Z"}),
        json!({"type": "memory", "content": "Lives by the sea"}),
    ])
}

#[tokio::test]
async fn everything_is_kept_as_it_was() {
    let test = start().await;
    let report = import(&test, test.scope, &everything()).await;
    assert_eq!((report.lines, report.imported, report.existing), (6, counts(1, 2, 2, 1), ImportCounts::default()));
    assert_eq!(reasons(&report), []);

    let session = test.engine.sessions.list(&test.scope, 10, None).await.unwrap().items.remove(0);
    assert_eq!((session.name.as_str(), session.goals.as_deref()), ("French lessons", Some("speak")));
    assert_eq!(session.created_at, at("2020-01-01T00:00:00Z"));
    let head = conversations(&test, &test.scope).await.remove(0);
    assert_eq!((head.title.as_str(), head.session_id, head.message_count), ("Bonjour", Some(session.id), 2));
    assert_eq!((head.created_at, head.active_at), (at("2020-01-02T00:00:00Z"), at("2020-01-03T08:00:01Z")));
    let origin = r#"{"app":"old","imported_from":{"source":"jsonl","id":"c"}}"#;
    assert_eq!(head.metadata.unwrap().as_str(), origin);

    let rows = messages(&test, head.id).await;
    assert_eq!(texts(&rows), ["Comment dit-on lighthouse ?", "Un phare."]);
    assert_eq!((rows[0].author.as_deref(), rows[0].created_at), (Some("Zoë"), at("2020-01-03T08:00:00Z")));
    assert_eq!(rows[0].metadata.as_ref().unwrap().as_str(), r#"{"imported_from":{"source":"jsonl","id":"1"},"n":1}"#);
    assert!(rows[0].tokens.is_some_and(|tokens| tokens > 0), "estimated like what is said in a chat");
    assert_eq!((rows[1].role, rows[1].parent_id, rows[1].tokens), (Role::Assistant, Some(rows[0].id), Some(7)));
    assert_eq!(
        (rows[1].model.as_deref(), rows[1].parts.as_ref().unwrap().as_str()),
        (Some("gpt-9"), r#"[{"type":"text"}]"#)
    );

    let memories = test.engine.memories.list(&test.scope, None, None, 10, None).await.unwrap().items;
    let told: Vec<_> =
        memories.iter().map(|row| (row.content.as_str(), row.category.as_str(), row.created_at)).collect();
    let now = test.clock.now();
    assert_eq!(told, [("Lives by the sea", "note", now), ("Learns French", "goal", at("2020-01-04T00:00:00Z"))]);

    let found = search::hits(&test, "lighthouse").await;
    assert_eq!(found, ["Comment dit-on lighthouse ?"], "it is indexed like any write");
    assert_eq!(test.engine.stats.report(&test.scope).await.unwrap().user.messages, 2);
}

#[tokio::test]
async fn the_same_file_again_changes_nothing() {
    let test = start().await;
    let text = everything()
        + &file(&[
            json!({"type": "conversation", "id": "bare"}),
            json!({"type": "message", "conversation_id": "bare", "role": "user", "content": "yes"}),
            json!({"type": "message", "conversation_id": "bare", "role": "user", "content": "yes"}),
        ]);
    let first = import(&test, test.scope, &text).await;
    assert_eq!(first.imported, counts(2, 4, 2, 1));
    test.clock.advance(Duration::from_hours(1));
    let again = import(&test, test.scope, &text).await;
    assert_eq!((again.imported, again.existing), (ImportCounts::default(), first.imported));
    assert_eq!(again.skipped_total, 0);
    let more = format!("{text}{}\n", said("bare", "late", "and this"));
    assert_eq!(import(&test, test.scope, &more).await.imported, counts(0, 1, 0, 0), "what was added comes");
    assert_eq!(conversations(&test, &test.scope).await.len(), 2);
    assert_eq!(test.engine.stats.report(&test.scope).await.unwrap().user.messages, 5);
}

#[tokio::test]
async fn a_stream_that_breaks_off_keeps_what_came_and_is_completed_by_the_next() {
    let test = start().await;
    let mut lines = vec![json!({"type": "conversation", "id": "c"})];
    lines.extend((0..700).map(|number| said("c", &number.to_string(), &format!("turn {number}"))));
    let text = file(&lines);
    // in the middle of a line
    let whole_lines = text[..text.len() / 2].lines().count() - 1;
    let begun = text.as_bytes()[..text.len() / 2].to_vec();
    let broken = stream::iter([Ok(begun), Err(ErrorKind::Malformed.error("the body did not arrive whole"))]);
    let error = test.engine.import.take(test.scope, Some(ImportFormat::Jsonl), broken).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    let kept = whole_lines - 1;
    assert!(error.message().contains(&format!("1 conversations, {kept} messages")), "{error}");
    assert!(error.message().contains("send all of it again"), "{error}");

    let rest = import(&test, test.scope, &text).await;
    assert_eq!((rest.existing.messages, rest.imported.messages), (kept as u64, 700 - kept as u64));
    let head = conversations(&test, &test.scope).await.remove(0);
    assert_eq!(head.message_count, 700);
    let last: Vec<String> = (600..700).map(|number| format!("turn {number}")).collect();
    assert_eq!(texts(&messages(&test, head.id).await), last, "in the order of the file");
}

#[tokio::test]
async fn each_person_imports_for_themselves() {
    let test = start().await;
    let bob = test.engine.users.local(Some("bob")).await.unwrap();
    let first = import(&test, test.scope, &everything()).await;
    assert_eq!(import(&test, bob, &everything()).await.imported, first.imported);
    let hers = conversations(&test, &test.scope).await.remove(0);
    let his = conversations(&test, &bob).await.remove(0);
    assert_ne!(hers.id, his.id);
    let eve = test.engine.users.local(Some("eve")).await.unwrap();
    let intruding =
        import(&test, eve, &file(&[said("c", "3", "hello"), said(&hers.id.to_string(), "4", "hello")])).await;
    assert_eq!(intruding.imported, ImportCounts::default());
    let unknown = "conversation_id: no conversation with this id came before this line";
    assert_eq!(reasons(&intruding), [(1, unknown), (2, unknown)]);
    assert_eq!(conversations(&test, &test.scope).await.remove(0).message_count, 2);
}

#[tokio::test]
async fn what_was_removed_can_be_imported_again_and_the_bin_is_left_alone() {
    let test = start().await;
    import(&test, test.scope, &everything()).await;
    let id = conversations(&test, &test.scope).await.remove(0).id;
    let into_bin = ConversationPatch { status: Some(ConversationStatus::Deleted), ..ConversationPatch::default() };
    test.engine.conversations.update(test.scope, id, into_bin).await.unwrap();
    let more = everything() + &file(&[said("c", "3", "encore")]);
    let binned = import(&test, test.scope, &more).await;
    assert_eq!(binned.existing, counts(1, 2, 2, 1));
    assert_eq!(reasons(&binned), [(7, "its conversation is in the bin; restore it, then import again")]);

    test.engine.conversations.erase(test.scope, id).await.unwrap();
    for memory in test.engine.memories.list(&test.scope, None, None, 10, None).await.unwrap().items {
        test.engine.memories.delete(test.scope, memory.id).await.unwrap();
    }
    assert_eq!(import(&test, test.scope, &more).await.imported, counts(1, 3, 2, 0));
}

#[tokio::test]
async fn lines_that_cannot_be_taken_are_named_and_the_others_come() {
    let test = start().await;
    let long = format!("{{\"type\":\"message\",\"x\":\"{}\"}}\n", "x".repeat(MAX_IMPORT_LINE_BYTES));
    let text = [
        "not json\n\n",
        &file(&[said("c", "0", "too early"), json!({"type": "conversation", "id": "c"})]),
        &long,
        &file(&[
            said("c", "1", "one"),
            said("c", "2", "  "),
            json!({"type": "memory", "content": "gone", "expires_at": "2020-01-01T00:00:00Z"}),
        ]),
        &said("c", "3", "the last line has no end").to_string(),
    ]
    .concat();
    let report = import(&test, test.scope, &text).await;
    assert_eq!((report.lines, report.imported), (9, counts(1, 2, 0, 0)));
    let expected = [
        (1, "the line is not a JSON object"),
        (3, "conversation_id: no conversation with this id came before this line"),
        (5, "the line has more than 8388608 bytes"),
        (7, "content must not be empty"),
        (8, "expires_at is in the past; the memory would be gone at once"),
    ];
    assert_eq!(reasons(&report), expected);
    let head = conversations(&test, &test.scope).await.remove(0);
    assert_eq!(texts(&messages(&test, head.id).await), ["one", "the last line has no end"]);
}

#[tokio::test]
async fn a_place_that_holds_another_message_is_told_and_not_taken_for_the_same() {
    let test = start().await;
    let bare = |content: &str| json!({"type": "message", "conversation_id": "c", "role": "user", "content": content});
    let conversation = json!({"type": "conversation", "id": "c"});
    import(&test, test.scope, &file(&[conversation.clone(), bare("one"), bare("three")])).await;
    let report = import(&test, test.scope, &file(&[conversation, bare("one"), bare("two"), bare("three")])).await;
    let reason = "another message was imported at this place; delete its conversation and import again";
    assert_eq!(reasons(&report), [(3, reason)]);
    assert_eq!((report.existing, report.imported), (counts(1, 1, 0, 0), counts(0, 1, 0, 0)));
}

#[tokio::test]
async fn what_the_file_does_not_say_follows_from_what_it_does() {
    let test = start().await;
    let assistant = |at: &str| json!({"type": "message", "conversation_id": "old", "role": "assistant", "content": "Hello.", "created_at": at});
    let text = file(&[
        json!({"type": "conversation", "id": "old"}),
        assistant("2019-05-05T05:05:05Z"),
        json!({"type": "message", "conversation_id": "old", "role": "user", "content": "Hi! Could you explain tides?",
            "created_at": "2019-05-05T05:05:06Z"}),
        json!({"type": "conversation", "id": "bare"}),
        said("bare", "1", "first"),
        said("bare", "2", "second"),
    ]);
    import(&test, test.scope, &text).await;
    let [bare, old] = &conversations(&test, &test.scope).await[..] else { panic!("two conversations") };
    assert_eq!((old.title.as_str(), old.created_at), ("Explain tides", at("2019-05-05T05:05:05Z")));
    assert_eq!(old.active_at, at("2019-05-05T05:05:06Z"), "it is listed by when it was held");
    let rows = messages(&test, bare.id).await;
    assert_eq!((rows[0].created_at, bare.created_at), (test.clock.now(), test.clock.now()));
    assert!(rows[1].created_at > rows[0].created_at, "what has no time comes one after the other");
}

#[tokio::test]
async fn a_conversation_whose_first_turn_comes_much_later_still_gets_its_title() {
    let test = start().await;
    let mut lines: Vec<Value> = (0..600).map(|id| json!({"type": "conversation", "id": id})).collect();
    lines.push(json!({"type": "message", "conversation_id": 3, "role": "assistant", "content": "Hello."}));
    import(&test, test.scope, &file(&lines)).await;
    let asked = json!({"type": "message", "conversation_id": 3, "role": "user", "content": "Why is the sea salty?"});
    let report = import(&test, test.scope, &file(&[lines.pop().unwrap(), asked])).await;
    assert_eq!((report.existing.messages, report.imported.messages), (1, 1));
    let head = conversations(&test, &test.scope).await.remove(0);
    assert_eq!((head.title.as_str(), head.message_count), ("Why is the sea salty?", 2));
}

#[tokio::test]
async fn ids_are_of_their_conversation_and_a_repeated_line_comes_once() {
    let test = start().await;
    let mut lines = Vec::new();
    for conversation in ["a", "b"] {
        lines.push(json!({"type": "conversation", "id": conversation}));
        lines.extend([said(conversation, "1", conversation), said(conversation, "1", "again")]);
    }
    let report = import(&test, test.scope, &file(&lines)).await;
    assert_eq!((report.imported, report.existing), (counts(2, 2, 0, 0), counts(0, 2, 0, 0)));
}

#[tokio::test]
async fn of_many_bad_lines_the_first_are_named_and_all_are_counted() {
    let test = start().await;
    let report = import(&test, test.scope, &"nonsense\n".repeat(2_500)).await;
    assert_eq!((report.lines, report.skipped_total, report.skipped.len()), (2_500, 2_500, 1_000));
    assert_eq!((report.skipped[0].line, report.skipped[999].line), (1, 1_000));
}

/// A stream that makes its lines when they are asked for: what the import keeps cannot depend on how many there are.
#[tokio::test]
async fn twenty_thousand_lines_come_through() {
    let test = start().await;
    let lines = stream::iter((0..20_000u32).map(|number| {
        let conversation = number / 100;
        let line = match number % 100 {
            0 => json!({"type": "conversation", "id": conversation}),
            turn => said(&conversation.to_string(), &turn.to_string(), &format!("turn {turn} of {conversation}")),
        };
        Ok(format!("{line}\n"))
    }));
    let report = test.engine.import.take(test.scope, Some(ImportFormat::Jsonl), lines).await.unwrap();
    assert_eq!((report.imported, report.skipped_total), (counts(200, 19_800, 0, 0), 0));
    let stats = test.engine.stats.report(&test.scope).await.unwrap();
    assert_eq!((stats.user.messages, stats.user.conversations), (19_800, 200));
}
