//! Making everything ready, and doing so again.

use std::fs;

use serde_json::Value;

use crate::server::{Server, data_dir, jarvis, run};

fn init(arguments: &[&str], data: &std::path::Path) -> Value {
    let (success, output, told) = run(jarvis(data).args(["init", "--json"]).args(arguments));
    assert!(success, "{told}");
    serde_json::from_str(&output).unwrap()
}

#[test]
fn what_is_there_stays_as_it_is() {
    let (_dir, data) = data_dir();
    let first = init(&[], &data);
    assert_eq!((&first["data_dir_created"], &first["config_created"]), (&Value::Bool(true), &Value::Bool(true)));
    assert_eq!(first["migrations_applied"][0], 1);
    assert_eq!(first["address"], "http://127.0.0.1:8100");

    let file = data.join("jarvis.toml");
    let written = fs::read_to_string(&file).unwrap();
    let (_, default, _) = run(jarvis(&data).args(["config", "default"]));
    assert_eq!(written, default);
    let (valid, _, told) = run(jarvis(&data).args(["config", "check"]));
    assert!(valid, "{told}");

    let mine = "[server]\nport = 9\n";
    write(&file, mine);
    let again = init(&[], &data);
    assert_eq!((&again["data_dir_created"], &again["config_created"]), (&Value::Bool(false), &Value::Bool(false)));
    assert_eq!(again["migrations_applied"], Value::Array(Vec::new()));
    assert_eq!(again["address"], "http://127.0.0.1:9");
    assert_eq!(fs::read_to_string(&file).unwrap(), mine);
}

#[test]
fn a_configuration_that_is_named_is_made_where_it_is_named() {
    let (dir, data) = data_dir();
    let made = init(&["--config", "other/mine.toml"], &data);
    assert_eq!(made["config_created"], true);
    assert!(
        dir.path().join("other/mine.toml").try_exists().unwrap() && !data.join("jarvis.toml").try_exists().unwrap()
    );
}

#[test]
fn a_running_server_is_not_disturbed() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let made = init(&[], &data);
    assert_eq!(made["address"], server.base.as_str());
    let (_, output, _) = run(jarvis(&data).arg("init"));
    assert!(output.contains(&server.base) && !output.contains('\u{1b}'), "{output}");
    assert!(server.stop().0.success());
}

#[expect(clippy::disallowed_methods, reason = "a person's editor writes like this")]
fn write(path: &std::path::Path, text: &str) {
    fs::write(path, text).unwrap();
}
