//! Where values come from, which place wins, and what is said about mistakes.

use std::{fs, path::Path};

use jarvis_core::policy::{
    rate_limit::RateLimit,
    request_limits::{RequestLimits, RouteClass},
};
use jarvis_host::{
    Config, EmbeddingTarget, Flags, Sources,
    config::{DEFAULT_FILE, LlmProvider, LogFormat, Setting},
};

/// A working directory, an environment and flags of our own.
struct Case {
    dir: tempfile::TempDir,
    sources: Sources,
}

impl Case {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let flags = Flags { data_dir: Some("data".into()), ..Flags::default() };
        let sources = Sources { working_dir: dir.path().to_owned(), environment: Vec::new(), flags };
        Self { dir, sources }
    }

    fn file(self, name: &str, text: &str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a test's own file")]
        fs::write(self.dir.path().join(name), text).unwrap();
        self
    }

    fn environment(mut self, name: &str, value: &str) -> Self {
        self.sources.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn load(&self) -> Config {
        Config::load(&self.sources).unwrap()
    }

    /// The error, with this case's directory as `<dir>`.
    fn refusal(&self) -> String {
        let error = Config::load(&self.sources).expect_err("this configuration is acceptable");
        error.to_string().replace(&self.dir.path().display().to_string(), "<dir>")
    }

    /// The values that do not come from the defaults, with their places.
    fn given(&self) -> String {
        let dir = self.dir.path().display().to_string();
        let config = self.load();
        let given = config.settings().iter().filter(|setting| setting.origin != "default");
        let line = |set: &Setting| format!("{} = {} ({})", set.key, set.value, set.origin.replace(&dir, "<dir>"));
        given.map(line).collect::<Vec<_>>().join("\n")
    }
}

#[test]
fn a_later_place_wins_key_by_key() {
    let mut case = Case::new()
        .file("jarvis.toml", "[server]\nport = 1\nworkers = 1\nrequest_timeout_secs = 1\n[log]\nlevel = \"warn\"\n")
        .file(".env", "PORT=2\nWORKERS=2\nREQUEST_TIMEOUT_SECS=2\nALLOWED_ORIGINS=https://a.example\n")
        .environment("PORT", "3")
        .environment("WORKERS", "3")
        .environment("LOG_FORMAT", "json");
    case.sources.flags.port = Some(4);
    insta::assert_snapshot!(case.given(), @r#"
    data_dir = "data" (--data-dir)
    log.format = "json" (LOG_FORMAT in the environment)
    log.level = "warn" (<dir>/jarvis.toml)
    server.allowed_origins = ["https://a.example"] (ALLOWED_ORIGINS in .env)
    server.port = 4 (--port)
    server.request_timeout_secs = 2 (REQUEST_TIMEOUT_SECS in .env)
    server.workers = 3 (WORKERS in the environment)
    "#);
    let config = case.load();
    assert_eq!((config.server.port, config.server.workers), (4, Some(3)));
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.data_dir.path(), case.dir.path().join("data"));
}

