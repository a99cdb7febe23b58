//! What one node ends, the others know soon.

use std::time::Duration;

use futures_util::future::try_join_all;
use jarvis_core::{
    ErrorKind,
    testkit::ScriptedModel,
    types::{Permissions, UserRole},
};
use jarvis_engine::{KeyRequest, LoginRequest, NewPerson};

use super::{Node, Place, everywhere, operator};

everywhere![
    a_key_that_one_node_removed_lets_nobody_in_on_another_after_half_a_minute,
    of_many_who_show_one_cookie_to_several_nodes_all_get_the_same_next_one,
];

/// The longest that another node may go on believing.
const BELIEVED: Duration = Duration::from_secs(30);

/// Their answers may come in any order: whichever the browser keeps must be good.
async fn of_many_who_show_one_cookie_to_several_nodes_all_get_the_same_next_one(place: &dyn Place) {
    let one = Node::start(place, "one", ScriptedModel::new([])).await;
    let two = Node::start(place, "two", ScriptedModel::new([])).await;
    let ann = NewPerson { name: "ann".into(), password: None, role: UserRole::User, take_over: None };
    let made = one.engine().accounts.add(&operator(), ann).await.unwrap();
    let password = made.password.unwrap();
    let login = LoginRequest { name: "ann".into(), password, address: None, label: None };
    let mut token = one.engine().accounts.login(login).await.unwrap().refresh_token;
    for _ in 0..5 {
        let asked = (0..8).map(|at| if at % 2 == 0 { &one } else { &two });
        let asked = asked.map(|node| node.engine().accounts.refresh_in_browser(token.reveal()));
        let next = try_join_all(asked).await.unwrap();
        assert!(next.iter().all(|other| other.refresh_token == next[0].refresh_token), "there are several");
        two.engine().accounts.authenticate(next[7].access_token.reveal()).await.unwrap();
        token = next[0].refresh_token.clone();
    }
    one.stop().await;
    two.stop().await;
}

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
