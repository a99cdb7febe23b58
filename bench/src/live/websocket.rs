use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A socket of our own (RFC 6455): small, so that ten thousand of them fit into the measuring process.
#[derive(Debug)]
pub(super) struct Socket(TcpStream);

impl Socket {
    pub(super) async fn open(address: SocketAddr) -> Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        // the key is the example of the RFC; who measures need not prove anything
        let request = format!(
            "GET /ws HTTP/1.1\r\nhost: {address}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut head = Vec::with_capacity(256);
        while !head.ends_with(b"\r\n\r\n") {
            ensure!(head.len() < 4_096, "the head of the answer has no end");
            head.push(stream.read_u8().await?);
        }
        ensure!(head.starts_with(b"HTTP/1.1 101"), "no upgrade: {}", String::from_utf8_lossy(&head));
        Ok(Self(stream))
    }

    /// Sends a text of at most 64 KiB. The mask is zero, which leaves the text as it is.
    pub(super) async fn send(&mut self, text: &str) -> Result<()> {
        let mut frame = vec![0x81];
        match u8::try_from(text.len()) {
            Ok(length) if length < 126 => frame.push(0x80 | length),
            _ => {
                frame.push(0xfe);
                frame.extend(u16::try_from(text.len())?.to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        Ok(self.0.write_all(&frame).await?)
    }

    /// The next text; pings are answered on the way.
    pub(super) async fn next(&mut self) -> Result<String> {
        loop {
            let head = self.0.read_u8().await?;
            let length = match self.0.read_u8().await? {
                126 => usize::from(self.0.read_u16().await?),
                127 => usize::try_from(self.0.read_u64().await?)?,
                length => usize::from(length),
            };
            let mut payload = vec![0; length];
            self.0.read_exact(&mut payload).await?;
            match head & 0x0f {
                1 => return String::from_utf8(payload).context("a text that is none"),
                9 => {
                    let mut pong = vec![0x8a, 0x80 | u8::try_from(length)?, 0, 0, 0, 0];
                    pong.extend(payload);
                    self.0.write_all(&pong).await?;
                }
                8 => bail!("the server closed the socket"),
                _ => {}
            }
        }
    }

    /// Texts until one is of a kind.
    pub(super) async fn next_of(&mut self, kind: &str) -> Result<String> {
        loop {
            let text = self.next().await?;
            if text.contains(&format!("\"type\":\"{kind}\"")) {
                return Ok(text);
            }
            ensure!(!text.contains("\"type\":\"error\""), "{text}");
        }
    }
}
