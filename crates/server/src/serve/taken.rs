use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// How many bytes of what was written to a connection its client has taken so far, as far as the operating system lets us
/// see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken(Arc<AtomicU64>);

impl Taken {
    /// Bytes so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts more.
    pub(crate) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::{Extension, Router, routing::get};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };
    use tokio_util::sync::CancellationToken;

    use super::Taken;
    use crate::{Readiness, serve};

    #[tokio::test]
    async fn whoever_upgrades_a_connection_learns_what_its_client_takes() {
        let told =
            async |taken: Option<Extension<Taken>>| taken.map_or(0, |Extension(taken)| taken.bytes()).to_string();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), CancellationToken::new());
        let router = Router::new().route("/", get(told));
        let running =
            tokio::spawn(serve(listener, router, Readiness::starting(), shutdown.clone(), Duration::from_secs(20)));
        let mut client = TcpStream::connect(address).await.unwrap();
        let mut ask = async |headers: &str| {
            let request = format!("GET / HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
            client.write_all(request.as_bytes()).await.unwrap();
            let mut answer = [0; 4096];
            let read = client.read(&mut answer).await.unwrap();
            (read, String::from_utf8_lossy(&answer[..read]).lines().last().unwrap().to_owned())
        };
        let (first, told) = ask("").await;
        assert_eq!(told, "0", "nobody who only answers is told");
        assert_eq!(ask("connection: upgrade\r\nupgrade: websocket\r\n").await.1, first.to_string());
        drop(client);
        shutdown.cancel();
        running.await.unwrap().unwrap();
    }
}
