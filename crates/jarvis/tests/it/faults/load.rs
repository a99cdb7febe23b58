//! Clients that write, whatever is answered, until they are told to stop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    crash::Random,
    ledger::{Kind, Write, marker},
    server::Api,
};

const CLIENTS: u64 = 4;
/// Longest that one write is tried: everything here should be over in seconds.
const PATIENCE: Duration = Duration::from_mins(2);
/// A client asks again at the latest after this time, whatever it was told: tests are short.
const SOON: Duration = Duration::from_millis(200);
/// Between two writes of a client, so that all of them can be looked for afterwards.
const PAUSE: Duration = Duration::from_millis(80);

/// What clients may be told beside success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tolerated {
    /// Nothing: what is broken does not concern them.
    Nothing,
    /// 503, 504 and 507 that say when to come back, and 409 while what was sent before is still running.
    Refusals,
    /// These, and connections that break: the server itself is killed.
    BrokenConnections,
}

pub(super) struct Load {
    stop: Arc<AtomicBool>,
    shared: Arc<Shared>,
    clients: JoinSet<Vec<Write>>,
}

struct Shared {
    servers: Vec<Api>,
    tolerated: Tolerated,
    next: AtomicU64,
    acknowledged: AtomicU64,
    refused: AtomicU64,
}

impl Load {
    /// Every client writes to any of the servers.
    pub(super) fn start(servers: Vec<Api>, tolerated: Tolerated, seed: u64) -> Self {
        let shared = Arc::new(Shared {
            servers,
            tolerated,
            next: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        });
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let random = Random(seed.wrapping_add(client));
            clients.spawn(Arc::clone(&shared).write_until(Arc::clone(&stop), random));
        }
        Self { stop, shared, clients }
    }

    /// Waits until so many more writes were acknowledged: the servers work, or work again.
    pub(super) async fn goes_on(&mut self) {
        let enough = self.shared.acknowledged.load(Ordering::SeqCst) + 5 * CLIENTS;
        while self.shared.acknowledged.load(Ordering::SeqCst) < enough {
            if let Some(ended) = self.clients.try_join_next() {
                ended.expect("no client ends before it is told to");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Answers that told clients to come back.
    pub(super) fn refusals(&self) -> u64 {
        self.shared.refused.load(Ordering::SeqCst)
    }

    /// Lets every client finish what it writes; all of it was acknowledged.
    pub(super) async fn end(self) -> Vec<Write> {
        self.stop.store(true, Ordering::SeqCst);
        let writes: Vec<Write> = self.clients.join_all().await.into_iter().flatten().collect();
        assert!(writes.iter().all(|write| write.acknowledged.is_some()));
        writes
    }
}

impl Shared {
    async fn write_until(self: Arc<Self>, stop: Arc<AtomicBool>, mut random: Random) -> Vec<Write> {
        let mut writes: Vec<Write> = Vec::new();
        let mut conversation: Option<String> = None;
        while !stop.load(Ordering::SeqCst) {
            let marker = marker(self.next.fetch_add(1, Ordering::SeqCst));
            let kind = match random.below(4) {
                0 => Kind::Memory,
                1 => Kind::Chat { conversation: None },
                _ => Kind::Chat { conversation: conversation.clone() },
            };
            // with a key, so that it may be repeated whatever became of it
            let mut write = Write { key: Some(format!("key-{marker}")), marker, kind, acknowledged: None };
            self.deliver(&mut write, &mut random).await;
            if let Some(id) = write.acknowledged.as_ref().and_then(|answer| answer["conversation_id"].as_str()) {
                conversation = Some(id.to_owned());
            }
            writes.push(write);
            tokio::time::sleep(PAUSE).await;
        }
        writes
    }

    /// Sends it until it is acknowledged, each time to any of the servers.
    async fn deliver(&self, write: &mut Write, random: &mut Random) {
        let begun = Instant::now();
        let mut last = String::new();
        while begun.elapsed() < PATIENCE {
            let server = &self.servers[random.below(self.servers.len() as u64) as usize];
            match self.attempt(write, server).await {
                Ok(()) => return,
                Err(told) => last = told,
            }
            tokio::time::sleep(SOON).await;
        }
        panic!("{write:?} was not acknowledged for {PATIENCE:?}; the last answer was {last}");
    }

    /// `Err` is what was told when it may be tried again.
    async fn attempt(&self, write: &mut Write, server: &Api) -> Result<(), String> {
        let answer = match write.request(server).send().await {
            Ok(answer) => answer,
            Err(error) => return self.broken(&error),
        };
        let (status, retry_after) = (answer.status().as_u16(), answer.headers().get("retry-after").cloned());
        let body: serde_json::Value = match answer.json().await {
            Ok(body) => body,
            Err(error) => return self.broken(&error),
        };
        if (200..300).contains(&status) {
            write.acknowledged = Some(body);
            self.acknowledged.fetch_add(1, Ordering::SeqCst);
            return Ok(());
        }
        let told = format!("{status} {body} of {}", server.base);
        // whoever repeats a request while the first is not known to be over is told to come back, too
        let code = body["error"]["code"].as_str().unwrap_or_default();
        let is_running = status == 409 && matches!(code, "idempotency_running" | "generation_running");
        let is_retryable = matches!(status, 503 | 504 | 507) || is_running;
        assert!(is_retryable && retry_after.is_some(), "a client was told {told} ({retry_after:?})");
        assert!(self.tolerated != Tolerated::Nothing, "a client was told {told}");
        self.refused.fetch_add(1, Ordering::SeqCst);
        Err(told)
    }

    fn broken(&self, error: &reqwest::Error) -> Result<(), String> {
        assert!(self.tolerated == Tolerated::BrokenConnections, "a connection broke: {error:?}");
        Err(error.to_string())
    }
}
