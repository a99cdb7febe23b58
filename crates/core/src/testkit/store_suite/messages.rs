use super::{
    checks,
    world::{World, at, present, refused},
    write,
};
use crate::{
    ErrorKind, Json, Result, Scope,
    id::MessageId,
    ports::Store,
    types::{
        ConversationPatch, ConversationStatus, Follows, ForeignId, Message, MessageQuery, MessageStatus, NewMessage,
        Role,
    },
};

checks![
    keep_every_field,
    are_numbered_and_move_the_head,
    page_shows_the_latest_oldest_first,
    page_is_of_one_owner,
    hydrate_keeps_the_order_asked,
    around_reaches_both_ways_and_shows_each_once,
    around_is_of_one_owner_and_leaves_the_bin_out,
    branch_goes_up_to_the_beginning,
    branch_is_of_one_owner,
    follow_the_latest_when_not_told_otherwise,
    answer_is_the_first_final_assistant_child,
    refuse_what_is_not_theirs,
    refuse_what_is_stored_already,
    refused_one_leaves_nothing_behind,
    many_are_added_all_or_none,
];

fn query(limit: u32) -> MessageQuery {
    MessageQuery { before: None, since: None, limit }
}

fn positions(messages: &[Message]) -> Vec<i64> {
    messages.iter().map(|message| message.position).collect()
}

async fn keep_every_field(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let question = world.say(ada, &conversation, "").await?;
    assert_eq!((question.content.as_str(), question.parts.as_ref(), question.tokens), ("", None, None));
    let new = NewMessage {
        follows: Follows::Message(question.id),
        author: Some("Zoë".into()),
        parts: Some(Json::encode(&[1])?),
        tokens: Some(u32::MAX),
        model: Some("m".into()),
        status: MessageStatus::Interrupted,
        recall_score: Some(0.25),
        metadata: Some(Json::encode(&"é")?),
        ..world.message(&conversation, Role::Assistant, "line\n\u{1f600}", 12)
    };
    let given = new.clone();
    let answered = world.append(ada, given).await?;
    let stored = present(store.messages().get(&ada, new.id).await?)?;
    assert_eq!(stored, answered);
    assert_eq!((stored.id, stored.conversation_id, stored.position), (new.id, conversation.id, 2));
    assert_eq!((stored.parent_id, stored.role, stored.author), (Some(question.id), new.role, new.author));
    assert_eq!((stored.content, stored.parts, stored.tokens), (new.content, new.parts, new.tokens));
    assert_eq!((stored.model, stored.status, stored.recall_score), (new.model, new.status, new.recall_score));
    assert_eq!((stored.metadata, stored.created_at), (new.metadata, new.created_at));
    Ok(())
}

async fn are_numbered_and_move_the_head(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let (one, two) = (world.conversation(ada, "1", 1).await?, world.conversation(ada, "2", 1).await?);
    let mut numbers = Vec::new();
    for conversation in [&one, &one, &two, &one] {
        numbers.push(world.append(ada, world.message(conversation, Role::User, "x", 7)).await?.position);
    }
    assert_eq!(numbers, [1, 2, 1, 3]);
    let head = world.head(ada, one.id).await?;
    assert_eq!((head.message_count, head.active_at, head.updated_at), (3, at(7), at(7)));
    world.append(ada, world.message(&one, Role::User, "late import", 3)).await?;
    assert_eq!(world.head(ada, one.id).await?.active_at, at(7), "activity never moves back");
    Ok(())
}

async fn page_shows_the_latest_oldest_first(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let mut made = Vec::new();
    for second in 10..15 {
        made.push(world.append(ada, world.message(&conversation, Role::User, "x", second)).await?);
    }
    let messages = store.messages();
    let page = |query: MessageQuery| async move { present(messages.page(&ada, conversation.id, &query).await?) };

    let latest = page(query(2)).await?;
    assert_eq!((positions(&latest.messages), latest.has_more), (vec![4, 5], true));
    assert_eq!((latest.conversation.id, latest.conversation.message_count), (conversation.id, 5));
    assert_eq!(latest.messages[1], made[4]);
    let all = page(query(5)).await?;
    assert_eq!((positions(&all.messages), all.has_more), (vec![1, 2, 3, 4, 5], false));
    let before = page(MessageQuery { before: Some(made[3].id), ..query(2) }).await?;
    assert_eq!((positions(&before.messages), before.has_more), (vec![2, 3], true));
    let since = page(MessageQuery { since: Some(at(12)), ..query(9) }).await?;
    assert_eq!((positions(&since.messages), since.has_more), (vec![3, 4, 5], false));
    let both = page(MessageQuery { since: Some(at(12)), before: Some(made[4].id), limit: 1 }).await?;
    assert_eq!((positions(&both.messages), both.has_more), (vec![4], true));
    let unknown = MessageQuery { before: Some(world.id()), ..query(2) };
    refused(page(unknown).await, ErrorKind::NotFound);
    Ok(())
}

