//! Starting with the configuration that people have.

use crate::server::{Server, bare, data_dir, jarvis, run};

#[tokio::test]
async fn it_starts_from_the_example_of_variables() {
    let (dir, data) = data_dir();
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.env.example"), dir.path().join(".env")).unwrap();
    let server = Server::start(&data);
    assert_eq!(server.get("/ready").await["status"], "ready");
    assert!(server.stop().0.success());
}

#[test]
#[expect(clippy::too_many_lines, reason = "most of it is the list of all keys")]
fn config_show_tells_where_each_value_comes_from() {
    let (dir, data) = data_dir();
    let file = dir.path().join("mine.toml");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/mine.toml"), &file).unwrap();
    let mut command = bare(&data);
    command
        .args(["config", "show", "--config", "mine.toml"])
        .env("WORKERS", "3")
        .envs(["PG_PASSWORD", "EMBEDDING_API_KEY", "OPENAI_API_KEY", "PYTHON_BRIDGES_TOKEN"].map(|it| (it, "hunter2")));
    let (success, output, told) = run(&mut command);
    assert!(success, "{told}");
    let output = output.replace(&dir.path().display().to_string(), "<dir>");
    insta::assert_snapshot!(output, @r#"
    auth.access_minutes             = 30  # default
    auth.jwt_secret_key             = ""  # default
    auth.mode                       = "open"  # default
    auth.refresh_days               = 7  # default
    auth.registration               = "invite"  # default
    auth.setup_token                = ""  # default
    cache.max_mib                   = 64  # default
    chat.history_tokens             = 3000  # default
    chat.memory_extraction          = "off"  # default
    chat.on_disconnect              = "finish"  # default
    chat.recall_items               = 8  # default
    chat.recall_tokens              = 1500  # default
    data_dir                        = "<dir>/data"  # JARVIS_DATA_DIR in the environment
    database.acquire_timeout_secs   = 10  # default
    database.idle_timeout_secs      = 300  # default
    database.lock_timeout_secs      = 4  # default
    database.max_connections        = 20  # default
    database.replicas               = []  # default
    database.statement_timeout_secs = 10  # default
    database.url                    = ""  # default
    embedding.api_key               = "…"  # EMBEDDING_API_KEY in the environment
    embedding.dimension             = 0  # default
    embedding.model                 = ""  # default
    embedding.url                   = ""  # default
    encryption.key                  = ""  # default
    encryption.previous             = []  # default
    import.max_file_mib             = 4096  # default
    limits.address.admin            = 6000  # default
    limits.address.auth             = 60  # default
    limits.address.chat             = 6000  # default
    limits.address.read             = 120000  # default
    limits.address.search           = 60000  # default
    limits.address.transfer         = 600  # default
    limits.address.write            = 60000  # default
    limits.connections_per_address  = 1024  # default
    limits.enabled                  = true  # default
    limits.head_timeout_secs        = 30  # default
    limits.loopback                 = false  # default
    limits.max_body_kib             = 1024  # default
    limits.max_connections          = 4096  # default
    limits.stall_timeout_secs       = 30  # default
    limits.user.admin               = 6000  # default
    limits.user.auth                = 60  # default
    limits.user.chat                = 6000  # default
    limits.user.read                = 120000  # default
    limits.user.search              = 60000  # default
    limits.user.transfer            = 600  # default
    limits.user.write               = 60000  # default
    llm.answer_timeout_secs         = 600  # default
    llm.attempts                    = 3  # default
    llm.breaker_failures            = 5  # default
    llm.breaker_secs                = 15  # default
    llm.bridges.token               = "…"  # PYTHON_BRIDGES_TOKEN in the environment
    llm.bridges.url                 = ""  # default
    llm.concurrency                 = 32  # default
    llm.connect_timeout_secs        = 5  # default
    llm.context_tokens              = 0  # default
    llm.fallback                    = []  # default
    llm.first_token_timeout_secs    = 60  # default
    llm.gap_timeout_secs            = 30  # default
    llm.ollama.keep_alive           = ""  # default
    llm.ollama.model                = "llama3.2:1b"  # default
    llm.ollama.url                  = ""  # default
    llm.openai.api_key              = "…"  # OPENAI_API_KEY in the environment
    llm.openai.base_url             = ""  # default
    llm.openai.model                = ""  # default
    llm.order                       = ["openai","ollama","bridges"]  # default
    llm.queue                       = 256  # default
    llm.queue_timeout_secs          = 30  # default
    log.file                        = ""  # default
    log.format                      = "auto"  # default
    log.keep                        = 7  # default
    log.level                       = "warn"  # <dir>/mine.toml
    log.max_mib                     = 64  # default
    log.rotate_hours                = 24  # default
    log.slow.first_token_ms         = 15000  # default
    log.slow.request_ms             = 1000  # default
    log.slow.search_ms              = 500  # default
    log.slow.store_ms               = 250  # default
    migrate.auto                    = true  # default
    redis.prefix                    = "jarvis"  # default
    redis.url                       = ""  # default
    search.in_memory                = false  # default
    search.text_index               = "local"  # default
    search.vector_index             = "local"  # default
    server.allowed_origins          = []  # default
    server.base_path                = ""  # default
    server.forwarded_header         = "x-forwarded-for"  # default
    server.host                     = "127.0.0.1"  # default
    server.port                     = 9000  # <dir>/mine.toml
    server.request_timeout_secs     = 30  # default
    server.shutdown_timeout_secs    = 10  # default
    server.tls_cert                 = ""  # default
    server.tls_key                  = ""  # default
    server.trusted_proxies          = []  # default
    server.workers                  = 3  # WORKERS in the environment
    traces.endpoint                 = ""  # default
    "#);
}

#[test]
fn the_default_file_is_printed_and_acceptable() {
    let (dir, data) = data_dir();
    let output = std::fs::File::create(dir.path().join("jarvis.toml")).unwrap();
    assert!(jarvis(&data).args(["config", "default"]).stdout(output).status().unwrap().success());
    let (success, output, told) = run(jarvis(&data).args(["config", "check", "--json"]));
    assert!(success, "{told}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&output).unwrap()["valid"], true);
}

#[test]
fn a_program_is_told_what_is_wrong_as_data() {
    let (_dir, data) = data_dir();
    let (success, output, _) = run(jarvis(&data).args(["config", "check", "--json"]).env("PORT", "eighty"));
    assert!(!success);
    let verdict: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!(verdict["valid"], false);
    assert!(verdict["error"].as_str().unwrap().contains("PORT"), "{verdict}");
}

#[test]
fn a_start_that_would_not_do_what_was_asked_says_why() {
    let refusal = |name: &str, value: &str| {
        let (_dir, data) = data_dir();
        let (success, output, told) = run(jarvis(&data).arg("serve").env(name, value));
        assert!(!success && output.is_empty());
        assert!(!data.try_exists().unwrap(), "a refused start made a data directory");
        told
    };
    insta::assert_snapshot!(refusal("PORT", "eighty"), @"error: PORT in the environment (`eighty`) is not accepted; write a number from 0 to 65535");
    insta::assert_snapshot!(refusal("HOST", "0.0.0.0"), @"error: server.host (HOST in the environment) is 0.0.0.0, which other machines can reach, and nobody has to log in: anybody could read everything; set AUTH_MODE=required, or write 127.0.0.1");
    insta::assert_snapshot!(refusal("DATABASE_URL", "mysql://jarvis:secret@db/jarvis"), @"error: database.url (DATABASE_URL in the environment) cannot be used: Jarvis stores in SQLite or PostgreSQL and has nothing for `mysql:`; leave it empty, or write sqlite:PATH or postgresql://USER@HOST/DATABASE");
    insta::assert_snapshot!(refusal("ENCRYPTION_KEY", "a secret that is too short"), @"error: encryption.key (ENCRYPTION_KEY in the environment) is no key; write 32 characters, or 32 bytes in base64 as `openssl rand -base64 32` makes them");
    insta::assert_snapshot!(refusal("AUTH_MODE", "maybe"), @"error: AUTH_MODE in the environment (`maybe`) is not accepted; write one of open, required");
    insta::assert_snapshot!(refusal("LOG_LEVEL", "loud"), @"error: log.level (LOG_LEVEL in the environment) is `loud`; write off, error, warn, info, debug or trace, or directives such as info,jarvis_engine=debug");
}

#[test]
fn a_port_that_is_taken_is_named_with_its_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (_dir, data) = data_dir();
    let (success, _, told) = run(jarvis(&data).arg("serve").env("PORT", &port));
    assert!(!success);
    insta::assert_snapshot!(told.replace(&port, "<port>"), @"
    error: cannot listen on 127.0.0.1:<port>; choose another server.port than <port> (PORT in the environment), such as with --port 0
      because Address already in use (os error 98)
    ");
}

#[test]
fn a_model_server_that_does_not_answer_is_told_before_the_start() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{nobody}");
    let (_dir, data) = data_dir();
    let (success, output, told) = run(jarvis(&data).args(["config", "check"]).env("OLLAMA_URL", &url));
    assert!(success && output.contains("acceptable"), "an unreachable server does not make a configuration wrong");
    insta::assert_snapshot!(told, @"warning: the models of ollama: the language model's server cannot be reached; check OLLAMA_URL and that the server runs");
    assert!(run(jarvis(&data).arg("init")).0, "a database without a schema would be told instead");
    let (success, output, _) = run(jarvis(&data).arg("doctor").env("OLLAMA_URL", &url));
    assert!(!success && output.contains("ollama: the language model's server cannot be reached"), "{output}");
}
