use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::try_join_all;
use jarvis_core::{Error, Result, observe::Operation};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, FromRedisValue, RedisConnectionInfo, RedisError, RedisResult,
    Value,
    aio::{ConnectionLike as _, MultiplexedConnection},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
    cluster_routing::{RoutingInfo, SingleNodeRoutingInfo},
    cmd, from_redis_value,
};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

use super::{
    RedisOptions,
    address::Address,
    failure,
    nodes::{Node, at, host, nodes},
    outage::Outage,
};

/// Redirections and repetitions within a cluster, per command.
const REDIRECTIONS: u32 = 8;
/// Pause between two attempts to find it while it is away.
const PAUSE: Duration = Duration::from_millis(100);

/// The way to Redis. It connects when it is first needed, and again after it broke; all who use it share one connection.
pub struct Redis {
    address: Address,
    prefix: String,
    connect_timeout: Duration,
    command_timeout: Duration,
    line: RwLock<Option<Line>>,
    connecting: Arc<Mutex<()>>,
    outage: Outage,
    numbers: AtomicU64,
    /// Nodes of a cluster that were there last: those of the address may be gone by now.
    known: RwLock<Vec<ConnectionInfo>>,
    commands: Operation,
}

/// A connection and its number, which tells it from those before.
#[derive(Clone)]
struct Line {
    number: u64,
    to: To,
}

