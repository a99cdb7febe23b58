use std::time::Duration;

use super::{
    checks,
    world::{World, at, forbidden, present, refused},
    write,
};
use crate::{
    Error, ErrorKind, Result, Scope,
    id::UserId,
    ports::Store,
    types::{
        Account, AccountCounts, AccountPatch, ApiKey, Exchange, Invite, Login, NewAccount, NewApiKey, NewLogin,
        PasswordHash, Permissions, Quotas, Rotation, TokenHash, UserRole,
    },
};

checks![
    an_account_is_found_changed_and_seen_by_its_person_only,
    a_name_that_is_taken_stays,
    accounts_are_listed_newest_first_and_counted,
    accounts_are_for_the_system,
    a_token_is_exchanged_once_and_its_second_use_ends_the_login,
    an_exchange_is_repeated_while_it_is_young_and_its_token_unused,
    what_has_expired_is_not_exchanged_and_goes,
    logins_end_alone_or_together_and_for_their_person_only,
    keys_are_found_by_their_token_and_removed_by_their_person_only,
    an_invitation_is_good_once_and_not_for_ever,
    everything_goes_with_the_person,
];

const SYSTEM: fn() -> Scope = Scope::system;

async fn account(world: &World<'_>, name: &str, second: u64) -> Result<(Scope, Account)> {
    let scope = world.user(name).await?;
    let new = NewAccount { user_id: scope.user(), password: PasswordHash::new("$argon2id$"), created_at: at(second) };
    Ok((scope, write!(world.store, tx => tx.accounts().insert(&SYSTEM(), new).await)?))
}

async fn update(store: &dyn Store, user: UserId, patch: AccountPatch) -> Result<Option<Account>> {
    write!(store, tx => tx.accounts().update(&SYSTEM(), user, patch).await)
}

fn login(world: &World<'_>, scope: Scope, second: u64, expires: u64, token: u8) -> NewLogin {
    let label = Some("Firefox, été".to_owned());
    let (created_at, expires_at) = (at(second), at(expires));
    let login = Login { id: world.id(), user_id: scope.user(), label, created_at, used_at: created_at, expires_at };
    NewLogin { login, token: TokenHash([token; 32]) }
}

async fn begin(store: &dyn Store, new: NewLogin) -> Result<Login> {
    let login = new.login.clone();
    write!(store, tx => tx.logins().insert(&SYSTEM(), new).await)?;
    Ok(login)
}

async fn rotate(store: &dyn Store, token: u8, next: u8, second: u64) -> Result<Rotation> {
    exchange(store, token, next, second, None).await
}

async fn exchange(store: &dyn Store, token: u8, next: u8, second: u64, since: Option<u64>) -> Result<Rotation> {
    let (token, next) = (TokenHash([token; 32]), TokenHash([next; 32]));
    let exchange = Exchange { token, next, now: at(second), expires_at: at(second + 100), repeat_since: since.map(at) };
    write!(store, tx => tx.logins().rotate(&SYSTEM(), exchange).await)
}

async fn an_account_is_found_changed_and_seen_by_its_person_only(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ann, stored) = account(&world, "ann", 3).await?;
    let bob = world.user("bob").await?;
    assert_eq!(stored.created_at, at(3));
    assert_eq!((stored.disabled_at, stored.last_login_at, stored.quotas), (None, None, Quotas::default()));
    assert_eq!(present(store.accounts().get(&ann, ann.user()).await?)?, stored);
    assert_eq!(store.accounts().get(&bob, ann.user()).await?, None);
    assert_eq!(store.accounts().get(&SYSTEM(), bob.user()).await?, None, "a user without an account");
    assert_eq!(store.accounts().by_name(&SYSTEM(), "ann").await?, Some(stored.clone()));
    assert_eq!(store.accounts().by_name(&SYSTEM(), "ANN").await?, Some(stored.clone()));
    assert_eq!(store.accounts().by_name(&SYSTEM(), "bob").await?, None);

    let patch = AccountPatch {
        role: Some(UserRole::Admin),
        time_zone: Some("Europe/Paris".into()),
        password: Some((PasswordHash::new("$other$"), at(9))),
        disabled_at: Some(Some(at(10))),
        last_login_at: Some(at(8)),
        quotas: Some(Quotas { messages: Some(0), tokens: Some(1 << 40), storage_bytes: None }),
        name: Some("anna".into()),
    };
    let changed = present(update(store, ann.user(), patch).await?)?;
    assert_eq!((changed.user.name.as_str(), changed.user.role), ("anna", UserRole::Admin));
    assert_eq!(changed.user.time_zone, "Europe/Paris");
    assert_eq!((changed.password.reveal(), changed.password_changed_at), ("$other$", at(9)));
    assert_eq!((changed.disabled_at, changed.last_login_at), (Some(at(10)), Some(at(8))));
    assert_eq!(changed.quotas, Quotas { messages: Some(0), tokens: Some(1 << 40), storage_bytes: None });
    assert_eq!(present(update(store, ann.user(), AccountPatch::default()).await?)?, changed, "nothing to change");
    let enabled = AccountPatch { disabled_at: Some(None), quotas: Some(Quotas::default()), ..AccountPatch::default() };
    let enabled = present(update(store, ann.user(), enabled).await?)?;
    assert_eq!((enabled.disabled_at, enabled.quotas), (None, Quotas::default()));
    assert_eq!(update(store, bob.user(), AccountPatch::default()).await?, None);
    Ok(())
}

