//! A server under a path of its own, and behind a proxy that tells under which name.

use axum::{body::Body, http::Method};
use jarvis_core::policy::networks::TrustedProxies;
use jarvis_server::{Policy, Settings};

use crate::support::{Answer, TestApp, request};

async fn browse(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let headers = headers.iter().chain(&[("accept", "text/html")]);
    let asked = headers.fold(request(Method::GET, path), |request, (name, value)| request.header(*name, *value));
    app.send(asked.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn everything_is_found_below_the_path_and_without_it() {
    let app = TestApp::start_as(|options| options.base_path = "/jarvis".to_owned()).await;
    for path in ["/jarvis/ready", "/ready", "/jarvis/api/stats", "/jarvis/docs/"] {
        assert_eq!(app.get(path).await.status, 200, "{path}");
    }
    assert_eq!(app.get("/jarvish/ready").await.status, 404);
    let bare = app.get("/jarvis").await;
    assert_eq!((bare.status, bare.header("location")), (308, Some("/jarvis/")), "the page's addresses are relative");
    assert_eq!(app.get("/jarvis/docs").await.header("location"), Some("docs/"));
    assert!(app.get("/jarvis/openapi.json").await.text().contains("\"url\": \"/jarvis\""));
    assert_eq!(app.get("/jarvis/").await.json()["docs"], "/jarvis/docs");
    for (path, up) in [("/jarvis/", "\"./assets/"), ("/jarvis/c/1", "\"../assets/"), ("/c/1", "\"../assets/")] {
        let page = browse(&app, path, &[]).await;
        assert!(page.status == 200 && page.text().contains(up), "{path}: {}", page.text());
    }
    let metrics = app.get("/metrics").await;
    assert!(metrics.text().contains("route=\"/api/stats\""), "a route is the same one wherever it is");
}

#[tokio::test]
async fn pages_under_the_name_that_a_trusted_proxy_tells_are_ours() {
    let told = [
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "jarvis.example"),
        ("origin", "https://jarvis.example"),
    ];
    let stranger = TestApp::start().await;
    assert_eq!(browse(&stranger, "/api/stats", &told).await.failure().1, "foreign_origin");
    let trusted_proxies = TrustedProxies::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let policy = Policy { trusted_proxies, ..Policy::default() };
    let app = TestApp::start_as(|options| options.settings = Settings::new(policy)).await;
    let answer = browse(&app, "/api/stats", &told).await;
    assert_eq!((answer.status, answer.header("strict-transport-security")), (200, Some("max-age=31536000")));
    let mut other = told;
    other[3].1 = "http://jarvis.example";
    assert_eq!(browse(&app, "/api/stats", &other).await.failure().1, "foreign_origin", "another scheme");
    let local = browse(&app, "/api/stats", &[("x-forwarded-proto", "https")]).await;
    assert_eq!(local.header("strict-transport-security"), None, "localhost is other programs' name too");
}
