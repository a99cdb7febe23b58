//! PostgreSQL is stopped, killed, replaced by its standby, and has no connection left.

use jarvis_test_servers::{Postgres, Proxy, Redis, Session, Settings};
use tokio::task::block_in_place;

use super::{
    Two, check_both, for_a_while,
    load::{Load, Tolerated},
    possible,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_stopped_and_killed_and_started_again() {
    if !possible() {
        return;
    }
    let mut postgres = Postgres::start(&Settings::default()).unwrap();
    let redis = Redis::start().unwrap();
    let two = Two::new(postgres.url(), redis.url());
    let servers = two.start_both();
    let mut load = Load::start(two.apis(), Tolerated::Refusals, 1);
    for end in [Postgres::stop, Postgres::kill] {
        load.goes_on().await;
        block_in_place(|| end(&mut postgres)).unwrap();
        for_a_while().await;
        block_in_place(|| postgres.start_again()).unwrap();
        load.goes_on().await;
    }
    let writes = load.end().await;
    check_both(&servers, &writes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_takes_over_under_load() {
    if !possible() {
        return;
    }
    let mut primary = Postgres::start(&Settings::default()).unwrap();
    let standby = primary.standby().unwrap();
    primary.wait_for_standbys().unwrap();
    let (proxy, redis) = (Proxy::start(primary.port()).unwrap(), Redis::start().unwrap());
    let two = Two::new(format!("postgresql://postgres@127.0.0.1:{}/postgres", proxy.port()), redis.url());
    let servers = two.start_both();
    let mut load = Load::start(two.apis(), Tolerated::Refusals, 2);
    load.goes_on().await;
    for_a_while().await;
    block_in_place(|| fail_over(&mut primary, &standby, &proxy));
    load.goes_on().await;
    for_a_while().await;
    let writes = load.end().await;
    check_both(&servers, &writes).await;
}

/// The primary dies, the standby takes its place, and its address leads there.
pub(super) fn fail_over(primary: &mut Postgres, standby: &Postgres, proxy: &Proxy) {
    primary.kill().unwrap();
    standby.promote().unwrap();
    proxy.turn_to(Some(standby.port()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_connection_is_left() {
    if !possible() {
        return;
    }
    let settings = Settings { configuration: vec!["max_connections = 40".into()], ..Settings::default() };
    let postgres = Postgres::start(&settings).unwrap();
    let redis = Redis::start().unwrap();
    let two = Two::new(postgres.url(), redis.url()).with("DB_MAX_CONNECTIONS", "5");
    let servers = two.start_both();
    let mut load = Load::start(two.apis(), Tolerated::Refusals, 3);
    load.goes_on().await;
    // others take what is left, and once the servers lose what they have, that too
    let taken = block_in_place(|| take_all(&postgres));
    assert!(taken.len() > 2, "nobody took anything");
    for_a_while().await;
    drop(taken);
    load.goes_on().await;
    let writes = load.end().await;
    check_both(&servers, &writes).await;
}

/// Ends everybody else's sessions, and takes every one that can be had.
fn take_all(postgres: &Postgres) -> Vec<Session> {
    let mut taken = vec![postgres.session().unwrap()];
    let end_others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                      WHERE backend_type = 'client backend' AND application_name <> 'test' AND pid <> pg_backend_pid()";
    taken[0].query("SET application_name = 'test'").unwrap();
    taken[0].query(end_others).unwrap();
    while let Ok(mut session) = postgres.session() {
        if session.query("SET application_name = 'test'").is_ok() {
            taken.push(session);
        }
    }
    taken
}
