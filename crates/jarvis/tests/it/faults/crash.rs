//! kill -9 of one of two servers, again and again.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use jarvis_test_servers::{POSTGRES, given};

use super::{
    Two, check_both,
    load::{Load, Tolerated},
    possible,
};
use crate::{
    backend::Outside,
    crash::{Random, number},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_servers_acknowledged_survives_their_crashes_once() {
    let Some(postgres) = given(POSTGRES).filter(|_| possible()) else { return };
    let rounds = number("JARVIS_FAULT_ROUNDS").unwrap_or(4);
    let seed = number("JARVIS_CRASH_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("JARVIS_FAULT_ROUNDS={rounds} JARVIS_CRASH_SEED={seed}");
    let mut random = Random(seed);
    let outside = Outside::on(&postgres);
    let two = Two::new(outside.database.url().to_owned(), outside.redis.url());
    let mut servers = two.start_both();
    let mut load = Load::start(two.apis(), Tolerated::BrokenConnections, random.next());
    for _ in 0..rounds {
        load.goes_on().await;
        tokio::time::sleep(Duration::from_millis(random.below(300))).await;
        let which = random.below(2) as usize;
        servers[which].signal("KILL");
        load.goes_on().await;
        servers[which] = two.start(which);
    }
    load.goes_on().await;
    let writes = load.end().await;
    check_both(&servers, &writes).await;
    for server in servers {
        let (status, _, log) = server.stop();
        assert!(status.success(), "{status}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_with_one_name_do_not_run_at_once() {
    let Some(postgres) = given(POSTGRES).filter(|_| possible()) else { return };
    let outside = Outside::on(&postgres);
    let two = Two::new(outside.database.url().to_owned(), outside.redis.url());
    let first = two.start(0);
    std::fs::create_dir(two.data_dir(1)).unwrap();
    std::fs::copy(two.data_dir(0).join("node"), two.data_dir(1).join("node")).unwrap();
    let Err(told) = two.try_start(1) else { panic!("two servers with one name run") };
    assert!(told.contains("the file `node`") && told.contains("remove"), "{told}");
    first.kill();
    // whoever had the name is gone: it is free at once
    two.start(1);
}