async fn page_is_of_one_owner(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let conversation = world.conversation(ada, "t", 1).await?;
    let message = world.say(ada, &conversation, "secret").await?;
    assert_eq!(store.messages().page(&bob, conversation.id, &query(5)).await?, None);
    assert_eq!(store.messages().page(&ada, world.id(), &query(5)).await?, None);
    assert_eq!(store.messages().get(&bob, message.id).await?, None);
    assert_eq!(store.messages().hydrate(&bob, &[message.id]).await?, []);
    let mut answer = world.message(&conversation, Role::Assistant, "a", 11);
    answer.follows = Follows::Message(message.id);
    world.append(ada, answer).await?;
    assert_eq!(store.messages().answer_to(&bob, message.id).await?, None);

    let theirs = world.conversation(bob, "t", 1).await?;
    let query = MessageQuery { before: Some(message.id), ..query(5) };
    refused(store.messages().page(&bob, theirs.id, &query).await, ErrorKind::NotFound);
    Ok(())
}

async fn hydrate_keeps_the_order_asked(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let one = world.say(ada, &conversation, "1").await?;
    let two = world.say(ada, &conversation, "2").await?;
    let found = store.messages().hydrate(&ada, &[two.id, world.id(), one.id]).await?;
    assert_eq!(found, [two, one]);
    let many: Vec<MessageId> = (0..1001).map(|_| world.id()).collect();
    assert_eq!(store.messages().hydrate(&ada, &many[..1000]).await?, []);
    refused(store.messages().hydrate(&ada, &many).await, ErrorKind::Invalid);
    Ok(())
}

async fn around_reaches_both_ways_and_shows_each_once(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let (one, two) = (world.conversation(ada, "1", 1).await?, world.conversation(ada, "2", 1).await?);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        first.push(world.say(ada, &one, "x").await?);
        second.push(world.say(ada, &two, "y").await?);
    }
    let messages = store.messages();
    let around = async |ids: &[MessageId], reach| messages.around(&ada, ids, reach).await;

    assert_eq!(around(&[first[3].id], 0).await?, first[3..4]);
    assert_eq!(around(&[first[3].id], 2).await?, first[1..6]);
    assert_eq!(around(&[first[0].id], 2).await?, first[..3], "nothing is before the first");
    assert_eq!(around(&[first[6].id], 20).await?, first[..], "nothing is after the last");
    assert_eq!(around(&[first[4].id, first[2].id, first[2].id], 1).await?, first[1..6], "overlapping ones once");
    assert_eq!(around(&[first[6].id, first[0].id], 1).await?, [&first[..2], &first[5..]].concat());
    let both = around(&[second[0].id, world.id(), first[6].id], 1).await?;
    let mut conversations = [&first[5..], &second[..2]];
    conversations.sort_by_key(|messages| messages[0].conversation_id);
    assert_eq!(both, conversations.concat());
    assert_eq!(around(&[], 5).await?, []);

    let many: Vec<MessageId> = (0..1001).map(|_| world.id()).collect();
    assert_eq!(around(&many[..1000], 5).await?, []);
    refused(around(&many, 5).await, ErrorKind::Invalid);
    refused(around(&[first[0].id], 21).await, ErrorKind::Invalid);
    Ok(())
}

