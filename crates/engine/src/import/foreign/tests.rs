use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    import::item::{Follow, MessageItem},
    limits::MAX_MESSAGE_BYTES,
};

fn read(element: &Value) -> Parsed {
    parse(element.to_string().as_bytes(), None)
}

fn messages(parsed: &Parsed) -> Vec<&MessageItem> {
    let message = |item: &'_ Result<Item, Flaw>| matches!(item, Ok(Item::Message(_)));
    parsed
        .items
        .iter()
        .filter(|item| message(item))
        .map(|item| match item {
            Ok(Item::Message(message)) => &**message,
            _ => unreachable!(),
        })
        .collect()
}

fn flaws(parsed: &Parsed) -> Vec<(&str, &str)> {
    let flaws = parsed.items.iter().filter_map(|item| item.as_ref().err());
    flaws.map(|flaw| (flaw.path.as_str(), flaw.reason.as_ref())).collect()
}

fn node(role: &str, text: &str, parent: Option<&str>) -> Value {
    json!({"parent": parent, "message": {"author": {"role": role}, "create_time": 1.7e9, "recipient": "all",
        "content": {"content_type": "text", "parts": [text]}}})
}

#[test]
fn elements_are_known_by_their_fields() {
    let of = |element: Value| read(&element).format;
    assert_eq!(of(json!({"mapping": {}})), Some(ImportFormat::ChatGpt));
    assert_eq!(of(json!({"chat_messages": []})), Some(ImportFormat::Claude));
    assert_eq!(of(json!({"conversations_memory": ""})), Some(ImportFormat::Claude));
    assert_eq!(of(json!({"chat": {"messages": []}})), Some(ImportFormat::OpenWebUi));
    assert_eq!(of(json!({"history": {}})), Some(ImportFormat::OpenWebUi));
    assert_eq!(of(json!({"conversationId": "1", "messages": []})), Some(ImportFormat::LibreChat));
    for other in [json!({}), json!({"chat": 1}), json!({"name": "x"})] {
        assert_eq!(flaws(&read(&other)), [("", "it is no conversation of a program that is known")]);
    }
    assert_eq!(flaws(&parse(b"[1]", None)), [("", "it is not a JSON object")]);
    assert!(flaws(&parse(b"{\"mapping\":{]}", None))[0].1.starts_with("it is not valid JSON: "));
}

