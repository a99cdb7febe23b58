//! The disk of the database is full, and then it is not.

use jarvis_test_servers::{Postgres, Redis, Settings};
use tokio::task::block_in_place;

use super::{
    Two, check_both, for_a_while,
    load::{Load, Tolerated},
    possible,
};
use crate::full_disk::SmallDisk;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_of_the_database_is_full() {
    if !possible() {
        return;
    }
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: a tmpfs can only be mounted by root, where mounting is allowed at all");
        return;
    };
    let postgres = Postgres::start(&Settings::default()).unwrap();
    let place = disk.path().join("tables");
    std::fs::create_dir(&place).unwrap();
    postgres.give(&place).unwrap();
    let mut session = postgres.session().unwrap();
    session.query(&format!("CREATE TABLESPACE small LOCATION '{}'", place.display())).unwrap();
    session.query("CREATE DATABASE small TABLESPACE small").unwrap();
    let redis = Redis::start().unwrap();
    let two = Two::new(postgres.url_of("small"), redis.url());
    let servers = two.start_both();
    let mut load = Load::start(two.apis(), Tolerated::Refusals, 4);
    load.goes_on().await;
    // tables grow by pages, so it takes some writes until one needs room
    while load.refusals() == 0 {
        block_in_place(|| disk.fill());
        for_a_while().await;
    }
    let listed = servers[0].get("/api/chat/conversations").await;
    assert!(listed["total"].as_u64().unwrap() > 0, "reads go on");
    block_in_place(|| disk.free());
    load.goes_on().await;
    let writes = load.end().await;
    check_both(&servers, &writes).await;
    drop(session);
}
