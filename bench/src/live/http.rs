use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A streamed answer to one `POST`, as it comes. Written by hand: a client library's own work would be measured too.
#[derive(Debug)]
pub(super) struct Streamed {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Bytes of `buffer` that were given out.
    taken: usize,
}

impl Streamed {
    /// Sends the request and reads the head of the answer.
    pub(super) async fn post(address: SocketAddr, path: &str, body: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\naccept: text/event-stream\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut streamed = Self { stream, buffer: Vec::with_capacity(4 << 10), taken: 0 };
        let head = loop {
            let end = streamed.buffer.windows(4).position(|window| window == b"\r\n\r\n");
            if let Some(end) = end {
                break end + 4;
            }
            ensure!(streamed.stream.read_buf(&mut streamed.buffer).await? > 0, "the answer ended within its head");
        };
        let text = String::from_utf8_lossy(&streamed.buffer[..head]).into_owned();
        let status = text.split_whitespace().nth(1).context("no status")?;
        ensure!(status == "200", "HTTP {status}: {}", String::from_utf8_lossy(&streamed.buffer));
        streamed.taken = head;
        Ok(streamed)
    }

    /// The connection, and what came with the head of the answer.
    pub(super) fn into_parts(self) -> Result<(std::net::TcpStream, Vec<u8>)> {
        Ok((self.stream.into_std()?, self.buffer[self.taken..].to_vec()))
    }

    /// The next lines that are there, at least one; none at the end. Chunk frames are lines of their own and mean nothing
    /// to whoever looks for `data:`.
    pub(super) async fn lines(&mut self) -> Result<Option<&str>> {
        loop {
            if self.taken == self.buffer.len() {
                self.buffer.clear();
                self.taken = 0;
            }
            let start = self.taken;
            if let Some(end) = self.buffer[start..].iter().rposition(|byte| *byte == b'\n') {
                self.taken += end + 1;
                return Ok(Some(std::str::from_utf8(&self.buffer[start..self.taken])?));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }
}

/// Whether lines hold the end of an answer, ours or the upstream's.
pub(super) fn is_end(lines: &str) -> bool {
    lines.contains("event: done") || lines.contains("event: error") || lines.contains("[DONE]")
}
