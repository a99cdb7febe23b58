use super::{
    checks,
    world::{World, at, forbidden, present, refused},
    write,
};
use crate::{
    ErrorKind, Result, Scope,
    id::MessageId,
    ports::Store,
    types::{Conversation, GenerationPart, Message, NewGeneration, RunningGeneration, UnfinishedGeneration},
};

checks![
    unfinished_has_the_pieces_in_their_order,
    unfinished_is_of_one_node_and_for_the_system,
    begin_is_for_the_owner_and_once,
    a_conversation_has_one_at_a_time,
    running_is_of_one_person_and_names_the_nodes,
    pieces_of_what_is_gone_are_ignored,
    finish_removes_it_for_its_owner,
    goes_with_its_conversation_and_its_unit,
];

const NODE: &str = "here";

fn generation(world: &World<'_>, question: &Message, second: u64) -> NewGeneration {
    NewGeneration {
        message_id: world.id(),
        conversation_id: question.conversation_id,
        user_message_id: question.id,
        node: NODE.to_owned(),
        started_at: at(second),
    }
}

async fn begin(store: &dyn Store, scope: Scope, generation: NewGeneration) -> Result<()> {
    write!(store, tx => tx.generations().begin(&scope, generation).await)
}

fn part(message_id: MessageId, start: usize, text: &str, second: u64) -> GenerationPart {
    GenerationPart { message_id, model: "m".to_owned(), start, text: text.to_owned(), at: at(second) }
}

async fn keep(store: &dyn Store, parts: Vec<GenerationPart>) -> Result<()> {
    write!(store, tx => tx.generations().keep(&Scope::system(), parts).await)
}

async fn left(store: &dyn Store) -> Result<Vec<UnfinishedGeneration>> {
    store.generations().unfinished(&Scope::system(), NODE, 10).await
}

async fn asked(world: &World<'_>, scope: Scope) -> Result<(Conversation, Message)> {
    let conversation = world.conversation(scope, "t", 1).await?;
    let question = world.say(scope, &conversation, "?").await?;
    Ok((conversation, question))
}

async fn unfinished_has_the_pieces_in_their_order(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let (_, question) = asked(&world, ada).await?;
    let ((_, second), (_, third)) = (asked(&world, ada).await?, asked(&world, ada).await?);
    let (one, two) = (generation(&world, &question, 5), generation(&world, &second, 4));
    begin(store, ada, one.clone()).await?;
    begin(store, ada, two.clone()).await?;
    keep(store, vec![part(one.message_id, 0, "é", 6), part(two.message_id, 0, "x", 7)]).await?;
    keep(store, vec![part(one.message_id, 2, " lost", 8)]).await?;
    keep(store, vec![part(one.message_id, 2, " kept", 9), part(one.message_id, 10_000, "\u{1f600}", 9)]).await?;
    let blank = generation(&world, &third, 6);
    begin(store, ada, blank.clone()).await?;

    let found = left(store).await?;
    let told: Vec<_> = found.iter().map(|one| (one.message_id, one.content.as_str(), one.updated_at)).collect();
    let expected =
        [(two.message_id, "x", at(7)), (one.message_id, "é kept\u{1f600}", at(9)), (blank.message_id, "", at(6))];
    assert_eq!(told, expected);
    assert_eq!((found[1].user_id, found[1].conversation_id), (ada.user(), question.conversation_id));
    assert_eq!((found[1].user_message_id, found[1].model.as_deref()), (question.id, Some("m")));
    assert_eq!(found[2].model, None);
    assert_eq!(store.generations().unfinished(&Scope::system(), NODE, 1).await?, found[..1]);
    Ok(())
}

async fn unfinished_is_of_one_node_and_for_the_system(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let (_, question) = asked(&world, ada).await?;
    let elsewhere = NewGeneration { node: "there".to_owned(), ..generation(&world, &question, 5) };
    begin(store, ada, elsewhere.clone()).await?;
    assert_eq!(left(store).await?, []);
    assert_eq!(store.generations().unfinished(&Scope::system(), "there", 10).await?.len(), 1);
    forbidden(store.generations().unfinished(&ada, "there", 10).await);
    let piece = vec![part(elsewhere.message_id, 0, "x", 6)];
    forbidden(write!(store, tx => tx.generations().keep(&ada, piece).await));
    Ok(())
}

