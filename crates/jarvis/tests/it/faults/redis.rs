//! Redis is killed, hangs, moves its slots and changes its master: nobody is told.

use jarvis_test_servers::{Cluster, Database, POSTGRES, Redis, Sentinels, given};
use tokio::task::block_in_place;

use super::{
    Two, check_both, for_a_while,
    load::{Load, Tolerated},
    possible,
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