async fn a_name_that_is_taken_stays(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ann, _) = account(&world, "ann", 1).await?;
    world.user("bob").await?;
    let patch = AccountPatch { name: Some("bob".into()), ..AccountPatch::default() };
    refused(update(store, ann.user(), patch).await, ErrorKind::Conflict);
    let same = AccountPatch { name: Some("ann".into()), ..AccountPatch::default() };
    assert!(update(store, ann.user(), same).await?.is_some());
    let new = NewAccount { user_id: ann.user(), password: PasswordHash::new("x"), created_at: at(2) };
    refused(write!(store, tx => tx.accounts().insert(&SYSTEM(), new).await), ErrorKind::Conflict);
    Ok(())
}

async fn accounts_are_listed_newest_first_and_counted(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let mut users = Vec::new();
    for (name, second) in [("ann", 1), ("bob", 3), ("cid", 2)] {
        users.push(account(&world, name, second).await?.0.user());
    }
    world.user("local").await?;
    let first = store.accounts().list(&SYSTEM(), 2, None).await?;
    let names = |items: &[Account]| items.iter().map(|one| one.user.name.clone()).collect::<Vec<_>>();
    assert_eq!((names(&first.items), first.total), (vec!["bob".to_owned(), "cid".to_owned()], 3));
    let second = store.accounts().list(&SYSTEM(), 2, first.next).await?;
    assert_eq!((names(&second.items), second.next), (vec!["ann".to_owned()], None));
    for user in &users[..2] {
        update(store, *user, AccountPatch { role: Some(UserRole::Admin), ..AccountPatch::default() }).await?;
    }
    update(store, users[1], AccountPatch { disabled_at: Some(Some(at(4))), ..AccountPatch::default() }).await?;
    assert_eq!(store.accounts().counts(&SYSTEM()).await?, AccountCounts { accounts: 3, administrators: 1 });
    Ok(())
}

async fn accounts_are_for_the_system(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ann, _) = account(&world, "ann", 1).await?;
    forbidden(store.accounts().by_name(&ann, "ann").await);
    forbidden(store.accounts().list(&ann, 1, None).await);
    forbidden(store.accounts().counts(&ann).await);
    let patch = AccountPatch { role: Some(UserRole::Admin), ..AccountPatch::default() };
    forbidden(write!(store, tx => tx.accounts().update(&ann, ann.user(), patch).await));
    forbidden(write!(store, tx => tx.accounts().hold(&ann).await));
    forbidden(store.api_keys().by_token(&ann, TokenHash([1; 32])).await);
    forbidden(store.invites().list(&ann, at(0)).await);
    let new = login(&world, ann, 1, 2, 1);
    forbidden(write!(store, tx => tx.logins().insert(&ann, new).await));
    write!(store, tx => tx.accounts().hold(&SYSTEM()).await)
}

