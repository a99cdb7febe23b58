//! The data directory has one owner; commands beside it act through it.

use jarvis_test_servers::{POSTGRES, given};
use serde_json::Value;

use crate::{
    backend::{Outside, only_embedded},
    server::{Server, bare, data_dir, jarvis, run},
};

fn json(stdout: &str) -> Value {
    serde_json::from_str(stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
}

#[tokio::test]
async fn a_second_server_is_refused_and_told_who_runs() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let (success, output, told) = run(jarvis(&data).args(["serve", "--port", "0"]));
    assert!(!success);
    assert_eq!(output, "");
    let base = &server.base;
    let expected = format!("the data directory is in use by process {}, which serves {base}", server.pid());
    assert!(told.contains(&expected), "{told}");
    assert!(server.get("/ready").await["status"] == "ready", "the first one was disturbed");
}

#[tokio::test]
async fn a_search_beside_the_server_finds_the_same_as_alone() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    server.say("The kayak leaves from the old harbour at dawn.", None).await;
    server.say("Où est le kayak de l’été dernier ?", None).await;
    // also becomes a memory, which is no message
    server.say("I love my kayak.", None).await;
    let search = |more: &[&str]| {
        let (success, output, told) = run(jarvis(&data).args(["search", "kayak", "--json", "--limit", "5"]).args(more));
        assert!(success, "{told}");
        json(&output)["hits"].clone()
    };
    let (all, mine) = (search(&[]), search(&["--role", "user", "--scope", "messages"]));
    assert!(all.as_array().unwrap().len() > mine.as_array().unwrap().len(), "{all}");
    assert_eq!(mine.as_array().unwrap().len(), 3);
    let of_nobody = || run(jarvis(&data).args(["search", "kayak", "--user", "somebody-else"]));
    let (beside, told) = (of_nobody(), "there is no user `somebody-else`");
    assert!(!beside.0 && beside.2.contains(told), "{}", beside.2);
    assert!(server.stop().0.success());
    assert_eq!(search(&[]), all);
    let alone = of_nobody();
    assert!(!alone.0 && alone.2.contains(told), "{}", alone.2);
    assert_eq!(search(&["--role", "user", "--scope", "messages"]), mine);
}

#[tokio::test]
async fn an_index_is_rebuilt_beside_the_server_and_alone() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    server.say("The lighthouse keeper whistles.", None).await;
    let reindex = || {
        let (success, output, told) = run(jarvis(&data).args(["reindex", "--json"]));
        assert!(success, "{told}");
        json(&output)["texts"].as_u64().unwrap()
    };
    let texts = reindex();
    assert!(texts >= 2, "{texts} texts");
    assert!(!server.find("lighthouse").await.is_empty());
    assert!(server.stop().0.success());
    std::fs::remove_dir_all(data.join("index")).unwrap();
    assert_eq!(reindex(), texts);
    let server = Server::start(&data);
    assert!(!server.find("lighthouse").await.is_empty());
}

#[tokio::test]
async fn the_schema_changes_only_when_no_server_runs_and_the_plan_was_seen() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let migrate = |verb: &[&str]| run(jarvis(&data).arg("migrate").args(verb));
    let (_, status, _) = migrate(&["status", "--json"]);
    let applied = json(&status).as_array().unwrap().iter().filter(|row| row["applied_at"].is_string()).count();
    assert!(applied > 0, "{status}");
    assert_eq!(json(&migrate(&["validate", "--json"]).1), json("[]"));
    for verb in [&["up"][..], &["down", "--to", "0", "--yes"]] {
        let (success, _, told) = migrate(verb);
        assert!(!success && told.contains(&format!("process {}", server.pid())), "{told}");
    }
    assert!(server.stop().0.success());

    let (success, _, told) = migrate(&["down", "--to", "0"]);
    assert!(!success && told.contains("--yes"), "{told}");
    assert_eq!(migrate(&["status", "--json"]).1, status, "a plan changed something");
    let (success, undone, told) = migrate(&["down", "--to", "0", "--yes", "--json"]);
    assert!(success, "{told}");
    assert_eq!(json(&undone)["undone"].as_array().unwrap().len(), applied);
    let (success, again, told) = migrate(&["up", "--json"]);
    assert!(success, "{told}");
    assert_eq!(json(&again)["applied"].as_array().unwrap().len(), applied);
}

