//! kill -9 at any moment loses no acknowledged write and doubles none.
//!
//! `JARVIS_CRASH_ROUNDS` (50) says how many times the server is killed. The seed of the moments is printed;
//! `JARVIS_CRASH_SEED` repeats them, as far as a machine repeats anything.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::Arc,
    time::Duration,
};

use tokio::task::JoinSet;

use crate::{
    ledger::{Kind, Write, check, check_counters, marker},
    server::{Server, data_dir, jarvis, run},
};

/// Clients that write at the same time.
const CLIENTS: u64 = 8;

/// splitmix64 (Steele, Lea and Flood 2014): small, and the same everywhere for one seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

pub(crate) fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

/// One client: it writes until nobody answers, and notes what it was told.
async fn write_until_the_end(server: Arc<Server>, round: u64, client: u64, mut random: Random) -> Vec<Write> {
    let mut writes = Vec::new();
    let mut conversation: Option<String> = None;
    for turn in 0.. {
        let marker = marker((round * CLIENTS + client) * 10_000 + turn);
        let key = (random.below(3) == 0).then(|| format!("key-{marker}"));
        let kind = if random.below(4) == 0 { Kind::Memory } else { Kind::Chat { conversation: conversation.clone() } };
        let mut write = Write { marker, kind, key, acknowledged: None };
        let status = write.try_send(&server).await;
        if let (Kind::Chat { .. }, Some(answer)) = (&write.kind, &write.acknowledged) {
            conversation = answer["conversation_id"].as_str().map(str::to_owned);
        }
        writes.push(write);
        match status {
            Some(200..300) => {}
            None => break,
            Some(other) => panic!("a write was refused with {other} while nothing was wrong: {:?}", writes.last()),
        }
    }
    writes
}

/// One round of load that ends with SIGKILL.
async fn round(server: Server, round: u64, random: &mut Random) -> Vec<Write> {
    let life = Duration::from_millis(50 + random.below(350));
    let server = Arc::new(server);
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(write_until_the_end(Arc::clone(&server), round, client, Random(random.next())));
    }
    tokio::time::sleep(life).await;
    server.signal("KILL");
    clients.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_write_survives_once() {
    let rounds = number("JARVIS_CRASH_ROUNDS").unwrap_or(50);
    let seed = number("JARVIS_CRASH_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("JARVIS_CRASH_ROUNDS={rounds} JARVIS_CRASH_SEED={seed}");
    let mut random = Random(seed);
    let (_dir, data) = data_dir();
    let mut ledger: Vec<Write> = Vec::new();
    let mut server = Server::start(&data);
    for number in 0..rounds {
        let mut writes = round(server, number, &mut random).await;
        if random.below(4) == 0 {
            die_while_starting(&data, &mut random);
        }
        server = Server::start(&data);
        check(&server, &writes).await;
        // whoever was not answered asks again: the same key must lead to one write, whether the first one was kept or not
        for write in writes.iter_mut().filter(|write| write.acknowledged.is_none() && write.key.is_some()) {
            assert_eq!(write.try_send(&server).await.map(|status| status / 100), Some(2), "{write:?}");
        }
        check(&server, &writes).await;
        check_counters(&server).await;
        ledger.extend(writes);
    }
    check(&server, &ledger).await;
    let acknowledged = ledger.iter().filter(|write| write.acknowledged.is_some()).count();
    println!("{acknowledged} of {} writes were acknowledged", ledger.len());
    assert!(acknowledged as u64 > rounds, "there was no load");
    assert!(server.stop().0.success());
    let (success, output, told) = run(jarvis(&data).arg("doctor"));
    assert!(success && !output.contains('✖'), "{output}{told}");
}

/// A process that is killed before or just after it is ready.
fn die_while_starting(data: &std::path::Path, random: &mut Random) {
    let mut child = jarvis(data)
        .args(["serve", "--port", "0"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary starts");
    std::thread::sleep(Duration::from_millis(random.below(100)));
    child.kill().unwrap();
    child.wait().unwrap();
}
