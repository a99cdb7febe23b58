//! What stands between a connection and a handler: the same routes with everything on, with nothing on, and from a program
//! that reads a head and writes the same bytes.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

use crate::{
    fill,
    process::Server,
    report::Report,
    run::{a_full_conversation, median, shown},
    wrk::{Load, load_with},
};

const MESSAGES: u64 = 10_000;
const NAME: &str = "ann";

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server to start.
    #[arg(long, default_value = "target/release/jarvis")]
    binary: PathBuf,
    /// A directory for data; two are made in it and filled.
    #[arg(long, required_unless_present = "bare")]
    dir: Option<PathBuf>,
    /// Seconds of each load; each is repeated three times, in turn.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Print JSON instead of a Markdown table.
    #[arg(long)]
    json: bool,
    /// Be the program to compare with: answer this file for ever.
    #[arg(long, hide = true)]
    bare: Option<PathBuf>,
}

/// Who is asked, and how.
struct Asked {
    label: &'static str,
    pid: u32,
    url: String,
    headers: Vec<String>,
}

/// Measures all in turn, three times: a machine that slows down slows all.
pub(crate) async fn run(options: &Options) -> Result<()> {
    if let Some(answer) = &options.bare {
        return bare(answer).await;
    }
    let dir = options.dir.as_deref().context("say --dir")?;
    let (open_dir, closed_dir) = (dir.join("open"), dir.join("required"));
    for data in [&open_dir, &closed_dir] {
        std::fs::create_dir_all(data)?;
        fill::until(data, "", MESSAGES, 0).await?;
    }
    let password = account(&options.binary, &closed_dir).await?;
    let nothing = [("LOG_LEVEL", "error".to_owned()), ("LIMITS_ENABLED", "false".to_owned())];
    let open = Server::start_with(&options.binary, &open_dir, &nothing).await?;
    let everything = [
        ("AUTH_MODE", "required".to_owned()),
        ("LIMITS_ENABLED", "true".to_owned()),
        ("TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ("JARVIS_CONFIG", limits(dir)?),
        ("LOG_FORMAT", "json".to_owned()),
    ];
    let closed = Server::start_with(&options.binary, &closed_dir, &everything).await?;
    let (token, key) = credentials(&closed.url, &password).await?;
    let conversation = a_full_conversation(&open.url).await?;
    let mut report = Report::default();
    for (what, path) in [
        ("`GET /health/live`", "/health/live".to_owned()),
        ("list 20 messages", format!("/api/chat/history/{conversation}?limit=20")),
    ] {
        let list = reqwest::get(format!("{}{path}", open.url)).await?.error_for_status()?.bytes().await?;
        let floor = Bare::start(dir, &list).await?;
        let path_of_ann = path.replace(&conversation, &conversation_of(&closed.url, &token).await?);
        let behind_a_proxy = |credential: String| vec!["x-forwarded-for: 203.0.113.9".to_owned(), credential];
        let asked = [
            Asked { label: "bare", pid: floor.pid(), url: floor.url.clone(), headers: Vec::new() },
            Asked { label: "nothing on", pid: open.pid(), url: format!("{}{path}", open.url), headers: Vec::new() },
            Asked {
                label: "everything on, access token",
                pid: closed.pid(),
                url: format!("{}{path_of_ann}", closed.url),
                headers: behind_a_proxy(format!("authorization: Bearer {token}")),
            },
            Asked {
                label: "everything on, API key",
                pid: closed.pid(),
                url: format!("{}{path_of_ann}", closed.url),
                headers: behind_a_proxy(format!("x-api-key: {key}")),
            },
        ];
        told(&mut report, what, &asked, options.seconds).await?;
    }
    open.stop().await?;
    closed.stop().await?;
    report.print(options.json)
}

async fn told(report: &mut Report, what: &str, asked: &[Asked], seconds: u32) -> Result<()> {
    let mut loads: Vec<Vec<Load>> = asked.iter().map(|_| Vec::new()).collect();
    for _ in 0..3 {
        for (one, seen) in asked.iter().zip(&mut loads) {
            seen.push(load_with(one.pid, &one.url, seconds, &one.headers).await?);
        }
    }
    let middle: Vec<Load> = loads.into_iter().map(median).collect();
    for (one, load) in asked.iter().zip(&middle) {
        let more = |than: usize| load.cpu_us - middle[than].cpu_us;
        let beside = format!("{:+.1} µs beside bare, {:+.1} µs beside nothing on", more(0), more(1));
        report.row(format!("{what}: {}", one.label), shown(load), beside);
    }
    Ok(())
}

/// Limits that nobody reaches, counted all the same.
fn limits(dir: &Path) -> Result<String> {
    let path = dir.join("limits.toml");
    let most = "read = 60000000\nsearch = 60000000\n";
    write!(File::create(&path)?, "[limits.user]\n{most}[limits.address]\n{most}")?;
    Ok(std::path::absolute(path)?.display().to_string())
}

/// An account that has what was filled in; its password.
async fn account(binary: &Path, data: &Path) -> Result<String> {
    let command = ["user", "add", NAME, "--role", "admin", "--take-over", "default", "--json", "--data-dir"];
    let made = Command::new(std::path::absolute(binary)?).args(command).arg(data).current_dir(data).output().await?;
    if !made.status.success() {
        // an earlier run has made it
        let command = ["user", "reset-password", NAME, "--json", "--data-dir"];
        let reset =
            Command::new(std::path::absolute(binary)?).args(command).arg(data).current_dir(data).output().await?;
        ensure!(reset.status.success(), "no account: {}", String::from_utf8_lossy(&reset.stderr));
        return password(&reset.stdout);
    }
    password(&made.stdout)
}

fn password(told: &[u8]) -> Result<String> {
    let told: Value = serde_json::from_slice(told)?;
    Ok(told["password"].as_str().context("no password was told")?.to_owned())
}

/// An access token and a key.
async fn credentials(url: &str, password: &str) -> Result<(String, String)> {
    let client = reqwest::Client::new();
    let body = json!({"username": NAME, "password": password});
    let login: Value = client.post(format!("{url}/api/auth/login")).json(&body).send().await?.json().await?;
    let token = login["access_token"].as_str().context("no access token")?.to_owned();
    let body = json!({"name": "bench", "permissions": ["chat"]});
    let made = client.post(format!("{url}/api/auth/keys")).bearer_auth(&token).json(&body).send().await?;
    let made: Value = made.json().await?;
    Ok((token, made["key"].as_str().context("no key")?.to_owned()))
}

async fn conversation_of(url: &str, token: &str) -> Result<String> {
    let asked = reqwest::Client::new().get(format!("{url}/api/chat/conversations?limit=60")).bearer_auth(token);
    let list: Value = asked.send().await?.json().await?;
    let listed = list["conversations"].as_array().context("no conversations")?;
    let full = listed.iter().find(|one| one["message_count"].as_u64() >= Some(20)).context("no conversation")?;
    Ok(full["id"].as_str().context("no id")?.to_owned())
}

/// The program to compare with; ended when dropped.
struct Bare {
    child: Child,
    url: String,
}

impl Bare {
    async fn start(dir: &Path, body: &[u8]) -> Result<Self> {
        let file = dir.join("bare.answer");
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        File::create(&file)?.write_all(&[head.as_bytes(), body].concat())?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["stack", "--bare"]).arg(&file).stdout(std::process::Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let mut told = [0; 64];
        let read = child.stdout.take().context("no output")?.read(&mut told).await?;
        Ok(Self { child, url: String::from_utf8_lossy(&told[..read]).trim().to_owned() })
    }

    fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }
}

#[expect(clippy::print_stdout, reason = "whoever started it reads where it listens")]
async fn bare(answer: &Path) -> Result<()> {
    let mut bytes = Vec::new();
    File::open(answer)?.read_to_end(&mut bytes)?;
    let answer: &'static [u8] = bytes.leak();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(answered(stream, answer));
    }
}

async fn answered(mut stream: TcpStream, answer: &'static [u8]) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut head = Vec::with_capacity(4 << 10);
    while stream.read_buf(&mut head).await? > 0 {
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            stream.write_all(answer).await?;
        }
    }
    Ok(())
}
