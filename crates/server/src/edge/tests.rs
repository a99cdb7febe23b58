use super::*;
use axum::{Router, body::to_bytes, routing::get};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::install_metrics;

/// Takes far longer than any request may.
async fn slowly() -> &'static str {
    tokio::time::sleep(Duration::from_hours(3)).await;
    "{}"
}

async fn answer(path: &str) -> (u16, Value) {
    let options = ServerOptions {
        request_timeout: Duration::from_secs(30),
        settings: Settings::new(Policy::default()),
        limiter: None,
        base_path: String::new(),
        body_patience: Duration::from_secs(30),
        reload: None,
        admin_token: None,
        sockets: crate::SocketOptions::default(),
        metrics: install_metrics().unwrap(),
    };
    let allowances = Arc::new(Allowances::new(options.settings.clone(), None));
    let router = Router::new()
        .route("/api/import", get(slowly))
        .route("/api/chat", get(slowly))
        .route("/panic", get(|| async { panic!("a defect with a secret") as &str }))
        .route("/never", get(std::future::pending::<&str>))
        .route("/defect", get(|| async { ApiError(Error::internal("the disk said no at /a/path")) }))
        .layer(EdgeLayer::new(&options, allowances, UPLOADS.into_iter().chain(ANSWERING).map(str::to_owned), true));
    let request = Request::get(path).header("host", "localhost").header("x-request-id", "test");
    let response = router.oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&to_bytes(response.into_body(), 4096).await.unwrap()).unwrap())
}

#[tokio::test]
async fn a_panic_and_a_defect_tell_nothing_of_their_cause() {
    for path in ["/panic", "/defect"] {
        let (status, body) = answer(path).await;
        let message = "something went wrong on our side; the log names the cause under this request id";
        let expected = json!({"error": {"code": "internal", "message": message, "request_id": "test"}});
        assert_eq!((status, body), (500, expected), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_told_so() {
    let (status, body) = answer("/never").await;
    assert_eq!((status, body["error"]["code"].as_str()), (504, Some("deadline_exceeded")));
    assert_eq!(body["error"]["message"], "no answer within 30 seconds; ask again, or for less");
}

#[tokio::test(start_paused = true)]
async fn neither_an_upload_nor_an_answer_is_cut_by_the_clock() {
    assert_eq!(answer("/api/import").await, (200, json!({})));
    assert_eq!(answer("/api/chat").await, (200, json!({})));
}
