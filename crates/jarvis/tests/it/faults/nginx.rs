//! Two servers behind nginx, with the configuration that is documented.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    time::Duration,
};

use jarvis_test_servers::{Database, NGINX, Nginx, POSTGRES, Postgres, Proxy, Redis, Settings, given};
use reqwest::Method;
use serde_json::json;
use tokio::task::block_in_place;

use super::{
    Two, check_both, for_a_while,
    load::{Load, Tolerated},
    possible,
    postgres::fail_over,
};
use crate::{
    generations::upstream::{Script, Upstream},
    server::{Api, text},
};

/// The checked-in configuration, with the addresses of this test.
fn nginx_before(two: &Two) -> Nginx {
    let mut configuration = include_str!("../../../../../deploy/nginx.conf").to_owned();
    for (documented, port) in ["127.0.0.1:8101", "127.0.0.1:8102"].into_iter().zip(two.ports) {
        assert_eq!(configuration.matches(&format!("server {documented} ")).count(), 1);
        configuration = configuration.replace(documented, &format!("127.0.0.1:{port}"));
    }
    assert_eq!(configuration.matches("listen 127.0.0.1:8100;").count(), 1);
    block_in_place(|| Nginx::start(|port| configuration.replace("127.0.0.1:8100", &format!("127.0.0.1:{port}"))))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_goes_on_through_nginx_whichever_server_answers() {
    let Some(postgres) = given(POSTGRES).filter(|_| possible() && given(NGINX).is_some()) else { return };
    let (database, redis) = (Database::create(&postgres).unwrap(), Redis::start().unwrap());
    let upstream = Upstream::start();
    let two =
        Two::new(database.url().to_owned(), redis.url()).with("OPENAI_BASE_URL", format!("{}/v1", upstream.url()));
    let servers = two.start_both();
    let nginx = nginx_before(&two);
    let api = Api::at(nginx.url());

    upstream.then(Script::say(["One."]));
    upstream.then(Script::say(["Two."]));
    let first = api.say("Count for me.", None).await;
    let conversation = text(&first, "conversation_id").to_owned();
    api.say("Go on.", Some(&conversation)).await;
    for server in &servers {
        let history = server.get(&format!("/api/chat/history/{conversation}")).await;
        assert_eq!(history["total_count"], 4, "{} lacks something", server.base);
    }

    // what is written is read before the rest is there
    upstream.then(Script::say(["Three, ", "four, "]).then_hang());
    let body = json!({ "message": "Go on.", "conversation_id": conversation, "stream": true });
    let mut stream = api.request(Method::POST, "/api/chat").json(&body).send().await.unwrap();
    let mut read = String::new();
    while !read.contains("four, ") {
        let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
        read.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let id = read.split("\"message_id\":\"").nth(1).unwrap().split('"').next().unwrap();
    let stopped = api.ask(Method::POST, &format!("/api/chat/stop/{id}"), None).await;
    assert_eq!(text(&stopped, "content"), "Three, four, ");

    let mut socket = TcpStream::connect(api.base.strip_prefix("http://").unwrap()).unwrap();
    let upgrade = "GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    socket.write_all(upgrade.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(&socket).read_line(&mut line).unwrap();
    assert_eq!(line, "HTTP/1.1 101 Switching Protocols\r\n");
    // a name that is not this machine's is refused by the servers behind it, too
    let foreign = api.request(Method::GET, "/api/stats").header("host", "jarvis.example.org").send().await.unwrap();
    assert_eq!(foreign.status(), 403);

    drop(servers);
    let away = api.request(Method::GET, "/api/stats").send().await.unwrap();
    assert_eq!((away.status().as_u16(), away.headers().contains_key("retry-after")), (503, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_restarted_in_turn_while_postgresql_fails_over() {
    if !possible() || given(NGINX).is_none() {
        return;
    }
    let mut primary = Postgres::start(&Settings::default()).unwrap();
    let standby = primary.standby().unwrap();
    primary.wait_for_standbys().unwrap();
    let (proxy, redis) = (Proxy::start(primary.port()).unwrap(), Redis::start().unwrap());
    let two = Two::new(format!("postgresql://postgres@127.0.0.1:{}/postgres", proxy.port()), redis.url());
    let [first, second] = two.start_both();
    let nginx = nginx_before(&two);
    let mut load = Load::start(vec![Api::at(nginx.url())], Tolerated::Refusals, 8);
    load.goes_on().await;
    block_in_place(|| first.stop());
    load.goes_on().await;
    let first = two.start(0);
    load.goes_on().await;
    block_in_place(|| fail_over(&mut primary, &standby, &proxy));
    block_in_place(|| second.stop());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let second = two.start(1);
    load.goes_on().await;
    for_a_while().await;
    let writes = load.end().await;
    check_both(&[first, second], &writes).await;
}
