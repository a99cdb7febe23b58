//! Who answers a chat, over servers that do as a test tells them.

#[path = "../../../providers/tests/it/upstream.rs"]
#[expect(dead_code, reason = "only a part of the server is needed here")]
mod upstream;

use std::{fs, time::Duration};

use jarvis_core::{Error, ErrorKind, Result, ports::HealthStatus};
use jarvis_engine::{ChatRequest, ServiceHealth};
use jarvis_host::{Config, Flags, Services, Sources, check_models};
use tempfile::TempDir;

use upstream::{Script, Upstream};

/// Everything but the network, wired by a configuration.
struct Jarvis {
    services: Services,
    config: Config,
    _dir: TempDir,
}

impl Jarvis {
    async fn start(environment: &[(&str, &str)], file: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test's own file")]
        fs::write(dir.path().join("jarvis.toml"), file).unwrap();
        let flags = Flags { data_dir: Some("data".into()), ..Flags::default() };
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let config = Config::load(&Sources { working_dir: dir.path().to_owned(), environment, flags }).unwrap();
        Self { services: Services::open(&config).await.unwrap(), config, _dir: dir }
    }

    /// The model that answered, and what.
    async fn ask(&self, model: Option<&str>) -> Result<(String, String)> {
        let engine = &self.services.engine;
        let scope = engine.users.local(None).await?;
        let request = ChatRequest { model: model.map(str::to_owned), ..ChatRequest::new("hello there") };
        let generation = engine.chat.send(scope, request).await?;
        let begun = generation.start.model.clone();
        let answer = generation.answer().await?;
        assert_eq!(answer.model, begun, "the model that was told is the one that is stored");
        Ok((answer.model.clone(), answer.content.clone()))
    }

    async fn refusal(&self) -> Error {
        self.ask(None).await.expect_err("an answer")
    }

    async fn models(&self) -> Vec<String> {
        let models = self.services.engine.chat.models().await.unwrap();
        models.into_iter().map(|model| format!("{}: {}", model.provider, model.id)).collect()
    }

    async fn llm(&self) -> ServiceHealth {
        let report = self.services.engine.health.report().await;
        report.services.iter().find(|service| service.name == "llm").unwrap().clone()
    }

    async fn messages(&self) -> u64 {
        let engine = &self.services.engine;
        let scope = engine.users.local(None).await.unwrap();
        engine.stats.report(&scope).await.unwrap().totals.messages
    }
}

