//! Talking on the command line, as a script does.

use std::{
    io::{Read, Write},
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::{
    generations::{
        serve,
        upstream::{Script, Upstream},
    },
    server::{Server, data_dir, jarvis, run, text},
};

/// Runs `jarvis chat` with what is piped in.
fn chat(data: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command: Command = jarvis(data);
    command.arg("chat").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn answers(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{output:?}");
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn printed(output: &Output) -> (&str, &str) {
    (std::str::from_utf8(&output.stdout).unwrap(), std::str::from_utf8(&output.stderr).unwrap())
}

#[test]
fn lines_that_are_piped_in_are_answered_in_one_conversation() {
    let (_dir, data) = data_dir();
    let told = "My sister Beatrix keeps seventeen bees on her roof in Lisbon.\n\nMa grand-mère prépare une tarte aux mirabelles.\n";
    let said = answers(&chat(&data, &["--json"], told));
    assert_eq!(said.len(), 2, "an empty line was answered");
    assert_eq!(text(&said[0], "conversation_id"), text(&said[1], "conversation_id"));

    let asked = answers(&chat(&data, &["--json", "Where does", "my sister keep her bees?"], ""));
    assert!(text(&asked[0], "content").contains("seventeen bees on her roof in Lisbon"), "{asked:?}");
    assert_ne!(text(&asked[0], "conversation_id"), text(&said[0], "conversation_id"));
    assert!(!asked[0]["memories_used"].as_array().unwrap().is_empty());

    let plain = chat(&data, &["-"], "Quelle tarte\nma grand-mère prépare-t-elle ?");
    let (answer, told) = printed(&plain);
    assert!(plain.status.success() && answer.contains("tarte aux mirabelles") && answer.ends_with('\n'), "{plain:?}");
    assert_eq!(told, "");
}

#[tokio::test]
async fn a_running_server_answers_for_it() {
    let (_dir, data) = data_dir();
    let server = Server::start(&data);
    let first = answers(&chat(&data, &["--json"], "My cat Mistral sleeps on the piano.\n"));
    let next = answers(&chat(&data, &["--continue", "--json", "What does Mistral sleep on?"], ""));
    let id = text(&first[0], "conversation_id");
    assert_eq!(text(&next[0], "conversation_id"), id);
    let named = answers(&chat(&data, &["--conversation", id, "--json", "Thank you."], ""));
    assert_eq!(text(&named[0], "conversation_id"), id);
    assert_eq!(server.get(&format!("/api/chat/history/{id}")).await["total_count"], 6);

    let plain = chat(&data, &[], "Where does the cat Mistral sleep?\n/memories\n/new\n/model\n");
    let (answer, told) = printed(&plain);
    assert!(plain.status.success() && answer.contains("piano"), "{plain:?}");
    assert!(answer.contains("My cat Mistral sleeps on the piano.") && answer.contains("* recall"), "{answer}");
    assert!(told.contains("a new conversation"), "{told}");
    assert!(server.stop().0.success());
}

#[test]
fn an_answer_that_fails_is_told_with_the_next_step() {
    let (_dir, data) = data_dir();
    for server in [None, Some(())] {
        let server = server.map(|()| Server::start(&data));
        let failed = chat(&data, &["--model", "absent", "Hello"], "");
        assert_eq!(failed.status.code(), Some(1), "{failed:?}");
        assert!(printed(&failed).1.contains("absent") && printed(&failed).0.is_empty(), "{failed:?}");
        let failed = chat(&data, &["--user", "nobody", "--continue", "Hello"], "");
        assert!(printed(&failed).1.contains("leave --continue out"), "{failed:?}");
        let failed = chat(&data, &[], "/unheard\nHello\n");
        assert!(failed.status.code() == Some(1) && printed(&failed).0.is_empty(), "{failed:?}");
        assert!(printed(&failed).1.contains("/help lists them"), "{failed:?}");
        drop(server);
    }
    let (success, _, told) = run(jarvis(&data).args(["chat", "  "]));
    assert!(!success && told.contains("the message is empty"), "{told}");
}

#[test]
fn ctrl_c_stops_the_answer_and_keeps_what_there_is() {
    let upstream = Upstream::start();
    for beside_a_server in [false, true] {
        let (_dir, data) = data_dir();
        let server = beside_a_server.then(|| serve(&data, &upstream));
        upstream.then(Script::say(["One, ", "two, "]).then_hang());
        let mut child = jarvis(&data)
            .args(["chat", "Count."])
            .env("OPENAI_BASE_URL", format!("{}/v1", upstream.url()))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut begun = [0; 10];
        child.stdout.as_mut().unwrap().read_exact(&mut begun).unwrap();
        assert_eq!(&begun, b"One, two, ");
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), printed(&output)), (Some(130), ("\n", "")));
        assert!(upstream.sees_abandoned(1 + usize::from(beside_a_server)), "the model would go on for nobody");
        let (_, exported, _) = run(jarvis(&data).arg("export"));
        assert!(exported.contains("One, two, "), "{exported}");
        drop(server);
    }
}
