//! WebSockets over the real accept loop, with the client of another library.

mod client;
mod life;
mod limits;
mod live;
mod plain;
mod resume;
mod typed;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use jarvis_core::{
    Result,
    ports::ModelEvent,
    testkit::{Script, ScriptedModel},
};
use jarvis_server::{SocketOptions, serve};
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;
pub(crate) use client::Client;

/// No test waits for it; one that hangs fails with it.
const DEADLINE: Duration = Duration::from_secs(20);

/// The product on a port of its own.
pub(crate) struct Served {
    pub(crate) app: TestApp,
    pub(crate) address: SocketAddr,
    shutdown: CancellationToken,
    running: JoinHandle<Result<()>>,
}

impl Served {
    async fn start() -> Self {
        Self::over(TestApp::start().await).await
    }

    async fn start_with_model(model: Arc<ScriptedModel>) -> Self {
        Self::over(TestApp::start_with_model(model).await).await
    }

    async fn start_with_sockets(sockets: SocketOptions) -> Self {
        Self::over(TestApp::start_with(Some(ScriptedModel::new([])), sockets).await).await
    }

    pub(crate) async fn over(app: TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), CancellationToken::new());
        let running = serve(listener, app.router.clone(), app.readiness.clone(), shutdown.clone(), DEADLINE);
        Self { app, address, shutdown, running: tokio::spawn(running) }
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address, "/ws").await
    }

    async fn connect_as(&self, user: &str) -> Client {
        Client::connect(self.address, &format!("/ws?user_id={user}")).await
    }

    /// Ends as a server does, which must not take its whole time.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(DEADLINE, self.running).await.unwrap().unwrap().unwrap();
        self.app.stop().await;
    }

    /// A figure of `/metrics`, by its name and labels.
    async fn metric(&self, name: &str) -> f64 {
        let metrics = self.app.get("/metrics").await;
        let line = metrics.text().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }
}

/// What a test lets a model say; dropping it breaks the answer off.
struct Feed(mpsc::UnboundedSender<Result<ModelEvent>>);

impl Feed {
    fn text(&self, text: &str) {
        self.0.send(Ok(ModelEvent::Token(text.to_owned()))).unwrap();
    }

    fn end(&self) {
        self.0.send(Ok(ScriptedModel::done())).unwrap();
    }
}

/// An answer whose pieces a test gives.
fn fed() -> (Feed, Script) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let next = |mut receiver: mpsc::UnboundedReceiver<_>| async move { Some((receiver.recv().await?, receiver)) };
    (Feed(sender), Script::Live(stream::unfold(receiver, next).boxed()))
}

/// The type of a message.
pub(crate) fn kind(message: &Value) -> &str {
    message["type"].as_str().unwrap_or_default()
}
