//! What nodes tell each other through the database they share: LISTEN and NOTIFY.

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use jarvis_core::{
    Error, ErrorKind, Result,
    ports::{Bus, BusStream, Health, Heard, Ids, SystemIds},
    types::BusMessage,
};
use sqlx::{
    ConnectOptions, Connection, PgConnection,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        mpsc, oneshot,
    },
    task::JoinHandle,
};

use crate::{
    error::{Attempt, Failure, RETRY_AFTER},
    pool,
};

/// What is listened to; of one database, so stores on one server do not hear each other.
const CHANNEL: &str = "jarvis";
/// Messages that a subscription may be behind before it misses some.
const CAPACITY: usize = 1_024;
/// Messages that may wait to be sent to other nodes, and that go at once.
const OUTGOING: usize = 4_096;
const AT_ONCE: usize = 256;
/// How long a check may take.
const CHECK_TIME: Duration = Duration::from_millis(1500);
/// Between two attempts to reach the server.
const RETRY: Duration = Duration::from_millis(250);
/// Publishers whose numbers are remembered; there are as many as nodes, each new after a restart.
const PUBLISHERS: usize = 1_024;

/// A bus between the nodes that share a database.
///
/// Within a node messages do not go through the server, so they arrive when it is away; other nodes are told by number, and
/// notice from the next message how many they missed.
pub struct PostgresBus {
    heard: broadcast::Sender<Item>,
    outgoing: Mutex<Outgoing>,
    listening: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

/// What subscriptions read.
#[derive(Clone, Debug)]
enum Item {
    Message(BusMessage),
    Missed(u64),
}

struct Outgoing {
    queue: mpsc::Sender<Order>,
    /// Of this bus among all that ever were.
    publisher: String,
    /// The number of the last message.
    number: u64,
}

/// What the task that sends is asked.
enum Order {
    Send(String),
    /// Answers once the server has.
    Probe(oneshot::Sender<Result<()>>),
}

impl PostgresBus {
    /// Joins the bus of the database at `url`. Waits until it listens.
    pub async fn open(url: &str) -> Result<Arc<Self>> {
        let options = pool::parse(url)?;
        let listener = listen(options.clone()).await?;
        let (heard, listening) = (broadcast::Sender::new(CAPACITY), Arc::new(AtomicBool::new(true)));
        let (queue, orders) = mpsc::channel(OUTGOING);
        let publisher = SystemIds.next().simple().to_string();
        let tasks = vec![
            tokio::spawn(hear(listener, options.clone(), publisher.clone(), heard.clone(), Arc::clone(&listening))),
            tokio::spawn(send(options, orders)),
        ];
        let outgoing = Mutex::new(Outgoing { queue, publisher, number: 0 });
        Ok(Arc::new(Self { heard, outgoing, listening, tasks }))
    }

    async fn probe(&self) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        let queue = self.outgoing.lock().unwrap_or_else(PoisonError::into_inner).queue.clone();
        queue.send(Order::Probe(answer)).await.map_err(|_| away())?;
        answered.await.map_err(|_| away())?
    }
}

fn away() -> Error {
    ErrorKind::Unavailable.error("the bus is not connected; try again in a moment").with_retry_after(RETRY_AFTER)
}

impl fmt::Debug for PostgresBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresBus").field("listening", &self.listening).finish_non_exhaustive()
    }
}

impl Drop for PostgresBus {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

#[async_trait]
impl Bus for PostgresBus {
    async fn check(&self) -> Health {
        let began = Instant::now();
        let probed = tokio::time::timeout(CHECK_TIME, self.probe()).await.unwrap_or_else(|_| Err(away()));
        let took = began.elapsed();
        match (probed, self.listening.load(Ordering::Relaxed)) {
            (Ok(()), true) => Health::healthy(took),
            (Ok(()), false) => Health::degraded(took, "the bus does not hear other servers now; it connects again"),
            (Err(error), _) => Health::unhealthy(took, error.message().to_owned()),
        }
    }

    async fn publish(&self, message: BusMessage) -> Result<()> {
        let text = serde_json::to_string(&message).map_err(Error::internal)?;
        // numbered, queued and heard in one go, so that all three are in the same order
        let mut outgoing = self.outgoing.lock().unwrap_or_else(PoisonError::into_inner);
        outgoing.number += 1;
        let payload = format!("{} {} {text}", outgoing.publisher, outgoing.number);
        if outgoing.queue.try_send(Order::Send(payload)).is_err() {
            tracing::debug!("more is told than the database takes; other servers miss a message and notice");
        }
        // it fails when nobody listens here, which is no error
        let _ = self.heard.send(Item::Message(message));
        Ok(())
    }