#[test]
fn the_file_is_found_by_flag_variable_working_directory_and_data_directory() {
    let port = |case: &Case| case.load().server.port;
    let mut case = Case::new().file("named.json", r#"{"server": {"port": 1}}"#).file("second.toml", "server.port = 2");
    fs::create_dir(case.dir.path().join("data")).unwrap();
    case = case.file("data/jarvis.toml", "server.port = 4");
    assert_eq!(port(&case), 4);
    case = case.file("jarvis.json", r#"{"server": {"port": 3}}"#);
    assert_eq!(port(&case), 3);
    case = case.environment("JARVIS_CONFIG", "second.toml");
    assert_eq!(port(&case), 2);
    case.sources.flags.config = Some("named.json".into());
    assert_eq!(port(&case), 1);
}

#[test]
fn the_default_file_says_what_is_in_effect_and_names_every_key() {
    let with = Case::new().file("jarvis.toml", DEFAULT_FILE).load();
    let without = Case::new().load();
    let values =
        |config: &Config| config.settings().iter().map(|set| (set.key.clone(), set.value.clone())).collect::<Vec<_>>();
    assert_eq!(values(&with), values(&without));
    for setting in with.settings() {
        let name = setting.key.rsplit('.').next().unwrap();
        assert!(DEFAULT_FILE.contains(&format!("{name} = ")), "the default file does not name {}", setting.key);
        // the platform's data directory cannot stand in a file that is the same everywhere
        if setting.key != "data_dir" {
            assert_ne!(setting.origin, "default", "the default file does not set {}", setting.key);
        }
    }
}

#[test]
fn the_example_of_variables_is_acceptable_and_names_every_variable() {
    let example = include_str!("../../../../.env.example");
    let case = Case::new().file(".env", example);
    let config = case.load();
    assert_eq!(config.server.port, 8100);
    assert!(config.notices.is_empty(), "{:?}", config.notices);
    for name in jarvis_host::config::variable_names() {
        assert!(example.lines().any(|line| line.starts_with(&format!("{name}="))), ".env.example does not name {name}");
    }
}

#[test]
fn mistakes_in_a_file_are_named_with_their_place_and_what_is_accepted() {
    let refusal = |text| Case::new().file("jarvis.toml", text).refusal();
    insta::assert_snapshot!(refusal("[server]\nprot = 1"), @"<dir>/jarvis.toml has the unknown key server.prot; known are server.allowed_origins, server.base_path, server.forwarded_header, server.host, server.port, server.request_timeout_secs, server.shutdown_timeout_secs, server.tls_cert, server.tls_key, server.trusted_proxies, server.workers");
    insta::assert_snapshot!(refusal("[servers]\nport = 1"), @"<dir>/jarvis.toml has the unknown key servers.port; known are auth.access_minutes, auth.jwt_secret_key, auth.mode, auth.refresh_days, auth.registration, auth.setup_token, cache.max_mib, chat.history_tokens, chat.memory_extraction, chat.on_disconnect, chat.recall_items, chat.recall_tokens, data_dir, database.acquire_timeout_secs, database.idle_timeout_secs, database.lock_timeout_secs, database.max_connections, database.replicas, database.statement_timeout_secs, database.url, embedding.api_key, embedding.dimension, embedding.model, embedding.url, encryption.key, encryption.previous, import.max_file_mib, limits.address.admin, limits.address.auth, limits.address.chat, limits.address.read, limits.address.search, limits.address.transfer, limits.address.write, limits.connections_per_address, limits.enabled, limits.head_timeout_secs, limits.loopback, limits.max_body_kib, limits.max_connections, limits.stall_timeout_secs, limits.user.admin, limits.user.auth, limits.user.chat, limits.user.read, limits.user.search, limits.user.transfer, limits.user.write, llm.answer_timeout_secs, llm.attempts, llm.breaker_failures, llm.breaker_secs, llm.bridges.token, llm.bridges.url, llm.concurrency, llm.connect_timeout_secs, llm.context_tokens, llm.fallback, llm.first_token_timeout_secs, llm.gap_timeout_secs, llm.ollama.keep_alive, llm.ollama.model, llm.ollama.url, llm.openai.api_key, llm.openai.base_url, llm.openai.model, llm.order, llm.queue, llm.queue_timeout_secs, log.file, log.format, log.keep, log.level, log.max_mib, log.rotate_hours, log.slow.first_token_ms, log.slow.request_ms, log.slow.search_ms, log.slow.store_ms, migrate.auto, redis.prefix, redis.url, search.in_memory, search.text_index, search.vector_index, server.allowed_origins, server.base_path, server.forwarded_header, server.host, server.port, server.request_timeout_secs, server.shutdown_timeout_secs, server.tls_cert, server.tls_key, server.trusted_proxies, server.workers, traces.endpoint");
    insta::assert_snapshot!(refusal("[server]\nport = \"x\""), @r#"server.port in <dir>/jarvis.toml is the text "x"; write a number from 0 to 65535"#);
    insta::assert_snapshot!(refusal("[server]\nport = 70000"), @"server.port in <dir>/jarvis.toml is the number `70000`; write a number from 0 to 65535");
    insta::assert_snapshot!(refusal("server = 1"), @"server in <dir>/jarvis.toml is the number `1`; write a section [server]");
    insta::assert_snapshot!(refusal("migrate.auto = \"yes\""), @r#"migrate.auto in <dir>/jarvis.toml is the text "yes"; write true or false"#);
    insta::assert_snapshot!(refusal("server.host = 1"), @"server.host in <dir>/jarvis.toml is the number `1`; write a text in quotes");
    insta::assert_snapshot!(refusal("server.allowed_origins = \"https://a.example\""), @r#"server.allowed_origins in <dir>/jarvis.toml is the text "https://a.example"; write a list such as ["…"]"#);
    insta::assert_snapshot!(refusal("log.level = \"loud\""), @"log.level (<dir>/jarvis.toml) is `loud`; write off, error, warn, info, debug or trace, or directives such as info,jarvis_engine=debug");
    insta::assert_snapshot!(refusal("log.level = \"a b=info\""), @"log.level (<dir>/jarvis.toml) is `a b=info`; write off, error, warn, info, debug or trace, or directives such as info,jarvis_engine=debug");
    insta::assert_snapshot!(refusal("[server]\nrequest_timeout_secs = 0"), @"server.request_timeout_secs (<dir>/jarvis.toml) is 0; write a number from 1 to 3600");
    insta::assert_snapshot!(refusal("[server"), @"
    <dir>/jarvis.toml is not valid TOML: TOML parse error at line 1, column 8
      |
    1 | [server
      |        ^
    invalid table header
    expected `.`, `]`
    ");
    insta::assert_snapshot!(refusal("[log]\nformat = \"xml\""), @"log.format (<dir>/jarvis.toml) is `xml`; write auto, pretty or json");
    insta::assert_snapshot!(refusal("[server]\nallowed_origins = [\"*\"]"), @"server.allowed_origins (<dir>/jarvis.toml) holds `*`; write origins such as https://app.example.org, without a path");
    insta::assert_snapshot!(refusal("[database]\nurl = \"mysql://jarvis:secret@db/jarvis\""), @"database.url (<dir>/jarvis.toml) cannot be used: Jarvis stores in SQLite or PostgreSQL and has nothing for `mysql:`; leave it empty, or write sqlite:PATH or postgresql://USER@HOST/DATABASE");
    insta::assert_snapshot!(Case::new().file("jarvis.json", "{").refusal(), @"<dir>/jarvis.json is not valid JSON: EOF while parsing an object at line 1 column 1");
    insta::assert_snapshot!(Case::new().file("jarvis.json", "{}").file("jarvis.toml", "").refusal(), @"<dir> holds both jarvis.toml and jarvis.json; keep one of them");
    insta::assert_snapshot!(Case::new().file(".env", "JARVIS_DATADIR=x").refusal(), @".env has the unknown name JARVIS_DATADIR; known are JARVIS_CONFIG, JARVIS_DATA_DIR, JARVIS_SETUP_TOKEN");
    insta::assert_snapshot!(Case::new().environment("JARVIS_CONFIG", "absent.toml").refusal(), @"there is no configuration file <dir>/absent.toml; `jarvis config default` prints one");
}

#[test]
fn what_would_not_protect_is_refused() {
    let refusal = |name, value| Case::new().environment(name, value).refusal();
    insta::assert_snapshot!(refusal("HOST", "0.0.0.0"), @"server.host (HOST in the environment) is 0.0.0.0, which other machines can reach, and nobody has to log in: anybody could read everything; set AUTH_MODE=required, or write 127.0.0.1");
    insta::assert_snapshot!(refusal("HOST", "example.org"), @"server.host (HOST in the environment) is `example.org`; write an address of this machine such as 127.0.0.1, ::1 or localhost");
    insta::assert_snapshot!(Case::new().file("jarvis.toml", "[auth]\njwt_secret_key = \"short\"").refusal(), @"auth.jwt_secret_key (<dir>/jarvis.toml) has 5 bytes; write 32 or more that nobody can guess, or none");
    insta::assert_snapshot!(refusal("ENCRYPTION_KEY", "a secret that is too short"), @"encryption.key (ENCRYPTION_KEY in the environment) is no key; write 32 characters, or 32 bytes in base64 as `openssl rand -base64 32` makes them");
    insta::assert_snapshot!(refusal("DATABASE_URL", "mysql://jarvis:secret@db/jarvis"), @"database.url (DATABASE_URL in the environment) cannot be used: Jarvis stores in SQLite or PostgreSQL and has nothing for `mysql:`; leave it empty, or write sqlite:PATH or postgresql://USER@HOST/DATABASE");
}

#[test]
fn what_lies_between_clients_and_the_server_is_judged() {
    let refusal = |text: &str| Case::new().file("jarvis.toml", text).refusal();
    insta::assert_snapshot!(refusal("server.tls_cert = \"a.pem\""), @"server.tls_key (default) is empty, but server.tls_cert is not; name both files or none");
    insta::assert_snapshot!(refusal("server.trusted_proxies = [\"proxy\"]"), @"server.trusted_proxies (<dir>/jarvis.toml) holds `proxy`; write addresses such as 127.0.0.1 or networks such as 10.0.0.0/8");
    insta::assert_snapshot!(refusal("server.forwarded_header = \"via\""), @"server.forwarded_header (<dir>/jarvis.toml) is `via`; write x-forwarded-for or forwarded");
    for wrong in ["jarvis", "/a b", "/a//b", "/../a", "/a?b", "/{a}"] {
        let told = refusal(&format!("server.base_path = \"{wrong}\""));
        assert!(told.contains(&format!("is `{wrong}`; write a path such as /jarvis")), "{told}");
    }
    insta::assert_snapshot!(refusal("limits.user.chat = 60000001"), @"limits.user.chat (<dir>/jarvis.toml) is 60000001; write a number from 0 to 60000000");
    insta::assert_snapshot!(refusal("[limits.users]\nchat = 1").split(';').next().unwrap(), @"<dir>/jarvis.toml has the unknown key limits.users.chat");
    insta::assert_snapshot!(Case::new().environment("LIMITS_ENABLED", "no").refusal(), @"LIMITS_ENABLED in the environment (`no`) is not accepted; write true or false");
    let case = Case::new()
        .file("jarvis.toml", "server.base_path = \"/a/b/\"\nlimits.address.read = 0\n")
        .environment("TRUSTED_PROXIES", "10.0.0.0/8,::1")
        .environment("TLS_CERT_PATH", "a.pem")
        .environment("TLS_KEY_PATH", "/b.pem");
    let config = case.load();
    assert_eq!(config.server.base_path, "/a/b");
    let tls = config.server.tls.unwrap();
    assert_eq!((tls.cert, tls.key), (case.dir.path().join("a.pem"), "/b.pem".into()));
    assert!(config.server.trusted_proxies.contains("10.1.2.3".parse().unwrap()));
    assert_eq!(config.limits.requests.address.of(RouteClass::Read), None);
    assert_eq!(config.limits.requests.user.of(RouteClass::Chat).map(RateLimit::burst), Some(6_000));
    let off = Case::new().environment("LIMITS_ENABLED", "false").load().limits.requests;
    assert_eq!(off, RequestLimits::default());
}

#[test]
fn where_people_log_in_others_may_be_served() {
    let given = Case::new().environment("AUTH_MODE", "required").environment("HOST", "0.0.0.0");
    let config = given.environment("REGISTRATION", "closed").load();
    assert!(config.auth.required && config.server.host.is_unspecified());
    assert_eq!(config.auth.registration, jarvis_engine::Registration::Closed);
}

#[test]
fn what_several_servers_share_is_judged() {
    let on_server = |name, value| {
        Case::new().environment("DATABASE_URL", "postgresql://db/jarvis").environment(name, value).refusal()
    };
    insta::assert_snapshot!(on_server("REDIS_URL", "http://:secret@cache"), @"redis.url (REDIS_URL in the environment) is no address of a Redis; write redis://HOST:PORT, rediss://… for TLS, redis+cluster://HOST,HOST or redis+sentinel://HOST,HOST/MASTER");
    insta::assert_snapshot!(on_server("DATABASE_REPLICA_URLS", "http://:secret@db2"), @"database.replicas (DATABASE_REPLICA_URLS in the environment) holds what is no postgresql://USER@HOST/DATABASE");
    insta::assert_snapshot!(Case::new().environment("DATABASE_REPLICA_URLS", "postgresql://db2/jarvis").refusal(), @"database.replicas (DATABASE_REPLICA_URLS in the environment) follow a PostgreSQL database; set database.url to it, or write []");
    let in_database = "[search]\nvector_index = \"database\"\n";
    insta::assert_snapshot!(Case::new().file("jarvis.toml", in_database).refusal(), @"search.vector_index (<dir>/jarvis.toml) is database, which must be PostgreSQL then; write local, or set database.url");
    insta::assert_snapshot!(Case::new().file("jarvis.toml", "[redis]\nurl = \"redis://cache\"\nprefix = \"a b\"\n").refusal(), @"redis.prefix (<dir>/jarvis.toml) must be 1 to 64 of letters, digits, `-`, `_` and `.`");
}

#[test]
fn whoever_has_an_address_answers_and_the_order_says_who_first() {
    use LlmProvider::{Bridges, Ollama, OpenAi, Recall};
    let order = |case: Case| case.load().llm.order;
    assert_eq!(order(Case::new()), [Recall]);
    let ollama = || Case::new().environment("OLLAMA_URL", "http://localhost:11434");
    assert_eq!(order(ollama()), [Ollama, Recall]);
    let all = || {
        ollama()
            .environment("OPENAI_BASE_URL", "https://api.example.org/v1")
            .environment("PYTHON_BRIDGES_URL", "http://localhost:8005")
    };
    assert_eq!(order(all()), [OpenAi, Ollama, Bridges, Recall]);
    assert_eq!(order(all().file("jarvis.toml", "llm.order = [\"bridges\"]")), [Bridges, OpenAi, Ollama, Recall]);
    assert_eq!(order(ollama().file("jarvis.toml", "llm.order = [\"recall\", \"openai\"]")), [Recall, Ollama]);
    assert!(all().load().llm.fallback.is_empty(), "nobody stands in without being told to");
}

#[test]
fn servers_get_what_is_theirs() {
    let config = Case::new()
        .environment("OPENAI_BASE_URL", "https://api.example.org/v1")
        .environment("OPENAI_API_KEY", "sk-hunter2")
        .environment("OLLAMA_URL", "http://localhost:11434")
        .environment("PYTHON_BRIDGES_URL", "http://localhost:8005")
        .environment("PYTHON_BRIDGES_TOKEN", "hunter2")
        .environment("EMBEDDING_URL", "bridges:")
        .load();
    let openai = config.llm.openai.as_ref().unwrap();
    assert_eq!((openai.base_url.as_str(), openai.model.as_deref()), ("https://api.example.org/v1", None));
    assert!(openai.api_key.is_some() && config.llm.bridges.as_ref().unwrap().token.is_some());
    assert_eq!(config.llm.ollama.as_ref().unwrap().model, "llama3.2:1b");
    assert!(matches!(&config.embedding, EmbeddingTarget::Bridges(bridges) if bridges.url == "http://localhost:8005"));
    let shown = format!("{config:?} {}", serde_json::to_string(config.settings()).unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_key_without_a_server_sends_nothing_anywhere_and_is_told() {
    let config = Case::new().environment("OPENAI_API_KEY", "sk-hunter2").load();
    assert_eq!(config.llm.order, [LlmProvider::Recall]);
    insta::assert_snapshot!(config.notices.join("\n"), @"llm.openai.api_key (OPENAI_API_KEY in the environment) has no effect without OPENAI_BASE_URL, such as https://api.openai.com/v1");
}

#[test]
fn mistakes_about_models_are_named() {
    let refusal = |text| Case::new().file("jarvis.toml", text).refusal();
    insta::assert_snapshot!(refusal("llm.order = [\"gpt\"]"), @"llm.order (<dir>/jarvis.toml) holds `gpt`; write some of openai, ollama, bridges, recall");
    insta::assert_snapshot!(refusal("llm.order = [\"recall\", \"recall\"]"), @"llm.order (<dir>/jarvis.toml) holds `recall` twice");
    insta::assert_snapshot!(refusal("llm.fallback = [\"ollama\"]"), @"llm.fallback (<dir>/jarvis.toml) holds `ollama`, which is not configured; set OLLAMA_URL too");
    insta::assert_snapshot!(refusal("llm.ollama.url = \"localhost:11434\""), @"llm.ollama.url (<dir>/jarvis.toml) is no plain address; write one such as http://localhost:11434, and keys into their own settings");
    insta::assert_snapshot!(refusal("llm.openai.base_url = \"https://me:sk@host/v1\""), @"llm.openai.base_url (<dir>/jarvis.toml) is no plain address; write one such as http://localhost:11434, and keys into their own settings");
    insta::assert_snapshot!(refusal("llm.concurrency = 0"), @"llm.concurrency (<dir>/jarvis.toml) is 0; write a number from 1 to 100000");
    insta::assert_snapshot!(refusal("llm.breaker_secs = 90"), @"llm.breaker_secs (<dir>/jarvis.toml) is 90; write a number from 1 to 60");
    insta::assert_snapshot!(refusal("embedding.url = \"bridges:\""), @"embedding.url (<dir>/jarvis.toml) cannot be used: set PYTHON_BRIDGES_URL to the address of the bridges");
    insta::assert_snapshot!(refusal("[llm.openai]\nurl = \"x\""), @"<dir>/jarvis.toml has the unknown key llm.openai.url; known are llm.openai.api_key, llm.openai.base_url, llm.openai.model");
}

#[test]
fn loopback_has_several_names() {
    for (host, address) in [("localhost", "127.0.0.1"), ("::1", "::1"), ("[::1]", "::1"), ("127.0.0.2", "127.0.0.2")] {
        assert_eq!(Case::new().environment("HOST", host).load().server.host.to_string(), address);
    }
}

#[test]
fn neither_debug_nor_settings_show_a_password() {
    let case = Case::new()
        .environment("DATABASE_URL", "postgresql://jarvis:hunter2@db/jarvis")
        .environment("DATABASE_REPLICA_URLS", "postgresql://jarvis:hunter2@db2/jarvis")
        .environment("REDIS_URL", "redis://:hunter2@cache:6379")
        .environment("PG_PASSWORD", "hunter2");
    let config = case.load();
    assert!(!format!("{config:?}").contains("hunter2"));
    assert!(Path::new(config.data_dir.path()).is_absolute());
}
