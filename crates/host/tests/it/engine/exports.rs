//! What other programs export, taken in with the real store.

use futures_util::stream;
use jarvis_core::{
    ErrorKind, Result, Scope, Timestamp,
    testkit::ScriptedModel,
    types::{Conversation, ConversationQuery, ConversationStatus, MemoryKind, Message, Role},
};
use jarvis_engine::{ImportCounts, ImportFormat, ImportReport};

use super::{MAX_SPOOLED, TestEngine};

const CHATGPT: &[u8] = include_bytes!("../../data/import/chatgpt.json");
const CHATGPT_ZIP: &[u8] = include_bytes!("../../data/import/chatgpt.zip");
const CLAUDE: &[u8] = include_bytes!("../../data/import/claude.json");
const CLAUDE_ZIP: &[u8] = include_bytes!("../../data/import/claude.zip");
const OPEN_WEBUI: &[u8] = include_bytes!("../../data/import/openwebui.json");
const LIBRECHAT: &[u8] = include_bytes!("../../data/import/librechat.json");
const OPEN_CONVERSE: [&[u8]; 4] = [
    include_bytes!("../../data/import/openconverse-g0.db"),
    include_bytes!("../../data/import/openconverse-g1a.db"),
    include_bytes!("../../data/import/openconverse-g1b.db"),
    include_bytes!("../../data/import/openconverse-g2.db"),
];

async fn start() -> TestEngine {
    TestEngine::start(ScriptedModel::new([])).await
}

async fn try_import(test: &TestEngine, file: &[u8]) -> Result<ImportReport> {
    let pieces: Vec<Result<Vec<u8>>> = file.chunks(777).map(|piece| Ok(piece.to_vec())).collect();
    test.engine.import.take(test.scope, None, stream::iter(pieces)).await
}

async fn import(test: &TestEngine, file: &[u8]) -> ImportReport {
    try_import(test, file).await.expect("an import")
}

fn counts(conversations: u64, messages: u64, memories: u64, sessions: u64) -> ImportCounts {
    ImportCounts { conversations, messages, memories, sessions }
}

async fn list(test: &TestEngine, scope: &Scope, status: ConversationStatus) -> Vec<Conversation> {
    let query = ConversationQuery { status, session_id: None, title_contains: None, limit: 100, after: None };
    test.engine.conversations.list(scope, &query).await.unwrap().items
}

async fn conversation(test: &TestEngine, title: &str) -> (Conversation, Vec<Message>) {
    let mut all = list(test, &test.scope, ConversationStatus::Open).await;
    all.extend(list(test, &test.scope, ConversationStatus::Archived).await);
    let found = all.into_iter().find(|found| found.title.contains(title)).expect("a conversation with this title");
    let messages = test.history(found.id).await.messages;
    (found, messages)
}

/// `content < what it follows`, by the beginnings of both.
fn links(messages: &[Message]) -> Vec<String> {
    let short = |text: &str| text.split([' ', '.', '!']).next().unwrap_or_default().to_owned();
    let content = |id| messages.iter().find(|message| message.id == id).map(|message| short(&message.content));
    let link = |message: &Message| {
        let parent = message.parent_id.map(|id| content(id).expect("a parent of the same conversation"));
        format!("{} < {}", short(&message.content), parent.unwrap_or_default())
    };
    messages.iter().map(link).collect()
}

async fn memories(test: &TestEngine) -> Vec<String> {
    let found = test.engine.memories.list(&test.scope, None, None, 50, None).await.unwrap().items;
    let mut contents: Vec<String> = found.into_iter().map(|memory| memory.content).collect();
    contents.sort();
    contents
}

fn left_out(report: &ImportReport) -> Vec<(&str, u64)> {
    report.left_out.iter().map(|left| (left.what.as_str(), left.count)).collect()
}

