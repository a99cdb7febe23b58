//! A server of our own: its data directory, its process, and requests to it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    ops::Deref,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::Duration,
};

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::backend::{self, Dir};

/// The binary under test on the backend of the run. Nobody is limited: tests ask as often as they can.
pub(crate) fn jarvis(data_dir: &Path) -> Command {
    let mut command = bare(data_dir);
    backend::tell(&mut command, data_dir);
    command.env("LIMITS_ENABLED", "false");
    command
}

/// The binary in an empty environment, so that nothing of the machine's own configuration is seen.
pub(crate) fn bare(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jarvis"));
    command.env_clear().env("JARVIS_DATA_DIR", data_dir).current_dir(data_dir.parent().unwrap()).stdin(Stdio::null());
    command
}

/// Runs a command to its end: whether it succeeded, what it printed, what it told.
pub(crate) fn run(command: &mut Command) -> (bool, String, String) {
    let output = command.output().expect("the binary starts");
    let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    (output.status.success(), text(output.stdout), text(output.stderr))
}

/// The HTTP API at an address, whoever serves it.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) base: String,
    pub(crate) client: Client,
}

/// A running server; ended when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) api: Api,
    pub(crate) ready_line: String,
    log: Collected,
    rest_of_output: Collected,
}

/// What a process writes, as far as it has come.
struct Collected {
    text: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts on a free port and waits until it is ready.
    pub(crate) fn start(data_dir: &Path) -> Self {
        Self::start_by(jarvis(data_dir).args(["serve", "--port", "0"]))
    }

    pub(crate) fn start_by(command: &mut Command) -> Self {
        Self::try_start(command).unwrap_or_else(|log| panic!("the server did not become ready:\n{log}"))
    }

    /// `Err` holds the log of a server that ended before it was ready.
    pub(crate) fn try_start(command: &mut Command) -> Result<Self, String> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let mut log = collect(child.stderr.take().unwrap());
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut ready_line = String::new();
        output.read_line(&mut ready_line).expect("its output is text");
        let Some(base) = ready_line.trim_end().strip_prefix("jarvis ready: ").map(str::to_owned) else {
            child.wait().unwrap();
            return Err(log.whole());
        };
        let rest_of_output = collect(output);
        Ok(Self { child, api: Api::at(base), ready_line, log, rest_of_output })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status().unwrap();
        assert!(sent.success(), "the signal was not sent");
    }

    /// SIGTERM; the status, all it printed after the ready line, and its log.
    pub(crate) fn stop(mut self) -> (ExitStatus, String, String) {
        self.signal("TERM");
        let status = self.child.wait().unwrap();
        (status, self.rest_of_output.whole(), self.log.whole())
    }

    /// Waits until a line of the log holds `words`.
    pub(crate) fn wait_for_log(&self, words: &str) {
        while !self.log.text.lock().unwrap().contains(words) {
            assert!(!self.log.is_complete(), "the server ended without saying `{words}`");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A request that the server works on and that never ends: its body does not come.
    pub(crate) fn unending_request(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.base.strip_prefix("http://").unwrap()).unwrap();
        let head = "POST /api/chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                    content-length: 9\r\nexpect: 100-continue\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        // the server asks for the body, so it has taken the request
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
        stream
    }

    /// SIGKILL: it ends wherever it is. Its log.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log.whole()
    }
}

impl Deref for Server {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Api {
    pub(crate) fn at(base: String) -> Self {
        Self { base, client: Client::builder().no_proxy().build().unwrap() }
    }

    pub(crate) fn request(&self, method: Method, route: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{route}", self.base))
    }

    /// Asks, and takes the body of an answer that must be a success.
    pub(crate) async fn ask(&self, method: Method, route: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.try_ask(method, route, body).await;
        assert!(status.is_success(), "{route} answered {status}: {answer}");
        answer
    }

    pub(crate) async fn try_ask(&self, method: Method, route: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self.request(method, route);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("the server answers");
        (answer.status(), answer.json().await.expect("it answers JSON"))
    }

    pub(crate) async fn get(&self, route: &str) -> Value {
        self.ask(Method::GET, route, None).await
    }

    /// Says something and takes the answer.
    pub(crate) async fn say(&self, message: &str, conversation: Option<&str>) -> Value {
        let body = json!({ "message": message, "conversation_id": conversation });
        self.ask(Method::POST, "/api/chat", Some(body)).await
    }

    /// What a search finds.
    pub(crate) async fn find(&self, query: &str) -> Vec<Value> {
        let answer = self.request(Method::GET, "/api/search").query(&[("q", query), ("limit", "200")]).send().await;
        let answer = answer.expect("the server answers");
        assert_eq!(answer.status(), StatusCode::OK);
        let body: Value = answer.json().await.expect("it answers JSON");
        body["hits"].as_array().unwrap().clone()
    }

    /// Waits until a query finds something: an index may be made again after a start.
    pub(crate) async fn finds(&self, query: &str) {
        for _ in 0..600 {
            if !self.find(query).await.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{query} is not found");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; either is fine here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(from: impl Read + Send + 'static) -> Collected {
    let text = Arc::new(Mutex::new(String::new()));
    let filled = Arc::clone(&text);
    let reader = std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).unwrap() > 0 {
            filled.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    });
    Collected { text, reader: Some(reader) }
}

impl Collected {
    fn is_complete(&self) -> bool {
        self.reader.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// All of it, once the process has ended.
    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        std::mem::take(&mut self.text.lock().unwrap())
    }
}

/// A directory that goes away with the test, and the data directory in it.
pub(crate) fn data_dir() -> (Dir, PathBuf) {
    let dir = Dir::new();
    let data = dir.path().join("data");
    (dir, data)
}

pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no text `{field}` in {value}"))
}
