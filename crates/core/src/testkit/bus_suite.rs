//! What every [`Bus`] must do.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt};
use uuid::Uuid;

use crate::{
    Error, Result,
    id::{ConversationId, MemoryId, MessageId, UserId},
    ports::{Bus, BusStream, HealthStatus, Heard},
    types::{AnswerPart, BusMessage, LiveChange, LiveEvent, MAX_BUS_MESSAGE_BYTES, NodeId, Piece, Question, Reply},
};

/// Messages after which a subscriber that has read none must have missed some.
const MANY: u128 = 20_000;
/// Rounds of letting other tasks run before a subscription that has nothing is taken for silent.
const PATIENCE: u32 = 200;

/// Runs every check against buses that `start` makes, each without subscribers; the error names the first one that
/// failed. `pause` waits a little: a bus with a server needs time to carry a message, and core names no timer.
pub async fn bus_suite<B, P, W>(start: B, pause: P) -> Result<()>
where
    B: Fn() -> Arc<dyn Bus>,
    P: Fn(Duration) -> W,
    W: Future<Output = ()>,
{
    every_event_is_written_and_read_as_it_is()?;
    every_message_fits()?;
    let bus = start();
    ensure(bus.check().await.status == HealthStatus::Healthy, "a working bus is healthy")?;
    bus.publish(event(0)).await?;
    messages_come_in_order_to_every_subscription(&*bus, &pause).await?;
    every_kind_is_carried(&*bus, &pause).await?;
    a_subscription_hears_nothing_from_before(&*bus, &pause).await?;
    one_that_ended_holds_up_nobody(&*bus, &pause).await?;
    // all that it told is out before another one listens, which would hear it too
    ensure(bus.check().await.status == HealthStatus::Healthy, "a working bus stays healthy")?;
    a_slow_subscriber_learns_what_it_missed(&*start(), &pause).await
}

