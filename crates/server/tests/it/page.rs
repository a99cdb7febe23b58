//! The page for people, as a browser asks for it.

use std::{collections::BTreeSet, io::Read, path::Path};

use axum::{body::Body, http::Method};
use flate2::read::GzDecoder;

use crate::support::{Answer, TestApp, request};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn browse(app: &TestApp, path: &str) -> Answer {
    with_headers(app, path, &[("accept", BROWSER)]).await
}

async fn with_headers(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request =
        headers.iter().fold(request(Method::GET, path), |request, (name, value)| request.header(*name, *value));
    app.send(request.body(Body::empty()).unwrap()).await
}

/// What stands between `before` and `after`, wherever it does.
fn between<'a>(text: &'a str, before: &str, after: char) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

/// Where the page's document says that its files are: `/assets/<version>`.
async fn assets(app: &TestApp) -> String {
    let page = browse(app, "/").await;
    let script = between(page.text(), "type=\"module\" src=\"", '"')[0].to_owned();
    script.strip_prefix('.').unwrap().strip_suffix("/app.js").unwrap().to_owned()
}

#[tokio::test]
async fn a_browser_gets_the_page_and_may_run_nothing_else() {
    let app = TestApp::start().await;
    let page = browse(&app, "/").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    let policy = page.header("content-security-policy").unwrap();
    for rule in ["default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self'", "trusted-types"]
    {
        assert!(policy.contains(rule), "no {rule} in {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    let text = page.text();
    assert!(!text.contains("<style") && !text.contains("style=") && !text.contains("{{"), "{text}");
    assert!(between(text, "<script", '<').iter().all(|script| script.ends_with('>')), "no script stands in it: {text}");
    let tag = page.header("etag").unwrap();
    let again = with_headers(&app, "/", &[("accept", BROWSER), ("if-none-match", tag)]).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[tokio::test]
async fn whatever_path_only_the_page_knows_opens_it() {
    let app = TestApp::start().await;
    for (path, way) in [("/", "./"), ("/memories", "./"), ("/c/1", "../"), ("/c/1/2?q=x", "../../")] {
        let page = browse(&app, path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains(&format!("src=\"{way}assets/")), "{path}: {}", page.text());
    }
    for programs in ["/api/nowhere", "/v1/nowhere", "/assets/1/nowhere.js", "/ws/nowhere"] {
        assert_eq!(browse(&app, programs).await.failure(), (404, "no_route".to_owned(), None), "{programs}");
    }
    assert_eq!(app.get("/memories").await.failure().0, 404, "a program that errs is told so");
    let posted = request(Method::POST, "/memories").header("accept", BROWSER).body(Body::empty()).unwrap();
    assert_eq!(app.send(posted).await.failure().0, 404);
}

#[tokio::test]
async fn files_are_kept_for_ever_under_their_version_only() {
    let app = TestApp::start().await;
    let assets = assets(&app).await;
    let file = app.get(&format!("{assets}/core/dom.js")).await;
    assert_eq!((file.status, file.header("content-type")), (200, Some("text/javascript; charset=utf-8")));
    assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(file.header("content-encoding"), None);
    let older = app.get("/assets/0123456789abcdef/core/dom.js").await;
    assert_eq!((older.status, older.header("cache-control")), (200, Some("no-cache")));
    let tag = older.header("etag").unwrap();
    let again = with_headers(&app, "/assets/0123456789abcdef/core/dom.js", &[("if-none-match", tag)]).await;
    assert_eq!((again.status, again.body.len()), (304, 0));

    let packed = with_headers(&app, &format!("{assets}/core/dom.js"), &[("accept-encoding", "br, gzip")]).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() < file.body.len());
    let mut unpacked = Vec::new();
    GzDecoder::new(packed.body.as_ref()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, file.body);
}

#[tokio::test]
async fn nothing_but_the_pages_files_is_served() {
    let app = TestApp::start().await;
    let assets = assets(&app).await;
    for path in
        ["README.md", "../Cargo.toml", "%2e%2e/Cargo.toml", "..%2fCargo.toml", "%2Fetc%2Fpasswd", "core", "", "core/"]
    {
        let answer = app.get(&format!("{assets}/{path}")).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn every_file_that_the_page_loads_is_there() {
    let app = TestApp::start().await;
    let assets = assets(&app).await;
    let document = browse(&app, "/").await;
    let linked = between(document.text(), "=\"./assets/", '"').into_iter();
    let mut wanted: Vec<String> = linked.map(|path| path.split_once('/').unwrap().1.to_owned()).collect();
    let mut seen = BTreeSet::new();
    while let Some(path) = wanted.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let file = app.get(&format!("{assets}/{path}")).await;
        assert_eq!(file.status, 200, "{path} is loaded and not there");
        // a name put together at run time has a `$` in it
        let imports = ["from \"", "import \"", "import(\""].iter().flat_map(|before| between(file.text(), before, '"'));
        let local = imports.filter(|name| name.starts_with('.') && !path.starts_with("vendor/"));
        wanted.extend(local.map(|name| resolved(&path, name)));
    }
    for part in ["chat/view.js", "vendor/purify.js", "core/live.js", "styles/tokens.css"] {
        assert!(seen.contains(part), "{part} is not loaded by anything: {seen:?}");
    }
}

/// The file that `name` means in the file `from`.
fn resolved(from: &str, name: &str) -> String {
    let mut path = Path::new(from).parent().unwrap().to_owned();
    for part in Path::new(name) {
        match part.to_str().unwrap() {
            "." => {}
            ".." => assert!(path.pop(), "{name} in {from} leads out"),
            part => path.push(part),
        }
    }
    path.to_str().unwrap().to_owned()
}
