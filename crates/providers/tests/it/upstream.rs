//! A model server that does as a test tells it: OpenAI's, Ollama's and the Python bridges' protocols on one port.
//!
//! Of the standard library alone, so that tests of other crates can include it by its path (`#[path = "…"]`, with
//! `#[expect(dead_code, reason = "…")]` where they need only a part). Told nothing, it echoes the last text it was sent
//! behind `ACK::`, word by word, at most `max_tokens` of them.

#[path = "upstream/dialect.rs"]
mod dialect;
#[path = "upstream/script.rs"]
mod script;

use std::{
    collections::{HashMap, VecDeque},
    io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, atomic::AtomicBool, atomic::Ordering::SeqCst},
    thread,
    time::{Duration, Instant},
};

use dialect::{Dialect, fixed, last_text};
pub(crate) use script::Script;
use script::Step;

/// The names of its models; Ollama's carry a tag.
pub(crate) const MODELS: [&str; 2] = ["tiny", "other"];
/// Tokens of any prompt, as it counts.
pub(crate) const PROMPT_TOKENS: usize = 7;
/// What a test waits at most for something that should happen at once.
const SOON: Duration = Duration::from_secs(20);

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    /// In lower case up to the colon.
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

#[derive(Default)]
struct State {
    scripts: VecDeque<Script>,
    fixed: HashMap<&'static str, Script>,
    seen: Vec<Seen>,
    abandoned: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    stopped: AtomicBool,
}