async fn around_is_of_one_owner_and_leaves_the_bin_out(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let hers = world.conversation(ada, "1", 1).await?;
    let said = [world.say(ada, &hers, "secret").await?, world.say(ada, &hers, "more").await?];
    let messages = store.messages();
    assert_eq!(messages.around(&bob, &[said[0].id], 3).await?, []);
    assert_eq!(messages.around(&Scope::system(), &[said[0].id], 3).await?, said);

    let patch = ConversationPatch { status: Some(ConversationStatus::Deleted), ..ConversationPatch::default() };
    let conversation = hers.id;
    write!(store, tx => tx.conversations().update(&ada, conversation, patch, at(30)).await)?;
    assert_eq!(messages.around(&ada, &[said[0].id], 3).await?, []);
    Ok(())
}

async fn branch_goes_up_to_the_beginning(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let mut line: Vec<Message> = Vec::new();
    for _ in 0..4 {
        line.push(world.say(ada, &conversation, "x").await?);
    }
    let follows = |parent: &Message| Follows::Message(parent.id);
    let edited = NewMessage { follows: follows(&line[1]), ..world.message(&conversation, Role::User, "y", 11) };
    let edited = world.append(ada, edited).await?;
    let next = world.say(ada, &conversation, "z").await?;
    assert_eq!(next.parent_id, Some(edited.id), "the newest, whatever its branch");

    let branch = async |leaf: &Message, limit| store.messages().branch(&ada, leaf.id, limit).await;
    assert_eq!(branch(&line[3], 9).await?, line);
    assert_eq!(branch(&line[3], 2).await?, line[2..]);
    assert_eq!(branch(&next, 9).await?, [&line[..2], &[edited, next.clone()]].concat());
    assert_eq!(branch(&line[0], 1).await?, line[..1]);
    assert_eq!(branch(&line[0], 0).await?, []);
    assert_eq!(store.messages().branch(&ada, world.id(), 9).await?, []);
    refused(branch(&next, 1_001).await, ErrorKind::Invalid);
    let leaf = next.id;
    assert_eq!(write!(store, tx => tx.messages().branch(&ada, leaf, 1).await)?, [next]);
    Ok(())
}

async fn branch_is_of_one_owner(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let conversation = world.conversation(ada, "t", 1).await?;
    let message = world.say(ada, &conversation, "secret").await?;
    assert_eq!(store.messages().branch(&bob, message.id, 9).await?, []);
    assert_eq!(store.messages().branch(&Scope::system(), message.id, 9).await?, [message]);
    Ok(())
}

async fn follow_the_latest_when_not_told_otherwise(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let (one, two) = (world.conversation(ada, "1", 1).await?, world.conversation(ada, "2", 1).await?);
    let first = world.say(ada, &one, "x").await?;
    assert_eq!(first.parent_id, None);
    let beginning = NewMessage { follows: Follows::Nothing, ..world.message(&one, Role::User, "y", 2) };
    assert_eq!(world.append(ada, beginning).await?.parent_id, None);
    let batch: Vec<NewMessage> =
        [&one, &one, &two, &two, &one].map(|conversation| world.message(conversation, Role::User, "z", 3)).into();
    let added = write!(store, tx => tx.messages().append_all(&ada, batch).await)?;
    let latest = present(store.messages().page(&ada, one.id, &query(9)).await?)?.messages;
    assert_eq!(added[0].parent_id, Some(latest[1].id));
    assert_eq!(added[1].parent_id, Some(added[0].id));
    assert_eq!((added[2].parent_id, added[3].parent_id), (None, Some(added[2].id)));
    assert_eq!(added[4].parent_id, Some(added[1].id));
    assert_eq!(present(store.messages().get(&ada, added[4].id).await?)?, added[4]);
    Ok(())
}

async fn answer_is_the_first_final_assistant_child(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let question = world.say(ada, &conversation, "?").await?;
    assert_eq!(store.messages().answer_to(&ada, question.id).await?, None);
    for (role, status, is_answer) in [
        (Role::Tool, MessageStatus::Complete, false),
        (Role::Assistant, MessageStatus::Interrupted, false),
        (Role::Assistant, MessageStatus::Stopped, true),
        (Role::Assistant, MessageStatus::Complete, false),
    ] {
        let child = world.message(&conversation, role, "text", 11);
        let child = world.append(ada, NewMessage { status, follows: Follows::Message(question.id), ..child }).await?;
        if is_answer {
            assert_eq!(store.messages().answer_to(&ada, question.id).await?, Some(child));
        } else {
            assert_ne!(store.messages().answer_to(&ada, question.id).await?, Some(child));
        }
    }
    Ok(())
}