async fn begin_is_for_the_owner_and_once(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let (_, question) = asked(&world, ada).await?;
    let new = generation(&world, &question, 5);
    refused(begin(store, bob, new.clone()).await, ErrorKind::NotFound);
    let lost = NewGeneration { conversation_id: world.id(), ..new.clone() };
    refused(begin(store, ada, lost).await, ErrorKind::NotFound);
    begin(store, ada, new.clone()).await?;
    refused(begin(store, ada, new).await, ErrorKind::Conflict);
    assert_eq!(left(store).await?.len(), 1);
    Ok(())
}

async fn a_conversation_has_one_at_a_time(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let (_, question) = asked(&world, ada).await?;
    let first = generation(&world, &question, 5);
    begin(store, ada, first.clone()).await?;
    let second = NewGeneration { node: "there".to_owned(), ..generation(&world, &question, 6) };
    let refused = begin(store, ada, second.clone()).await.map_err(|error| error.code());
    assert_eq!(refused, Err("generation_running"), "whichever node produces it");
    let (_, elsewhere) = asked(&world, ada).await?;
    begin(store, ada, generation(&world, &elsewhere, 6)).await?;
    let id = first.message_id;
    let both: Result<()> = write!(store, tx => {
        tx.generations().finish(&ada, id).await?;
        tx.generations().begin(&ada, second).await
    });
    both?;
    assert_eq!(left(store).await?.len(), 1);
    Ok(())
}

async fn running_is_of_one_person_and_names_the_nodes(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    assert_eq!(store.generations().nodes(&Scope::system()).await?, []);
    let mut begun = Vec::new();
    for (scope, node) in [(ada, NODE), (ada, "there"), (bob, "there")] {
        let (conversation, question) = asked(&world, scope).await?;
        let new = NewGeneration { node: node.to_owned(), ..generation(&world, &question, 5) };
        begin(store, scope, new.clone()).await?;
        begun.push(RunningGeneration {
            message_id: new.message_id,
            conversation_id: conversation.id,
            user_message_id: question.id,
            node: node.parse()?,
        });
    }
    assert_eq!(store.generations().running(&ada, 10).await?, begun[..2]);
    assert_eq!(store.generations().running(&ada, 1).await?, begun[..1]);
    assert_eq!(store.generations().running(&bob, 10).await?, begun[2..]);
    let nodes = store.generations().nodes(&Scope::system()).await?;
    assert_eq!(nodes, [NODE.parse()?, "there".parse()?]);
    forbidden(store.generations().nodes(&ada).await);
    Ok(())
}

async fn pieces_of_what_is_gone_are_ignored(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let (_, question) = asked(&world, ada).await?;
    let new = generation(&world, &question, 5);
    begin(store, ada, new.clone()).await?;
    keep(store, vec![part(world.id(), 0, "nobody's", 6), part(new.message_id, 0, "mine", 6)]).await?;
    assert_eq!(left(store).await?[0].content, "mine");
    let many = vec![part(new.message_id, 0, "x", 6); 1_001];
    refused(keep(store, many).await, ErrorKind::Invalid);
    Ok(())
}

async fn finish_removes_it_for_its_owner(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let (_, question) = asked(&world, ada).await?;
    let new = generation(&world, &question, 5);
    begin(store, ada, new.clone()).await?;
    keep(store, vec![part(new.message_id, 0, "x", 6)]).await?;
    let id = new.message_id;
    assert!(!write!(store, tx => tx.generations().finish(&bob, id).await)?);
    assert!(write!(store, tx => tx.generations().finish(&ada, id).await)?);
    assert!(!write!(store, tx => tx.generations().finish(&ada, id).await)?);
    assert_eq!(left(store).await?, []);
    begin(store, ada, new).await?;
    assert_eq!(present(left(store).await?.pop())?.content, "", "its text went with it");
    Ok(())
}

async fn goes_with_its_conversation_and_its_unit(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let (conversation, question) = asked(&world, ada).await?;
    let undone = generation(&world, &question, 5);
    let outcome: Result<()> = write!(store, tx => {
        tx.generations().begin(&ada, undone).await?;
        Err(ErrorKind::Conflict.error("no"))
    });
    refused(outcome, ErrorKind::Conflict);
    assert_eq!(left(store).await?, []);
    let new = generation(&world, &question, 5);
    begin(store, ada, new.clone()).await?;
    keep(store, vec![part(new.message_id, 0, "x", 6)]).await?;
    let id = conversation.id;
    write!(store, tx => tx.conversations().erase(&ada, id).await)?;
    assert_eq!(left(store).await?, []);
    Ok(())
}
