//! The server that has the data directory, asked over HTTP.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use futures_util::{Stream, StreamExt, stream};
use jarvis_host::{
    AdminToken, Config, DatabaseTarget, Owner, Ownership, RunInfo, held, operator, refuse_other_database,
};
use jarvis_server::OPERATOR;
use reqwest::{
    Body, Client, Method, RequestBuilder, Response, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::events::{Event, EventParser};

/// Longest that one answer is waited for.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Longest that an upload or download may take; the server ends one that stalls.
const UPLOAD: Duration = Duration::from_hours(7 * 24);
/// How long a sign of life is waited for.
const ALIVE: Duration = Duration::from_secs(5);
/// How long, and how often, a server that has not yet said where it answers is asked again.
const STARTING: (u32, Duration) = (50, Duration::from_millis(100));

/// A running server.
#[derive(Debug)]
pub(crate) struct Remote {
    client: Client,
    base: Url,
    url: String,
    admin_token: AdminToken,
    /// Its process.
    pub(crate) pid: u32,
    /// The database it works on, without a password; none of one that does not tell.
    pub(crate) database: Option<String>,
}

/// Who has the data directory.
#[derive(Debug)]
pub(crate) enum Holder {
    /// This process, from now on.
    Us(Owner),
    /// A running server.
    Server(Box<Remote>),
}

/// The body of a refusal.
#[derive(Deserialize)]
pub(crate) struct Refusal {
    pub(crate) error: RefusalError,
}

#[derive(Deserialize)]
pub(crate) struct RefusalError {
    pub(crate) message: String,
}

/// Takes the data directory, or finds the server that has it; one that is just starting is waited for. Without an address of its
/// own the command works on whatever that server works on.
///
/// Errors: when the configured database is not what the data directory, or the server, works on.
pub(crate) async fn find_holder(config: &Config) -> Result<Holder> {
    let (tries, pause) = STARTING;
    let mut last = None;
    for _ in 0..tries {
        match Owner::acquire(&config.data_dir)? {
            Ownership::Ours(owner) => {
                refuse_other_database(config)?;
                return Ok(Holder::Us(owner));
            }
            Ownership::Held(Some(RunInfo { address: Some(address), url, admin_token, pid, database, .. })) => {
                refuse_other_server(config, pid, database.as_deref())?;
                let remote = Remote::new(address, url, admin_token, pid, database)?;
                remote.probe().await?;
                return Ok(Holder::Server(Box::new(remote)));
            }
            Ownership::Held(info) => last = info,
        }
        tokio::time::sleep(pause).await;
    }
    Err(held(last.as_ref()).into())
}

/// The same for a command that makes nothing: none when there is neither a database nor a server.
pub(crate) async fn find_holder_of_data(config: &Config) -> Result<Option<Holder>> {
    if !config.has_data()? && !config.data_dir.run_file().try_exists()? {
        refuse_other_database(config)?;
        return Ok(None);
    }
    match find_holder(config).await? {
        Holder::Us(_) if !config.has_data()? => Ok(None),
        holder => Ok(Some(holder)),
    }
}

/// Whoever names a database must not be answered from another one.
fn refuse_other_server(config: &Config, pid: u32, database: Option<&str>) -> Result<()> {
    let Some(database) = database else { return Ok(()) };
    let wanted = &config.database.target;
    let is_named = *wanted != DatabaseTarget::Sqlite(config.data_dir.database());
    if is_named && wanted.to_string() != database && !is_same_file(wanted, database) {
        let (origin, dir) = (config.origin("database.url"), config.data_dir.path().display());
        bail!(
            "process {pid} serves {database} from {dir}, but database.url ({origin}) names {wanted}; leave it out to ask that \
             server, or name the other data directory with --data-dir"
        );
    }
    Ok(())
}

/// Whether a server means the same file under another name.
fn is_same_file(wanted: &DatabaseTarget, served: &str) -> bool {
    let (DatabaseTarget::Sqlite(wanted), Some(served)) = (wanted, served.strip_prefix("sqlite:")) else { return false };
    matches!((wanted.canonicalize(), Path::new(served).canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Where a server is asked that listens everywhere.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

impl Remote {
    /// One that told this of itself.
    pub(crate) fn new(
        address: SocketAddr,
        url: Option<String>,
        admin_token: AdminToken,
        pid: u32,
        database: Option<String>,
    ) -> Result<Self> {
        let who = HeaderValue::try_from(operator())?;
        let headers = HeaderMap::from_iter([(HeaderName::from_static(OPERATOR), who)]);
        let client = Client::builder().timeout(TIMEOUT).no_proxy().default_headers(headers).build()?;
        let base = Url::parse(&format!("http://{}", reachable(address)))?;
        let url = url.unwrap_or_else(|| base.as_str().trim_end_matches('/').to_owned());
        Ok(Self { client, base, url, admin_token, pid, database })
    }

    /// Where people find it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where it answers commands.
    pub(crate) fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Reads from a route.
    pub(crate) async fn get<T: DeserializeOwned>(&self, route: &str, query: &[(&str, String)]) -> Result<T> {
        self.send(self.client.get(self.base.join(route)?).query(query)).await
    }

    /// Has something done; routes of the administration take it from whoever can read the data directory.
    pub(crate) async fn post<T: DeserializeOwned>(&self, route: &str, query: &[(&str, String)]) -> Result<T> {
        self.send(self.client.post(self.base.join(route)?).query(query)).await
    }

    /// Asks for anything, with a body or without.
    pub(crate) async fn call<T: DeserializeOwned>(&self, method: &str, route: &str, body: Option<&Value>) -> Result<T> {
        let request = self.client.request(Method::from_bytes(method.as_bytes())?, self.base.join(route)?);
        let request = if method == "DELETE" { request.timeout(UPLOAD) } else { request };
        self.send(if let Some(body) = body { request.json(body) } else { request }).await
    }

    /// Has something removed, however long it takes.
    pub(crate) async fn erase<T: DeserializeOwned>(
        &self,
        route: &str,
        query: &[(&str, String)],
        body: &impl Serialize,
    ) -> Result<T> {
        self.send(self.client.delete(self.base.join(route)?).query(query).json(body).timeout(UPLOAD)).await
    }

    /// Sends a file for as long as it comes.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        route: &str,
        query: &[(&str, String)],
        file: impl Into<Body>,
    ) -> Result<T> {
        let request = self.client.post(self.base.join(route)?).query(query).timeout(UPLOAD);
        let answer = request.header(CONTENT_TYPE, "application/octet-stream").body(file);
        let answer = answer.bearer_auth(self.admin_token.reveal()).send().await;
        let answer = answer.with_context(|| format!("the connection to {} broke off", self.address()))?;
        self.read(answer).await
    }

    /// Takes a file for as long as it comes.
    pub(crate) async fn download(
        &self,
        route: &str,
        query: &[(&str, String)],
    ) -> Result<impl Stream<Item = Result<Vec<u8>>> + Send + use<>> {
        let request = self.client.get(self.base.join(route)?).query(query).timeout(UPLOAD);
        self.pieces(request).await
    }

    /// Asks for something that is told as server-sent events, for as long as they come.
    pub(crate) async fn events(
        &self,
        route: &str,
        query: &[(&str, String)],
        body: &Value,
    ) -> Result<impl Stream<Item = Result<Event>> + Send + use<>> {
        let request = self.client.post(self.base.join(route)?).query(query).json(body).timeout(UPLOAD);
        let pieces = Box::pin(self.pieces(request).await?);
        let state = (pieces, EventParser::default());
        Ok(stream::try_unfold(state, |(mut pieces, mut parser)| async move {
            loop {
                if let Some(event) = parser.next()? {
                    return Ok(Some((event, (pieces, parser))));
                }
                let Some(piece) = pieces.next().await else { return Ok(None) };
                parser.push(&piece?);
            }
        }))
    }

    async fn pieces(&self, request: RequestBuilder) -> Result<impl Stream<Item = Result<Vec<u8>>> + Send + use<>> {
        let answer = request.bearer_auth(self.admin_token.reveal()).send().await.with_context(|| self.unreachable())?;
        let status = answer.status();
        if !status.is_success() {
            let body = answer.bytes().await.with_context(|| self.unreachable())?;
            return Err(self.refused(status, &body));
        }
        let broken =
            format!("the connection to {} broke off; see whether the server still runs, and try again", self.address());
        Ok(stream::try_unfold((answer, broken), |(mut answer, broken)| async move {
            let piece = answer.chunk().await.with_context(|| broken.clone())?;
            Ok(piece.map(|piece| (piece.to_vec(), (answer, broken))))
        }))
    }

    /// Asks whether anybody is there, so that a process that hangs is told from work that takes its time.
    async fn probe(&self) -> Result<()> {
        let url = self.base.join("/health/live")?;
        self.client.get(url).timeout(ALIVE).send().await.with_context(|| self.unreachable())?;
        Ok(())
    }

    fn unreachable(&self) -> String {
        let (pid, address) = (self.pid, self.address());
        format!("process {pid} has the data directory, but {address} does not answer; look at its log, or end it")
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let request = request.bearer_auth(self.admin_token.reveal());
        let answer = request.send().await.with_context(|| self.unreachable())?;
        self.read(answer).await
    }

    async fn read<T: DeserializeOwned>(&self, answer: Response) -> Result<T> {
        let status = answer.status();
        let body = answer.bytes().await.with_context(|| self.unreachable())?;
        // An unhealthy server says so in the same form as a healthy one.
        if (status.is_success() || status == StatusCode::SERVICE_UNAVAILABLE)
            && let Ok(value) = serde_json::from_slice(&body)
        {
            return Ok(value);
        }
        Err(self.refused(status, &body))
    }

    fn refused(&self, status: StatusCode, body: &[u8]) -> anyhow::Error {
        match serde_json::from_slice::<Refusal>(body) {
            Ok(refusal) => anyhow!(refusal.error.message),
            Err(_) => anyhow!("{} answered {status}, which this version does not understand", self.address()),
        }
    }
}
