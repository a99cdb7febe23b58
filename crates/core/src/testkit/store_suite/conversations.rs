use super::{
    checks,
    world::{World, at, present, refused},
    write,
};
use crate::{
    ErrorKind, Json, Result, Scope,
    id::{MessageId, SessionId},
    ports::Store,
    types::{Conversation, ConversationPatch, ConversationQuery, ConversationStatus, Cursor, Follows, Page, Role},
};

checks![
    is_found_and_changed,
    needs_an_owner_and_their_session,
    list_follows_activity_and_pages,
    list_filters_by_status_and_session,
    title_filter_ignores_case_and_accents,
    belongs_to_its_owner,
    bin_hides_messages_and_restoring_brings_them_back,
    summaries_are_kept_unless_the_person_wrote_one,
];

fn query(limit: u32, after: Option<Cursor>) -> ConversationQuery {
    ConversationQuery { status: ConversationStatus::Open, session_id: None, title_contains: None, limit, after }
}

fn to(status: ConversationStatus) -> ConversationPatch {
    ConversationPatch { status: Some(status), ..ConversationPatch::default() }
}

fn ids(page: &Page<Conversation>) -> Vec<crate::id::ConversationId> {
    page.items.iter().map(|conversation| conversation.id).collect()
}

async fn is_found_and_changed(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let made = world.conversation(ada, "Journée", 1).await?;
    assert_eq!((made.user_id, made.status, made.message_count), (ada.user(), ConversationStatus::Open, 0));
    assert_eq!((made.created_at, made.updated_at, made.active_at), (at(1), at(1), at(1)));
    assert_eq!(world.head(ada, made.id).await?, made);

    let patch = ConversationPatch {
        title: Some("Trip".into()),
        summary: Some(Some("to Lyon".into())),
        status: Some(ConversationStatus::Archived),
        metadata: Some(Some(Json::encode(&"x")?)),
    };
    let id = made.id;
    let changed = present(write!(store, tx => tx.conversations().update(&ada, id, patch, at(5)).await)?)?;
    assert_eq!((changed.title.as_str(), changed.summary.as_deref()), ("Trip", Some("to Lyon")));
    assert_eq!((changed.updated_at, changed.active_at), (at(5), at(1)), "a change is not activity");
    assert_eq!(world.head(ada, id).await?, changed);

    let patch = ConversationPatch { summary: Some(None), metadata: Some(None), ..ConversationPatch::default() };
    let emptied = present(write!(store, tx => tx.conversations().update(&ada, id, patch, at(6)).await)?)?;
    assert_eq!((emptied.summary, emptied.metadata, emptied.title.as_str()), (None, None, "Trip"));
    Ok(())
}

async fn needs_an_owner_and_their_session(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let session = world.session(ada, "Maths", 1).await?;
    let made = world.conversation_in(ada, Some(session.id), "t", 1).await?;
    assert_eq!(made.session_id, Some(session.id));
    refused(world.conversation_in(bob, Some(session.id), "t", 1).await, ErrorKind::NotFound);
    refused(world.conversation_in(ada, Some(world.id::<SessionId>()), "t", 1).await, ErrorKind::NotFound);
    refused(world.conversation(Scope::system(), "t", 1).await, ErrorKind::NotFound);
    Ok(())
}

async fn list_follows_activity_and_pages(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let old = world.conversation(ada, "old", 1).await?;
    let middle = world.conversation(ada, "middle", 2).await?;
    let twin = world.conversation(ada, "twin", 2).await?;
    world.append(ada, world.message(&old, Role::User, "hello again", 9)).await?;

    let first = store.conversations().list(&ada, &query(2, None)).await?;
    let rest = store.conversations().list(&ada, &query(2, first.next)).await?;
    assert_eq!((ids(&first), ids(&rest)), (vec![old.id, twin.id], vec![middle.id]));
    assert_eq!((first.total, rest.total, rest.next), (3, 3, None));
    let exact = store.conversations().list(&ada, &query(3, None)).await?;
    assert_eq!(exact.next, None, "a page that holds everything is the last");
    Ok(())
}

async fn list_filters_by_status_and_session(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let session = world.session(ada, "Maths", 1).await?;
    let inside = world.conversation_in(ada, Some(session.id), "in", 1).await?;
    let archived = world.conversation_in(ada, Some(session.id), "archived", 2).await?;
    let outside = world.conversation(ada, "out", 3).await?;
    let patch = to(ConversationStatus::Archived);
    write!(store, tx => tx.conversations().update(&ada, archived.id, patch, at(4)).await)?;

    let open = store.conversations().list(&ada, &query(10, None)).await?;
    assert_eq!((ids(&open), open.total), (vec![outside.id, inside.id], 2));
    let mut wanted = ConversationQuery { session_id: Some(session.id), ..query(10, None) };
    let in_session = store.conversations().list(&ada, &wanted).await?;
    assert_eq!((ids(&in_session), in_session.total), (vec![inside.id], 1));
    wanted.status = ConversationStatus::Archived;
    let page = store.conversations().list(&ada, &wanted).await?;
    assert_eq!((ids(&page), page.total), (vec![archived.id], 1));
    Ok(())
}

