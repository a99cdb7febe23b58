use super::{
    checks,
    world::{World, at, forbidden},
    write,
};
use crate::{
    Result, Scope,
    ports::Store,
    types::{Node, NodeId, OutboxSeq},
};

checks![
    a_node_that_lives_beats_and_one_that_ends_says_so,
    every_known_node_owes_what_is_demanded,
    one_that_lives_again_is_not_forgotten,
    is_for_the_system,
];

async fn beat(store: &dyn Store, node: &NodeId, second: u64) -> Result<bool> {
    let node = node.clone();
    write!(store, tx => tx.nodes().beat(&Scope::system(), &node, at(second)).await)
}

async fn leave(store: &dyn Store, node: &NodeId) -> Result<()> {
    let node = node.clone();
    write!(store, tx => tx.nodes().leave(&Scope::system(), &node).await)
}

async fn demand(store: &dyn Store, due: OutboxSeq) -> Result<()> {
    write!(store, tx => tx.nodes().demand_scrub(&Scope::system(), due).await)
}

async fn forget(store: &dyn Store, node: &NodeId, beats: u64) -> Result<bool> {
    let node = node.clone();
    write!(store, tx => tx.nodes().forget(&Scope::system(), &node, beats).await)
}

async fn list(store: &dyn Store) -> Result<Vec<Node>> {
    store.nodes().list(&Scope::system()).await
}

fn node(id: &NodeId, beats: u64, second: u64) -> Node {
    Node { id: id.clone(), beats, seen_at: at(second), has_left: false, scrub_due: 0, scrubbed: 0 }
}

async fn a_node_that_lives_beats_and_one_that_ends_says_so(store: &dyn Store) -> Result<()> {
    let (one, two): (NodeId, NodeId) = ("one".parse()?, "two".parse()?);
    assert_eq!(list(store).await?, []);
    leave(store, &one).await?;
    assert_eq!(list(store).await?, [], "an unknown node stays unknown");
    assert!(!beat(store, &two, 1).await?);
    assert!(!beat(store, &one, 2).await?);
    assert!(beat(store, &one, 3).await?);
    assert_eq!(list(store).await?, [node(&one, 2, 3), node(&two, 1, 1)]);
    leave(store, &one).await?;
    assert_eq!(list(store).await?[0], Node { has_left: true, ..node(&one, 2, 3) });
    assert!(beat(store, &one, 4).await?);
    assert_eq!(list(store).await?[0], node(&one, 3, 4), "it is back");
    Ok(())
}

async fn every_known_node_owes_what_is_demanded(store: &dyn Store) -> Result<()> {
    let (one, two): (NodeId, NodeId) = ("one".parse()?, "two".parse()?);
    beat(store, &one, 1).await?;
    demand(store, 7).await?;
    demand(store, 5).await?;
    beat(store, &two, 1).await?;
    beat(store, &one, 2).await?;
    let scrubbed = async |to| {
        let node = one.clone();
        write!(store, tx => tx.nodes().note_scrubbed(&Scope::system(), &node, to).await)
    };
    scrubbed(7).await?;
    scrubbed(6).await?;
    let expected = [Node { scrub_due: 7, scrubbed: 7, ..node(&one, 2, 2) }, node(&two, 1, 1)];
    assert_eq!(list(store).await?, expected, "one that came later has nothing to rewrite");
    Ok(())
}

async fn one_that_lives_again_is_not_forgotten(store: &dyn Store) -> Result<()> {
    let one: NodeId = "one".parse()?;
    beat(store, &one, 1).await?;
    demand(store, 7).await?;
    beat(store, &one, 2).await?;
    assert!(!forget(store, &one, 1).await?);
    assert!(forget(store, &one, 2).await?);
    assert!(!forget(store, &one, 2).await?);
    assert!(!beat(store, &one, 3).await?);
    assert_eq!(list(store).await?, [node(&one, 1, 3)], "what it owed is forgotten too");
    Ok(())
}

async fn is_for_the_system(store: &dyn Store) -> Result<()> {
    let ada = World::new(store).user("ada").await?;
    let one: NodeId = "one".parse()?;
    forbidden(store.nodes().list(&ada).await);
    let node = one.clone();
    forbidden(write!(store, tx => tx.nodes().beat(&ada, &node, at(1)).await));
    let node = one.clone();
    forbidden(write!(store, tx => tx.nodes().leave(&ada, &node).await));
    forbidden(write!(store, tx => tx.nodes().demand_scrub(&ada, 1).await));
    let node = one.clone();
    forbidden(write!(store, tx => tx.nodes().note_scrubbed(&ada, &node, 1).await));
    forbidden(write!(store, tx => tx.nodes().forget(&ada, &one, 1).await));
    Ok(())
}
