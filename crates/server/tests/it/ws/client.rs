use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::Response},
};

use super::{DEADLINE, kind};
use crate::support::without_measures;

/// A client as others write them.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<TcpStream>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr, path: &str) -> Self {
        Self::shake_hands(address, path, &[]).await.unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }

    /// With headers of its own; the answer when it is refused.
    pub(crate) async fn shake_hands(
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Response<Option<Vec<u8>>>> {
        let stream = TcpStream::connect(address).await.unwrap();
        Self::over(stream, address, path, headers).await
    }

    /// One that takes hardly anything before it reads.
    pub(crate) async fn with_small_window(address: SocketAddr, path: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(address).await.unwrap();
        Self::over(stream, address, path, &[]).await.unwrap()
    }

    async fn over(
        stream: TcpStream,
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Response<Option<Vec<u8>>>> {
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self { socket }),
            Err(Error::Http(response)) => Err(*response),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next message, without what was measured.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match self.frame().await {
                Some(Ok(Message::Text(text))) => {
                    let mut value = serde_json::from_str(&text).unwrap();
                    without_measures(&mut value);
                    return value;
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no message but {other:?}"),
            }
        }
    }

    /// The next message, which must be of this type.
    pub(crate) async fn expect(&mut self, expected: &str) -> Value {
        let message = self.next().await;
        assert_eq!(kind(&message), expected, "{message}");
        message
    }

    /// Sends a message and answers the next one.
    pub(crate) async fn ask(&mut self, message: &Value) -> Value {
        self.send(message).await;
        self.next().await
    }

    /// Code of the failure that a text leads to.
    pub(crate) async fn failure(&mut self, text: &str) -> String {
        self.send_text(text).await;
        self.expect("error").await["code"].as_str().unwrap().to_owned()
    }

    /// Reads an answer to its end and returns its text and the last message.
    pub(crate) async fn answer(&mut self) -> (String, Value) {
        let mut text = String::new();
        loop {
            let message = self.next().await;
            match kind(&message) {
                "chat_start" => {}
                "chat_token" => {
                    text.push_str(message["text"].as_str().unwrap());
                    assert_eq!(message["id"].as_u64(), Some(text.len() as u64), "bytes so far");
                }
                _ => return (text, message),
            }
        }
    }

    /// Reads until the server closes; code and reason.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Some(Ok(Message::Close(Some(frame)))) => return (frame.code.into(), frame.reason.to_string()),
                Some(Ok(_)) => {}
                other => panic!("no farewell but {other:?}"),
            }
        }
    }

    pub(crate) async fn frame(&mut self) -> Option<Result<Message, Error>> {
        tokio::time::timeout(DEADLINE, self.socket.next()).await.unwrap()
    }
}