async fn title_filter_ignores_case_and_accents(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let session = world.session(ada, "Work", 1).await?;
    let meeting = world.conversation_in(ada, Some(session.id), "Réunion d'équipe", 1).await?;
    world.conversation_in(ada, Some(session.id), "Holiday", 2).await?;
    let mut wanted = ConversationQuery { title_contains: Some("EQUIPE".into()), ..query(1, None) };
    for session_id in [None, Some(session.id)] {
        wanted.session_id = session_id;
        for scope in [ada, Scope::system()] {
            let page = store.conversations().list(&scope, &wanted).await?;
            assert_eq!((ids(&page), page.total, page.next), (vec![meeting.id], 1, None));
        }
    }
    Ok(())
}

async fn belongs_to_its_owner(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let session = world.session(ada, "s", 1).await?;
    let conversation = world.conversation_in(ada, Some(session.id), "secret", 1).await?;
    let id = conversation.id;
    assert_eq!(store.conversations().get(&bob, id).await?, None);
    for session_id in [None, Some(session.id)] {
        for title_contains in [None, Some("secret".to_owned())] {
            let wanted = ConversationQuery { session_id, title_contains, ..query(10, None) };
            let page = store.conversations().list(&bob, &wanted).await?;
            assert_eq!((page.items.len(), page.total), (0, 0));
            assert_eq!(store.conversations().list(&Scope::system(), &wanted).await?.total, 1);
        }
    }
    let patch = to(ConversationStatus::Deleted);
    assert_eq!(write!(store, tx => tx.conversations().update(&bob, id, patch, at(2)).await)?, None);
    assert_eq!(write!(store, tx => tx.conversations().erase(&bob, id).await)?, None);
    assert_eq!(world.head(ada, id).await?, conversation);
    Ok(())
}

async fn bin_hides_messages_and_restoring_brings_them_back(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let question = world.say(ada, &conversation, "who?").await?;
    let mut answer = world.message(&conversation, Role::Assistant, "me", 11);
    answer.follows = Follows::Message(question.id);
    let answer = world.append(ada, answer).await?;
    let id = conversation.id;
    let page = crate::types::MessageQuery { before: None, since: None, limit: 10 };

    let patch = to(ConversationStatus::Deleted);
    write!(store, tx => tx.conversations().update(&ada, id, patch, at(12)).await)?;
    assert_eq!(store.messages().hydrate(&ada, &[question.id]).await?, []);
    assert_eq!(store.messages().answer_to(&ada, question.id).await?, None);
    assert_eq!(present(store.messages().get(&ada, question.id).await?)?, question);
    assert_eq!(present(store.messages().page(&ada, id, &page).await?)?.messages.len(), 2);
    refused(world.say(ada, &conversation, "too late").await, ErrorKind::Conflict);
    assert_eq!(store.conversations().list(&ada, &query(10, None)).await?.total, 0);

    let patch = to(ConversationStatus::Open);
    write!(store, tx => tx.conversations().update(&ada, id, patch, at(13)).await)?;
    assert_eq!(store.messages().hydrate(&ada, &[question.id]).await?, std::slice::from_ref(&question));
    assert_eq!(store.messages().answer_to(&ada, question.id).await?, Some(answer));
    assert_eq!(world.say(ada, &conversation, "back").await?.position, 3);
    Ok(())
}

async fn summaries_are_kept_unless_the_person_wrote_one(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let (talk, other) = (world.conversation(ada, "t", 1).await?, world.conversation(ada, "o", 1).await?);
    let (said, elsewhere) = (world.say(ada, &talk, "x").await?.id, world.say(ada, &other, "y").await?.id);
    let set = |scope: Scope, summary: &'static str, until: MessageId| {
        let id = talk.id;
        async move { write!(store, tx => tx.conversations().set_summary(&scope, id, summary, until).await) }
    };
    let before = world.head(ada, talk.id).await?;
    assert!(!set(bob, "stolen", said).await?);
    refused(set(ada, "elsewhere", elsewhere).await, ErrorKind::NotFound);
    assert_eq!(world.head(ada, talk.id).await?, before);
    assert!(set(ada, "first", said).await?);
    assert!(set(ada, "second", said).await?);
    let kept = world.head(ada, talk.id).await?;
    assert_eq!((kept.summary.as_deref(), kept.summary_until), (Some("second"), Some(said)));
    assert_eq!((kept.updated_at, kept.active_at), (before.updated_at, before.active_at), "it is no activity");

    let id = talk.id;
    let own = ConversationPatch { summary: Some(Some("mine".into())), ..ConversationPatch::default() };
    let own = present(write!(store, tx => tx.conversations().update(&ada, id, own, at(20)).await)?)?;
    assert_eq!((own.summary.as_deref(), own.summary_until), (Some("mine"), None));
    assert!(!set(ada, "third", said).await?);
    let none = ConversationPatch { summary: Some(None), ..ConversationPatch::default() };
    write!(store, tx => tx.conversations().update(&ada, id, none, at(21)).await)?;
    assert!(set(ada, "fourth", said).await?);
    let title = ConversationPatch { title: Some("new".into()), ..ConversationPatch::default() };
    write!(store, tx => tx.conversations().update(&ada, id, title, at(22)).await)?;
    assert_eq!(world.head(ada, id).await?.summary_until, Some(said), "another change leaves it");
    Ok(())
}
