use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use bytes::Bytes;
use jarvis_core::{
    ports::{LanguageModel, Store},
    testkit::{CountingIds, FixedClock, ScriptedModel},
};
use jarvis_host::{Config, Flags, Given, Services, Shared, Sources};
use jarvis_server::{Policy, Readiness, ServerOptions, Settings, SocketOptions, install_metrics, router};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// The administration token of every test.
pub(crate) const ADMIN_TOKEN: &str = "admin-token-of-the-tests";
/// What makes the first administrator of every test.
pub(crate) const SETUP_TOKEN: &str = "setup-token-of-the-tests";
/// What signs the access tokens of every test.
pub(crate) const SIGNING_KEY: &str = "a key of the tests of more than 32 bytes";
/// A page that may call.
pub(crate) const ALLOWED_ORIGIN: &str = "https://app.example.org";
/// Well formed, and nobody's.
pub(crate) const UNKNOWN_ID: &str = "00000000-0000-7000-8000-ffffffffffff";

/// The whole product below the network, in a directory of its own.
pub(crate) struct TestApp {
    pub(crate) router: Router,
    pub(crate) readiness: Readiness,
    pub(crate) clock: Arc<FixedClock>,
    services: Services,
    _directory: TempDir,
}

impl TestApp {
    /// With the model that needs no server.
    pub(crate) async fn start() -> Self {
        Self::start_with(None, SocketOptions::default()).await
    }

    /// With a model that does as a test says.
    pub(crate) async fn start_with_model(model: Arc<ScriptedModel>) -> Self {
        Self::start_with(Some(model), SocketOptions::default()).await
    }

    pub(crate) async fn start_with(model: Option<Arc<dyn LanguageModel>>, sockets: SocketOptions) -> Self {
        let ids = Arc::new(CountingIds::default());
        Self::start_given(Given { ids, model, ..Given::default() }, sockets).await
    }

    /// One of several nodes.
    pub(crate) async fn start_sharing(shared: Shared, model: Arc<dyn LanguageModel>) -> Self {
        let given = Given { model: Some(model), shared: Some(shared), ..Given::default() };
        Self::start_given(given, SocketOptions::default()).await
    }

    /// Where people log in, with these variables besides.
    pub(crate) async fn start_required(variables: &[(&str, &str)], given: Given) -> Self {
        Self::start_required_as(variables, given, |_| {}).await
    }

    /// The same with options of its own.
    pub(crate) async fn start_required_as(
        variables: &[(&str, &str)],
        given: Given,
        edit: impl FnOnce(&mut ServerOptions),
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let own = [("AUTH_MODE", "required"), ("JARVIS_SETUP_TOKEN", SETUP_TOKEN), ("JWT_SECRET_KEY", SIGNING_KEY)];
        let environment = own.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let flags = Flags { data_dir: Some(directory.path().join("data")), ..Flags::default() };
        let sources = Sources { working_dir: directory.path().to_owned(), environment: environment.collect(), flags };
        Self::start_configured(directory, Config::load(&sources).unwrap(), given, edit).await
    }

    async fn start_given(given: Given, sockets: SocketOptions) -> Self {
        Self::start_edited(given, |options| options.sockets = sockets).await
    }

    /// With options of its own.
    pub(crate) async fn start_as(edit: impl FnOnce(&mut ServerOptions)) -> Self {
        let ids = Arc::new(CountingIds::default());
        Self::start_edited(Given { ids, ..Given::default() }, edit).await
    }

    async fn start_edited(given: Given, edit: impl FnOnce(&mut ServerOptions)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = Config::for_data_dir(directory.path().join("data")).unwrap();
        Self::start_configured(directory, config, given, edit).await
    }

    async fn start_configured(
        directory: TempDir,
        config: Config,
        given: Given,
        edit: impl FnOnce(&mut ServerOptions),
    ) -> Self {
        let clock = Arc::new(FixedClock::default());
        let given = Given { clock: clock.clone(), ..given };
        // what is counted earlier is lost
        let metrics = install_metrics().unwrap();
        let services = Services::open_with(&config, given).await.unwrap();
        let mut options = ServerOptions {
            request_timeout: Duration::from_secs(30),
            settings: Settings::new(Policy { allowed_origins: vec![ALLOWED_ORIGIN.to_owned()], ..Policy::default() }),
            limiter: Some(services.limiter()),
            base_path: String::new(),
            body_patience: Duration::from_secs(30),
            reload: None,
            admin_token: Some(ADMIN_TOKEN.to_owned()),
            sockets: SocketOptions::default(),
            metrics,
        };
        edit(&mut options);
        let readiness = Readiness::starting();
        readiness.set_ready();
        let router = router(services.engine.clone(), options, readiness.clone());
        Self { router, readiness, clock, services, _directory: directory }
    }

    /// Ends as a server does; what still runs has its time.
    pub(crate) async fn stop(self) {
        assert!(self.services.close(Duration::from_secs(10)).await.unwrap(), "work was left behind");
    }

    /// The store, for other nodes to share.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        self.services.store()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(request(Method::DELETE, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(with_json(Method::POST, path, body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(with_json(Method::PATCH, path, body)).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 16 << 20).await.unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Waits until everything that was said has its vector.
    pub(crate) async fn embedded(&self) {
        let caught_up = async {
            while self.services.engine.indexes.vectors.lag().await.unwrap() > 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), caught_up).await.unwrap();
    }

    /// Says something and answers the whole answer.
    pub(crate) async fn say(&self, message: &str, conversation: Option<&str>) -> Value {
        let mut body = serde_json::json!({ "message": message });
        if let Some(conversation) = conversation {
            body["conversation_id"] = conversation.into();
        }
        let answer = self.post("/api/chat", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body without what was measured.
    pub(crate) fn json(&self) -> Value {
        let mut value = serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()));
        without_measures(&mut value);
        value
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Status, code and blamed field of a failure.
    pub(crate) fn failure(&self) -> (u16, String, Option<String>) {
        let body = self.json();
        let error = &body["error"];
        assert_eq!(error["request_id"].as_str(), self.header("x-request-id"), "{body}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
        let field = error["details"]["field"].as_str().map(str::to_owned);
        (self.status, error["code"].as_str().unwrap().to_owned(), field)
    }
}

pub(crate) fn without_measures(value: &mut Value) {
    const MEASURES: [&str; 3] = ["response_time_ms", "query_time_ms", "score"];
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if MEASURES.contains(&name.as_str()) {
                    assert!(field.as_f64().is_some_and(|measure| measure >= 0.0), "{name}: {field}");
                    *field = name.as_str().into();
                } else {
                    without_measures(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_measures),
        _ => {}
    }
}

/// A request as a well-behaved local client sends it.
pub(crate) fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "localhost:8100").header("x-request-id", "test")
}

pub(crate) fn with_json(method: Method, path: &str, body: &Value) -> Request<Body> {
    let request = request(method, path).header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from(body.to_string())).unwrap()
}

/// The id in an answer.
pub(crate) fn id_of(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
}