async fn a_token_is_exchanged_once_and_its_second_use_ends_the_login(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ann = world.user("ann").await?;
    let begun = begin(store, login(&world, ann, 1, 50, 1)).await?;
    let Rotation::Rotated(rotated) = rotate(store, 1, 2, 10).await? else {
        return Err(Error::internal("a token was not exchanged"));
    };
    assert_eq!((rotated.id, rotated.used_at, rotated.expires_at), (begun.id, at(10), at(110)));
    assert_eq!(store.logins().get(&ann, begun.id).await?, Some(rotated.clone()));
    assert!(matches!(rotate(store, 2, 3, 11).await?, Rotation::Rotated(_)));
    assert_eq!(rotate(store, 9, 4, 12).await?, Rotation::Unknown);
    assert!(matches!(rotate(store, 1, 5, 13).await?, Rotation::Reused(login) if login.id == begun.id));
    assert_eq!(store.logins().get(&SYSTEM(), begun.id).await?, None);
    assert_eq!(rotate(store, 3, 6, 14).await?, Rotation::Unknown, "the newest went with its login");
    Ok(())
}

async fn an_exchange_is_repeated_while_it_is_young_and_its_token_unused(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ann = world.user("ann").await?;
    let begun = begin(store, login(&world, ann, 1, 50, 1)).await?;
    let Rotation::Rotated(rotated) = exchange(store, 1, 2, 10, Some(0)).await? else {
        return Err(Error::internal("a token was not exchanged"));
    };
    for second in [10, 19] {
        let repeated = exchange(store, 1, 2, second, Some(second - 10)).await?;
        assert_eq!(repeated, Rotation::Repeated(rotated.clone()), "and nothing changes");
    }
    let other = begin(store, login(&world, ann, 1, 50, 11)).await?;
    exchange(store, 11, 12, 10, None).await?;
    let foreign = exchange(store, 11, 13, 11, Some(1)).await?;
    assert!(matches!(foreign, Rotation::Reused(login) if login.id == other.id), "for another one than it was");
    assert!(matches!(exchange(store, 2, 3, 20, Some(10)).await?, Rotation::Rotated(_)));
    assert!(matches!(exchange(store, 1, 2, 20, Some(9)).await?, Rotation::Reused(login) if login.id == begun.id));
    let late = begin(store, login(&world, ann, 1, 50, 21)).await?;
    exchange(store, 21, 22, 10, None).await?;
    assert!(matches!(exchange(store, 21, 22, 20, Some(10)).await?, Rotation::Reused(login) if login.id == late.id));
    Ok(())
}

async fn what_has_expired_is_not_exchanged_and_goes(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ann = world.user("ann").await?;
    let short = begin(store, login(&world, ann, 1, 20, 1)).await?;
    let long = begin(store, login(&world, ann, 2, 200, 2)).await?;
    assert_eq!(rotate(store, 1, 3, 20).await?, Rotation::Unknown);
    assert_eq!(store.logins().list(&ann, at(20)).await?, std::slice::from_ref(&long));
    assert_eq!(store.logins().list(&ann, at(19)).await?, [long.clone(), short.clone()]);
    assert_eq!(write!(store, tx => tx.logins().prune(&SYSTEM(), at(20)).await)?, 2, "a login and its token");
    assert_eq!(store.logins().get(&ann, short.id).await?, None);
    assert_eq!(store.logins().get(&ann, long.id).await?, Some(long));
    Ok(())
}

async fn logins_end_alone_or_together_and_for_their_person_only(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ann, bob) = (world.user("ann").await?, world.user("bob").await?);
    let mut anns = Vec::new();
    for token in 1..=3 {
        anns.push(begin(store, login(&world, ann, token.into(), 90, token)).await?.id);
    }
    let bobs = begin(store, login(&world, bob, 1, 90, 9)).await?;
    let (first, second) = (anns[0], anns[1]);
    assert!(!write!(store, tx => tx.logins().end(&bob, first).await)?, "somebody else's");
    assert_eq!(store.logins().get(&bob, first).await?, None);
    assert!(write!(store, tx => tx.logins().end(&ann, first).await)?);
    assert_eq!(write!(store, tx => tx.logins().end_all(&ann, Some(second)).await)?, 1);
    assert_eq!(store.logins().list(&ann, at(9)).await?.iter().map(|one| one.id).collect::<Vec<_>>(), [second]);
    assert_eq!(write!(store, tx => tx.logins().end_all(&ann, None).await)?, 1);
    assert_eq!(store.logins().list(&bob, at(9)).await?, [bobs]);
    Ok(())
}