/// The server; it ends with its value.
pub(crate) struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Upstream {
    /// Listens on a free port of this machine.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::<Shared>::default();
        let all = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok).take_while(|_| !all.stopped.load(SeqCst)) {
                let shared = Arc::clone(&all);
                thread::spawn(move || {
                    let Ok(mut connection) = Connection::new(stream, &shared) else { return };
                    while connection.answer_one().is_ok_and(|goes_on| goes_on) {}
                });
            }
        });
        Self { address, shared }
    }

    /// Nobody: what a test takes for a server that is away.
    pub(crate) fn at(address: &str) -> Self {
        let address = address.trim_start_matches("http://").parse().unwrap();
        Self { address, shared: Arc::default() }
    }

    /// Where it listens, as `http://127.0.0.1:port`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the next generating request without a script gets; told several times, they queue.
    pub(crate) fn then(&self, script: Script) {
        self.shared.state.lock().unwrap().scripts.push_back(script);
    }

    /// What each request to a path gets from now on, when no script of `then` waits.
    pub(crate) fn always(&self, path: &'static str, script: Script) {
        self.shared.state.lock().unwrap().fixed.insert(path, script);
    }

    /// The requests so far to paths that end so.
    pub(crate) fn seen(&self, path: &str) -> Vec<Seen> {
        self.shared.state.lock().unwrap().seen.iter().filter(|seen| seen.path.ends_with(path)).cloned().collect()
    }

    /// How many clients left before their answer was over.
    pub(crate) fn abandoned(&self) -> usize {
        self.shared.state.lock().unwrap().abandoned
    }

    /// Whether so many clients leave soon.
    pub(crate) fn sees_abandoned(&self, times: usize) -> bool {
        self.sees(|state| state.abandoned >= times)
    }

    /// Whether so many requests to paths that end so come soon.
    pub(crate) fn sees_requests(&self, path: &str, times: usize) -> bool {
        self.sees(|state| state.seen.iter().filter(|seen| seen.path.ends_with(path)).count() >= times)
    }

    fn sees(&self, wanted: impl Fn(&State) -> bool) -> bool {
        let state = self.shared.state.lock().unwrap();
        let (state, _) = self.shared.changed.wait_timeout_while(state, SOON, |state| !wanted(state)).unwrap();
        wanted(&state)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.shared.stopped.store(true, SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

struct Connection<'a> {
    reader: BufReader<TcpStream>,
    stream: TcpStream,
    shared: &'a Shared,
}

impl<'a> Connection<'a> {
    fn new(stream: TcpStream, shared: &'a Shared) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream.try_clone()?), stream, shared })
    }

    /// Answers a request; whether another may follow.
    fn answer_one(&mut self) -> Result<bool> {
        self.stream.set_read_timeout(None)?;
        let Some(seen) = self.read_request()? else { return Ok(false) };
        let dialect = Dialect::of(&seen.path);
        let script = {
            let mut state = self.shared.state.lock().unwrap();
            state.seen.push(seen.clone());
            let next = if dialect.is_some() { state.scripts.pop_front() } else { None };
            next.or_else(|| state.fixed.get(seen.path.as_str()).cloned())
        };
        self.shared.changed.notify_all();
        let known = |name: &str| MODELS.contains(&name.trim_end_matches(":latest"));
        let unknown = last_text(&seen.body, "model").filter(|name| !known(name));
        let result = match (script, dialect) {
            (Some(Script { status: Some((status, headers, body)), .. }), _) => self.whole(status, &headers, &body),
            (Some(script), _) => self.play(&script, dialect.unwrap_or(Dialect::OpenAi), &seen.body),
            (None, Some(Dialect::OpenAi)) if unknown.is_some() => {
                self.whole(404, "", r#"{"error":{"message":"no such model","code":"model_not_found"}}"#)
            }
            (None, Some(Dialect::Ollama)) if unknown.is_some() => self.whole(404, "", r#"{"error":"model not found"}"#),
            (None, Some(dialect)) => self.play(&Script::echo(&seen.body), dialect, &seen.body),
            (None, None) => match fixed(&seen.path) {
                Some(body) => self.whole(200, "", &body),
                None => self.whole(404, "", r#"{"error":"endpoint not found"}"#),
            },
        };
        if result.is_err() && !self.shared.stopped.load(SeqCst) {
            self.shared.state.lock().unwrap().abandoned += 1;
            self.shared.changed.notify_all();
        }
        result
    }

    fn read_request(&mut self) -> Result<Option<Seen>> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let (method, rest) = line.split_once(' ').unwrap();
        let (method, path) = (method.to_owned(), rest.split(' ').next().unwrap().to_owned());
        let (mut headers, mut length) = (Vec::new(), 0);
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            }
            headers.push(format!("{}:{value}", name.to_ascii_lowercase()));
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok(Some(Seen { method, path, headers, body: String::from_utf8(body).unwrap() }))
    }

    fn whole(&mut self, status: u16, headers: &str, body: &str) -> Result<bool> {
        let length = body.len();
        let head = "content-type: application/json\r\ncontent-length";
        write!(self.stream, "HTTP/1.1 {status} -\r\n{headers}{head}: {length}\r\n\r\n{body}")?;
        Ok(true)
    }

    fn play(&mut self, script: &Script, dialect: Dialect, sent: &str) -> Result<bool> {
        let streamed = dialect != Dialect::Bridges && !script.whole && sent.contains(r#""stream":true"#);
        let (mut has_begun, mut text, mut tokens) = (false, String::new(), 0);
        for step in script.to_the_end() {
            let bytes = match step {
                Step::Pause(pause) => {
                    self.wait(pause)?;
                    continue;
                }
                Step::Hang => loop {
                    self.wait(Duration::from_millis(20))?;
                },
                Step::Cut => return Ok(false),
                Step::Token(token) => {
                    (text, tokens) = (text + &token, tokens + 1);
                    if !streamed {
                        continue;
                    }
                    dialect.token(&token)
                }
                Step::Raw(bytes) => bytes,
                Step::Error(message) => dialect.error(&message, streamed),
                Step::Finish(reason) if streamed => dialect.end(reason, tokens, sent),
                Step::Finish(reason) => dialect.whole(reason, &text, tokens),
            };
            self.chunk(&bytes, &mut has_begun, dialect, streamed)?;
        }
        self.stream.write_all(b"0\r\n\r\n")?;
        Ok(true)
    }

    fn chunk(&mut self, bytes: &[u8], has_begun: &mut bool, dialect: Dialect, streamed: bool) -> Result<()> {
        let mut out = Vec::with_capacity(bytes.len() + 128);
        if !std::mem::replace(has_begun, true) {
            let kind = match dialect {
                _ if !streamed => "application/json",
                Dialect::OpenAi => "text/event-stream",
                _ => "application/x-ndjson",
            };
            write!(out, "HTTP/1.1 200 -\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n")?;
        }
        if bytes.is_empty() {
            // a chunk of no bytes would be the end
            return self.stream.write_all(&out);
        }
        write!(out, "{:x}\r\n", bytes.len())?;
        out.extend_from_slice(bytes);
        out.extend_from_slice(b"\r\n");
        self.stream.write_all(&out)
    }

    /// Waits, or fails as soon as the client is gone.
    fn wait(&mut self, pause: Duration) -> Result<()> {
        let end = Instant::now() + pause;
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            self.stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
            match self.stream.peek(&mut [0]) {
                Ok(0) => return Err(Error::from(ErrorKind::ConnectionAborted)),
                Ok(_) => thread::sleep(left),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(error),
            }
            if self.shared.stopped.load(SeqCst) {
                return Err(Error::from(ErrorKind::Interrupted));
            }
        }
        Ok(())
    }
}
