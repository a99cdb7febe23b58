//! Changes of keys that are killed on their way.

use std::{collections::BTreeSet, fs::File, path::Path, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use super::{KEY, NEW, PLACES, exported, fill, import, in_the_clear, refusal, rotate, serve, status_with, with_keys};
use crate::server::{Server, data_dir, text};

/// Lines of an import: a conversation with many turns.
fn many(turns: usize) -> String {
    let mut lines = json!({"type": "conversation", "id": "c", "title": "many"}).to_string() + "\n";
    for turn in 0..turns {
        let line = json!({"type": "message", "conversation_id": "c", "role": "user",
            "content": format!("turn {turn} {}", "and so on ".repeat(20))});
        lines.push_str(&(line.to_string() + "\n"));
    }
    lines
}

/// Lets the server seal everything anew and kills it when so much of it is done. Answers whether that was before the end.
async fn kill_in_the_middle(server: Server, data: &Path, share: f64) -> bool {
    let token: Value = serde_json::from_reader(File::open(data.join("run.json")).unwrap()).unwrap();
    let ask = |method, route| server.request(method, route).bearer_auth(text(&token, "admin_token")).send();
    assert_eq!(ask(Method::POST, "/api/admin/keys/rotate").await.unwrap().status().as_u16(), 202);
    loop {
        let status: Value = ask(Method::GET, "/api/admin/keys").await.unwrap().json().await.unwrap();
        let rotation = &status["rotation"];
        let (done, total) = (rotation["done"].as_f64().unwrap(), rotation["total"].as_f64().unwrap());
        let (is_running, is_enough) = (rotation["running"] == true, done > total * share);
        if !is_running || is_enough {
            server.kill();
            return is_running && total > 0.0;
        }
    }
}

#[tokio::test]
async fn a_rotation_that_was_killed_is_completed_while_others_write() {
    let (_dir, data) = data_dir();
    let server = serve(&data, Some(KEY), None);
    import(&server, &many(4_000)).await;
    server.stop();
    let mut halfway = 0;
    for share in [0.0, 0.2, 0.4, 0.6, 0.8] {
        let server = serve(&data, Some(NEW), Some(KEY));
        server.say(&format!("said before {share} of it was done"), None).await;
        if kill_in_the_middle(server, &data, share).await {
            halfway += 1;
            let status = status_with(&data, Some(NEW), Some(KEY));
            assert_eq!(status["keys"].as_array().unwrap().len(), 2, "the old key is still needed: {status}");
        }
    }
    assert!(halfway > 0, "none was killed before its end");
    let server = serve(&data, Some(NEW), Some(KEY));
    let said = tokio::spawn({
        let api = server.api.clone();
        async move {
            for number in 0..20 {
                api.say(&format!("said meanwhile {number}"), None).await;
            }
        }
    });
    let report = tokio::task::spawn_blocking({
        let data = data.clone();
        move || rotate(&data, Some(NEW), Some(KEY))
    });
    let report = report.await.unwrap();
    said.await.unwrap();
    assert_eq!(report["outcome"], "rotated");
    server.stop();
    let lines = exported(&data, Some(NEW), None);
    let from_people = |begins: &str| {
        let begins = format!("\"content\":\"{begins} ");
        lines.iter().filter(|line| line.contains(&begins) && line.contains("\"role\":\"user\"")).count()
    };
    assert_eq!((from_people("turn"), from_people("said")), (4_000, 25));
}

#[tokio::test]
async fn turning_it_on_or_off_may_be_killed_anywhere_and_goes_on() {
    let (_dir, data) = data_dir();
    let server = serve(&data, None, None);
    fill(&server).await;
    import(&server, &many(3_000)).await;
    server.stop();
    let before = exported(&data, None, None);
    for (key, previous, outcome) in [(Some(KEY), None, "encrypted"), (None, Some(KEY), "decrypted")] {
        let mut interrupted = 0;
        // later and later, until one has come to its end
        for step in 1.. {
            let mut turning = with_keys(&data, key, previous).args(["keys", "rotate"]).spawn().unwrap();
            tokio::time::sleep(Duration::from_millis(step * 20)).await;
            let ended = turning.try_wait().unwrap();
            turning.kill().unwrap();
            turning.wait().unwrap();
            let status = status_with(&data, key, previous);
            if ended.is_some() || interrupted == 4 {
                break;
            }
            if status["encrypted"] == false && status["keys"] != json!([]) {
                interrupted += 1;
            }
            if interrupted == 1 {
                for (key, previous) in [(key, previous), (Some(KEY), None), (None, None)] {
                    let refused = refusal(&data, key, previous);
                    assert!(refused.contains("keys rotate") || refused.contains("ENCRYPTION_KEY"), "{refused}");
                }
            }
        }
        assert!(interrupted > 0, "{outcome}: none was killed in the middle");
        let report = rotate(&data, key, previous);
        // the last one that was killed may have come to its end
        assert!([outcome, "rotated", "nothing"].contains(&text(&report, "outcome")), "{report}");
        assert_eq!(exported(&data, key, previous), before, "{outcome}");
        let clear = if key.is_some() { BTreeSet::new() } else { PLACES.into() };
        assert_eq!(in_the_clear(&data), clear, "{outcome}");
    }
}
