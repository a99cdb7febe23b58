use std::{net::SocketAddr, time::Duration};

use anyhow::Result;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::tokens::stamped;

/// An OpenAI-compatible model that answers at a fixed rate; every token says when it was made. Gone when dropped.
#[derive(Debug)]
pub(super) struct Upstream {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

/// How it answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Tokens of an answer.
    pub(super) tokens: u32,
    /// Between two tokens; none before the first.
    pub(super) gap: Duration,
}

impl Upstream {
    pub(super) async fn start(pace: Pace) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move { serve(stream, pace).await });
            }
        });
        Ok(Self { address, serving })
    }

    /// What OPENAI_BASE_URL is set to.
    pub(super) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Requests of one connection, one after the other.
async fn serve(stream: TcpStream, pace: Pace) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream).await? {
        if request.ends_with("/chat/completions") {
            answer(stream.get_mut(), pace).await?;
        } else if request.ends_with("/models") {
            whole(stream.get_mut(), "200 OK", r#"{"object":"list","data":[{"id":"paced","object":"model"}]}"#).await?;
        } else {
            whole(stream.get_mut(), "404 Not Found", r#"{"error":{"message":"not here"}}"#).await?;
        }
    }
    Ok(())
}

/// The path of the next request, its body read and thrown away.
async fn read_request(stream: &mut BufReader<TcpStream>) -> Result<Option<String>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let path = line.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some(path))
}

async fn whole(stream: &mut TcpStream, status: &str, body: &str) -> Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
    Ok(stream.write_all(head.as_bytes()).await?)
}

async fn answer(stream: &mut TcpStream, pace: Pace) -> Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    let mut ticks = tokio::time::interval(pace.gap.max(Duration::from_micros(1)));
    for _ in 0..pace.tokens {
        if !pace.gap.is_zero() {
            ticks.tick().await;
        }
        let token = stamped();
        event(stream, &format!(r#"{{"content":"{token}"}}"#), "null").await?;
    }
    event(stream, "{}", r#""stop""#).await?;
    stream.write_all(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n").await?;
    Ok(())
}

async fn event(stream: &mut TcpStream, delta: &str, reason: &str) -> Result<()> {
    let data = format!(
        "data: {{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"paced\",\"choices\":[{{\"index\":0,\
         \"delta\":{delta},\"finish_reason\":{reason}}}]}}\n\n"
    );
    let chunk = format!("{:x}\r\n{data}\r\n", data.len());
    Ok(stream.write_all(chunk.as_bytes()).await?)
}
