//! Changes and positions.

use super::{Desk, KITCHEN, alice, conversation, doc, message};
use crate::{
    Result,
    ports::HealthStatus,
    types::{IndexChange, IndexDocument, OutboxEntry},
};

pub(super) async fn finds_what_was_applied(mut desk: Desk) -> Result<()> {
    assert_eq!(desk.index.count().await?, 0);
    assert!(desk.find("roses").await?.is_empty(), "an empty index finds nothing");
    desk.say(1, "The roses need water").await?;
    desk.expect("roses", &[1]).await?;
    desk.say(2, "Roses and tulips").await?;
    desk.expect("roses", &[1, 2]).await?;
    desk.expect("tulips water", &[1, 2]).await?;
    assert_eq!(desk.index.count().await?, 2);
    let health = desk.index.check().await;
    assert_eq!(health.status, HealthStatus::Healthy, "{health:?}");
    Ok(())
}

pub(super) async fn applies_once(mut desk: Desk) -> Result<()> {
    let entries = |texts: &[&str]| -> Vec<OutboxEntry> {
        let entry = |(seq, text): (u64, &&str)| OutboxEntry {
            seq,
            change: IndexChange::Upsert(message(u128::from(seq), text)),
        };
        (1_u64..).zip(texts).map(entry).collect()
    };
    desk.index.apply(entries(&["one tree", "two trees"])).await?;
    desk.index.apply(entries(&["another text", "another one", "three trees"])).await?;
    assert_eq!(desk.index.applied().await?, 3);
    desk.expect("trees", &[1, 2, 3]).await?;
    desk.expect("another", &[]).await?;
    desk.seq = 3;
    desk.say(4, "four trees").await?;
    assert_eq!(desk.index.count().await?, 4);
    Ok(())
}

pub(super) async fn takes_a_snapshot(mut desk: Desk) -> Result<()> {
    let snapshot = |number, text| OutboxEntry { seq: 0, change: IndexChange::Upsert(message(number, text)) };
    desk.index.apply(vec![snapshot(1, "an old tree"), snapshot(2, "an older tree")]).await?;
    desk.index.apply(vec![snapshot(2, "an older tree")]).await?;
    assert_eq!(desk.index.applied().await?, 0, "a snapshot does not move the position");
    desk.expect("tree", &[1, 2]).await?;
    desk.index.resume_at(41).await?;
    assert_eq!(desk.index.applied().await?, 41);
    desk.index.apply(vec![OutboxEntry { seq: 41, change: IndexChange::Delete(doc(1)) }]).await?;
    desk.seq = 41;
    desk.say(3, "a new tree").await?;
    desk.expect("tree", &[1, 2, 3]).await?;
    assert_eq!(desk.index.commit().await?, 42);
    desk.expect("tree", &[1, 2, 3]).await
}

pub(super) async fn replaces_and_deletes(mut desk: Desk) -> Result<()> {
    desk.say(1, "green apples").await?;
    desk.say(2, "green pears").await?;
    desk.say(1, "red apples").await?;
    desk.expect("green", &[2]).await?;
    desk.expect("red", &[1]).await?;
    assert_eq!(desk.index.count().await?, 2);
    desk.change(IndexChange::Delete(doc(2))).await?;
    desk.expect("green", &[]).await?;
    desk.change(IndexChange::Delete(doc(99))).await?;
    desk.say(2, "yellow pears").await?;
    desk.expect("pears apples", &[1, 2]).await?;
    desk.index.commit().await?;
    desk.expect("pears apples", &[1, 2]).await?;
    desk.expect("green", &[]).await?;
    assert_eq!(desk.index.count().await?, 2);
    desk.say(1, "blue apples").await?;
    desk.say(1, "white apples").await?;
    desk.expect("apples", &[1]).await?;
    desk.expect("red blue", &[]).await?;
    let scores = desk.index.score(&alice("red white"), &[doc(1), doc(77)]).await?;
    assert!(scores.docs[0].score > 0.0 && scores.docs[1].score <= 0.0, "unknown documents score nothing: {scores:?}");
    Ok(())
}

pub(super) async fn deletes_conversations(mut desk: Desk) -> Result<()> {
    let kitchen =
        |number, text| IndexDocument { conversation_id: Some(conversation(KITCHEN)), ..message(number, text) };
    desk.say(1, "soup recipe").await?;
    desk.change(IndexChange::Upsert(kitchen(2, "soup pot"))).await?;
    desk.change(IndexChange::Upsert(kitchen(3, "soup spoon"))).await?;
    desk.change(IndexChange::DeleteConversation(conversation(KITCHEN))).await?;
    desk.expect("soup", &[1]).await?;
    desk.change(IndexChange::Upsert(kitchen(4, "soup bowl"))).await?;
    desk.expect("soup", &[1, 4]).await?;
    desk.index.commit().await?;
    desk.expect("soup", &[1, 4]).await?;
    assert_eq!(desk.index.count().await?, 2);
    Ok(())
}

pub(super) async fn keeps_its_position(mut desk: Desk) -> Result<()> {
    assert_eq!((desk.index.position().await?, desk.index.applied().await?), (0, 0));
    desk.say(1, "first").await?;
    assert_eq!(desk.index.applied().await?, 1);
    assert!(desk.index.position().await? <= 1);
    let skipped = OutboxEntry { seq: 10, change: IndexChange::Delete(doc(9)) };
    desk.index.apply(vec![skipped]).await?;
    assert_eq!(desk.index.applied().await?, 10);
    assert_eq!(desk.index.commit().await?, 10);
    assert_eq!(desk.index.commit().await?, 10, "nothing new to commit");
    assert_eq!(desk.index.position().await?, 10);
    Ok(())
}

pub(super) async fn forgets(mut desk: Desk) -> Result<()> {
    desk.say(1, "something").await?;
    desk.say(2, "something else").await?;
    desk.index.clear().await?;
    desk.expect("something", &[]).await?;
    assert_eq!(desk.index.count().await?, 0);
    assert_eq!((desk.index.position().await?, desk.index.applied().await?), (0, 0));
    desk.seq = 0;
    desk.say(1, "something new").await?;
    desk.expect("something", &[1]).await
}