async fn keys_are_found_by_their_token_and_removed_by_their_person_only(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ann, bob) = (world.user("ann").await?, world.user("bob").await?);
    let permissions = Permissions::of_words("permissions", ["chat", "search"])?;
    let (name, prefix) = ("laptop, été".to_owned(), "abcdefgh".to_owned());
    let (created_at, expires_at) = (at(1), Some(at(9)));
    let user_id = ann.user();
    let key = ApiKey { id: world.id(), user_id, name, prefix, permissions, created_at, expires_at, last_used_at: None };
    let new = NewApiKey { key: key.clone(), token: TokenHash([7; 32]) };
    write!(store, tx => tx.api_keys().insert(&ann, new).await)?;
    assert_eq!(store.api_keys().by_token(&SYSTEM(), TokenHash([7; 32])).await?, Some(key.clone()));
    assert_eq!(store.api_keys().by_token(&SYSTEM(), TokenHash([8; 32])).await?, None);
    let id = key.id;
    write!(store, tx => tx.api_keys().touch(&SYSTEM(), id, at(4)).await)?;
    let used = ApiKey { last_used_at: Some(at(4)), ..key };
    assert_eq!(store.api_keys().list(&ann).await?, std::slice::from_ref(&used));
    assert_eq!(store.api_keys().list(&bob).await?, []);
    assert_eq!(write!(store, tx => tx.api_keys().remove(&bob, id).await)?, None);
    assert_eq!(write!(store, tx => tx.api_keys().remove(&ann, id).await)?, Some(used));
    assert_eq!(store.api_keys().list(&ann).await?, []);
    Ok(())
}

async fn an_invitation_is_good_once_and_not_for_ever(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ann = world.user("ann").await?;
    let mut invites = Vec::new();
    for (token, expires) in [(1, 50), (2, 5), (3, 60)] {
        let created_by = (token == 1).then(|| ann.user());
        let (created_at, expires_at) = (at(token.into()), at(expires));
        let invite = Invite { id: world.id(), role: UserRole::Admin, created_by, created_at, expires_at };
        invites.push(invite.clone());
        write!(store, tx => tx.invites().insert(&SYSTEM(), invite, TokenHash([token; 32])).await)?;
    }
    assert_eq!(store.invites().list(&SYSTEM(), at(5)).await?, [invites[2].clone(), invites[0].clone()]);
    let take = |token: u8| async move {
        let token = TokenHash([token; 32]);
        write!(store, tx => tx.invites().take(&SYSTEM(), token, at(5)).await)
    };
    assert_eq!(take(2).await?, None, "too old");
    assert_eq!(take(1).await?, Some(invites[0].clone()));
    assert_eq!(take(1).await?, None, "taken");
    let id = invites[2].id;
    assert!(write!(store, tx => tx.invites().remove(&SYSTEM(), id).await)?);
    assert!(!write!(store, tx => tx.invites().remove(&SYSTEM(), id).await)?);
    Ok(())
}

async fn everything_goes_with_the_person(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ann, _) = account(&world, "ann", 1).await?;
    let begun = begin(store, login(&world, ann, 1, 50, 1)).await?;
    let permissions = Permissions::NONE;
    let (created_at, user_id) = (at(1).plus(Duration::from_micros(1)), ann.user());
    let (name, prefix) = ("k".to_owned(), "p".to_owned());
    let key =
        ApiKey { id: world.id(), user_id, name, prefix, permissions, created_at, expires_at: None, last_used_at: None };
    write!(store, tx => tx.api_keys().insert(&ann, NewApiKey { key, token: TokenHash([7; 32]) }).await)?;
    while write!(store, tx => tx.erasures().remove_some(&SYSTEM(), user_id).await)?.is_some() {}
    assert_eq!(store.accounts().get(&SYSTEM(), user_id).await?, None);
    assert_eq!(store.logins().get(&SYSTEM(), begun.id).await?, None);
    assert_eq!(rotate(store, 1, 2, 3).await?, Rotation::Unknown);
    assert_eq!(store.api_keys().by_token(&SYSTEM(), TokenHash([7; 32])).await?, None);
    Ok(())
}
