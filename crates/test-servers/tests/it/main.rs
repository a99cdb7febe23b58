//! The servers themselves: they start, come back and leave nothing behind.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::{Command, Stdio};
use std::time::Duration;

use jarvis_test_servers::{Database, POSTGRES, Postgres, REDIS, Redis, Session, Settings, given};

fn is_alive(pid: u32) -> bool {
    Command::new("kill").args(["-0", &pid.to_string()]).stderr(Stdio::null()).status().unwrap().success()
}

#[test]
fn a_postgresql_of_ones_own_is_killed_promoted_and_removed() {
    if given(POSTGRES).is_none() {
        return;
    }
    let mut primary = Postgres::start(&Settings::default()).unwrap();
    primary.session().unwrap().query("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7), (NULL)").unwrap();
    let standby = primary.standby().unwrap();
    let rows = vec![vec![Some("7".to_owned())], vec![None]];
    assert_eq!(standby.session().unwrap().query("SELECT n FROM kept").unwrap(), rows);
    let refused = standby.session().unwrap().query("DELETE FROM kept").unwrap_err().to_string();
    assert!(refused.starts_with("25006: "), "{refused}");

    primary.kill().unwrap();
    assert!(primary.session().is_err());
    standby.promote().unwrap();
    standby.session().unwrap().query("DELETE FROM kept").unwrap();
    primary.start_again().unwrap();
    assert_eq!(primary.session().unwrap().query("SELECT n FROM kept").unwrap(), rows);
    let pid = primary.pid().unwrap();
    drop(primary);
    assert!(!is_alive(pid));
}

#[test]
fn a_database_of_ones_own_is_gone_with_the_test() {
    let Some(server) = given(POSTGRES) else { return };
    let database = Database::create(&server).unwrap();
    let mut held = database.session().unwrap();
    assert_eq!(held.value("SELECT current_database()").unwrap(), database.name());
    let name = database.name().to_owned();
    drop(database);
    let left = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(Session::open(&server).unwrap().value(&left).unwrap(), "0");
}

#[test]
fn a_redis_of_ones_own_is_killed_and_comes_back_empty() {
    if given(REDIS).is_none() {
        return;
    }
    let mut redis = Redis::start().unwrap();
    assert_eq!(redis.command(&["SET", "a", "1"]).unwrap(), "OK");
    redis.kill().unwrap();
    assert!(redis.command(&["GET", "a"]).is_err());
    redis.start_again().unwrap();
    assert_eq!(redis.command(&["GET", "a"]).unwrap(), "");
}

/// The other half of the next test: a process that is killed while it has a server.
#[test]
#[ignore = "run by the test below, which kills it"]
fn wait_to_be_killed() {
    let redis = Redis::start().unwrap();
    println!("port {}", redis.port());
    std::thread::sleep(Duration::from_mins(5));
}

#[test]
fn a_server_does_not_outlive_whoever_was_killed() {
    use std::io::{BufRead as _, BufReader};

    if given(REDIS).is_none() {
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "wait_to_be_killed"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = lines.map_while(Result::ok).find_map(|line| Some(line.split_once("port ")?.1.parse::<u16>().unwrap()));
    let port = port.unwrap();
    let alive = || jarvis_test_servers::redis_command(port, &["PING"]).is_ok();
    assert!(alive());
    child.kill().unwrap();
    child.wait().unwrap();
    while alive() {
        std::thread::sleep(Duration::from_millis(10));
    }
}