/// Buses between nodes carry messages as JSON; what an older node writes, a newer one must read.
fn every_event_is_written_and_read_as_it_is() -> Result<()> {
    let ids = |number| Uuid::from_u128(number);
    let (conversation_id, message_id) = (ConversationId::from(ids(1)), MessageId::from(ids(2)));
    let one = r#""conversation_id":"00000000-0000-0000-0000-000000000001""#;
    let written = [
        (LiveChange::ConversationUpdated { conversation_id }, "conversation_updated", one.to_owned()),
        (LiveChange::ConversationErased { conversation_id }, "conversation_erased", one.to_owned()),
        (
            LiveChange::MessageCreated { conversation_id, message_id },
            "message_created",
            format!(r#"{one},"message_id":"00000000-0000-0000-0000-000000000002""#),
        ),
        (
            LiveChange::MemoryCreated { memory_id: MemoryId::from(ids(3)) },
            "memory_created",
            r#""memory_id":"00000000-0000-0000-0000-000000000003""#.to_owned(),
        ),
        (LiveChange::DataErased {}, "data_erased", String::new()),
    ];
    for (change, name, fields) in written {
        let fields = if fields.is_empty() { fields } else { format!(",{fields}") };
        let message = BusMessage::from(LiveEvent { user_id: UserId::from(ids(9)), change });
        let text =
            format!(r#"{{"kind":"live","user_id":"00000000-0000-0000-0000-000000000009","type":"{name}"{fields}}}"#);
        let encoded = serde_json::to_string(&message).map_err(Error::internal)?;
        ensure(encoded == text, "an event is written in the form that other nodes know")?;
        let decoded: BusMessage = serde_json::from_str(&text).map_err(Error::internal)?;
        ensure(decoded == message, "an event is read as it was written")?;
    }
    Ok(())
}

/// One of each kind beside events, with as much text as there may be.
fn samples() -> Result<Vec<BusMessage>> {
    let (from, to): (NodeId, NodeId) = ("a".repeat(64).parse()?, "b".repeat(64).parse()?);
    let (user_id, message_id) = (UserId::from(Uuid::max()), MessageId::from(Uuid::max()));
    let ask = |question| BusMessage::Ask { from: from.clone(), to: to.clone(), id: u64::MAX, question };
    let reply = |reply| BusMessage::Reply { to: to.clone(), id: u64::MAX, reply };
    let piece = |text: &str| {
        let text = Piece::fitting(text).to_owned();
        let (size, text_size) = (usize::MAX, usize::MAX);
        Reply::Piece(Piece { part: AnswerPart::Text, offset: usize::MAX, text, size, text_size, ended: false })
    };
    let mut samples = vec![
        BusMessage::Wrote { from: from.clone() },
        BusMessage::Forget { from: from.clone(), tags: vec!["t".repeat(80); 64] },
        BusMessage::Erasing { from: from.clone(), user_id },
        ask(Question::Read { user_id, message_id, part: AnswerPart::Head, offset: usize::MAX }),
        ask(Question::Stop { user_id, message_id }),
        reply(Reply::Stopping),
        reply(Reply::Unknown),
        reply(piece("")),
    ];
    samples.extend(["x", "é", "\u{1f600}", "\"\\\n", "\u{1}\u{7f}"].map(|unit| reply(piece(&unit.repeat(7_000)))));
    Ok(samples)
}

fn every_message_fits() -> Result<()> {
    for message in samples()? {
        let text = serde_json::to_string(&message).map_err(Error::internal)?;
        ensure(text.len() <= MAX_BUS_MESSAGE_BYTES, "a message fits into a notification")?;
        let decoded: BusMessage = serde_json::from_str(&text).map_err(Error::internal)?;
        ensure(decoded == message, "a message is read as it was written")?;
    }
    Ok(())
}

async fn every_kind_is_carried<P, W>(bus: &dyn Bus, pause: &P) -> Result<()>
where
    P: Fn(Duration) -> W,
    W: Future<Output = ()>,
{
    let mut hearing = bus.subscribe().await?;
    for message in samples()? {
        bus.publish(message.clone()).await?;
        let heard = next(&mut hearing, pause).await;
        ensure(heard == Some(Heard::Message(message)), "a message of every kind arrives as it is")?;
    }
    Ok(())
}

async fn messages_come_in_order_to_every_subscription<P, W>(bus: &dyn Bus, pause: &P) -> Result<()>
where
    P: Fn(Duration) -> W,
    W: Future<Output = ()>,
{
    let (mut first, mut second) = (bus.subscribe().await?, bus.subscribe().await?);
    for number in 1..=100 {
        bus.publish(event(number)).await?;
    }
    for number in 1..=100 {
        let expected = Some(Heard::Message(event(number)));
        ensure(next(&mut first, pause).await == expected, "messages come in the order they were published")?;
        ensure(next(&mut second, pause).await == expected, "every subscription hears every message")?;
    }
    Ok(())
}

async fn a_subscription_hears_nothing_from_before<P, W>(bus: &dyn Bus, pause: &P) -> Result<()>
where
    P: Fn(Duration) -> W,
    W: Future<Output = ()>,
{
    bus.publish(event(1)).await?;
    pause(Duration::from_millis(5)).await;
    let mut late = bus.subscribe().await?;
    bus.publish(event(2)).await?;
    let heard = next(&mut late, pause).await;
    ensure(heard == Some(Heard::Message(event(2))), "a subscription begins when it is made")
}

async fn one_that_ended_holds_up_nobody<P, W>(bus: &dyn Bus, pause: &P) -> Result<()>
where
    P: Fn(Duration) -> W,
    W: Future<Output = ()>,
{
    let (gone, mut stays) = (bus.subscribe().await?, bus.subscribe().await?);
    drop(gone);
    bus.publish(event(7)).await?;
    let heard = next(&mut stays, pause).await;
    ensure(heard == Some(Heard::Message(event(7))), "a subscription that ended takes none with it")
}

async fn a_slow_subscriber_learns_what_it_missed<P, W>(bus: &dyn Bus, pause: &P) -> Result<()>
where
    P: Fn(Duration) -> W,
    W: Future<Output = ()>,
{
    let mut slow = bus.subscribe().await?;
    for number in 1..=MANY {
        bus.publish(event(number)).await?;
    }
    let (mut accounted, mut told) = (0, false);
    while accounted < MANY {
        match next(&mut slow, pause).await {
            Some(Heard::Missed(missed)) => {
                told = true;
                accounted += u128::from(missed);
            }
            Some(Heard::Message(heard)) => {
                accounted += 1;
                ensure(heard == event(accounted), "after a gap the messages that follow come in order")?;
            }
            None => return Err(broken("every message is heard or counted as missed")),
        }
    }
    ensure(told, "publishing waits for no subscriber, so a slow one misses messages")?;
    bus.publish(event(1)).await?;
    let heard = next(&mut slow, pause).await;
    ensure(heard == Some(Heard::Message(event(1))), "a subscriber that was slow hears what comes next")
}

/// What is heard next; none when nothing comes.
async fn next<P, W>(stream: &mut BusStream, pause: &P) -> Option<Heard>
where
    P: Fn(Duration) -> W,
    W: Future<Output = ()>,
{
    for _ in 0..PATIENCE {
        if let Some(heard) = stream.next().now_or_never() {
            return heard;
        }
        pause(Duration::from_millis(5)).await;
    }
    None
}

fn event(number: u128) -> BusMessage {
    let conversation_id = ConversationId::from(Uuid::from_u128(number));
    let change = LiveChange::ConversationUpdated { conversation_id };
    LiveEvent { user_id: UserId::from(Uuid::from_u128(1)), change }.into()
}

fn ensure(holds: bool, rule: &'static str) -> Result<()> {
    if holds { Ok(()) } else { Err(broken(rule)) }
}

fn broken(rule: &'static str) -> Error {
    Error::internal(format!("the provider breaks the contract: {rule}"))
}
