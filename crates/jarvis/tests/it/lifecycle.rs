//! Start and end.

use std::{
    io::{Read, Write},
    net::TcpStream,
    os::unix::process::ExitStatusExt,
    process::Stdio,
    time::Duration,
};

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::server::{Server, data_dir, jarvis};

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
    let file = std::fs::File::create(dir.path().join("jarvis.toml")).unwrap();
    (&file).write_all(b"server.shutdown_timeout_secs = 1").unwrap();
    let server = Server::start(&data);
    let mut half = TcpStream::connect(server.base.strip_prefix("http://").unwrap()).unwrap();
    let head =
        "POST /api/chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    half.write_all(head.as_bytes()).unwrap();
    let (status, _, log) = server.stop();
    assert!(status.success(), "{status}: {log}");
    half.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut rest = Vec::new();
    // either the connection is closed or the request was refused; nobody waits for the rest of the body
    let _ = half.read_to_end(&mut rest);
    assert!(!data.join("run.json").try_exists().unwrap());
}

#[test]
fn a_second_signal_ends_at_once() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let mut half = TcpStream::connect(server.base.strip_prefix("http://").unwrap()).unwrap();
    half.write_all(
        b"POST /api/chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
    )
    .unwrap();
    // the head must have been read, or the connection would count as idle
    std::thread::sleep(Duration::from_millis(300));
    server.signal("INT");
    std::thread::sleep(Duration::from_millis(300));
    let (status, _, log) = server.stop();
    assert_eq!(status.code(), Some(130), "{log}");
    assert_eq!(status.signal(), None);
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
    let server = Server::start_by(jarvis(&data).args(["serve", "--port", "0"]).stderr(Stdio::piped()));
    write("log.level = \"info\"\nserver.workers = 3");
    server.signal("HUP");
    // signals are taken in order of their arrival only when the first one was taken before the second is sent
    std::thread::sleep(Duration::from_millis(500));
    let (status, _, log) = server.stop();
    assert!(status.success());
    assert!(log.contains("reloaded log.level"), "{log}");
    assert!(log.contains("\"key\":\"server.workers\""), "{log}");
    assert!(!log.contains("\"key\":\"server.port\""), "{log}");
}
