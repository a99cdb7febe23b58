//! What `.sqlx` says of the statements is what a real server says, and of no others.

use serde_json::Value;
use sqlx::{AssertSqlSafe, Column, Executor, SqlSafeStr, Statement};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::support::Place;

const AGAIN: &str = "run `cargo xtask sqlx` and commit what it writes";

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, into) } else { into.push(path) }
    }
}

fn texts(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    found.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

/// `Uuid` of both `"Uuid"` and `PgTypeInfo(Uuid)`.
fn kind(text: &str) -> String {
    text.trim_start_matches("PgTypeInfo(").trim_end_matches(')').trim_matches('"').to_owned()
}

#[tokio::test]
async fn what_is_recorded_of_the_statements_is_true() {
    let Some(place) = Place::migrated().await else { return };
    place.run(include_str!("../../sql/text/create.sql")).await;
    let mut connection = place.connect().await;
    let written: BTreeSet<String> = texts("sql").into_iter().collect();
    let recorded: Vec<Value> = texts(".sqlx").iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    assert!(recorded.len() > 100, "{}", recorded.len());
    for statement in recorded {
        let sql = statement["query"].as_str().unwrap().to_owned();
        assert!(written.contains(&sql), "no file holds `{sql}` any more; {AGAIN}");
        // of an index that needs an extension, which this server may not have
        if sql.contains("vector_") {
            continue;
        }
        let describe = &statement["describe"];
        let prepared = connection.prepare(AssertSqlSafe(sql.clone()).into_sql_str()).await.unwrap();
        let columns: Vec<(String, String)> = prepared
            .columns()
            .iter()
            .map(|column| (column.name().to_owned(), kind(&format!("{:?}", column.type_info()))))
            .collect();
        let known: Vec<(String, String)> = describe["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| (column["name"].as_str().unwrap().to_owned(), kind(&column["type_info"].to_string())))
            .collect();
        let is_built_in = known.iter().all(|(_, kind)| !kind.starts_with('{'));
        assert!(!is_built_in || known == columns, "`{sql}` answers something else; {AGAIN}");
        let takes = prepared.parameters().unwrap().left().unwrap().len();
        assert_eq!(describe["parameters"]["Left"].as_array().unwrap().len(), takes, "`{sql}`; {AGAIN}");
    }
}
