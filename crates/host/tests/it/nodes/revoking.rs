//! What one node ends, the others know soon.

use std::time::Duration;

use jarvis_core::{
    ErrorKind,
    testkit::ScriptedModel,
    types::{Permissions, UserRole},
};
use jarvis_engine::{KeyRequest, NewPerson};

use super::{Node, Place, everywhere, operator};

everywhere![a_key_that_one_node_removed_lets_nobody_in_on_another_after_half_a_minute];

/// The longest that another node may go on believing.
const BELIEVED: Duration = Duration::from_secs(30);

async fn a_key_that_one_node_removed_lets_nobody_in_on_another_after_half_a_minute(place: &dyn Place) {
    let one = Node::start(place, "one", ScriptedModel::new([])).await;
    let two = Node::start(place, "two", ScriptedModel::new([])).await;
    let operator = operator();
    let accounts = &one.engine().accounts;
    let ann = NewPerson { name: "ann".into(), password: None, role: UserRole::User, take_over: None };
    let ann = accounts.add(&operator, ann).await.unwrap().account.user.id;
    let ann = accounts.on_behalf_of(&operator, ann).await.unwrap();
    let permissions = Permissions::of_words("permissions", ["chat"]).unwrap();
    let made = accounts.make_key(&ann, KeyRequest { name: "k".into(), permissions, lifetime: None }).await.unwrap();
    let key = made.secret.reveal().to_owned();

    two.engine().accounts.authenticate(&key).await.unwrap();
    two.clock.advance(BELIEVED / 2);
    two.engine().accounts.authenticate(&key).await.unwrap();
    accounts.remove_key(&ann, made.key.id).await.unwrap();
    let refused = accounts.authenticate(&key).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unauthenticated, "where it was removed, at once");
    two.clock.advance(BELIEVED / 2);
    let refused = two.engine().accounts.authenticate(&key).await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Unauthenticated, "invalid_token"));
    one.stop().await;
    two.stop().await;
}
