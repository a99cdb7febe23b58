//! The statements that requests run find their rows by an index, however many rows there are.

use jarvis_core::ports::Store;
use jarvis_postgres::testkit::Beside;
use std::path::{Path, PathBuf};

use crate::support::Place;

/// Statements that may walk through a table that grows, and why.
const MAY_SCAN: [(&str, &str); 15] = [
    ("accounts/count", "how many there are in all, for an administrator's list and the first start"),
    ("conversations/count_all", "the system's own lists, which no request asks for"),
    ("conversations/list_all", "the system's own lists, which no request asks for"),
    ("conversations/titles_of_all", "the system's own lists, which no request asks for"),
    ("idempotency/prune", "removes many at a time, now and then"),
    ("logins/prune", "removes many at a time, now and then"),
    ("logins/prune_tokens", "removes many at a time, now and then"),
    ("memories/count_all", "the system's own lists, which no request asks for"),
    ("memories/list_all", "the system's own lists, which no request asks for"),
    ("stats/recount_bytes", "counts everything anew, once after encryption was turned on or off"),
    ("sealing/keys", "the keys of encryption: one, or two while they change"),
    ("sealing/remove", "the keys of encryption: one, or two while they change"),
    ("sealing/set_phase", "the keys of encryption: one, or two while they change"),
    ("sessions/count_all", "the system's own lists, which no request asks for"),
    ("sessions/list_all", "the system's own lists, which no request asks for"),
];

/// Folders of statements that are none of the store's own.
const OTHERS: [&str; 5] = ["migrate", "text", "transfer", "vectors", "locks"];

/// Enough of everything that walking through it costs more than looking it up.
const FILL: &str = "
    INSERT INTO users (id, name, role, created_at)
    SELECT gen_random_uuid(), n::text, 'user', now() - n * interval '1 minute' FROM generate_series(1, 2000) n;
    INSERT INTO user_stats (user_id) SELECT id FROM users;
    INSERT INTO sessions (id, user_id, name, status, created_at, updated_at)
    SELECT gen_random_uuid(), id, 's', 'active', created_at, created_at FROM users, generate_series(1, 5);
    INSERT INTO conversations (id, user_id, session_id, title, status, created_at, updated_at, active_at)
    SELECT gen_random_uuid(), user_id, CASE WHEN random() < 0.5 THEN id END, 't',
        CASE WHEN random() < 0.1 THEN 'deleted' ELSE 'open' END, created_at, created_at, created_at
    FROM sessions;
    INSERT INTO messages (id, conversation_id, user_id, position, role, content, status, foreign_source, foreign_id, created_at)
    SELECT gen_random_uuid(), id, user_id, n, 'user', 'some words that somebody said', 'complete', 'chat', id || n::text,
        created_at + n * interval '1 minute'
    FROM conversations, generate_series(1, 10) n;
    UPDATE messages SET parent_id = before.id
    FROM messages before
    WHERE before.conversation_id = messages.conversation_id AND before.position = messages.position - 1;
    INSERT INTO memories (id, user_id, kind, category, content, content_key, importance, valid_from, created_at, updated_at,
        superseded_by, slot_key)
    SELECT gen_random_uuid(), user_id, 'long_term', 'fact', 'm', decode(md5(id::text), 'hex'), 0.5, created_at, created_at,
        created_at, CASE WHEN random() < 0.2 THEN gen_random_uuid() END, decode(md5(id::text), 'hex')
    FROM messages WHERE position <= 2;
    INSERT INTO memory_sources (memory_id, ordinal, message_id)
    SELECT y.id, 0, m.id
    FROM memories y JOIN messages m ON y.content_key = decode(md5(m.id::text), 'hex') AND m.position <= 2;
    INSERT INTO outbox (position, kind, entity_id)
    SELECT row_number() OVER (ORDER BY id), 1, id FROM messages;
    INSERT INTO audit_log (seq, id, at, user_id, subject_id, via, act, object, detail, salt)
    SELECT row_number() OVER (), gen_random_uuid(), created_at, user_id, user_id, 'v', id::text, id::text, '{}', 's'
    FROM messages WHERE position = 1;
    INSERT INTO idempotency_keys (user_id, key, request_hash, resource_id, claimed_at)
    SELECT user_id, id::text, 'h', id, created_at FROM messages WHERE position = 1;
    INSERT INTO foreign_ids (user_id, source, kind, foreign_id, entity_id)
    SELECT user_id, 'chat', 2, id::text, id FROM conversations;
    INSERT INTO activity (user_id, quarter, role, model, messages, tokens)
    SELECT id, n, 'user', '', 1, 1 FROM users, generate_series(1, 20) n;
    INSERT INTO users (id, name, role, created_at)
    SELECT gen_random_uuid(), 'only ' || n, 'user', now() FROM generate_series(1, 30000) n;
    INSERT INTO accounts (user_id, password, password_changed_at, created_at)
    SELECT id, 'p', created_at, created_at FROM users;
    INSERT INTO logins (id, user_id, created_at, used_at, expires_at)
    SELECT gen_random_uuid(), id, created_at, created_at, created_at + interval '7 days' FROM users;
    INSERT INTO refresh_tokens (token_hash, login_id, expires_at)
    SELECT sha256(id::text::bytea), id, expires_at FROM logins;
    INSERT INTO api_keys (id, user_id, name, prefix, token_hash, permissions, created_at)
    SELECT gen_random_uuid(), id, 'k', 'p', sha256(id::text::bytea), 'chat', created_at FROM users;
    ANALYZE;
";

/// What a database keeps few of, or this one none.
const SMALL: [&str; 10] = [
    "audit_head",
    "store_state",
    "user_stats",
    "index_positions",
    "nodes",
    "erasures",
    "generations",
    "generation_parts",
    "collections",
    "invites",
];

fn statements(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { statements(&path, into) } else { into.push(path) }
    }
}

/// The tables that a statement walks through when its plan serves all values.
async fn scans(beside: &mut Beside, sql: &str) -> Vec<String> {
    let plan = beside.plan("COSTS off", sql, None).await.unwrap();
    let scanned =
        plan.iter().filter_map(|line| line.split_once("Seq Scan on ")?.1.split(' ').next().map(str::to_owned));
    scanned.filter(|table| !SMALL.contains(&table.as_str()) && !table.starts_with("pg_")).collect()
}

#[tokio::test]
async fn statements_find_their_rows_by_an_index() {
    let Some(place) = Place::migrated().await else { return };
    place.open().await.check().await;
    let mut beside = Beside::open(&place.url()).await.unwrap();
    beside.run(FILL).await.unwrap();
    beside.plan_for_all_values().await.unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
    let mut files = Vec::new();
    statements(&root, &mut files);
    let (mut unexpected, mut expected, mut seen) = (Vec::new(), Vec::new(), 0);
    for file in files {
        let name = file.strip_prefix(&root).unwrap().with_extension("").to_string_lossy().into_owned();
        if OTHERS.contains(&name.split('/').next().unwrap()) {
            continue;
        }
        seen += 1;
        let scans = scans(&mut beside, &std::fs::read_to_string(&file).unwrap()).await;
        let allowed = MAY_SCAN.iter().any(|(allowed, _)| *allowed == name);
        match (scans.is_empty(), allowed) {
            (false, false) => unexpected.push((name, scans)),
            (true, true) => expected.push(name),
            _ => {}
        }
    }
    assert!(seen > 80, "{seen}");
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert!(expected.is_empty(), "these no longer scan, so take them off the list: {expected:?}");
}
