//! A configuration that changes while the server runs.

use std::{path::Path, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Server, data_dir, jarvis, run};

fn write(dir: &Path, text: &str) {
    #[expect(clippy::disallowed_methods, reason = "a test's own file")]
    std::fs::write(dir.join("jarvis.toml"), text).unwrap();
}

async fn limit(server: &Server) -> String {
    let answer = server.request(Method::GET, "/api/stats").send().await.unwrap();
    answer.headers()["x-ratelimit-limit"].to_str().unwrap().to_owned()
}

async fn wait_for_limit(server: &Server, expected: &str) {
    while limit(server).await != expected {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_be_is_put_into_effect_and_a_mistake_changes_nothing() {
    let (dir, data) = data_dir();
    write(dir.path(), "limits.user.read = 5000\n");
    let server = Server::start_by(jarvis(&data).args(["serve", "--port", "0"]).env("LIMITS_ENABLED", "true"));
    assert_eq!(limit(&server).await, "5000");
    write(dir.path(), "limits.user.read = 7000\nserver.workers = 3\n");
    wait_for_limit(&server, "7000").await;
    server.wait_for_log("server.workers changed in the configuration; restart to apply");

    let reload = || run(jarvis(&data).args(["config", "reload", "--json"]));
    write(dir.path(), "limits.user.read = 8000\nllm.attempts = 0\n");
    let (success, _, told) = reload();
    assert!(!success && told.contains("llm.attempts") && told.contains("write a number from 1 to 10"), "{told}");
    server.wait_for_log("all stays as it was");
    assert_eq!(limit(&server).await, "7000");

    write(dir.path(), "limits.user.read = 9000\nserver.workers = 3\n");
    let (success, output, told) = reload();
    assert!(success, "{told}");
    let reloaded: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(reloaded["restart"], json!(["server.workers"]), "it is named for as long as it waits");
    assert_eq!(limit(&server).await, "9000");
    // one that is lost must not set everything back
    for lose in [|path: &Path| write(path.parent().unwrap(), "\n"), |path: &Path| std::fs::remove_file(path).unwrap()] {
        lose(&dir.path().join("jarvis.toml"));
        let (success, _, told) = reload();
        assert!(!success && told.contains("is empty or gone"), "{told}");
        assert_eq!(limit(&server).await, "9000");
    }
    assert!(server.stop().0.success());
    let (success, _, told) = reload();
    assert!(!success && told.contains("no server runs on"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_may_be_others_for_the_next_answer() {
    let (dir, data) = data_dir();
    let server = Server::start(&data);
    let names = async || server.get("/api/chat/models").await["models"].to_string();
    assert!(!names().await.contains("nobody"));
    assert_eq!(server.say("hello", None).await["model"], "recall");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    write(dir.path(), &format!("[llm.openai]\nbase_url = \"http://{nobody}/v1\"\nmodel = \"nobody\"\n"));
    server.wait_for_log("reloaded llm.openai.base_url");
    let body = json!({"message": "hello", "model": "openai/nobody"});
    let (status, refusal) = server.try_ask(Method::POST, "/api/chat", Some(body)).await;
    assert!(status.is_server_error(), "{refusal}");
    assert!(refusal["error"]["message"].as_str().unwrap().contains("OPENAI_BASE_URL"), "{refusal}");
    write(dir.path(), "# nothing any more\n");
    let again = async || server.try_ask(Method::POST, "/api/chat", Some(json!({"message": "hello again"}))).await.1;
    while again().await["model"] != "recall" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(server.stop().0.success());
}