    async fn subscribe(&self) -> Result<BusStream> {
        let next = |mut receiver: broadcast::Receiver<Item>| async move {
            let heard = match receiver.recv().await {
                Ok(Item::Message(message)) => Heard::Message(message),
                Ok(Item::Missed(missed)) | Err(RecvError::Lagged(missed)) => Heard::Missed(missed),
                Err(RecvError::Closed) => return None,
            };
            Some((heard, receiver))
        };
        Ok(stream::unfold(self.heard.subscribe(), next).boxed())
    }
}

/// A listener that says when its connection was lost.
async fn listen(options: PgConnectOptions) -> Result<PgListener> {
    let attempt = async {
        let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let pool = pool.acquire_timeout(CHECK_TIME * 2).connect_with(options).await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok::<_, sqlx::Error>(listener)
    };
    attempt.await.map_err(|error| Failure::from(error).into())
}

/// Passes on what other nodes tell, and connects again when the server went away.
async fn hear(
    mut listener: PgListener,
    options: PgConnectOptions,
    own: String,
    heard: broadcast::Sender<Item>,
    listening: Arc<AtomicBool>,
) {
    let mut numbers = Numbers::default();
    loop {
        if let Ok(Some(notification)) = listener.try_recv().await {
            if let Some(told) = Told::read(notification.payload())
                && told.publisher != own
            {
                let missed = numbers.missed_before(&told);
                if missed > 0 {
                    let _ = heard.send(Item::Missed(missed));
                }
                // one that cannot be read is passed over
                if let Ok(message) = serde_json::from_str(told.text) {
                    let _ = heard.send(Item::Message(message));
                }
            }
            continue;
        }
        listening.store(false, Ordering::Relaxed);
        listener = loop {
            match listen(options.clone()).await {
                Ok(again) => break again,
                Err(error) => tracing::debug!(?error, "the bus cannot reach the database; trying again"),
            }
            tokio::time::sleep(RETRY).await;
        };
        listening.store(true, Ordering::Relaxed);
        // nobody knows how many: at least one is assumed, so that everybody looks again
        let _ = heard.send(Item::Missed(1));
        numbers = Numbers::default();
    }
}

/// A message as it goes through the server: who tells it, its number, and its text.
struct Told<'a> {
    publisher: &'a str,
    number: u64,
    text: &'a str,
}

impl<'a> Told<'a> {
    fn read(payload: &'a str) -> Option<Self> {
        let (publisher, rest) = payload.split_once(' ')?;
        let (number, text) = rest.split_once(' ')?;
        Some(Self { publisher, number: number.parse().ok()?, text })
    }
}

/// The last number heard of each publisher.
#[derive(Default)]
struct Numbers(HashMap<String, u64>);

impl Numbers {
    /// How many messages of its publisher were missed before this one.
    fn missed_before(&mut self, told: &Told<'_>) -> u64 {
        if self.0.len() >= PUBLISHERS {
            self.0.clear();
        }
        match self.0.insert(told.publisher.to_owned(), told.number) {
            Some(last) => told.number.saturating_sub(last + 1),
            None => 0,
        }
    }
}

/// Sends what waits, as much as there is in one statement. What cannot be sent within two attempts is given up: it is a notice.
async fn send(options: PgConnectOptions, mut orders: mpsc::Receiver<Order>) {
    let mut connection: Option<PgConnection> = None;
    let mut waiting = Vec::with_capacity(AT_ONCE);
    while orders.recv_many(&mut waiting, AT_ONCE).await > 0 {
        let (mut payloads, mut probes) = (Vec::new(), Vec::new());
        for order in waiting.drain(..) {
            match order {
                Order::Send(payload) => payloads.push(payload),
                Order::Probe(answer) => probes.push(answer),
            }
        }
        let mut outcome = Ok(());
        for _ in 0..2 {
            outcome = notify(&options, &mut connection, &payloads).await;
            if outcome.is_ok() {
                break;
            }
            connection = None;
        }
        let outcome = outcome.map_err(Error::from);
        if let Err(error) = &outcome {
            tracing::debug!(?error, messages = payloads.len(), "other servers were not told");
            tokio::time::sleep(RETRY).await;
        }
        for probe in probes {
            let _ = probe.send(outcome.clone()); // nobody may be waiting any more
        }
    }
    if let Some(connection) = connection {
        let _ = connection.close().await;
    }
}

async fn notify(options: &PgConnectOptions, connection: &mut Option<PgConnection>, payloads: &[String]) -> Attempt<()> {
    let open = match connection {
        Some(open) => open,
        None => connection.insert(options.connect().await?),
    };
    sqlx::query_file_scalar!("sql/bus/notify.sql", CHANNEL, payloads).fetch_one(open).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_between_two_numbers_was_missed() {
        let mut numbers = Numbers::default();
        let mut missed = |payload: &str| numbers.missed_before(&Told::read(payload).unwrap());
        assert_eq!(missed("one 7 {}"), 0, "what was before this node listened is nobody's loss");
        assert_eq!(missed("one 8 {}"), 0);
        assert_eq!(missed("two 3 {}"), 0);
        assert_eq!(missed("one 12 {\"a\": 1}"), 3);
        assert!(Told::read("rubbish").is_none() && Told::read("one x {}").is_none());
    }
}
