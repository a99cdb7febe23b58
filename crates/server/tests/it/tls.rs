//! TLS as a client sees it.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::{Router, routing::get};
use jarvis_core::ErrorKind;
use jarvis_server::{ConnectionLimits, Listening, Readiness, Tls, TlsIdentity, serve};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_util::sync::CancellationToken;

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Files of a certificate for `localhost`.
struct Files {
    dir: TempDir,
}

impl Files {
    fn first() -> Self {
        Self::with(include_str!("../data/first.cert.pem"), include_str!("../data/first.key.pem"))
    }

    fn second() -> Self {
        Self::with(include_str!("../data/second.cert.pem"), include_str!("../data/second.key.pem"))
    }

    fn with(cert: &str, key: &str) -> Self {
        let files = Self { dir: tempfile::tempdir().unwrap() };
        files.write("cert.pem", cert);
        files.write("key.pem", key);
        files
    }

    #[expect(clippy::disallowed_methods, reason = "a test's own file")]
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).unwrap();
    }

    fn identity(&self) -> jarvis_core::Result<TlsIdentity> {
        TlsIdentity::load(&self.dir.path().join("cert.pem"), &self.dir.path().join("key.pem"))
    }

    fn client(&self, protocols: &[&[u8]]) -> TlsConnector {
        client(&self.dir.path().join("cert.pem"), protocols)
    }
}

/// One that trusts nothing but this certificate.
fn client(cert: &Path, protocols: &[&[u8]]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(cert).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

struct Served {
    address: SocketAddr,
    tls: Tls,
    shutdown: CancellationToken,
    running: JoinHandle<jarvis_core::Result<()>>,
}

impl Served {
    async fn start(identity: TlsIdentity) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), CancellationToken::new());
        let tls = Tls::new(identity);
        let listening =
            Listening { listener, tls: Some(tls.clone()), limits: ConnectionLimits::default(), settings: None };
        let router = Router::new().route("/", get(async || "hello"));
        let serving = serve(listening, router, Readiness::starting(), shutdown.clone(), Duration::from_mins(1));
        Self { address, tls, shutdown, running: tokio::spawn(serving) }
    }

    async fn connect(&self, client: &TlsConnector) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        client.connect(ServerName::try_from("localhost").unwrap(), stream).await
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
    }
}

async fn ask(stream: &mut TlsStream<TcpStream>) -> String {
    stream.write_all(GET).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"hello") {
        assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "{}", String::from_utf8_lossy(&answer));
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_client_that_trusts_the_certificate_is_served_in_http_1_1() {
    let files = Files::first();
    let served = Served::start(files.identity().unwrap()).await;
    let mut stream = served.connect(&files.client(&[b"h2", b"http/1.1"])).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert!(ask(&mut stream).await.starts_with("HTTP/1.1 200 OK"));
    assert!(served.connect(&files.client(&[b"h2"])).await.is_err(), "what it does not speak is refused at once");
    assert!(served.connect(&Files::second().client(&[])).await.is_err(), "a stranger's certificate");
    drop(stream);
    served.stop().await;
}

#[tokio::test]
async fn a_new_certificate_is_shown_to_new_connections_only() {
    let (old, new) = (Files::first(), Files::second());
    let served = Served::start(old.identity().unwrap()).await;
    let mut open = served.connect(&old.client(&[])).await.unwrap();
    ask(&mut open).await;
    assert!(!served.tls.replace(old.identity().unwrap()), "the same one");
    assert!(served.tls.replace(new.identity().unwrap()));
    let mut opened = served.connect(&new.client(&[])).await.unwrap();
    ask(&mut opened).await;
    assert!(served.connect(&old.client(&[])).await.is_err());
    assert!(ask(&mut open).await.starts_with("HTTP/1.1 200 OK"), "what is open goes on");
    drop((open, opened));
    served.stop().await;
}

#[tokio::test]
async fn who_speaks_plainly_is_told_how_to_ask() {
    let served = Served::start(Files::first().identity().unwrap()).await;
    let mut client = TcpStream::connect(served.address).await.unwrap();
    client.write_all(GET).await.unwrap();
    let mut answer = Vec::new();
    // the server closes with what it has not read
    let _ = client.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("\"tls_expected\""), "{answer}");
    served.stop().await;
}

#[tokio::test]
async fn a_client_that_never_agrees_does_not_keep_the_server_from_ending() {
    let served = Served::start(Files::first().identity().unwrap()).await;
    let mut silent = TcpStream::connect(served.address).await.unwrap();
    let mut halfway = TcpStream::connect(served.address).await.unwrap();
    halfway.write_all(b"\x16\x03\x01\x02\x00").await.unwrap();
    // accepted, as what comes after it is
    let files = Files::first();
    let _ = served.connect(&files.client(&[])).await;
    served.stop().await;
    for stream in [&mut silent, &mut halfway] {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(rest.is_empty());
    }
}

#[test]
fn files_that_do_not_fit_are_named() {
    let refusal = |files: &Files| {
        let error = files.identity().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        (error.field().unwrap().to_owned(), error.to_string())
    };
    let (one, other) = (Files::first(), Files::second());
    one.write("key.pem", &std::fs::read_to_string(other.dir.path().join("key.pem")).unwrap());
    let (field, message) = refusal(&one);
    assert!(field == "server.tls_key" && message.contains("does not belong to the certificate"), "{message}");
    one.write("cert.pem", "rubbish");
    let (field, message) = refusal(&one);
    assert!(field == "server.tls_cert" && message.contains("cert.pem holds no certificate"), "{message}");
    other.write("key.pem", "");
    let (field, message) = refusal(&other);
    assert!(field == "server.tls_key" && message.contains("key.pem holds no key"), "{message}");
    std::fs::remove_file(other.dir.path().join("cert.pem")).unwrap();
    let (field, message) = refusal(&other);
    assert!(field == "server.tls_cert" && message.contains("cert.pem cannot be read"), "{message}");
}
