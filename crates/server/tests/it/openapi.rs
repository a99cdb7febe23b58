use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::TestApp;

const COMMITTED: &str = include_str!("../../openapi.json");

#[test]
fn openapi_document_is_fresh() {
    let fresh = jarvis_server::openapi_json().unwrap();
    // Compared by lines: a difference shows where it is.
    let differs = fresh.lines().zip(COMMITTED.lines()).find(|(fresh, committed)| fresh != committed);
    assert!(
        differs.is_none() && fresh.lines().count() == COMMITTED.lines().count(),
        "the routes have changed and crates/server/openapi.json has not; write it again with `cargo xtask assets`. \
         First difference (fresh, committed): {differs:?}"
    );
}

#[test]
fn every_operation_is_described() {
    let document: Value = serde_json::from_str(COMMITTED).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let schemas: BTreeSet<&str> =
        document["components"]["schemas"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{what} says nothing about itself");
            assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{what}");
            assert!(names.insert(operation["operationId"].as_str().unwrap()), "{what} shares its operation id");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2') || status == "101"), "{what} never succeeds");
            assert!(responses.contains_key("500"), "{what}");
            assert!(responses.contains_key("404") || !path.contains("{id}"), "{what}");
        }
    }
    for reference in references(&document) {
        let name = reference.rsplit('/').next().unwrap();
        assert!(schemas.contains(name), "{reference} leads nowhere");
    }
}

fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            own.into_iter().chain(fields.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn the_document_and_its_page_are_served_from_the_binary() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/openapi.json").await.text(), jarvis_server::openapi_json().unwrap());
    let bare = app.get("/docs").await;
    assert_eq!((bare.status, bare.header("location")), (308, Some("docs/")));
    let page = app.get("/docs/").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'self'"));
    let mut files = 0;
    let links = page.text().split("src=\"").skip(1).chain(page.text().split("href=\"").skip(1));
    for link in links.filter_map(|rest| rest.split('"').next()) {
        assert!(!link.contains("//"), "{link} is elsewhere");
        let file = app.get(&format!("/docs/{}", link.trim_start_matches("./"))).await;
        assert_eq!(file.status, 200, "{link}");
        files += 1;
    }
    assert!(files >= 4, "the page names only {files} files");
    let start = app.get("/docs/swagger-initializer.js").await;
    assert!(start.text().contains("../openapi.json") && start.text().contains("\"validatorUrl\": \"none\""));
}
