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
fn the_first_start_says_how_to_set_up_and_keeps_the_token_to_itself() {
    let (_dir, data) = data_dir();
    let server = Server::start_by(bare(&data).args(["serve", "--port", "0"]).env("AUTH_MODE", "required"));
    let (_, output, log) = server.stop();
    let token = std::fs::read_to_string(data.join("setup.token")).unwrap();
    assert!(log.contains("nobody administers yet") && log.contains("setup.token"), "{log}");
    assert!(!log.contains(token.trim()) && !output.contains(token.trim()));
}

#[tokio::test]
async fn the_setup_token_goes_once_somebody_administers() {
    let (_dir, data) = data_dir();
    let serve = || Server::start_by(bare(&data).args(["serve", "--port", "0"]).env("AUTH_MODE", "required"));
    let server = serve();
    let file = data.join("setup.token");
    let gone = async || {
        let looked = async {
            while file.exists() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), looked).await.unwrap();
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