fn reasons(report: &ImportReport) -> Vec<(u64, &str, &str)> {
    let skipped = report.skipped.iter();
    skipped.map(|it| (it.line, it.path.as_deref().unwrap_or_default(), it.reason.as_str())).collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn check_again(test: &TestEngine, file: &[u8], first: &ImportReport) {
    let again = import(test, file).await;
    assert_eq!((again.imported, again.format), (ImportCounts::default(), first.format));
    // memories of the first time are found by their words
    assert_eq!(again.existing, first.imported);
    assert_eq!(reasons(&again), reasons(first));
}

#[tokio::test]
async fn chatgpt_comes_with_its_branches_times_and_memories() {
    let test = start().await;
    let report = import(&test, CHATGPT).await;
    assert_eq!((report.format, report.imported), (Some(ImportFormat::ChatGpt), counts(2, 6, 2, 0)));
    assert_eq!(reasons(&report), []);
    let expected = [("calls of tools", 1), ("results of tools", 1), ("conversations without messages", 1)];
    assert_eq!(left_out(&report), expected);

    let (head, rows) = conversation(&test, "Phare de Cordouan").await;
    assert_eq!(head.created_at, at("2024-05-01T12:51:30.123456Z"));
    let expected = ["Quelle < ", "Environ < Quelle", "Il < Quelle", "Est-ce < Il", "[image] < Est-ce"];
    assert_eq!(links(&rows), expected, "the branch that was shown comes last");
    assert_eq!((rows[2].created_at, rows[2].model.as_deref()), (at("2024-05-01T12:51:35.25Z"), Some("gpt-4o")));
    let roles: Vec<Role> = rows.iter().map(|row| row.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::Assistant, Role::User, Role::Tool]);
    let noted = rows[0].metadata.as_ref().unwrap().as_str();
    assert!(noted.contains(r#""name":"carte.pdf""#) && noted.contains(r#""source":"chatgpt""#), "{noted}");
    assert!(head.metadata.as_ref().unwrap().as_str().contains("g-p-0123"));
    assert!(rows[4].metadata.as_ref().unwrap().as_str().contains("file-service://file-3"));
    assert_eq!(memories(&test).await, ["Lives in Bordeaux.", "Prefers answers in French\nand short ones."]);

    let (old, _) = conversation(&test, "Old plans").await;
    assert_eq!((old.status, old.active_at), (ConversationStatus::Archived, at("2020-09-13T12:26:41Z")));
    check_again(&test, CHATGPT, &report).await;
}

#[tokio::test]
async fn claude_comes_with_its_project_and_files() {
    let test = start().await;
    let report = import(&test, CLAUDE).await;
    assert_eq!((report.format, report.imported), (Some(ImportFormat::Claude), counts(2, 6, 0, 1)));
    assert_eq!(reasons(&report), []);
    assert_eq!(left_out(&report), [("calls of tools", 1), ("reasoning of a model", 1), ("results of tools", 1)]);
    let (head, rows) = conversation(&test, "Sourdough").await;
    assert_eq!(links(&rows), ["How < ", "About < How", "Until < How", "[file: < Until"]);
    assert_eq!(rows[1].content, "About four hours.\n\nIn a cold kitchen, longer.");
    assert_eq!(rows[3].content, "[file: loaf.jpg]");
    assert!(rows[0].metadata.as_ref().unwrap().as_str().contains("notes.txt"));
    let session = test.engine.sessions.get(&test.scope, head.session_id.unwrap()).await.unwrap();
    assert_eq!((session.name.as_str(), session.created_at), ("Baking", at("2024-05-01T00:00:00Z")));
    let (_, rows) = conversation(&test, "Breton").await;
    assert_eq!(links(&rows), ["Say < ", "Demat < Say"], "older exports have their messages in a row");
    check_again(&test, CLAUDE, &report).await;
}

#[tokio::test]
async fn zips_are_read_and_what_else_is_in_them_is_told() {
    let test = start().await;
    let report = import(&test, CHATGPT_ZIP).await;
    assert_eq!((report.format, report.imported), (Some(ImportFormat::ChatGpt), counts(2, 6, 2, 0)));
    let left = left_out(&report);
    assert!(left.contains(&("user.json, which holds no conversations", 1)), "{left:?}");
    assert!(left.contains(&("files that hold no conversations", 2)), "{left:?}");
    let unpacked = import(&test, CHATGPT).await;
    assert_eq!((unpacked.imported, unpacked.existing), (ImportCounts::default(), report.imported));

    let report = import(&test, CLAUDE_ZIP).await;
    assert_eq!(report.imported, counts(2, 6, 3, 1));
    assert!(memories(&test).await.contains(&"Uses rye flour.".to_owned()));
    assert_eq!(test.scratch_files(), 0, "nothing is left behind");
    check_again(&test, CLAUDE_ZIP, &report).await;
}

#[tokio::test]
async fn open_webui_comes_with_its_branches() {
    let test = start().await;
    let report = import(&test, OPEN_WEBUI).await;
    assert_eq!((report.format, report.imported), (Some(ImportFormat::OpenWebUi), counts(1, 4, 0, 0)));
    assert_eq!((reasons(&report), left_out(&report)), (vec![], vec![("reasoning of a model", 1)]));
    let (head, rows) = conversation(&test, "Tides").await;
    assert_eq!((head.status, head.created_at), (ConversationStatus::Archived, at("2024-07-01T08:00:00Z")));
    assert_eq!(links(&rows), ["Why < ", "The < Why", "Because < Why", "And < Because"]);
    assert_eq!((rows[2].model.as_deref(), rows[2].created_at), (Some("llama3.2:3b"), at("2024-07-01T08:00:05Z")));
    let noted = rows[3].metadata.as_ref().unwrap().as_str();
    assert!(noted.contains("map.png") && noted.contains(r#""type":"image""#), "{noted}");
    check_again(&test, OPEN_WEBUI, &report).await;
}

#[tokio::test]
async fn librechat_comes_with_its_branches() {
    let test = start().await;
    let report = import(&test, LIBRECHAT).await;
    assert_eq!((report.format, report.imported), (Some(ImportFormat::LibreChat), counts(1, 4, 0, 0)));
    let expected = [("answers that failed", 1), ("calls of tools", 1), ("reasoning of a model", 1)];
    assert_eq!((reasons(&report), left_out(&report)), (vec![], expected.to_vec()));
    let (head, rows) = conversation(&test, "Knots").await;
    assert_eq!(links(&rows), ["Which < ", "A < Which", "A < Which", "Show < A"]);
    assert_eq!((rows[1].content.as_str(), rows[1].model.as_deref()), ("A bowline.", Some("gpt-4o")));
    assert_eq!(head.created_at, at("2024-07-01T08:00:00Z"));
    check_again(&test, LIBRECHAT, &report).await;
}

#[tokio::test]
async fn every_form_of_open_converse_comes() {
    let [g0, g1a, g1b, g2] = OPEN_CONVERSE;
    let test = start().await;
    let report = import(&test, g0).await;
    assert_eq!((report.format, report.imported), (Some(ImportFormat::OpenConverse), counts(0, 0, 4, 0)));
    assert_eq!((reasons(&report), left_out(&report)), (vec![], vec![("memories that have expired", 1)]));
    let found = test.engine.memories.list(&test.scope, Some(MemoryKind::ShortTerm), None, 9, None).await.unwrap().items;
    assert_eq!((found[0].content.as_str(), found.len()), ("Passport is at the embassy", 1));
    assert_eq!(found[0].expires_at, Some(at("2099-01-01T00:00:00Z")));
    check_again(&test, g0, &report).await;

    for file in [g1a, g1b] {
        let test = start().await;
        let report = import(&test, file).await;
        assert_eq!((report.imported, reasons(&report)), (counts(2, 3, 0, 1), vec![]));
        let (head, rows) = conversation(&test, "What is a limit?").await;
        assert_eq!(links(&rows), ["What < ", "A < What"]);
        assert_eq!((head.created_at, rows[1].created_at), (at("2025-06-29T12:28:20Z"), at("2025-06-29T12:28:22Z")));
        let session = test.engine.sessions.get(&test.scope, head.session_id.unwrap()).await.unwrap();
        assert_eq!(
            (session.role.as_deref(), session.goals.as_deref()),
            (Some("a patient teacher"), Some("pass the exam"))
        );
        assert_eq!(list(&test, &test.scope, ConversationStatus::Archived).await[0].title, "A derivative?");
        check_again(&test, file, &report).await;
    }

    let test = start().await;
    let report = import(&test, g2).await;
    assert_eq!(report.imported, counts(2, 3, 0, 2));
    assert_eq!(reasons(&report), [(0, "message 4", "its conversation is missing")]);
    let (_, rows) = conversation(&test, "Travel desk").await;
    assert_eq!(links(&rows), ["When < ", "Late < When"]);
    assert_eq!((rows[0].model.as_deref(), rows[1].model.as_deref()), (None, Some("mistral-small")));
    check_again(&test, g2, &report).await;
}

#[tokio::test]
async fn an_export_that_breaks_off_is_completed_by_the_next() {
    for (file, wanted, middle) in [(CHATGPT, 6, "Remind me of"), (CLAUDE, 6, "Say hello in")] {
        let test = start().await;
        // in the middle of the second conversation
        let cut = file.windows(middle.len()).position(|window| window == middle.as_bytes()).unwrap();
        let broken: [Result<Vec<u8>>; 2] =
            [Ok(file[..cut].to_vec()), Err(ErrorKind::Malformed.error("the body did not arrive whole"))];
        let error = test.engine.import.take(test.scope, None, stream::iter(broken)).await.unwrap_err();
        assert!(error.message().contains("1 conversations, "), "{error}");
        let rest = import(&test, file).await;
        let total = |pick: fn(&ImportCounts) -> u64| pick(&rest.imported) + pick(&rest.existing);
        assert_eq!((rest.imported.conversations, rest.existing.conversations), (1, 1));
        assert_eq!(total(|counts| counts.messages), wanted);
        assert_eq!(test.engine.stats.report(&test.scope).await.unwrap().user.messages, wanted);
    }
}

#[tokio::test]
async fn a_file_that_is_cut_off_says_so_and_what_came_is_kept() {
    let test = start().await;
    let report = import(&test, &CLAUDE[..CLAUDE.len() - 100]).await;
    assert_eq!(report.imported.conversations, 1);
    let cut = "the file ends in the middle of it; get the file again";
    assert_eq!(reasons(&report), [(2, "conversation 2", cut)]);
    let report = import(&test, &CLAUDE[..100]).await;
    assert_eq!(reasons(&report), [(1, "conversation 1", cut)]);
    let zip = try_import(&test, &CLAUDE_ZIP[..CLAUDE_ZIP.len() - 100]).await.unwrap_err();
    assert_eq!(zip.kind(), ErrorKind::Malformed);
    assert!(zip.message().starts_with("the archive cannot be read"), "{zip}");
    let database = try_import(&test, &OPEN_CONVERSE[3][..2_000]).await.unwrap_err();
    assert_eq!(database.kind(), ErrorKind::Malformed, "{database}");
    assert_eq!(test.scratch_files(), 0, "nothing is left behind");
}

#[tokio::test]
async fn what_is_no_export_is_refused_and_what_is_too_large_too() {
    let test = start().await;
    let database = {
        let mut other = OPEN_CONVERSE[0].to_vec();
        let names: [(&[u8], &[u8]); 3] = [
            (b"long_term_memory", b"long_term_nothin"),
            (b"short_term_memory", b"short_term_nothin"),
            (b"vector_db", b"vector_no"),
        ];
        for (from, to) in names {
            while let Some(at) = other.windows(from.len()).position(|window| window == from) {
                other[at..at + to.len()].copy_from_slice(to);
            }
        }
        other
    };
    for file in [b"<html>".as_slice(), b"[1,2]", br#"[{"name":"x"}]"#, br#"{"name": "never ends"#, &database] {
        let error = try_import(&test, file).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "not_an_export"), "{error}");
    }
    let mut large = b"PK\x03\x04".to_vec();
    large.resize(MAX_SPOOLED as usize + 1, 0);
    assert_eq!(try_import(&test, &large).await.unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(test.scratch_files(), 0, "nothing is left behind");
}

#[tokio::test]
async fn a_form_that_is_named_is_not_guessed() {
    let test = start().await;
    let pieces = stream::iter([Ok(CLAUDE.to_vec())]);
    let report = test.engine.import.take(test.scope, Some(ImportFormat::ChatGpt), pieces).await.unwrap();
    let expected = "mapping: expected an object; is it a conversation of ChatGPT?";
    assert_eq!(reasons(&report), [(1, "conversation 1", expected), (2, "conversation 2", expected)]);
}

#[tokio::test]
async fn each_person_imports_for_themselves() {
    let test = start().await;
    let first = import(&test, CHATGPT).await;
    let ann = test.engine.users.local(Some("ann")).await.unwrap();
    let pieces = stream::iter([Ok(CHATGPT.to_vec())]);
    let hers = test.engine.import.take(ann, None, pieces).await.unwrap();
    assert_eq!((hers.imported, hers.existing), (first.imported, ImportCounts::default()));
    assert_eq!(list(&test, &ann, ConversationStatus::Open).await.len(), 1);
}