async fn refuse_what_is_not_theirs(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let (one, other) = (world.conversation(ada, "1", 1).await?, world.conversation(ada, "2", 1).await?);
    refused(world.say(bob, &one, "intruder").await, ErrorKind::NotFound);
    let mut lost = world.message(&one, Role::User, "x", 2);
    lost.conversation_id = world.id();
    refused(world.append(ada, lost).await, ErrorKind::NotFound);

    let elsewhere = world.say(ada, &other, "x").await?;
    for parent in [elsewhere.id, world.id()] {
        let mut child = world.message(&one, Role::User, "x", 2);
        child.follows = Follows::Message(parent);
        refused(world.append(ada, child).await, ErrorKind::NotFound);
    }
    assert_eq!(world.head(ada, one.id).await?.message_count, 0);
    Ok(())
}

async fn refuse_what_is_stored_already(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let (hers, his) = (world.conversation(ada, "1", 1).await?, world.conversation(bob, "2", 1).await?);
    let first = world.say(ada, &hers, "x").await?;
    let mut twin = world.message(&hers, Role::User, "x", 2);
    twin.id = first.id;
    refused(world.append(ada, twin).await, ErrorKind::Conflict);

    let imported = |conversation, id: &str| {
        let mut message = world.message(conversation, Role::User, "x", 2);
        message.foreign_id = Some(ForeignId { source: "chat".into(), id: id.to_owned() });
        message
    };
    world.append(ada, imported(&hers, "1")).await?;
    refused(world.append(ada, imported(&hers, "1")).await, ErrorKind::Conflict);
    world.append(ada, imported(&hers, "2")).await?;
    world.append(bob, imported(&his, "1")).await?;
    let mut other_source = imported(&hers, "1");
    other_source.foreign_id = Some(ForeignId { source: "mail".into(), id: "1".into() });
    world.append(ada, other_source).await?;
    Ok(())
}

async fn refused_one_leaves_nothing_behind(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let first = world.say(ada, &conversation, "x").await?;
    let mut twin = world.message(&conversation, Role::User, "x", 2);
    twin.id = first.id;
    let next = world.message(&conversation, Role::User, "y", 3);
    let position = write!(store, tx => {
        let refusal = tx.messages().append(&ada, twin).await;
        refused(refusal, ErrorKind::Conflict);
        Ok(tx.messages().append(&ada, next).await?.position)
    })?;
    assert_eq!(position, 2, "a unit may go on after a refusal");
    assert_eq!(world.head(ada, conversation.id).await?.message_count, 2);
    assert_eq!(store.stats().user(&ada).await?.messages, 2);
    Ok(())
}

async fn many_are_added_all_or_none(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let (one, two) = (world.conversation(ada, "1", 1).await?, world.conversation(ada, "2", 1).await?);
    let batch: Vec<NewMessage> =
        [&one, &one, &two, &one].map(|conversation| world.message(conversation, Role::User, "x", 5)).into();
    let mut reply = world.message(&one, Role::Assistant, "y", 6);
    reply.follows = Follows::Message(batch[0].id);
    let batch = [batch, vec![reply]].concat();
    let twin = batch[1].clone();
    let added = write!(store, tx => tx.messages().append_all(&ada, batch).await)?;
    assert_eq!(positions(&added), [1, 2, 1, 3, 4]);
    assert_eq!(world.head(ada, one.id).await?.message_count, 4);

    let spoilt = vec![world.message(&one, Role::User, "new", 7), world.message(&two, Role::User, "new", 7), twin];
    write!(store, tx => {
        refused(tx.messages().append_all(&ada, spoilt).await, ErrorKind::Conflict);
        Ok(())
    })?;
    assert_eq!(world.head(ada, one.id).await?.message_count, 4);
    assert_eq!(world.head(ada, two.id).await?.message_count, 1);
    assert_eq!(store.stats().user(&ada).await?.messages, 5);
    assert_eq!(write!(store, tx => tx.messages().append_all(&ada, Vec::new()).await)?, []);
    let too_many = vec![world.message(&one, Role::User, "x", 5); 10_001];
    refused(write!(store, tx => tx.messages().append_all(&ada, too_many).await), ErrorKind::Invalid);
    Ok(())
}
