//! Changes become readable in an order in which nobody who follows them loses one.

use jarvis_core::{
    Scope,
    ports::Store,
    types::{IndexChange, OutboxEntry, OutboxSeq},
};
use jarvis_postgres::PostgresOptions;
use sqlx::Executor;

use crate::support::{Place, append, message, own_server, someone, try_open};

async fn after(store: &dyn Store, position: OutboxSeq) -> Vec<OutboxEntry> {
    store.outbox().after(&Scope::system(), position, 100).await.unwrap()
}

/// Tells the indexes of a conversation that is gone, as a unit would.
const TELL: &str = "INSERT INTO outbox (position, kind, entity_id)
    SELECT (pg_current_xact_id()::text::bigint + outbox_offset) << 22 | 1, 3, gen_random_uuid() FROM store_state";

#[tokio::test]
async fn the_change_of_a_slow_transaction_is_not_lost() {
    // what runs long anywhere on a server holds back all that follow
    let Some(server) = own_server().await else { return };
    let place = Place::on(&server).await;
    let store = place.open().await;
    let (ada, conversation) = someone(&*store).await;
    let mut slow = place.connect().await;
    slow.execute("BEGIN").await.unwrap();
    slow.execute(TELL).await.unwrap();
    append(&*store, ada, message(conversation, "quick")).await.unwrap();

    let early = after(&*store, 0).await;
    let (_, newest) = store.outbox().bounds(&Scope::system()).await.unwrap();
    assert_eq!((early.len(), newest), (0, 0), "what is behind a transaction that runs is not shown yet");
    slow.execute("COMMIT").await.unwrap();
    let all = after(&*store, early.last().map_or(0, |entry| entry.seq)).await;
    assert!(
        matches!(
            all.iter().map(|entry| &entry.change).collect::<Vec<_>>()[..],
            [IndexChange::DeleteConversation(_), IndexChange::Upsert(_)]
        ),
        "whoever follows sees both, the slow one first: {all:?}"
    );
    let (_, newest) = store.outbox().bounds(&Scope::system()).await.unwrap();
    assert_eq!(newest, all[1].seq);
}

#[tokio::test]
async fn whoever_asks_after_a_write_waits_for_older_transactions_a_little() {
    // what runs long anywhere on a server holds back all that follow
    let Some(server) = own_server().await else { return };
    let place = Place::on(&server).await;
    let store = place.open().await;
    let (ada, conversation) = someone(&*store).await;
    let mut slow = place.connect().await;
    slow.execute("BEGIN").await.unwrap();
    slow.execute(TELL).await.unwrap();
    append(&*store, ada, message(conversation, "quick")).await.unwrap();
    let (found, ()) = tokio::join!(after(&*store, 0), async {
        tokio::task::yield_now().await;
        slow.execute("ROLLBACK").await.unwrap();
    });
    assert!(matches!(found[..], [OutboxEntry { change: IndexChange::Upsert(_), .. }]), "{found:?}");
}

#[tokio::test]
async fn what_runs_in_another_database_holds_nothing_back() {
    let Some(server) = own_server().await else { return };
    let (place, elsewhere) = (Place::on(&server).await, Place::on(&server).await);
    let store = place.open().await;
    let (ada, conversation) = someone(&*store).await;
    let mut slow = elsewhere.connect().await;
    slow.execute("BEGIN").await.unwrap();
    slow.execute(TELL).await.unwrap();
    append(&*store, ada, message(conversation, "quick")).await.unwrap();
    assert_eq!(after(&*store, 0).await.len(), 1);

    // a session whose transactions are hidden may write here: then everything that runs on the server counts
    place
        .run("CREATE ROLE stranger LOGIN; CREATE ROLE jarvis LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO jarvis")
        .await;
    let url = |role: &str| place.url().replace("postgres@", &format!("{role}@"));
    let stranger = <sqlx::PgConnection as sqlx::Connection>::connect(&url("stranger")).await.unwrap();
    let careful = try_open(PostgresOptions::new(url("jarvis"))).await.unwrap();
    append(&*careful, ada, message(conversation, "hidden")).await.unwrap();
    assert_eq!(after(&*careful, 0).await.len(), 0);
    slow.execute("ROLLBACK").await.unwrap();
    assert_eq!(after(&*careful, 0).await.len(), 2);
    drop(stranger);
}

#[tokio::test]
async fn numbers_go_on_where_the_server_counts_from_less() {
    let Some(place) = Place::migrated().await else { return };
    let store = place.open().await;
    let (ada, conversation) = someone(&*store).await;
    append(&*store, ada, message(conversation, "before")).await.unwrap();
    let first = after(&*store, 0).await;
    store.close().await.unwrap();
    // as after a dump was read into a server that has had fewer transactions
    place.run("UPDATE outbox SET position = position + (1000000::bigint << 22)").await;
    let moved = first[0].seq + (1_000_000 << 22);

    let store = place.open().await;
    append(&*store, ada, message(conversation, "after")).await.unwrap();
    let found = after(&*store, 0).await;
    assert_eq!((found.len(), found[0].seq), (2, moved));
    assert!(found[1].seq > moved);
    let reopened = place.open().await;
    append(&*reopened, ada, message(conversation, "later")).await.unwrap();
    assert!(after(&*store, found[1].seq).await.len() == 1, "it moves on once");
}
