//! What a person is told about the database on a server that they name, and what is made for them there.

use std::time::Duration;

use insta::assert_snapshot;
use jarvis_test_servers::{Database, POSTGRES, Postgres, Session, Settings, free_port, given};
use reqwest::Method;
use serde_json::json;

use crate::server::{Server, bare, data_dir, run};

/// The port of a server by the word that stands for it.
fn without_port(told: &str, url: &str) -> String {
    let port = url.rsplit(':').next().unwrap().split('/').next().unwrap();
    told.replace(port, "PORT").trim_end().to_owned()
}

/// What a command tells that fails with this database.
fn refusal(url: &str, arguments: &[&str]) -> String {
    let (_dir, data) = data_dir();
    let (success, output, told) = run(bare(&data).env("DATABASE_URL", url).args(arguments));
    assert!(!success && output.is_empty(), "{output}{told}");
    without_port(&told, url)
}

/// Lets people in by these lines from now on.
fn admit(server: &Postgres, lines: &str) {
    let mut session = server.session().unwrap();
    let file = session.value("SHOW hba_file").unwrap();
    session.query(&format!("COPY (SELECT $${lines}$$) TO PROGRAM $$tr ';' '\n' > {file}$$")).unwrap();
    session.query("SELECT pg_reload_conf()").unwrap();
}

