use std::time::Duration;

use axum::http::Method;
use jarvis_core::{policy::networks::TrustedProxies, testkit::ScriptedModel};
use jarvis_host::{Given, Shared};
use jarvis_server::{Policy, Settings};
use serde_json::{Value, json};

use super::{PASSWORD, Person, call, get, join, login, refresh, with_ann};
use crate::support::{ADMIN_TOKEN, Answer, SETUP_TOKEN, TestApp, with_json};

fn code(code: &str) -> String {
    code.to_owned()
}

#[tokio::test]
async fn the_first_account_needs_the_setup_token_and_administers() {
    let app = TestApp::start_required(&[("REGISTRATION", "open")], Given::default()).await;
    let register = async |extra: Value| {
        let mut body = json!({"username": "ann", "password": PASSWORD});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        app.post("/api/auth/register", &body).await
    };
    assert_eq!(register(json!({})).await.failure(), (403, code("setup_required"), None));
    assert_eq!(register(json!({"setup_token": "guess"})).await.failure(), (403, code("setup_token_wrong"), None));
    assert_eq!(register(json!({"setup_token": SETUP_TOKEN, "password": "short"})).await.failure().0, 422);
    let made = register(json!({"setup_token": SETUP_TOKEN})).await;
    assert_eq!((made.status, made.json()["role"].clone()), (201, json!("admin")));
    let again = register(json!({"setup_token": SETUP_TOKEN, "username": "bob"})).await;
    assert_eq!(again.failure(), (409, code("set_up_already"), None));
    let bob = register(json!({"username": "bob"})).await;
    assert_eq!((bob.status, bob.json()["role"].clone()), (201, json!("user")));
    assert_eq!(register(json!({"username": "bob"})).await.failure(), (409, code("user_exists"), None));
}

#[tokio::test]
async fn the_administrator_takes_over_what_the_local_user_had() {
    let app = TestApp::start_required(&[], Given::default()).await;
    let local = call(&app, crate::support::ADMIN_TOKEN, "POST", "/api/memory", &json!({"content": "plum jam"})).await;
    assert_eq!(local.status, 201);
    let body = json!({"username": "ann", "password": PASSWORD, "setup_token": SETUP_TOKEN, "take_over": "default"});
    let ann = Person::of(&app.post("/api/auth/register", &body).await);
    assert_eq!(get(&app, &ann.access, "/api/memory/list").await.json()["total"], 1);
}

