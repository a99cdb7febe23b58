//! Start and end.

use std::{
    io::{Read, Write},
    time::Duration,
};

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::server::{Server, data_dir};

#[tokio::test]
async fn readiness_is_one_line_and_everything_else_goes_to_the_log() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let port = server.base.strip_prefix("http://127.0.0.1:").expect("it listens on loopback").to_owned();
    assert_eq!(server.ready_line, format!("jarvis ready: http://127.0.0.1:{port}\n"));
    let run: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(data.join("run.json")).unwrap()).unwrap();
    assert_eq!(run["pid"], server.pid());
    assert_eq!(run["address"], format!("127.0.0.1:{port}"));
    let mode = |name: &str| {
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(data.join(name)).unwrap().permissions()) & 0o777
    };
    assert_eq!((mode("run.json"), mode(".")), (0o600, 0o700));
    let (status, output, log) = server.stop();
    assert!(status.success(), "{status}");
    assert_eq!(output, "", "something was printed after the ready line");
    assert!(log.contains("\"message\":\"stopped\""), "the log of a server without a terminal is JSON: {log}");
    assert!(!data.join("run.json").try_exists().unwrap(), "run.json outlived its server");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_lets_streams_end() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let streams: Vec<_> = (0..4)
        .map(|task| {
            let request = server.request(Method::POST, "/api/chat");
            tokio::spawn(async move {
                let mut ended = 0_usize;
                loop {
                    let body = json!({ "message": format!("stream {ended} of {task}"), "stream": true });
                    // a refused connection is the end of the server; a stream that has begun must end as promised
                    let Ok(answer) = request.try_clone().unwrap().json(&body).send().await else { return ended };
                    if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
                        return ended;
                    }
                    assert_eq!(answer.status(), StatusCode::OK);
                    let text = answer.text().await.expect("a stream was cut");
                    assert!(text.contains("event: done") || text.contains("event: error"), "{text}");
                    ended += 1;
                }
            })
        })
        .collect();
    while server.get("/api/stats").await["user"]["messages"].as_u64().unwrap() < 20 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (status, _, log) = tokio::task::spawn_blocking(|| server.stop()).await.unwrap();
    assert!(status.success(), "{status}: {log}");
    for stream in streams {
        assert!(stream.await.unwrap() > 0);
    }
}

#[test]
fn a_request_that_does_not_end_is_cut_at_the_deadline() {
    let (dir, data) = data_dir();
    let mut file = std::fs::File::create(dir.path().join("jarvis.toml")).unwrap();
    file.write_all(b"server.shutdown_timeout_secs = 1").unwrap();
    let server = Server::start(&data);
    let mut unending = server.unending_request();
    let (status, _, log) = server.stop();
    assert!(status.success(), "{status}: {log}");
    // whether with an answer or without one, the connection is over
    let _ = unending.read_to_end(&mut Vec::new());
    assert!(!data.join("run.json").try_exists().unwrap());
}

#[test]
fn a_second_signal_ends_at_once() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let _unending = server.unending_request();
    server.signal("INT");
    server.wait_for_log("a second signal ends at once");
    let (status, _, log) = server.stop();
    assert_eq!(status.code(), Some(130), "{log}");
    let server = Server::start(&data);
    assert!(server.stop().0.success());
}

#[test]
fn sighup_reloads_the_log_level_and_names_what_it_cannot() {
    let (dir, data) = data_dir();
    let write = |text: &str| {
        let mut file = std::fs::File::create(dir.path().join("jarvis.toml")).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    write("log.level = \"warn\"");
    let server = Server::start(&data);
    write("log.level = \"info\"\nserver.workers = 3");
    server.signal("HUP");
    server.wait_for_log("reloaded log.level");
    let (status, _, log) = server.stop();
    assert!(status.success());
    assert!(log.contains("\"key\":\"server.workers\""), "{log}");
    assert!(!log.contains("\"key\":\"server.port\""), "{log}");
}