/// An address where nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_server_answers_and_memory_always_can() {
    let upstream = Upstream::start();
    let url = upstream.url();
    let openai = format!("{url}/v1");
    let all = [("OPENAI_BASE_URL", &*openai), ("OLLAMA_URL", &*url), ("PYTHON_BRIDGES_URL", &*url)];
    let jarvis = Jarvis::start(&all, "[llm.ollama]\nmodel = \"tiny\"").await;
    insta::assert_snapshot!(jarvis.models().await.join("\n"), @"
    openai: tiny
    openai: other
    ollama: ollama/tiny
    ollama: ollama/other
    bridges: bridges
    jarvis: recall
    ");
    assert_eq!(jarvis.ask(None).await.unwrap().0, "tiny");
    for (name, model) in [
        ("other", "other"),
        ("openai/tiny", "tiny"),
        ("ollama/tiny", "ollama/tiny"),
        ("ollama/other:latest", "ollama/other"),
        ("bridges", "bridges"),
    ] {
        let (answered, text) = jarvis.ask(Some(name)).await.unwrap();
        assert_eq!((answered.as_str(), &text[..5]), (model, "ACK::"), "{name}");
    }
    for (path, times) in [("/v1/chat/completions", 3), ("/api/chat", 2), ("/api/llm/generate", 1)] {
        assert_eq!(upstream.seen(path).len(), times, "{path}");
    }
    assert_eq!(jarvis.ask(Some("recall")).await.unwrap().0, "recall");
    let before = jarvis.messages().await;
    let error = jarvis.ask(Some("gpt")).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Invalid, Some("model")));
    assert_eq!(jarvis.messages().await, before, "nothing is stored for a model that is not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_stands_in_unless_told_to() {
    let url = nobody();
    let jarvis = Jarvis::start(&[("OLLAMA_URL", &url)], "").await;
    let error = jarvis.refusal().await;
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, "model_unreachable"));
    assert_eq!(jarvis.messages().await, 1, "what was said is kept");
    assert_eq!(jarvis.llm().await.health.status, HealthStatus::Unhealthy);
    let told = check_models(&jarvis.config).await;
    assert!(told[0].1.error.is_some() && told[1].1.error.is_none(), "{told:?}");

    let jarvis = Jarvis::start(&[("OLLAMA_URL", &url)], "llm.fallback = [\"recall\"]").await;
    let (model, text) = jarvis.ask(None).await.unwrap();
    assert_eq!(model, "recall");
    assert!(!text.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn several_servers_are_degraded_when_one_is_down() {
    let upstream = Upstream::start();
    let (down, up) = (nobody(), upstream.url());
    let file = "llm.fallback = [\"bridges\"]\nllm.attempts = 1";
    let jarvis = Jarvis::start(&[("OLLAMA_URL", &down), ("PYTHON_BRIDGES_URL", &up)], file).await;
    let llm = jarvis.llm().await.health;
    assert_eq!(llm.status, HealthStatus::Degraded);
    assert!(llm.error.unwrap().starts_with("ollama: "));
    assert!(llm.figures.contains(&("answering", 1)) && llm.figures.contains(&("providers", 2)));
    assert_eq!(jarvis.ask(None).await.unwrap().0, "bridges");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_in_trouble_ends_in_its_documented_error_and_in_time() {
    let upstream = Upstream::start();
    let file = "[llm]\nfirst_token_timeout_secs = 1\ngap_timeout_secs = 1\nbreaker_failures = 1000\n";
    let base = format!("{}/v1", upstream.url());
    let jarvis = Jarvis::start(&[("OPENAI_BASE_URL", &base)], file).await;
    let nothing = || Script::say([] as [&str; 0]);
    let (failed, refused) = (Script::status(500, &[], "{}"), Script::status(400, &[], "{}"));
    for (name, script, kind, code) in [
        ("hangs", Script::hang(), ErrorKind::DeadlineExceeded, "model_timeout"),
        ("falls silent", Script::say(["a"]).then_hang(), ErrorKind::DeadlineExceeded, "model_timeout"),
        ("dies before a word", nothing().then_cut(), ErrorKind::Unavailable, "model_unreachable"),
        ("dies in mid-answer", Script::say(["a"]).then_cut(), ErrorKind::Upstream, "model_hung_up"),
        ("sends rubbish", nothing().then_raw("<html>not a model</html>"), ErrorKind::Upstream, "model_answer"),
        ("fails", failed, ErrorKind::Upstream, "model_failed"),
        ("fails in mid-answer", Script::say(["a"]).then_error("out of memory"), ErrorKind::Upstream, "model_failed"),
        ("refuses the key", Script::status(401, &[], "{}"), ErrorKind::Upstream, "model_key_refused"),
        ("refuses the request", refused, ErrorKind::Upstream, "model_refused"),
        ("is overloaded", Script::status(429, &["retry-after: 20"], "{}"), ErrorKind::Unavailable, "model_overloaded"),
        ("is then left in peace", nothing(), ErrorKind::Unavailable, "model_resting"),
    ] {
        // A server in trouble is so for every attempt.
        upstream.always("/v1/chat/completions", script);
        let before = jarvis.messages().await;
        let error = tokio::time::timeout(Duration::from_secs(30), jarvis.refusal()).await.expect("an end");
        assert_eq!((error.kind(), error.code()), (kind, code), "it {name}: {error:?}");
        let began = matches!(name, "falls silent" | "dies in mid-answer" | "fails in mid-answer");
        let kept = jarvis.messages().await - before;
        assert_eq!(kept, 1 + u64::from(began), "it {name}: what was said and what was answered is kept");
        let told = error.retry_after().map(|after| after.as_secs().div_ceil(20));
        assert_eq!(told, (kind == ErrorKind::Unavailable).then_some(1), "it {name}: {error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_cannot_be_looked_up_now_costs_the_answer_and_not_the_message() {
    let openai = format!("{}/v1", nobody());
    let jarvis = Jarvis::start(&[("OPENAI_BASE_URL", &*openai)], "[llm]\nattempts = 1").await;
    let refused = jarvis.ask(Some("large")).await.unwrap_err();
    assert_eq!((refused.code(), jarvis.messages().await), ("model_unreachable", 1));
}
