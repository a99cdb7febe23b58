//! A server of our own: its data directory, its process, and requests to it.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread::JoinHandle,
};

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// The binary under test in an empty environment, so that nothing of the machine's own configuration is seen.
pub(crate) fn jarvis(data_dir: &Path) -> Command {
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

/// A running server; ended when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) base: String,
    pub(crate) ready_line: String,
    pub(crate) client: Client,
    log: Option<JoinHandle<String>>,
    rest_of_output: Option<JoinHandle<String>>,
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
        let log = collect(child.stderr.take().unwrap());
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut ready_line = String::new();
        output.read_line(&mut ready_line).expect("its output is text");
        let Some(base) = ready_line.trim_end().strip_prefix("jarvis ready: ").map(str::to_owned) else {
            child.wait().unwrap();
            return Err(log.join().unwrap());
        };
        let rest_of_output = Some(collect(output));
        let client = Client::builder().no_proxy().build().unwrap();
        Ok(Self { child, base, ready_line, client, log: Some(log), rest_of_output })
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
        (status, self.rest_of_output.take().unwrap().join().unwrap(), self.log.take().unwrap().join().unwrap())
    }

    /// SIGKILL: it ends wherever it is.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
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
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; either is fine here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = Vec::new();
        from.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    })
}

/// A directory that goes away with the test, and the data directory in it.
pub(crate) fn data_dir() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    (dir, data)
}

pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no text `{field}` in {value}"))
}