#[test]
fn each_reason_why_there_is_no_connection_names_what_to_set() {
    if given(POSTGRES).is_none() {
        return;
    }
    let server = Postgres::start(&Settings::default()).unwrap();
    server.session().unwrap().query("CREATE USER ann PASSWORD 'right'").unwrap();
    let named = |user: &str, rest: &str| server.url().replace("postgres@", &format!("{user}@")) + rest;

    assert_snapshot!(refusal(&server.url_of("nowhere"), &["serve", "--port", "0"]), @r"error: there is no database `nowhere`; `jarvis init` makes it, or check the name in DATABASE_URL (database.url)");
    let closed = format!("postgresql://ann@127.0.0.1:{}/x", free_port().unwrap());
    assert_snapshot!(refusal(&closed, &["serve", "--port", "0"]), @r"
    error: no database server answers at 127.0.0.1:PORT; start it, or correct DATABASE_URL (database.url)
      because Connection refused (os error 111)
    ");
    let unknown = refusal("postgresql://ann@nowhere.invalid:5432/x", &["migrate", "status"]);
    // why differs from resolver to resolver
    let (told, why) = unknown.split_once('\n').unwrap();
    assert!(why.trim_start().starts_with("because") && why.lines().count() == 1, "{why}");
    assert_snapshot!(told, @"error: the database server nowhere.invalid:PORT cannot be reached; check the host in DATABASE_URL (database.url)");
    assert_snapshot!(refusal("postgresql://ann@[:5432/x", &["migrate", "status"]), @r"error: DATABASE_URL (database.url) is no address of a database; write postgresql://user:password@host:port/name");
    assert_snapshot!(refusal(&named("ann", "?sslmode=require"), &["migrate", "status"]), @r"
    error: there is no encrypted connection to 127.0.0.1:PORT; check its certificate, and sslmode in DATABASE_URL (database.url)
      because server does not support TLS
    ");

    admit(
        &server,
        "host all ann 127.0.0.1/32 scram-sha-256;hostssl all bob 127.0.0.1/32 trust;host all postgres 127.0.0.1/32 trust",
    );
    assert_snapshot!(refusal(&named("ann:wrong", ""), &["serve", "--port", "0"]), @r"error: the database refused the password of user `ann`; check DATABASE_URL (database.url)");
    assert_snapshot!(refusal(&named("bob", "?sslmode=disable"), &["serve", "--port", "0"]), @r#"
    error: the database does not let user `bob` in without encryption; remove sslmode=disable from DATABASE_URL (database.url), or check its pg_hba.conf
      because no pg_hba.conf entry for host "127.0.0.1", user "bob", database "postgres", no encryption (28000)
    "#);
    assert_snapshot!(refusal(&named("eve", ""), &["serve", "--port", "0"]), @r#"
    error: the database does not let user `eve` in; check DATABASE_URL (database.url), and its pg_hba.conf
      because no pg_hba.conf entry for host "127.0.0.1", user "eve", database "postgres", no encryption (28000)
    "#);
}

#[test]
fn what_another_program_made_is_not_touched() {
    let Some(postgres) = given(POSTGRES) else { return };
    let database = Database::create(&postgres).unwrap();
    database.session().unwrap().query("CREATE TABLE conversations (theirs text)").unwrap();
    let told = refusal(database.url(), &["serve", "--port", "0"]);
    assert_snapshot!(told, @"error: this database is not Jarvis's: it holds a table `conversations` that something else made; give Jarvis a database (on PostgreSQL, a schema is enough) of its own, and name it in DATABASE_URL (database.url)");
    for arguments in [&["init"][..], &["migrate", "up"], &["migrate", "status"]] {
        assert_eq!(refusal(database.url(), arguments), told, "{arguments:?}");
    }
}

#[test]
fn a_database_that_is_not_there_is_made_by_init() {
    let Some(postgres) = given(POSTGRES) else { return };
    let mut server = Session::open(&postgres).unwrap();
    // a database that goes at the end, under whose name another one is made
    let database = Database::create(&postgres).unwrap();
    server.query(&format!("DROP DATABASE {}", database.name())).unwrap();

    let (_dir, data) = data_dir();
    let jarvis = |arguments: &[&str]| run(bare(&data).env("DATABASE_URL", database.url()).args(arguments));
    let (success, output, told) = jarvis(&["init"]);
    assert!(success && output.contains("applied migrations 1 to"), "{output}{told}");
    assert!(output.lines().any(|line| line.contains("database") && line.ends_with("made")), "{output}");
    let (success, output, told) = jarvis(&["init", "--json"]);
    assert!(success && output.contains("\"database_created\": false"), "{output}{told}");
    let (success, output, _) = jarvis(&["migrate", "status"]);
    assert!(success && !output.contains("pending"), "{output}");
}

#[test]
fn who_may_not_make_a_database_is_told_what_an_administrator_does() {
    let Some(postgres) = given(POSTGRES) else { return };
    let mut server = Session::open(&postgres).unwrap();
    let database = Database::create(&postgres).unwrap();
    let (name, user) = (database.name(), format!("{}_user", database.name()));
    server.query(&format!("DROP DATABASE {name}")).unwrap();
    server.query(&format!("CREATE USER {user}")).unwrap();
    let url = database.url().replace("postgres@", &format!("{user}@"));
    let told = refusal(&url, &["init"]);
    server.query(&format!("DROP USER {user}")).unwrap();
    assert_snapshot!(told.replace(name, "NAME"), @r#"
    error: there is no database `NAME`, and user `NAME_user` could not make it; let an administrator run this, and then `jarvis init` again: CREATE DATABASE "NAME" OWNER "NAME_user";
      because permission denied to create database (42501)
    "#);
}

#[test]
fn an_empty_database_and_one_of_a_newer_program_are_told_apart() {
    let Some(postgres) = given(POSTGRES) else { return };
    let database = Database::create(&postgres).unwrap();
    let (_dir, data) = data_dir();
    let command = || {
        let mut command = bare(&data);
        command.env("DATABASE_URL", database.url());
        command
    };
    let (success, output, told) = run(command().arg("doctor"));
    assert!(success && output.contains("the database is empty") && output.contains("jarvis serve"), "{output}{told}");
    assert!(!output.contains('✖'), "{output}");

    assert!(Server::start_by(command().args(["serve", "--port", "0"])).stop().0.success());
    let (success, output, told) = run(command().arg("doctor"));
    assert!(success && output.contains("nothing pending"), "{output}{told}");

    let newer = "INSERT INTO schema_migrations VALUES (99, 'future', 'x', now(), true)";
    database.session().unwrap().query(newer).unwrap();
    let (success, output, told) = run(command().args(["migrate", "status"]));
    assert!(!success && told.contains("written by a newer Jarvis"), "{output}{told}");
    assert!(output.lines().last().unwrap().starts_with('✖') && output.contains("by a newer Jarvis"), "{output}");
    let (success, output, _) = run(command().arg("doctor"));
    assert!(!success && output.contains("a newer Jarvis wrote it"), "{output}");
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_read_from_and_is_not_ready() {
    let Some(postgres) = given(POSTGRES) else { return };
    let (_dir, data) = data_dir();
    let database = Database::create(&postgres).unwrap();
    let server = Server::start_by(bare(&data).env("DATABASE_URL", database.url()).args(["serve", "--port", "0"]));
    server.say("The lighthouse keeper is called Rex.", None).await;
    assert_eq!(server.get("/ready").await["status"], "ready");
    // it may: what was open before stays as it was
    let mut session = database.session().unwrap();
    let mut set = |sql: String| {
        session.query(&sql).unwrap();
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        session.query(others).unwrap();
    };
    let until = async |expected: (u16, &str)| loop {
        let (status, answer) = server.try_ask(Method::GET, "/ready", None).await;
        let told = answer["error"]["code"].as_str().or(answer["status"].as_str()).unwrap_or_default().to_owned();
        if (status.as_u16(), told.as_str()) == expected {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    set(format!("ALTER DATABASE \"{}\" SET default_transaction_read_only = on", database.name()));
    until((503, "read_only")).await;
    let health = server.get("/health").await;
    assert_eq!((&health["status"], &health["services"]["database"]["read_only"]), (&json!("degraded"), &json!(1)));
    let told = health["services"]["database"]["error"].as_str().unwrap();
    assert!(told.contains("takes no writes") && told.contains("DATABASE_URL"), "{told}");
    assert!(!server.find("lighthouse").await.is_empty(), "reading goes on");
    let (success, _, told) = run(bare(&data).arg("ready"));
    assert!(!success && told.contains("takes no writes"), "{told}");
    set(format!("ALTER DATABASE \"{}\" RESET default_transaction_read_only", database.name()));
    until((200, "ready")).await;
    server.say("The harbour master is called Max.", None).await;
}
