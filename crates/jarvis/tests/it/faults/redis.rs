//! Redis is killed, hangs, moves its slots and changes its master: nobody is told.

use std::time::Duration;

use jarvis_test_servers::{Cluster, Database, POSTGRES, Redis, Sentinels, given};
use reqwest::Method;
use serde_json::json;
use tokio::task::block_in_place;

use super::{
    Two, check_both, for_a_while,
    load::{Load, Tolerated},
    possible,
};
use crate::{
    generations::upstream::{Script, Upstream},
    server::{Api, text},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_killed_and_hanging() {
    let Some(postgres) = given(POSTGRES).filter(|_| possible()) else { return };
    let (database, mut redis) = (Database::create(&postgres).unwrap(), Redis::start().unwrap());
    let two = Two::new(database.url().to_owned(), redis.url());
    let servers = two.start_both();
    let mut load = Load::start(two.apis(), Tolerated::Nothing, 5);
    load.goes_on().await;
    block_in_place(|| redis.kill()).unwrap();
    load.goes_on().await;
    for_a_while().await;
    block_in_place(|| redis.start_again()).unwrap();
    load.goes_on().await;
    redis.pause().unwrap();
    load.goes_on().await;
    redis.resume().unwrap();
    load.goes_on().await;
    let writes = load.end().await;
    check_both(&servers, &writes).await;
}

/// Away and back are said once each, however many ask meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_hangs_is_named_once_in_the_log() {
    let Some(postgres) = given(POSTGRES).filter(|_| possible()) else { return };
    let (database, redis) = (Database::create(&postgres).unwrap(), Redis::start().unwrap());
    let two = Two::new(database.url().to_owned(), redis.url());
    let server = two.start(0);
    server.say("The lighthouse keeper is called Rex.", None).await;
    redis.pause().unwrap();
    for _ in 0..50 {
        server.get("/api/chat/conversations").await;
    }
    server.wait_for_log("Redis is away");
    redis.resume().unwrap();
    server.wait_for_log("Redis is back");
    let (_, _, log) = server.stop();
    assert_eq!((log.matches("Redis is away").count(), log.matches("Redis is back").count()), (1, 1), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_cluster_resharded_and_without_one_master() {
    let Some(postgres) = given(POSTGRES).filter(|_| possible()) else { return };
    let (database, mut cluster) = (Database::create(&postgres).unwrap(), Cluster::start().unwrap());
    let two = Two::new(database.url().to_owned(), cluster.url().replace("redis://", "redis+cluster://"));
    let servers = two.start_both();
    let mut load = Load::start(two.apis(), Tolerated::Nothing, 6);
    load.goes_on().await;
    block_in_place(|| cluster.reshard(500)).unwrap();
    load.goes_on().await;
    block_in_place(|| cluster.nodes()[1].kill()).unwrap();
    for_a_while().await;
    load.goes_on().await;
    let writes = load.end().await;
    check_both(&servers, &writes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_whose_master_is_replaced() {
    let Some(postgres) = given(POSTGRES).filter(|_| possible()) else { return };
    let (database, mut sentinels) = (Database::create(&postgres).unwrap(), Sentinels::start().unwrap());
    let two = Two::new(database.url().to_owned(), sentinels.url());
    let servers = two.start_both();
    let mut load = Load::start(two.apis(), Tolerated::Nothing, 7);
    load.goes_on().await;
    block_in_place(|| sentinels.data()[0].kill()).unwrap();
    load.goes_on().await;
    for_a_while().await;
    let writes = load.end().await;
    check_both(&servers, &writes).await;
}

/// Waits until a server has noticed that Redis is gone.
async fn notices(api: &Api) {
    loop {
        let health = api.get("/health").await;
        if health["services"]["bus"]["error"].as_str().is_some_and(|error| error.contains("through the database")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_servers_tell_each_other_through_the_database() {
    let Some(postgres) = given(POSTGRES).filter(|_| possible()) else { return };
    let (database, mut redis) = (Database::create(&postgres).unwrap(), Redis::start().unwrap());
    let upstream = Upstream::start();
    let two =
        Two::new(database.url().to_owned(), redis.url()).with("OPENAI_BASE_URL", format!("{}/v1", upstream.url()));
    let servers = two.start_both();
    upstream.then(Script::say(["Three, ", "four, "]).then_hang());
    let body = json!({ "message": "Count for me.", "stream": true });
    let mut stream = servers[0].request(Method::POST, "/api/chat").json(&body).send().await.unwrap();
    let mut read = String::new();
    while !read.contains("four, ") {
        let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
        read.push_str(std::str::from_utf8(&chunk).unwrap());
    }

    block_in_place(|| redis.kill()).unwrap();
    for server in &servers {
        notices(server).await;
    }
    let running = servers[1].get("/api/chat/running").await;
    let id = text(&running["running"][0], "message_id").to_owned();
    assert!(read.contains(&id), "{running}");
    let stopped = servers[1].ask(Method::POST, &format!("/api/chat/stop/{id}"), None).await;
    assert_eq!(text(&stopped, "content"), "Three, four, ");

    block_in_place(|| redis.start_again()).unwrap();
    for server in &servers {
        while server.get("/health").await["services"]["bus"]["status"] != "healthy" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
