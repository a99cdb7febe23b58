use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::StreamExt;
use jarvis_core::{
    Result,
    ports::{Health, HealthStatus, LanguageModel, ModelEvent, ModelInfo, ModelRequest, ModelStream},
    testkit::{Script, ScriptedModel},
};
use jarvis_providers::models::{Provider, RoutedModel, RoutedOptions};
use tokio::time::Instant;

use super::{ask, failed, invalid, named, read, refusal, request, unreachable};

/// Longer than anybody waits for a list.
const DEAD: Duration = Duration::from_hours(1);

/// A server with models that a test changes.
#[derive(Debug)]
struct Server {
    answers: Arc<ScriptedModel>,
    asked_for: Mutex<Vec<Option<String>>>,
    models: Mutex<Result<Vec<&'static str>>>,
    delay: Mutex<Duration>,
    listed: AtomicUsize,
    /// When its models are asked for the first time.
    panics: bool,
}

impl Server {
    fn new(models: &[&'static str]) -> Arc<Self> {
        Arc::new(Self {
            answers: ScriptedModel::new([]),
            asked_for: Mutex::default(),
            models: Mutex::new(Ok(models.to_vec())),
            delay: Mutex::new(Duration::from_millis(20)),
            listed: AtomicUsize::new(0),
            panics: false,
        })
    }

    fn hangs(self: Arc<Self>) -> Arc<Self> {
        *self.delay.lock().unwrap() = DEAD;
        self
    }

    fn has(&self, models: Result<Vec<&'static str>>) {
        *self.models.lock().unwrap() = models;
    }

    fn listed(&self) -> usize {
        self.listed.load(Ordering::SeqCst)
    }

    fn asked_for(&self) -> Vec<Option<String>> {
        self.asked_for.lock().unwrap().clone()
    }
}

#[async_trait]
impl LanguageModel for Server {
    async fn check(&self) -> Health {
        let delay = *self.delay.lock().unwrap();
        tokio::time::sleep(delay).await;
        match &*self.models.lock().unwrap() {
            Ok(_) => Health::healthy(Duration::ZERO),
            Err(error) => Health::unhealthy(Duration::ZERO, error.message()),
        }
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        assert!(self.listed.fetch_add(1, Ordering::SeqCst) > 0 || !self.panics, "as a test wants it");
        let delay = *self.delay.lock().unwrap();
        tokio::time::sleep(delay).await;
        let info = |id: &str| ModelInfo {
            id: id.to_owned(),
            provider: "server",
            description: String::new(),
            context_tokens: match id {
                "large" => Some(100_000),
                "little" => Some(512),
                _ => None,
            },
        };
        self.models.lock().unwrap().as_ref().map(|ids| ids.iter().map(|id| info(id)).collect()).map_err(Clone::clone)
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        self.asked_for.lock().unwrap().push(request.model.clone());
        self.answers.complete(ModelRequest { model: None, ..request }).await
    }
}

fn routed(servers: &[(&'static str, &Arc<Server>)], fallback: &[&'static str]) -> Arc<RoutedModel> {
    let mut providers = servers.iter().map(|(name, server)| Provider {
        name,
        model: Arc::clone(*server) as Arc<dyn LanguageModel>,
        is_spare: *name == "spare",
    });
    let options = RoutedOptions { fallback: fallback.to_vec(), context_tokens: None, default_context_tokens: 8_192 };
    Arc::new(RoutedModel::new(providers.next().unwrap(), providers.collect(), options))
}

async fn ids(model: &RoutedModel) -> Vec<String> {
    model.models().await.unwrap().into_iter().map(|model| model.id).collect()
}

#[tokio::test(start_paused = true)]
async fn a_model_is_found_by_name_and_by_provider() {
    let (a, b) = (Server::new(&["x", "shared"]), Server::new(&["y", "shared", "org/z"]));
    let model = routed(&[("a", &a), ("b", &b)], &[]);
    assert_eq!(ids(&model).await, ["x", "shared", "y", "b/shared", "org/z"]);
    for name in ["x", "a/x", "shared", "b/shared", "org/z", "b/org/z"] {
        assert_eq!(ask(&*model, named(name)).await.unwrap(), "ACK::hello", "{name}");
    }
    let asked = |server: &Server| server.asked_for().into_iter().flatten().collect::<Vec<_>>();
    assert_eq!(
        (asked(&a), asked(&b)),
        (vec!["x".to_owned(), "x".into(), "shared".into()], vec!["shared".to_owned(), "org/z".into(), "org/z".into()],)
    );
    ask(&*model, request()).await.unwrap();
    assert_eq!(a.asked_for().last().unwrap(), &None, "the first provider chooses its own default");
    assert_eq!(model.resolve(None).await.unwrap().id, "x");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_name_is_refused_with_the_known_ones_after_looking_again() {
    let a = Server::new(&["x"]);
    let model = routed(&[("a", &a)], &[]);
    let error = refusal(&*model, named("new")).await;
    assert_eq!(error.field(), Some("model"));
    insta::assert_snapshot!(error, @r#"there is no model "new" here; known models: x"#);
    assert!(model.resolve(Some("a/new")).await.is_err());
    assert_eq!(a.listed(), 1, "who asks for nonsense does not make the server work");
    a.has(Ok(vec!["x", "new"]));
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(ask(&*model, named("new")).await.unwrap(), "ACK::hello", "a model that was just pulled is there");
}

#[tokio::test(start_paused = true)]
async fn a_list_is_fetched_once_and_nobody_waits_for_a_newer_one() {
    let a = Server::new(&["x"]);
    let model = routed(&[("a", &a)], &[]);
    futures_util::future::join_all((0..50).map(|_| model.models())).await;
    assert_eq!(a.listed(), 1);
    tokio::time::advance(Duration::from_secs(61)).await;
    let a = a.hangs();
    let asked = Instant::now();
    futures_util::future::join_all((0..50).map(|_| model.resolve(Some("x")))).await;
    assert_eq!(ids(&model).await, ["x"]);
    assert!(asked.elapsed().is_zero());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(a.listed(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_list_outlives_its_server() {
    let a = Server::new(&["x"]);
    let model = routed(&[("a", &a)], &[]);
    assert_eq!(ids(&model).await, ["x"]);
    a.has(Err(unreachable()));
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_mins(2)).await;
        assert_eq!(ids(&model).await, ["x"]);
    }
    a.has(Ok(vec!["x", "y"]));
    tokio::time::sleep(Duration::from_secs(6)).await;
    model.models().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(ids(&model).await, ["x", "y"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_or_is_down_neither_hides_nor_delays_the_others() {
    let (dead, down, well) = (Server::new(&["d"]).hangs(), Server::new(&[]), Server::new(&["x"]));
    down.has(Err(unreachable()));
    let model = routed(&[("dead", &dead), ("down", &down), ("well", &well)], &[]);
    let asked = Instant::now();
    assert_eq!(ids(&model).await, ["x"]);
    assert!(asked.elapsed() < Duration::from_secs(2));
    let asked = Instant::now();
    assert_eq!(ask(&*model, named("x")).await.unwrap(), "ACK::hello");
    assert_eq!(asked.elapsed(), Duration::ZERO);
    assert_eq!(refusal(&*model, named("down/y")).await.code(), "model_timeout", "nobody can tell what is not there");
    let health = model.check().await;
    assert_eq!(health.status, HealthStatus::Degraded);
    assert_eq!(health.error.as_deref(), Some("dead: no answer in time; down: nobody there"));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_listed_says_why() {
    let a = Server::new(&[]);
    a.has(Err(unreachable()));
    let spare = Server::new(&["recall"]);
    let model = routed(&[("a", &a)], &[]);
    assert_eq!(model.models().await.unwrap_err().code(), "model_unreachable");
    assert_eq!(model.resolve(None).await.unwrap().id, "a", "a chat begins, and its model says what is wrong");
    let model = routed(&[("a", &a), ("spare", &spare)], &[]);
    assert_eq!(ids(&model).await, ["recall"]);
    assert_eq!(model.check().await.status, HealthStatus::Unhealthy, "a spare does not count");
}

#[tokio::test(start_paused = true)]
async fn whoever_stands_in_says_so_before_the_text() {
    let (a, b, spare) = (Server::new(&["x"]), Server::new(&["y"]), Server::new(&["recall"]));
    let model = routed(&[("a", &a), ("b", &b), ("spare", &spare)], &["b", "spare"]);
    ids(&model).await;
    a.answers.then(Script::Refuse(unreachable()));
    let events: Vec<_> = model.complete(request()).await.unwrap().map(Result::unwrap).collect().await;
    assert_eq!(events[0], ModelEvent::Started { model: "y".to_owned() });
    assert_eq!(events[1], ModelEvent::Token("ACK::hello".to_owned()));
    a.answers.then(Script::Refuse(unreachable()));
    b.answers.then(Script::Refuse(failed()));
    let mut stream = model.complete(request()).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), ModelEvent::Started { model: "recall".to_owned() });
    for server in [&a, &b, &spare] {
        server.answers.then(Script::Refuse(unreachable()));
    }
    b.answers.then(Script::Refuse(failed()));
    assert_eq!(refusal(&*model, request()).await.code(), "model_unreachable", "the default's own error is told");
}

#[tokio::test(start_paused = true)]
async fn nobody_stands_in_who_has_no_room_for_the_prompt() {
    let (a, b, spare) = (Server::new(&["large"]), Server::new(&["little"]), Server::new(&["recall"]));
    let answers = async |fallback: &[&'static str], words: usize, max_tokens| {
        let model = routed(&[("a", &a), ("b", &b), ("spare", &spare)], fallback);
        a.answers.then(Script::Refuse(unreachable()));
        let mut request = request();
        request.messages[0].content = "word ".repeat(words);
        request.params.max_tokens = max_tokens;
        let mut stream = model.complete(request).await.map_err(|error| error.code())?;
        match stream.next().await.unwrap().unwrap() {
            ModelEvent::Started { model } => Ok(model),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(answers(&["b", "spare"], 250, None).await.as_deref(), Ok("little"));
    assert_eq!(answers(&["b", "spare"], 400, None).await.as_deref(), Ok("recall"), "it takes any prompt");
    assert_eq!(answers(&["b"], 400, None).await, Err("model_unreachable"), "the default's own error is told");
    assert_eq!(answers(&["b"], 250, Some(256)).await, Err("model_unreachable"), "there must be room for the answer");
    assert_eq!(b.asked_for().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_panicked_is_asked_again() {
    let mut a = Server::new(&["x"]);
    Arc::get_mut(&mut a).unwrap().panics = true;
    let model = routed(&[("a", &a)], &[]);
    assert!(model.models().await.is_err());
    tokio::time::advance(Duration::from_mins(2)).await;
    assert_eq!(ids(&model).await, ["x"]);
}

#[tokio::test(start_paused = true)]
async fn nobody_stands_in_for_a_named_model_or_a_bad_request_or_after_the_first_token() {
    let (a, b) = (Server::new(&["x"]), Server::new(&["y"]));
    let model = routed(&[("a", &a), ("b", &b)], &["b"]);
    a.answers.then(Script::Refuse(unreachable()));
    assert_eq!(refusal(&*model, named("x")).await.code(), "model_unreachable");
    a.answers.then(Script::Refuse(invalid()));
    assert_eq!(refusal(&*model, request()).await.code(), "context_exceeded");
    a.answers.then(Script::Break(vec!["a".to_owned()], failed()));
    let (text, end) = read(model.complete(request()).await.unwrap()).await;
    assert_eq!((text.as_str(), end.unwrap_err().code()), ("a", "model_failed"));
    assert!(b.asked_for().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_room_for_a_prompt_is_the_models_unless_configured() {
    let a = Server::new(&["small", "large"]);
    let context = async |context_tokens| {
        let provider = Provider { name: "a", model: a.clone(), is_spare: false };
        let options = RoutedOptions { fallback: Vec::new(), context_tokens, default_context_tokens: 8_192 };
        let model = RoutedModel::new(provider, Vec::new(), options);
        let models = model.models().await.unwrap();
        models.into_iter().map(|model| model.context_tokens.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(context(None).await, [8_192, 100_000]);
    assert_eq!(context(Some(4_096)).await, [4_096, 4_096]);
}