#[derive(Clone)]
enum To {
    Node(Arc<Client>, MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Redis {
    /// The way to a server that need not be there yet.
    pub fn new(options: &RedisOptions) -> Result<Self> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || ":._-".contains(c);
        if options.prefix.is_empty() || options.prefix.len() > 64 || !options.prefix.chars().all(allowed) {
            let message = "the prefix must be 1 to 64 letters, digits, colons, dots, underscores or hyphens";
            return Err(Error::invalid("redis.prefix", message));
        }
        let address = Address::parse(&options.url)?;
        if address.is_encrypted() {
            // whichever was installed first serves
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        Ok(Self {
            address,
            prefix: options.prefix.clone(),
            connect_timeout: options.connect_timeout,
            command_timeout: options.command_timeout,
            line: RwLock::default(),
            connecting: Arc::default(),
            outage: Outage::default(),
            numbers: AtomicU64::default(),
            known: RwLock::default(),
            commands: Operation::new("redis", "command"),
        })
    }

    /// The name of something of `kind` on the server.
    pub(super) fn name(&self, kind: &str, key: &str) -> String {
        [&self.prefix, kind, key].join(":")
    }

    /// Longest wait for an answer.
    pub(super) fn command_timeout(&self) -> Duration {
        self.command_timeout
    }

    /// Sends a command to whoever answers for its key.
    pub(super) async fn ask<T: FromRedisValue>(self: &Arc<Self>, command: &Cmd) -> Result<T> {
        let asking = async {
            let mut line = self.line().await?;
            let asked = match &mut line.to {
                To::Node(_, connection) => connection.req_packed_command(command).await,
                To::Cluster(connection) => connection.req_packed_command(command).await,
            };
            self.understood(&line, asked)
        };
        self.commands.measure(asking).await
    }

    /// Sends a command and, after it, another one, whose answer is wanted. They may concern different keys.
    pub(super) async fn ask_in_turn<T: FromRedisValue>(self: &Arc<Self>, first: &Cmd, then: &Cmd) -> Result<T> {
        let line = self.line().await?;
        let To::Node(_, mut connection) = line.to.clone() else {
            let () = self.ask(first).await?;
            return self.ask(then).await;
        };
        let mut both = redis::pipe();
        both.add_command(first.clone()).ignore().add_command(then.clone());
        let asking = async {
            let asked = both.query_async(&mut connection).await;
            self.understood(&line, asked).map(|(answer,)| answer)
        };
        self.commands.measure(asking).await
    }

    /// The strings under these keys, in the same order, and none for what is something else. One server is asked once; in a
    /// cluster each key may be elsewhere.
    pub(super) async fn strings(self: &Arc<Self>, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        match self.line().await?.to {
            To::Node(..) => self.ask(cmd("MGET").arg(keys)).await,
            To::Cluster(_) => {
                let each = keys.iter().map(|key| async move { self.ask(cmd("GET").arg(key)).await });
                try_join_all(each).await
            }
        }
    }

    /// Sends a command to each server that answers for keys: the one there is, or every master of a cluster.
    pub(super) async fn ask_each<T: FromRedisValue>(self: &Arc<Self>, command: &Cmd) -> Result<Vec<(Option<Node>, T)>> {
        let mut answers = Vec::new();
        for node in self.masters().await? {
            answers.push((node.clone(), self.ask_node(node.as_ref(), command).await?));
        }
        Ok(answers)
    }

    /// Sends a command to one server; to the only one when none is named.
    pub(super) async fn ask_node<T: FromRedisValue>(self: &Arc<Self>, node: Option<&Node>, command: &Cmd) -> Result<T> {
        let mut line = self.line().await?;
        let asked = match (&mut line.to, node) {
            (To::Cluster(connection), Some(Node { host, port, .. })) => {
                let route = SingleNodeRoutingInfo::ByAddress { host: host.clone(), port: *port };
                connection.route_command(command.clone(), RoutingInfo::SingleNode(route)).await
            }
            (To::Cluster(connection), None) => connection.req_packed_command(command).await,
            (To::Node(_, connection), _) => connection.req_packed_command(command).await,
        };
        self.understood(&line, asked)
    }

    /// Every server that answers for keys; an unnamed one when there is only one.
    async fn masters(self: &Arc<Self>) -> Result<Vec<Option<Node>>> {
        let mut line = self.line().await?;
        let To::Cluster(connection) = &mut line.to else { return Ok(vec![None]) };
        let route = RoutingInfo::SingleNode(SingleNodeRoutingInfo::RandomPrimary);
        let mut command = cmd("CLUSTER");
        command.arg("NODES");
        let asked = connection.route_command(command, route).await;
        let text: String = self.understood(&line, asked)?;
        let nodes = nodes(&text, "");
        self.remember(&nodes);
        Ok(nodes.into_iter().filter(|node| node.serves).map(Some).collect())
    }

    /// A client for connections of one's own, to the server that there is or to a node of the cluster that answers.
    pub(super) async fn client(self: &Arc<Self>) -> Result<Arc<Client>> {
        match self.line().await?.to {
            To::Node(client, _) => Ok(client),
            To::Cluster(_) => {
                let mut last = failure::slow();
                for info in self.seeds() {
                    match self.open(info).await {
                        Ok((client, _)) => return Ok(client),
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
        }
    }

    /// How connections of one's own wait.
    pub(super) fn patience(&self) -> AsyncConnectionConfig {
        AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.command_timeout))
    }

    /// What was answered; a connection that may be to blame is given up.
    fn understood<T: FromRedisValue>(&self, line: &Line, asked: RedisResult<Value>) -> Result<T> {
        let answer = asked.and_then(Value::extract_error);
        answer.and_then(|value| from_redis_value(value).map_err(RedisError::from)).map_err(|error| {
            if failure::wants_new_connection(&error) {
                self.give_up(line.number);
            }
            let hangs = error.is_timeout();
            let error = failure::error(error);
            if hangs {
                self.outage.begin(&error);
            }
            error
        })
    }

    fn give_up(&self, number: u64) {
        let mut line = self.line.write().unwrap_or_else(PoisonError::into_inner);
        if line.as_ref().is_some_and(|line| line.number == number) {
            *line = None;
        }
    }

    fn open_line(&self) -> Option<Line> {
        self.line.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The connection. While Redis is away nobody waits for one: it is looked for behind the back of whoever asks.
    async fn line(self: &Arc<Self>) -> Result<Line> {
        if let Some(line) = self.open_line() {
            return Ok(line);
        }
        if self.outage.why().is_none() {
            let _one_at_a_time = self.connecting.lock().await;
            if let Some(line) = self.open_line() {
                return Ok(line);
            }
            if self.outage.why().is_none() {
                return self.connect_anew().await;
            }
        }
        self.look_for_it();
        Err(self.outage.why().unwrap_or_else(failure::slow))
    }

    fn look_for_it(self: &Arc<Self>) {
        let Ok(one_at_a_time) = Arc::clone(&self.connecting).try_lock_owned() else { return };
        let redis = Arc::clone(self);
        tokio::spawn(async move {
            if redis.open_line().is_none() && redis.connect_anew().await.is_err() {
                sleep(PAUSE).await;
            }
            drop(one_at_a_time);
        });
    }

    async fn connect_anew(&self) -> Result<Line> {
        let to = self.connect().await.inspect_err(|error| self.outage.begin(error))?;
        let line = Line { number: self.numbers.fetch_add(1, Ordering::Relaxed), to };
        *self.line.write().unwrap_or_else(PoisonError::into_inner) = Some(line.clone());
        self.outage.end();
        Ok(line)
    }

    async fn connect(&self) -> Result<To> {
        match &self.address {
            Address::Node(info) => match self.open(info.clone()).await {
                Ok((client, connection)) => self.node_or_cluster(info, client, connection).await,
                // it may be one node of a cluster whose others go on
                Err(error) if self.seeds().is_empty() => Err(error),
                Err(_) => self.connect_cluster(self.seeds()).await,
            },
            Address::Cluster(_) => self.connect_cluster(self.seeds()).await,
            Address::Sentinel { sentinels, name, master, tls } => {
                let mut last = failure::slow();
                for sentinel in sentinels {
                    match self.chosen_by(sentinel, name, master, *tls).await {
                        Ok((client, connection)) => return Ok(To::Node(client, connection)),
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
        }
    }

    async fn open(&self, info: ConnectionInfo) -> Result<(Arc<Client>, MultiplexedConnection)> {
        let client = Client::open(info).map_err(failure::error)?;
        let config = self.patience();
        // names are resolved outside of the driver's own timeout
        let opened = timeout(self.connect_timeout, client.get_multiplexed_async_connection_with_config(&config)).await;
        let connection = opened.map_err(|_| failure::slow())?.map_err(failure::error)?;
        Ok((Arc::new(client), connection))
    }

    /// A plain address may lead to one node of a cluster.
    async fn node_or_cluster(
        &self,
        info: &ConnectionInfo,
        client: Arc<Client>,
        mut connection: MultiplexedConnection,
    ) -> Result<To> {
        let about: String = cmd("INFO").arg("cluster").query_async(&mut connection).await.map_err(failure::error)?;
        if !about.contains("cluster_enabled:1") {
            return Ok(To::Node(client, connection));
        }
        let text: String = cmd("CLUSTER").arg("NODES").query_async(&mut connection).await.map_err(failure::error)?;
        self.remember(&nodes(&text, host(info.addr())));
        self.connect_cluster(self.seeds()).await
    }

    async fn connect_cluster(&self, seeds: Vec<ConnectionInfo>) -> Result<To> {
        let client = ClusterClient::builder(seeds)
            .retries(REDIRECTIONS)
            .min_retry_wait(10)
            .max_retry_wait(200)
            .connection_timeout(self.connect_timeout)
            .response_timeout(self.command_timeout)
            .overall_response_timeout(Some(self.command_timeout * 2))
            .build()
            .map_err(failure::error)?;
        let opened = timeout(self.connect_timeout * 2, client.get_async_connection()).await;
        let connection = opened.map_err(|_| failure::slow())?.map_err(failure::error)?;
        Ok(To::Cluster(connection))
    }

    /// The master that a sentinel names, when it knows itself to be one.
    async fn chosen_by(
        &self,
        sentinel: &ConnectionInfo,
        name: &str,
        master: &RedisConnectionInfo,
        tls: bool,
    ) -> Result<(Arc<Client>, MultiplexedConnection)> {
        let (_, mut asked) = self.open(sentinel.clone()).await?;
        let mut question = cmd("SENTINEL");
        question.arg("get-master-addr-by-name").arg(name);
        let found: Option<(String, u16)> = question.query_async(&mut asked).await.map_err(failure::error)?;
        let unknown = || Error::invalid("redis.url", "Sentinel knows no master of this name");
        let (host, port) = found.ok_or_else(unknown)?;
        let info = at(sentinel, host, port, tls).set_redis_settings(master.clone());
        let (client, mut connection) = self.open(info).await?;
        let role: Vec<Value> = cmd("ROLE").query_async(&mut connection).await.map_err(failure::error)?;
        let role = role.into_iter().next().map(from_redis_value::<String>);
        if role.is_none_or(|role| role.is_ok_and(|role| role == "master")) {
            return Ok((client, connection));
        }
        // it was one until a moment ago
        Err(failure::slow())
    }

    /// Where a cluster may be found: what was there last, then what the address names.
    fn seeds(&self) -> Vec<ConnectionInfo> {
        let mut seeds = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Address::Cluster(nodes) = &self.address {
            seeds.extend(nodes.iter().cloned());
        }
        seeds
    }

    fn remember(&self, nodes: &[Node]) {
        let model = match &self.address {
            Address::Node(info) => info,
            Address::Cluster(infos) => match infos.first() {
                Some(info) => info,
                None => return,
            },
            Address::Sentinel { .. } => return,
        };
        let tls = self.address.is_encrypted();
        let known = nodes.iter().filter(|node| !node.host.is_empty());
        let known = known.map(|node| at(model, node.host.clone(), node.port, tls)).collect();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
