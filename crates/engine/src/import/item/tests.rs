use super::*;
use proptest::prelude::*;
use serde_json::json;

fn item(line: &Value) -> Item {
    parse(line.to_string().as_bytes()).unwrap().unwrap()
}

fn reason(line: &str) -> String {
    parse(line.as_bytes()).unwrap_err().into_owned()
}

#[test]
fn what_is_absent_has_its_default() {
    let Item::Memory(memory) = item(&json!({"type": "memory", "content": "likes tea"})) else { panic!("no memory") };
    assert_eq!((memory.kind, memory.category.as_str(), memory.importance), (MemoryKind::LongTerm, "note", 0.5));
    let line =
        json!({"type": "message", "conversation_id": 7, "role": "tool", "content": "x", "id": null, "parts": null});
    let Item::Message(message) = item(&line) else { panic!("no message") };
    assert_eq!((message.conversation_id.as_str(), message.id, message.parts), ("7", None, None));
    let line = json!({"type": "conversation", "id": "c", "title": " \t", "role": 5, "parts": {"any": "thing"}});
    let Item::Conversation(conversation) = item(&line) else { panic!("no conversation") };
    assert_eq!(conversation.title, None, "a blank title is none, and what does not belong here is ignored");
}

#[test]
fn long_titles_are_cut_and_blank_lines_are_nothing() {
    let line = json!({"type": "conversation", "id": "c", "title": "é".repeat(500)});
    let Item::Conversation(conversation) = item(&line) else { panic!("no conversation") };
    assert_eq!(conversation.title.unwrap().chars().count(), MAX_NAME_CHARS);
    for blank in ["", " \t\r", "\u{feff}"] {
        assert_eq!(parse(blank.as_bytes()), Ok(None), "{blank:?}");
    }
    assert!(parse("\u{feff}{\"type\":\"session\",\"id\":1,\"name\":\"n\"}\r".as_bytes()).unwrap().is_some());
}

#[test]
fn refusals_name_the_field_and_what_to_do() {
    let cases = [
        ("nonsense", "the line is not a JSON object"),
        ("[1]", "the line is not a JSON object"),
        ("{\"type\":", "the line is not valid JSON: EOF while parsing a value, at column 8"),
        ("{} {}", "the line is not valid JSON: trailing characters, at column 4"),
        ("{}", "type is missing; use session, conversation, message or memory"),
        (r#"{"type":"export"}"#, "type: unknown type “export”; use session, conversation, message or memory"),
        (r#"{"type":7}"#, "type: expected a string"),
        (r#"{"type":"conversation"}"#, "id is missing"),
        (r#"{"type":"conversation","id":1.5}"#, "id: expected an id: a string or a whole number"),
        (r#"{"type":"conversation","id":""}"#, "id: an id is 1 to 200 bytes without control characters"),
        (r#"{"type":"conversation","id":"a\u0000"}"#, "id: an id is 1 to 200 bytes without control characters"),
        (r#"{"type":"conversation","id":1,"title":"a\u0000"}"#, "title must not contain the character U+0000"),
        (r#"{"type":"conversation","id":1,"metadata":[]}"#, "metadata must be a JSON object"),
        (r#"{"type":"message","role":"user","content":"x"}"#, "conversation_id is missing"),
        (r#"{"type":"message","conversation_id":1,"content":"x"}"#, "role is missing"),
        (
            r#"{"type":"message","conversation_id":1,"role":"human","content":"x"}"#,
            "role: write user, assistant, system or tool",
        ),
        (r#"{"type":"message","conversation_id":1,"role":"user"}"#, "content is missing"),
        (r#"{"type":"message","conversation_id":1,"role":"user","content":" "}"#, "content must not be empty"),
        (
            r#"{"type":"message","conversation_id":1,"role":"user","content":"a\u0000b"}"#,
            "content must not contain the character U+0000",
        ),
        (
            r#"{"type":"message","conversation_id":1,"role":"user","content":"x","created_at":"yesterday"}"#,
            "created_at: a time is written in RFC 3339, such as 2026-11-21T08:00:00Z",
        ),
        (
            r#"{"type":"message","conversation_id":1,"role":"user","content":"x","tokens":-1}"#,
            "tokens: expected a whole number from 0 to 4294967295",
        ),
        (
            r#"{"type":"message","conversation_id":1,"role":"user","content":"x","parts":["\u0000"]}"#,
            "parts must not contain the character U+0000",
        ),
        (r#"{"type":"memory","content":"x","kind":"forever"}"#, "kind: write long_term or short_term"),
        (r#"{"type":"memory","content":"x","importance":2}"#, "importance must be from 0 to 1"),
        (r#"{"type":"session","id":"s"}"#, "name is missing"),
        (r#"{"type":"session","id":"s","name":""}"#, "name must not be empty"),
    ];
    for (line, expected) in cases {
        assert_eq!(reason(line), expected, "{line}");
    }
    let long =
        json!({"type": "message", "conversation_id": 1, "role": "user", "content": "x".repeat(MAX_MESSAGE_BYTES + 1)});
    assert_eq!(reason(&long.to_string()), "content must be at most 100000 bytes long; split it");
    assert_eq!(parse(b"{\"type\":\"\xff\"}").unwrap_err(), "the line is not UTF-8");
    assert!(reason(&format!(r#"{{"type":"{}"}}"#, "x".repeat(9_999))).len() < 200, "a reason is short");
}

/// JSON of every kind, in which the known names are common.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["message", "memory", "session", "conversation", "user", "2026-01-01T00:00:00Z"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let names = prop::sample::select(vec![
            "type",
            "id",
            "conversation_id",
            "role",
            "content",
            "title",
            "created_at",
            "metadata",
            "name",
            "x",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..9)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_an_item_or_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Err(reason) = parse(&bytes) {
            prop_assert!(!reason.is_empty() && reason.len() < 400, "{}", reason);
        }
    }

    #[test]
    fn any_json_is_an_item_or_a_reason_without_control_characters(value in any_json()) {
        if let Err(reason) = parse(value.to_string().as_bytes()) {
            prop_assert!(!reason.is_empty() && reason.len() < 400 && !reason.chars().any(char::is_control), "{}", reason);
        }
    }

    #[test]
    fn what_a_message_says_is_kept_as_it_is(
        content in "\\PC{1,80}",
        id in prop::option::of("[a-zA-Z0-9/#:_ -]{1,40}"),
        role in prop::sample::select(vec!["user", "assistant", "system", "tool"]),
        micros in 0i64..4_000_000_000_000_000,
    ) {
        prop_assume!(!content.trim().is_empty());
        let created_at = Timestamp::from_micros(micros);
        let line = json!({
            "type": "message", "conversation_id": "c", "id": id, "role": role, "content": content, "created_at": created_at,
        });
        let Item::Message(message) = item(&line) else { panic!("no message") };
        prop_assert_eq!(&message.content, &content);
        prop_assert_eq!((message.id, message.role.as_str(), message.created_at), (id, role, Some(created_at)));
    }
}
