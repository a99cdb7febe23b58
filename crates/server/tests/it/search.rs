use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{TestApp, id_of};

#[tokio::test]
async fn what_was_just_said_is_found_with_its_passage() {
    let app = TestApp::start().await;
    let said = app.say("Nous avons mangé une tarte à l’île de Ré.", None).await;
    let found = app.get("/api/search?q=tarte&role=user").await.json();
    assert_json_snapshot!(found, @r#"
    {
      "hits": [
        {
          "content": "Nous avons mangé une tarte à l’île de Ré.",
          "conversation_id": "00000000-0000-7000-8000-000000000002",
          "created_at": "2026-11-21T08:00:00.000000Z",
          "id": "00000000-0000-7000-8000-000000000003",
          "kind": "message",
          "metadata": null,
          "role": "user",
          "score": "score",
          "snippet": "Nous avons mangé une tarte à l’île de Ré.",
          "snippet_matches": [
            [
              21,
              26
            ]
          ]
        }
      ],
      "query_time_ms": "query_time_ms",
      "total": 1,
      "total_is_exact": true
    }
    "#);
    let hit = &found["hits"][0];
    let characters: Vec<char> = hit["snippet"].as_str().unwrap().chars().collect();
    let marked = hit["snippet_matches"][0].as_array().unwrap();
    let at = |index: usize| marked[index].as_u64().unwrap() as usize;
    assert_eq!(characters[at(0)..at(1)].iter().collect::<String>(), "tarte", "offsets count characters");

    let elsewhere = app.get("/api/search?q=tarte&role=user&until=2026-11-21T07:00:00Z").await.json();
    assert_eq!(elsewhere["hits"], json!([]));
    let here = format!("/api/search?q=tarte&role=user&conversation_id={}", id_of(&said, "conversation_id"));
    assert_eq!(app.get(&here).await.json()["total"], 1);
    app.stop().await;
}

#[tokio::test]
async fn hits_come_in_pages_without_gaps_or_repeats() {
    let app = TestApp::start().await;
    for number in 0..5 {
        app.post("/api/memory", &json!({"content": format!("apple number {number}")})).await;
    }
    let mut seen: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app.get(&format!("/api/search?q=apple&scope=memories&limit=2&cursor={cursor}")).await.json();
        seen.extend(page["hits"].as_array().unwrap().iter().map(|hit| hit["id"].clone()));
        let Some(next) = page.get("next_cursor").and_then(Value::as_str) else { break };
        cursor = next.to_owned();
    }
    let mut distinct: Vec<String> = seen.iter().map(ToString::to_string).collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!((seen.len(), distinct.len()), (5, 5));
}

#[tokio::test]
async fn other_words_are_found_by_both_legs_and_the_score_is_explained() {
    let app = TestApp::start().await;
    app.say("I am allergic to peanuts.", None).await;
    app.say("The train to Porto leaves at nine.", None).await;
    app.embedded().await;
    let question = "q=Which%20food%20must%20I%20avoid&role=user";
    assert_eq!(app.get(&format!("/api/search?{question}")).await.json()["total"], 0);
    let found = app.get(&format!("/api/search?{question}&mode=hybrid&explain=true")).await;
    let found: Value = serde_json::from_str(found.text()).unwrap();
    let best = &found["hits"][0];
    assert_eq!(best["content"], "I am allergic to peanuts.");
    let parts: f64 = best["explain"].as_object().unwrap().values().map(|part| part.as_f64().unwrap()).sum();
    assert!((parts - best["score"].as_f64().unwrap()).abs() < 1e-4, "{best}");
    assert!(best["explain"]["meaning"].as_f64().unwrap() > 0.0, "{best}");
    let near = app.get(&format!("/api/search?{question}&mode=vector")).await.json();
    assert_eq!(near["hits"][0]["content"], "I am allergic to peanuts.");
    assert!(near["hits"][0].get("explain").is_none());
    let memories = app.get("/api/memory/search?q=forbidden%20food&mode=hybrid").await.json();
    let memory =
        memories["results"].as_array().unwrap().iter().find(|hit| hit["content"] == "I am allergic to peanuts.");
    assert!(memory.is_some_and(|memory| !memory["source_message_ids"].as_array().unwrap().is_empty()), "{memories}");
    app.stop().await;
}
