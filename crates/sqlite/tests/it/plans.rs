//! No statement walks through a table that grows.

use std::path::{Path, PathBuf};

use crate::support::{Place, bytes, raw};

/// Statements that may scan, and why.
const MAY_SCAN: [(&str, &str); 25] = [
    ("accounts/by_name", "sorts the few whose names differ in upper and lower case alone"),
    ("accounts/count", "how many there are in all, for an administrator's list and the first start"),
    ("activity/categories", "sorts the categories of one person's memories, counted from an index"),
    ("activity/conversations", "groups what one person began within the days asked for"),
    ("activity/memories", "groups what was remembered of one person within the days asked for"),
    ("activity/messages", "groups the figures of the quarters of an hour within the days asked for"),
    ("audit/head", "the one row that says how far the trail reaches"),
    ("conversations/count_all", "the system's own lists, which no request asks for"),
    ("conversations/list_all", "the system's own lists, which no request asks for"),
    ("erasures/pending", "the erasures under way: nearly always none"),
    ("generations/nodes", "the answers that are being produced at this moment"),
    ("invites/list", "the invitations that nobody has taken yet: a handful"),
    ("invites/prune", "the invitations that nobody has taken yet: a handful"),
    ("memories/corrections", "walks the few facts that one message told"),
    ("memories/count_all", "the system's own lists, which no request asks for"),
    ("memories/list_all", "the system's own lists, which no request asks for"),
    ("memories/only_from_conversation", "sorts the memories of one conversation"),
    ("nodes/demand_scrub", "the nodes that share a store: a handful"),
    ("nodes/list", "the nodes that share a store: a handful"),
    ("outbox/insert_conversation_messages", "scans the numbered messages of one conversation"),
    ("stats/recount_bytes", "counts everything anew, once after encryption was turned on or off"),
    ("sealing/keys", "the keys of encryption: one, or two while they change"),
    ("sealing/set_phase", "the keys of encryption: one, or two while they change"),
    ("sessions/count_all", "the system's own lists, which no request asks for"),
    ("sessions/list_all", "the system's own lists, which no request asks for"),
];

fn statements(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { statements(&path, into) } else { into.push(path) }
    }
}

fn scans(connection: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let parameters = plan.parameter_count();
    let nothing = vec![rusqlite::types::Null; parameters];
    let steps = plan.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3)).unwrap();
    // a virtual table is a list that was asked for, such as ids
    let grows = |step: &String| step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE");
    // a step that sorts means that a page costs as much as the whole list
    steps.map(Result::unwrap).filter(|step| grows(step) || step.contains("TEMP B-TREE")).collect()
}

#[tokio::test]
async fn statements_find_their_rows_by_an_index() {
    let place = Place::new();
    place.open().close().await.unwrap();
    let connection = raw(&place.database());
    connection
        .create_scalar_function("title_contains", 2, rusqlite::functions::FunctionFlags::default(), |_| Ok(true))
        .unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
    let mut files = Vec::new();
    statements(&root, &mut files);
    assert!(files.len() > 50);
    let mut unexpected = Vec::new();
    let mut expected = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).unwrap().with_extension("").to_string_lossy().into_owned();
        let sql = String::from_utf8(bytes(&file)).unwrap();
        let scans = scans(&connection, &sql);
        let allowed = MAY_SCAN.iter().any(|(allowed, _)| *allowed == name);
        match (scans.is_empty(), allowed) {
            (false, false) => unexpected.push((name, scans)),
            (true, true) => expected.push(name),
            _ => {}
        }
    }
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert!(expected.is_empty(), "these no longer scan, so take them off the list: {expected:?}");
}