#[tokio::test]
async fn the_doctor_is_content_with_a_sound_machine_and_names_what_is_damaged() {
    if !only_embedded("a damaged file") {
        return;
    }
    let (_dir, data) = data_dir();
    let doctor = || run(jarvis(&data).arg("doctor"));
    let (success, output, _) = doctor();
    assert!(success && output.contains("there is none yet"), "{output}");
    let server = Server::start(&data);
    server.say("The doctor looks at all of this.", None).await;
    let (success, output, told) = doctor();
    assert!(success && output.contains(&format!("process {}", server.pid())), "{output}{told}");
    assert!(server.stop().0.success());
    let (success, output, told) = doctor();
    assert!(success && !output.contains('✖') && output.contains("✔ integrity"), "{output}{told}");

    let database = data.join("jarvis.db");
    let size = std::fs::metadata(&database).unwrap().len();
    let file = std::fs::OpenOptions::new().write(true).open(&database).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[0x5a; 8_192], size / 2).unwrap();
    let (success, output, _) = doctor();
    assert!(!success && output.contains('✖'), "{output}");
}

#[tokio::test]
async fn a_database_that_vanished_is_not_replaced_by_an_empty_one() {
    if !only_embedded("a file that vanished") {
        return;
    }
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    server.say("The ferry to the island sails on Fridays.", None).await;
    assert!(server.stop().0.success());
    let (database, aside) = (data.join("jarvis.db"), data.join("aside.db"));
    std::fs::rename(&database, &aside).unwrap();
    for is_empty_file in [false, true] {
        if is_empty_file {
            drop(std::fs::File::create(&database).unwrap());
        }
        let (success, _, told) = run(jarvis(&data).args(["serve", "--port", "0"]));
        assert!(!success);
        assert!(told.contains("put the database back from a backup"), "{told}");
    }
    std::fs::rename(&aside, &database).unwrap();
    assert!(!Server::start(&data).find("ferry").await.is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_that_hangs_is_named_within_seconds() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let signal = |name: &str| {
        assert!(std::process::Command::new("kill").args([name, &server.pid().to_string()]).status().unwrap().success());
    };
    signal("-STOP");
    let (success, _, told) = run(jarvis(&data).args(["search", "anything"]));
    signal("-CONT");
    assert!(!success);
    assert!(told.contains(&format!("process {} has the data directory", server.pid())), "{told}");
    assert!(told.contains("does not answer"), "{told}");
}

#[tokio::test]
async fn commands_without_its_settings_ask_the_server_and_never_make_a_file_in_its_place() {
    let Some(postgres) = given(POSTGRES) else { return };
    let (_dir, data) = data_dir();
    let outside = Outside::on(&postgres);
    let mut command = bare(&data);
    outside.tell(command.args(["serve", "--port", "0"]));
    let server = Server::start_by(&mut command);
    server.say("The kayak leaves from the old harbour.", None).await;
    let ask = |arguments: &[&str]| run(bare(&data).args(arguments));
    let (success, found, told) = ask(&["search", "kayak", "--json"]);
    assert!(success && !json(&found)["hits"].as_array().unwrap().is_empty(), "{told}");
    for command in [&["export"][..], &["reindex"], &["config", "reload"], &["keys", "status"], &["doctor"], &["init"]] {
        let (success, output, told) = ask(command);
        assert!(success, "{command:?}: {output}{told}");
    }
    let (_, output, _) = ask(&["doctor"]);
    assert!(output.contains("the server works on postgresql:") && output.contains("✔ store"), "{output}");
    let (success, _, told) = run(bare(&data).args(["export"]).env("DATABASE_URL", "sqlite:mine.db"));
    assert!(!success && told.contains("but database.url (DATABASE_URL in the environment) names sqlite:"), "{told}");
    assert!(server.stop().0.success());

    for command in [&["search", "kayak"][..], &["export"], &["import", "-"], &["serve", "--port", "0"], &["init"]] {
        let (success, output, told) = ask(command);
        assert!(!success && output.is_empty(), "{command:?}: {output}");
        assert!(told.contains("this data directory works on postgresql:"), "{command:?}: {told}");
    }
    assert!(["jarvis.db", "mine.db"].iter().all(|file| !data.join(file).try_exists().unwrap()));
}

#[tokio::test]
async fn whether_a_server_is_ready_is_an_exit_code() {
    let (_dir, data) = data_dir();
    let ready = || run(jarvis(&data).arg("ready"));
    let (success, _, told) = ready();
    assert!(!success && told.contains("no server runs on"), "{told}");
    assert!(!data.try_exists().unwrap(), "looking left something behind");
    let server = Server::start(&data);
    assert_eq!(ready(), (true, "ready\n".to_owned(), String::new()));
    server.kill();
    let (success, _, told) = ready();
    assert!(!success && told.contains("does not answer"), "{told}");
}