#[tokio::test]
async fn who_may_register_is_configured() {
    let (app, ann) = with_ann(&[]).await;
    let register = async |name: &str, invite: &Value| {
        app.post("/api/auth/register", &json!({"username": name, "password": PASSWORD, "invite": invite})).await
    };
    assert_eq!(register("bob", &Value::Null).await.failure().1, "invite_required");
    assert_eq!(register("bob", &json!("guess")).await.failure().1, "invite_unknown");
    let invite = call(&app, &ann.access, "POST", "/api/admin/invites", &Value::Null).await.json()["invite"].clone();
    assert_eq!(register("bob", &invite).await.status, 201);
    assert_eq!(register("cid", &invite).await.failure().1, "invite_unknown", "taken");
    let late = call(&app, &ann.access, "POST", "/api/admin/invites", &json!({"expires_in_days": 1})).await.json();
    app.clock.advance(Duration::from_hours(24));
    assert_eq!(register("cid", &late["invite"]).await.failure().1, "invite_unknown", "too old");

    let (closed, _) = with_ann(&[("REGISTRATION", "closed")]).await;
    let body = json!({"username": "bob", "password": PASSWORD});
    assert_eq!(closed.post("/api/auth/register", &body).await.failure().1, "registration_closed");
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_answered_alike_until_nobody_may_try() {
    let (app, ann) = with_ann(&[]).await;
    join(&app, &ann, "bob").await;
    let bob = get(&app, &ann.access, "/api/admin/users?username=bob").await.json()["users"][0]["id"].clone();
    let path = format!("/api/admin/users/{}", bob.as_str().unwrap());
    assert_eq!(call(&app, &ann.access, "PATCH", &path, &json!({"disabled": true})).await.status, 200);
    for _ in 0..10 {
        let known = login(&app, "ann", "wrong password").await;
        let unknown = login(&app, "nobody", "wrong password").await;
        let disabled = login(&app, "bob", PASSWORD).await;
        assert_eq!(known.failure(), (401, code("invalid_credentials"), None));
        assert_eq!((known.text(), known.status), (unknown.text(), unknown.status));
        assert_eq!(known.text(), disabled.text());
    }
    let (known, unknown) = (login(&app, "ann", PASSWORD).await, login(&app, "nobody", PASSWORD).await);
    assert_eq!(known.failure(), (429, code("too_many_attempts"), None), "the right password, too late");
    assert_eq!(known.text(), unknown.text());
    assert_eq!(known.header("retry-after"), Some("30"));
    assert_eq!(known.header("retry-after"), unknown.header("retry-after"));
    app.clock.advance(Duration::from_secs(30));
    assert_eq!(login(&app, "ann", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn whoever_is_right_is_not_counted_among_those_who_guess() {
    let (app, ann) = with_ann(&[]).await;
    for _ in 0..25 {
        assert_eq!(login(&app, "ann", PASSWORD).await.status, 200);
    }
    let change = async |present: &str, next: &str| {
        let body = json!({"current_password": present, "new_password": next});
        call(&app, &ann.access, "POST", "/api/auth/password", &body).await.status
    };
    for _ in 0..6 {
        assert_eq!(
            [change(PASSWORD, "another password").await, change("another password", PASSWORD).await],
            [200, 200]
        );
    }
    for _ in 0..9 {
        assert_eq!(login(&app, "ann", "wrong password").await.status, 401);
        assert_eq!(login(&app, "ann", PASSWORD).await.status, 200, "until she is wrong too often");
    }
    assert_eq!(login(&app, "ann", "wrong password").await.status, 401);
    assert_eq!(login(&app, "ann", PASSWORD).await.status, 429, "whoever guesses is not told that this was right");
    for _ in 0..10 {
        assert_eq!(change("wrong password", "another password").await, 401, "counted by itself");
    }
    assert_eq!(change(PASSWORD, "another password").await, 429);
}

async fn login_from(app: &TestApp, address: &str, name: &str, password: &str) -> Answer {
    let mut asked = with_json(Method::POST, "/api/auth/login", &json!({"username": name, "password": password}));
    asked.headers_mut().insert("x-forwarded-for", address.parse().unwrap());
    app.send(asked).await
}

#[tokio::test]
async fn those_who_guess_elsewhere_keep_nobody_out() {
    let trusted_proxies = TrustedProxies::new(vec!["127.0.0.1".parse().unwrap()]);
    let app = TestApp::start_required_as(&[], Given::default(), |options| {
        options.settings = Settings::new(Policy { trusted_proxies, ..Policy::default() });
    })
    .await;
    let body = json!({"username": "ann", "password": PASSWORD, "setup_token": SETUP_TOKEN});
    let ann = Person::of(&app.post("/api/auth/register", &body).await);
    let guesses = async |address: &str, name: &str| {
        let mut allowed = 0;
        while login_from(&app, address, name, "wrong password").await.status == 401 {
            allowed += 1;
        }
        allowed
    };
    for name in ["ann", "nobody"] {
        let crowd = (0..8).map(|network| format!("198.51.{network}.9"));
        let mut allowed = Vec::new();
        for address in crowd {
            allowed.push(guesses(&address, name).await);
        }
        assert_eq!(allowed, [10, 10, 10, 10, 10, 10, 3, 3], "sixty together, then few for each network: {name}");
        assert_eq!(guesses("198.51.7.10", name).await, 0, "which has many addresses");
    }
    // from where nobody guesses, and wherever she is already
    for _ in 0..5 {
        assert_eq!(login_from(&app, "203.0.113.7", "ann", PASSWORD).await.status, 200);
    }
    let body = json!({"current_password": PASSWORD, "new_password": "another password"});
    assert_eq!(call(&app, &ann.access, "POST", "/api/auth/password", &body).await.status, 200);
    assert_eq!(guesses("203.0.113.7", "ann").await, 3);
    let late = login_from(&app, "203.0.113.7", "ann", "another password").await;
    assert_eq!((late.status, late.header("retry-after")), (429, Some("10")));
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(login_from(&app, "203.0.113.7", "ann", "another password").await.status, 200);

    let neighbours = ["2001:db8:1:1::1", "2001:db8:1:1::2", "2001:db8:1:1:9:9:9:9"];
    let mut allowed = Vec::new();
    for address in neighbours {
        allowed.push(guesses(address, "bob").await);
    }
    assert_eq!(allowed, [10, 0, 0], "whoever has an address of IPv6 has those beside it");
}

#[tokio::test]
async fn an_access_token_is_good_for_its_time_and_cannot_be_changed() {
    let (app, ann) = with_ann(&[]).await;
    assert_eq!(get(&app, &ann.access, "/api/auth/whoami").await.json()["username"], "ann");
    let verified = call(&app, &ann.access, "POST", "/api/auth/verify", &Value::Null).await.json();
    assert_eq!((&verified["valid"], &verified["user_id"]), (&json!(true), &json!(ann.id)));
    let (signed, signature) = ann.access.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    // {"alg":"none","typ":"JWT"}
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    for forged in [
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        format!("{header}.{claims}."),
        format!("{header}.{claims}x.{signature}"),
        claims.to_owned(),
        "jrv_abcdefgh_nonsense".to_owned(),
    ] {
        let failure = get(&app, &forged, "/api/auth/whoami").await.failure();
        assert_eq!(failure, (401, code("invalid_token"), None), "{forged}");
    }
    app.clock.advance(Duration::from_mins(30));
    let expired = get(&app, &ann.access, "/api/auth/whoami").await;
    assert_eq!(expired.failure(), (401, code("token_expired"), None));
    assert_eq!(expired.header("www-authenticate"), Some("Bearer"));
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_second_use_ends_the_login() {
    let (app, ann) = with_ann(&[]).await;
    let other = Person::of(&login(&app, "ann", PASSWORD).await);
    let second = Person::of(&refresh(&app, &ann.refresh).await);
    assert_eq!(get(&app, &second.access, "/api/auth/whoami").await.status, 200);
    assert_eq!(refresh(&app, &ann.refresh).await.failure(), (401, code("invalid_refresh_token"), None));
    for access in [&ann.access, &second.access] {
        assert_eq!(get(&app, access, "/api/auth/whoami").await.failure().1, "invalid_token", "the family is over");
    }
    assert_eq!(refresh(&app, &second.refresh).await.failure().1, "invalid_refresh_token");
    assert_eq!(get(&app, &other.access, "/api/auth/whoami").await.status, 200, "another login");
    app.clock.advance(Duration::from_hours(7 * 24));
    assert_eq!(refresh(&app, &other.refresh).await.failure().1, "invalid_refresh_token", "too old");
}

#[tokio::test]
async fn of_two_who_refresh_at_once_one_wins_and_the_login_is_over() {
    let (app, ann) = with_ann(&[]).await;
    let (one, two) = tokio::join!(refresh(&app, &ann.refresh), refresh(&app, &ann.refresh));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
    let winner = if one.status == 200 { one } else { two };
    assert_eq!(get(&app, &Person::of(&winner).access, "/api/auth/whoami").await.status, 401);
}

#[tokio::test]
async fn a_login_ends_at_once_and_so_do_all() {
    let (app, first) = with_ann(&[]).await;
    let (second, third) =
        (Person::of(&login(&app, "ann", PASSWORD).await), Person::of(&login(&app, "ann", PASSWORD).await));
    assert_eq!(get(&app, &first.access, "/api/auth/whoami").await.status, 200);
    let ended = call(&app, &first.access, "POST", "/api/auth/logout", &Value::Null).await;
    assert_eq!(ended.json(), json!({"ended_sessions": 1}));
    assert_eq!(get(&app, &first.access, "/api/auth/whoami").await.status, 401);
    assert_eq!(refresh(&app, &first.refresh).await.status, 401);
    let logins = get(&app, &second.access, "/api/auth/sessions").await.json();
    let current = logins["sessions"].as_array().unwrap().iter().filter(|one| one["current"] == true);
    assert_eq!((logins["sessions"].as_array().unwrap().len(), current.count()), (2, 1));
    let ended = call(&app, &second.access, "POST", "/api/auth/logout", &json!({"everywhere": true})).await;
    assert_eq!(ended.json(), json!({"ended_sessions": 2}));
    for access in [&second.access, &third.access] {
        assert_eq!(get(&app, access, "/api/auth/whoami").await.status, 401);
    }
}

#[tokio::test]
async fn another_password_ends_all_other_logins() {
    let (app, first) = with_ann(&[]).await;
    let second = Person::of(&login(&app, "ann", PASSWORD).await);
    let change = async |present: &str, next: &str| {
        let body = json!({"current_password": present, "new_password": next});
        call(&app, &first.access, "POST", "/api/auth/password", &body).await
    };
    assert_eq!(change("wrong password", "another password").await.failure().1, "invalid_credentials");
    assert_eq!(change(PASSWORD, "short").await.failure().2.as_deref(), Some("new_password"));
    assert_eq!(
        change(PASSWORD, "another password").await.json(),
        json!({"ended_sessions": 1, "removed_keys": 0, "remaining_keys": 0})
    );
    assert_eq!(get(&app, &first.access, "/api/auth/whoami").await.status, 200);
    assert_eq!(get(&app, &second.access, "/api/auth/whoami").await.status, 401);
    assert_eq!(login(&app, "ann", PASSWORD).await.status, 401);
    assert_eq!(login(&app, "ann", "another password").await.status, 200);
}

#[tokio::test]
async fn open_mode_asks_nobody_and_takes_a_token_it_is_not_asked_for() {
    let app = TestApp::start().await;
    assert_eq!(get(&app, "stale", "/api/chat/conversations").await.status, 200);
    let me = app.get("/api/auth/whoami").await.json();
    assert_eq!((&me["username"], &me["via"]), (&json!("default"), &json!("open")));
    assert_eq!(get(&app, "stale", "/api/admin/users").await.status, 401);
}

/// Two servers over one store: what one ends, the other refuses as soon as it looks again.
#[tokio::test]
async fn a_login_that_one_server_ends_is_over_on_the_other() {
    let (one, ann) = with_ann(&[]).await;
    let shared = Shared::in_process(one.store());
    let given = Given { model: Some(ScriptedModel::new([])), shared: Some(shared), ..Given::default() };
    let two = TestApp::start_required(&[], given).await;
    assert_eq!(call(&one, &ann.access, "POST", "/api/auth/logout", &Value::Null).await.status, 200);
    assert_eq!(get(&two, &ann.access, "/api/auth/whoami").await.status, 401);
    assert_eq!(refresh(&two, &ann.refresh).await.status, 401);
}

#[tokio::test]
async fn an_invitation_is_good_no_longer_than_its_maker_administers() {
    let (app, ann) = with_ann(&[]).await;
    let invite = async |token: &str| {
        let made = call(&app, token, "POST", "/api/admin/invites", &json!({"role": "admin"})).await.json();
        made["invite"].as_str().unwrap().to_owned()
    };
    let register = async |name: &str, invite: &str| {
        app.post("/api/auth/register", &json!({"username": name, "password": PASSWORD, "invite": invite})).await
    };
    for (name, change) in
        [("demoted", Some(json!({"role": "user"}))), ("disabled", Some(json!({"disabled": true}))), ("erased", None)]
    {
        let maker = join(&app, &ann, name).await;
        let path = format!("/api/admin/users/{}", maker.id);
        assert_eq!(call(&app, &ann.access, "PATCH", &path, &json!({"role": "admin"})).await.status, 200);
        let code = invite(&maker.access).await;
        let listed =
            async || get(&app, &ann.access, "/api/admin/invites").await.json()["invites"].as_array().unwrap().len();
        assert_eq!(listed().await, 1, "{name}");
        let changed = match change {
            Some(change) => call(&app, &ann.access, "PATCH", &path, &change).await,
            None => call(&app, &ann.access, "DELETE", &path, &Value::Null).await,
        };
        assert_eq!(changed.status, 200, "{name}");
        assert_eq!(register("mallory", &code).await.failure().1, "invite_unknown", "{name}");
        assert_eq!(listed().await, 0, "{name}");
    }
    let code = invite(ADMIN_TOKEN).await;
    assert_eq!(register("carl", &code).await.json()["role"], "admin", "the owner of the machine made it");
    let code = invite(&ann.access).await;
    assert_eq!(register("dora", &code).await.json()["role"], "admin");
}

#[tokio::test]
async fn a_name_is_one_in_upper_and_lower_case() {
    let (app, ann) = with_ann(&[]).await;
    join(&app, &ann, "eve").await;
    for name in ["EVE", "Eve"] {
        let in_ = login(&app, name, PASSWORD).await;
        assert_eq!((in_.status, &in_.json()["username"]), (200, &json!("eve")), "{name}");
    }
    let named = get(&app, &ann.access, "/api/admin/users?username=EVE").await.json();
    assert_eq!(named["users"][0]["username"], "eve");
    // nor does another way of writing it give more guesses
    let mut refused = None;
    for number in 0..12 {
        let name = ["eve", "EVE", "eVe", "Eve"][number % 4];
        refused = Some(login(&app, name, "wrong password").await.failure().1);
    }
    assert_eq!(refused.as_deref(), Some("too_many_attempts"));
}

#[tokio::test]
async fn names_that_mean_nobody_are_nobodys() {
    let (app, ann) = with_ann(&[("REGISTRATION", "open")]).await;
    for name in ["system", "System", "default", "-", "open", "unknown"] {
        let body = json!({"username": name, "password": PASSWORD});
        for refused in [
            call(&app, &ann.access, "POST", "/api/admin/users", &body).await,
            app.post("/api/auth/register", &body).await,
        ] {
            assert_eq!(refused.failure(), (409, "user_exists".to_owned(), None), "{name}");
        }
    }
}
