use std::{
    io::Write as _,
    net::{SocketAddr, TcpStream as Socket},
    sync::mpsc::{Receiver, Sender, TryRecvError, channel},
    thread,
    time::{Duration, Instant},
};

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
    /// Tokens of an answer; the first comes at once.
    pub(super) tokens: u32,
    /// Between two tokens, in whole milliseconds.
    pub(super) gap: Duration,
}

impl Upstream {
    pub(super) async fn start(pace: Pace) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (playing, begun) = channel();
        thread::spawn(move || beat(&begun, pace));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let playing = playing.clone();
                tokio::spawn(async move { serve(stream, &playing).await });
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

/// Requests of one connection, one after the other; the last is one for an answer, which `playing` goes on with.
async fn serve(stream: TcpStream, playing: &Sender<Socket>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream).await? {
        if request.ends_with("/chat/completions") {
            let mut stream = stream.into_inner();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(&[head.as_bytes(), &token()].concat()).await?;
            return Ok(playing.send(stream.into_std()?)?);
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

/// Writes the tokens of all answers on time. One thread and no timers: a task for each would take the processor from who
/// is measured.
fn beat(begun: &Receiver<Socket>, pace: Pace) {
    let slots = pace.gap.as_millis().max(1) as usize;
    let mut playing: Vec<Vec<(Socket, u32)>> = (0..slots).map(|_| Vec::new()).collect();
    let (start, mut next) = (Instant::now(), 0);
    for beat in 0_u32.. {
        thread::sleep((start + beat * Duration::from_millis(1)).saturating_duration_since(Instant::now()));
        loop {
            match begun.try_recv() {
                Ok(socket) => {
                    playing[next % slots].push((socket, pace.tokens - 1));
                    next += 1;
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return,
            }
        }
        playing[beat as usize % slots].retain_mut(|(socket, left)| {
            let is_last = *left == 0;
            *left = left.saturating_sub(1);
            // whoever leaves, or does not read for so long that the system's buffers are full, is not played to
            let chunk = if is_last { end() } else { token() };
            socket.write(&chunk).is_ok_and(|written| written == chunk.len()) && !is_last
        });
    }
}

fn token() -> Vec<u8> {
    event(&format!(r#"{{"content":"{}"}}"#, stamped()), "null")
}

fn end() -> Vec<u8> {
    let mut end = event("{}", r#""stop""#);
    end.extend_from_slice(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
    end
}

fn event(delta: &str, reason: &str) -> Vec<u8> {
    let data = format!(
        "data: {{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"paced\",\"choices\":[{{\"index\":0,\
         \"delta\":{delta},\"finish_reason\":{reason}}}]}}\n\n"
    );
    format!("{:x}\r\n{data}\r\n", data.len()).into_bytes()
}