#[test]
fn wrong_types_circles_and_doubles_cost_themselves_alone() {
    let text = r#"{"id":7,"title":["no text"],"create_time":"yesterday","mapping":{
        "a":{"parent":"b","message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["one",2,null]}}},
        "b":{"parent":"a","message":{"author":{"role":"assistant"},"content":{"content_type":"text","parts":["two"]}}},
        "c":{"parent":"c","message":{"author":{"role":"wizard"},"content":{"content_type":"text","parts":["three"]}}},
        "d":{"parent":3,"message":{"author":"me","content":{}}},
        "e":5,
        "f":{"parent":"nobody","message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["five"]}}},
        "f":{"parent":null,"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["again"]}}}}}"#;
    let parsed = parse(text.as_bytes(), None);
    let told: Vec<_> = messages(&parsed).iter().map(|message| (message.content.as_str(), &message.follow)).collect();
    let expected = [("five", Follow::Nothing), ("one", Follow::Nothing), ("two", Follow::Message("a".to_owned()))];
    assert_eq!(told, expected.iter().map(|(text, follow)| (*text, follow)).collect::<Vec<_>>());
    let expected = [
        ("message f", "another message of this conversation has the same id"),
        ("message a", "what it answers comes after it; it begins a branch of its own now"),
        ("message c", "author.role: wizard"),
        ("message d", "author is missing"),
        ("message e", "it is not an object"),
    ];
    assert_eq!(flaws(&parsed), expected);
}

#[test]
fn a_conversation_without_id_has_the_same_one_each_time() {
    let element = json!({"title": "T", "create_time": 1.7e9, "mapping": {"x": node("user", "hello", None)}});
    let id = |parsed: &Parsed| messages(parsed)[0].conversation_id.clone();
    let first = id(&read(&element));
    assert_eq!(first, id(&read(&element)));
    let other = json!({"title": "U", "create_time": 1.7e9, "mapping": {"x": node("user", "hello", None)}});
    assert_ne!(first, id(&read(&other)));
    let long = json!({"id": "x".repeat(300), "mapping": {"x": node("user", "hello", None)}});
    assert_eq!(flaws(&read(&long)), [("", "its id: an id is 1 to 200 bytes without control characters")]);
}

#[test]
fn long_messages_come_as_several_and_what_follows_them_follows_the_last() {
    let line = "é".repeat(99) + "\n";
    let text = line.repeat(MAX_MESSAGE_BYTES / line.len() * 2);
    let element = json!({"id": "c", "mapping": {
        "long": node("user", &text, None), "after": node("assistant", "yes", Some("long"))}});
    let parsed = read(&element);
    let told = messages(&parsed);
    let ids: Vec<&str> = told.iter().filter_map(|message| message.id.as_deref()).collect();
    assert_eq!(ids, ["long", "long/2", "after"]);
    assert_eq!(told[2].follow, Follow::Message("long/2".to_owned()));
    assert!(told.iter().all(|message| message.content.len() <= MAX_MESSAGE_BYTES));
    let whole: String = told[..2].iter().map(|message| message.content.as_str()).collect();
    assert!(whole == text && told[0].content.ends_with('\n'), "divided between lines, and nothing is lost");

    let endless = "x".repeat(MAX_MESSAGE_BYTES * 20 + 1);
    let element = json!({"id": "c", "mapping": {
        "long": node("user", &endless, None), "after": node("assistant", "yes", Some("long"))}});
    let parsed = read(&element);
    assert_eq!(flaws(&parsed), [("message long", "it has 2000001 bytes; the most is 2000000")]);
    assert_eq!(messages(&parsed)[0].follow, Follow::Nothing);
}

#[test]
fn characters_that_cannot_be_kept_are_taken_out() {
    let element = json!({"id": "c", "title": "a\u{0}b", "mapping": {"x": node("user", "c\u{0}d", None)}});
    let parsed = read(&element);
    assert_eq!((messages(&parsed)[0].content.as_str(), parsed.left_out["characters U+0000"]), ("cd", 2));
    let Some(Ok(Item::Conversation(conversation))) = parsed.items.first() else { panic!("no conversation") };
    assert_eq!(conversation.title.as_deref(), Some("ab"));
    let mut bytes = json!({"id": "c", "mapping": {"x": node("user", "c#d", None)}}).to_string().into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'#').unwrap();
    bytes[at] = 0xff;
    let parsed = parse(&bytes, None);
    assert_eq!(messages(&parsed)[0].content, "c\u{fffd}d");
    assert_eq!(parsed.left_out.len(), 1);
}

#[test]
fn messages_in_one_another_may_go_deep() {
    let mut text = String::from(r#"{"conversationId":"c","messages":["#);
    let depth = 2_000;
    for number in 0..depth {
        let number = number.to_string();
        text += &[r#"{"messageId":""#, &number, r#"","isCreatedByUser":true,"text":"turn","children":["#].concat();
    }
    text += &"]}".repeat(depth);
    text += "]}";
    let parsed = parse(text.as_bytes(), None);
    let told = messages(&parsed);
    assert_eq!((told.len(), flaws(&parsed).len()), (depth, 0));
    assert_eq!(told[depth - 1].follow, Follow::Message((depth - 2).to_string()));
}

/// Something that looks like a part of an export, with anything in it.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c\u{0}é]{0,3}".prop_map(Value::from),
        prop::sample::select(vec!["user", "assistant", "text", "human", "2024-01-01T00:00:00Z", "tool"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        let names = prop::sample::select(vec![
            "a",
            "b",
            "id",
            "uuid",
            "title",
            "mapping",
            "message",
            "parent",
            "author",
            "role",
            "content",
            "content_type",
            "parts",
            "chat_messages",
            "sender",
            "text",
            "chat",
            "history",
            "messages",
            "currentId",
            "parentId",
            "conversationId",
            "children",
            "messageId",
            "parentMessageId",
            "isCreatedByUser",
            "metadata",
            "attachments",
            "files",
            "create_time",
            "created_at",
            "timestamp",
            "current_node",
            "type",
            "model_set_context",
            "conversations_memory",
            "project_memories",
            "parent_message_uuid",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..8)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// Whatever is in it: what is taken can be stored, and every message comes after the one it follows.
fn check(parsed: &Parsed) {
    let mut told: Vec<&str> = Vec::new();
    for message in messages(parsed) {
        if let Follow::Message(parent) = &message.follow {
            assert!(told.contains(&parent.as_str()), "{parent} comes after what follows it");
        }
        let id = message.id.as_deref().expect("an id");
        assert!(!told.contains(&id), "{id} comes twice");
        assert!(!message.content.trim().is_empty() && !message.content.contains('\0'));
        told.push(id);
    }
}

proptest! {
    #[test]
    fn nothing_makes_a_reader_fall(
        name in prop::sample::select(vec!["mapping", "chat_messages", "chat", "messages", "history"]),
        part in anything(),
        rest in anything(),
        format in prop::sample::select(vec![None, Some(ImportFormat::ChatGpt), Some(ImportFormat::Claude),
            Some(ImportFormat::OpenWebUi), Some(ImportFormat::LibreChat), Some(ImportFormat::OpenConverse)]),
    ) {
        let mut element = json!({"conversationId": "c", "id": "c"});
        if let Value::Object(rest) = rest {
            element.as_object_mut().unwrap().extend(rest);
        }
        element[name] = part;
        check(&parse(element.to_string().as_bytes(), format));
    }

    #[test]
    fn any_tree_of_messages_keeps_its_order(
        links in prop::collection::vec((0u8..9, 0u8..12, any::<bool>()), 0..12),
        current in 0u8..9,
    ) {
        let nodes: Vec<String> = links
            .iter()
            .map(|(id, parent, is_user)| {
                let role = if *is_user { "user" } else { "system" };
                let text = if *is_user { "said" } else { "" };
                format!("\"{id}\":{}", node(role, text, Some(&parent.to_string())))
            })
            .collect();
        let text = format!("{{\"id\":1,\"current_node\":\"{current}\",\"mapping\":{{{}}}}}", nodes.join(","));
        check(&parse(text.as_bytes(), None));
    }

    #[test]
    fn bytes_that_are_no_json_are_told(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut text = b"{\"mapping\":".to_vec();
        text.extend(&bytes);
        check(&parse(&text, None));
        check(&parse(&bytes, Some(ImportFormat::LibreChat)));
    }
}
