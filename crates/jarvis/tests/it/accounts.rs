//! Accounts from the command line, and a server that others can reach.

use serde_json::{Value, json};

use crate::server::{Server, bare, data_dir, jarvis, run};

fn user(data: &std::path::Path, arguments: &[&str]) -> (bool, Value, String) {
    let (success, output, told) = run(jarvis(data).arg("user").args(arguments).arg("--json"));
    (success, serde_json::from_str(&output).unwrap_or(Value::Null), told)
}

fn names(listed: &Value) -> Vec<&str> {
    listed["users"].as_array().unwrap().iter().map(|one| one["username"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn accounts_are_made_alone_and_beside_the_server_that_asks_for_them() {
    let (_dir, data) = data_dir();
    let (success, made, told) = user(&data, &["add", "ann", "--role", "admin"]);
    assert!(success, "{told}");
    let password = made["password"].as_str().unwrap();

    let server = Server::start_by(
        jarvis(&data).args(["serve", "--port", "0"]).env("AUTH_MODE", "required").env("HOST", "0.0.0.0"),
    );
    let base = server.base.replace("0.0.0.0", "127.0.0.1");
    let refused = server.client.get(format!("{base}/api/chat/conversations")).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 401);
    let body = json!({"username": "ann", "password": password});
    let login = server.client.post(format!("{base}/api/auth/login")).json(&body).send().await.unwrap();
    let login: Value = login.json().await.unwrap();
    let access = login["access_token"].as_str().unwrap();
    let whoami = server.client.get(format!("{base}/api/auth/whoami")).bearer_auth(access).send().await.unwrap();
    assert_eq!(whoami.json::<Value>().await.unwrap()["role"], "admin");

    assert!(user(&data, &["add", "bob"]).0);
    assert_eq!(names(&user(&data, &["list"]).1), ["bob", "ann"]);
    let (success, _, told) = user(&data, &["role", "ann", "user"]);
    assert!(!success && told.contains("last administrator"), "{told}");
    let quotas = |arguments: &[&str]| user(&data, &[&["quota", "bob"], arguments].concat()).1["quotas"].clone();
    assert_eq!(quotas(&["--messages", "5"])["messages"], 5);
    assert_eq!(quotas(&["--tokens", "7"]), json!({"messages": 5, "tokens": 7, "storage_bytes": null}));
    assert_eq!(quotas(&["--messages", "none"]), json!({"messages": null, "tokens": 7, "storage_bytes": null}));
    assert_eq!(quotas(&[])["tokens"], 7, "without a limit it shows them");
    let (success, _, told) = user(&data, &["time-zone", "bob", "Mars/X"]);
    assert!(!success && told.contains("there is no such time zone"), "{told}");
    assert_eq!(user(&data, &["disable", "bob"]).1["disabled"], true);
    let invited = user(&data, &["invite"]).1;
    let link = format!("{base}/join#{}", invited["invite"].as_str().unwrap());
    assert_eq!(invited["link"], link.as_str());
    let (_, told, _) = run(jarvis(&data).args(["user", "invite"]));
    assert!(told.contains(&format!("{base}/join#")), "{told}");
    let (_, told, _) = run(jarvis(&data).arg("doctor"));
    assert!(told.contains(&format!("serves {base}")), "{told}");
    let key = user(&data, &["keys", "ann", "--make", "script"]).1;
    let key = key["key"].as_str().unwrap().to_owned();
    let listed = server.client.get(format!("{base}/api/memory/list")).header("x-api-key", &key).send().await.unwrap();
    assert_eq!(listed.status().as_u16(), 200);
    let (_, _, told) = user(&data, &["role", "nobody", "user"]);
    assert!(told.contains("there is no account `nobody`"), "{told}");
    let (_, _, log) = server.stop();
    for secret in [password, access, &key] {
        assert!(!log.contains(secret), "a secret in the log");
    }
    assert_eq!(names(&user(&data, &["list"]).1), ["bob", "ann"], "alone again");
}

#[test]
fn quotas_are_shown_and_changed_one_by_one() {
    let (_dir, data) = data_dir();
    assert!(user(&data, &["add", "ann", "--role", "admin"]).0);
    let quota = |given: &[&str]| user(&data, &[&["quota", "ann"], given].concat()).1["quotas"].clone();
    let of = |messages: Option<u64>, tokens: Option<u64>| json!({"messages": messages, "tokens": tokens, "storage_bytes": null});
    assert_eq!(quota(&[]), of(None, None));
    assert_eq!(quota(&["--messages", "10"]), of(Some(10), None));
    assert_eq!(quota(&["--tokens", "20"]), of(Some(10), Some(20)), "what is not named stays");
    assert_eq!(quota(&[]), of(Some(10), Some(20)), "looking changes nothing");
    assert_eq!(quota(&["--messages", "none"]), of(None, Some(20)));
    let (success, _, told) = user(&data, &["quota", "ann", "--messages", "many"]);
    assert!(!success && told.contains("give a whole number, or `none`"), "{told}");
    let (success, _, told) = user(&data, &["keys", "ann", "--make", "script", "--permission", "everything"]);
    assert!(!success && told.contains("choose among chat"), "{told}");
    assert!(user(&data, &["add", "bob"]).0);
    let (success, _, told) = user(&data, &["keys", "bob", "--make", "script", "--permission", "admin"]);
    assert!(!success && told.contains("that bob has too: chat, memory, search, data"), "{told}");
    let (_, listed, _) = run(jarvis(&data).args(["audit", "list", "--object", "ann"]));
    assert_eq!(listed.matches("user.change").count(), 3, "{listed}");
    assert!(listed.contains("user.add") && !listed.contains(['\u{fffd}', '\u{1b}']), "{listed}");
    let (success, _, told) = run(jarvis(&data).args(["audit", "list", "--limit", "0"]));
    assert!(!success && told.contains("--limit"), "{told}");
}

#[test]
fn the_first_start_says_how_to_set_up_and_keeps_the_token_to_itself() {
    let (_dir, data) = data_dir();
    let server = Server::start_by(bare(&data).args(["serve", "--port", "0"]).env("AUTH_MODE", "required"));
    let (_, output, log) = server.stop();
    let token = std::fs::read_to_string(data.join("setup.token")).unwrap();
    assert!(log.contains("nobody administers yet") && log.contains("setup.token"), "{log}");
    assert!(!log.contains(token.trim()) && !output.contains(token.trim()));
}

#[tokio::test]
async fn commands_say_that_they_do_not_know_whose_data_is_meant() {
    let (_dir, data) = data_dir();
    let file = data.parent().unwrap().join("mine.jsonl");
    let memory = json!({"type": "memory", "content": "Ann likes plums."});
    std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), format!("{memory}\n").as_bytes()).unwrap();
    assert!(user(&data, &["add", "ann", "--role", "admin"]).0);
    let file = file.to_str().unwrap();
    let act = |arguments: &[&str], mode: &str| run(jarvis(&data).args(arguments).env("AUTH_MODE", mode));
    let refused = |arguments: &[&str], mode: &str, words: &[&str]| {
        let (success, output, told) = act(arguments, mode);
        assert!(!success && output.is_empty(), "{arguments:?}: {output}");
        assert!(words.iter().all(|word| told.contains(word)), "{arguments:?}: {told}");
    };
    let each = || {
        for act in [&["export"][..], &["search", "plums"], &["import", file], &["chat", "hello"]] {
            refused(act, "open", &["people have accounts here", "--user NAME", "AUTH_MODE=required"]);
            refused(&[act, &["--user", "nobody"]].concat(), "open", &["there is no user `nobody`", "jarvis user list"]);
            refused(&[act, &["--user", "nobody"]].concat(), "required", &["there is no user `nobody`"]);
        }
        for more in [&[][..], &["--user", "default"], &["--user", "nobody"]] {
            refused(&[&["erase", "--yes"], more].concat(), "open", &["there is no user `"]);
        }
    };
    each();
    let (success, _, told) = act(&["import", file, "--user", "ann"], "open");
    assert!(success, "{told}");
    // the only one there is
    let (success, exported, told) = act(&["export"], "required");
    assert!(success && exported.contains("Ann likes plums."), "{exported}{told}");
    let server = Server::start(&data);
    each();
    let (success, exported, told) = act(&["export", "--user", "ann"], "open");
    assert!(success && exported.contains("Ann likes plums."), "{exported}{told}");
    assert_eq!(server.get("/api/memory/list").await["total"], 0, "whoever comes in open mode is the local user");
    let (_, _, log) = server.stop();
    assert!(log.contains("there are accounts here, but AUTH_MODE is open"), "{log}");
    assert_eq!(names(&user(&data, &["list"]).1), ["ann"], "a name that was tried became somebody");
}

#[tokio::test]
async fn the_setup_token_goes_once_somebody_administers() {
    let (_dir, data) = data_dir();
    let serve = || Server::start_by(bare(&data).args(["serve", "--port", "0"]).env("AUTH_MODE", "required"));
    let server = serve();
    let file = data.join("setup.token");
    let gone = async || {
        let looked = async {
            while file.try_exists().unwrap() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_mins(1), looked).await.unwrap();
    };
    let token = std::fs::read_to_string(&file).unwrap();
    let body = json!({"username": "ann", "password": "correct horse battery", "setup_token": token.trim()});
    let made = server.client.post(format!("{}/api/auth/register", server.base)).json(&body).send().await.unwrap();
    assert_eq!(made.status().as_u16(), 201);
    gone().await;
    server.stop();
    let server = serve();
    gone().await;
    server.stop();
}
