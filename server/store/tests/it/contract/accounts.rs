//! Who may do what.

use pharos_model::UnixMs;
use pharos_store::{AccountChange, Accounts, AuditFilter, Role, Session, Store, StoreError, Token, User};

use super::{Place, entry};

pub fn user(name: &str, revision: u32) -> User {
    User {
        name: name.into(),
        role: Role::Responder,
        password: Some("hash".into()),
        subject: None,
        totp: None,
        totp_step: 0,
        recovery: Vec::new(),
        disabled: false,
        created_at: UnixMs(1),
        revision,
    }
}

fn session(number: u8, user: &str, at: i64) -> Session {
    Session {
        hash: [number; 32],
        user: user.into(),
        created_at: UnixMs(at),
        seen_at: UnixMs(at),
        address: "192.0.2.1".into(),
        agent: "a browser".into(),
    }
}

fn token(id: &str, user: &str) -> Token {
    Token {
        id: id.into(),
        hash: [9; 32],
        user: user.into(),
        name: "deploy".into(),
        scopes: vec!["read".into(), "maintenance".into()],
        created_at: UnixMs(1),
        expires_at: Some(UnixMs(99)),
        used_at: None,
    }
}

async fn change(store: &impl Store, changes: Vec<AccountChange>) -> Result<(), StoreError> {
    store.change_accounts(changes, Vec::new()).await
}

fn put(user: User) -> AccountChange {
    AccountChange::PutUser(Box::new(user))
}

pub async fn of_two_changes_of_a_user_the_second_is_told<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    change(&store, vec![put(user("anna", 0))]).await.unwrap();
    let again = change(&store, vec![put(user("anna", 0))]).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    change(&store, vec![put(User { role: Role::Admin, ..user("anna", 1) })]).await.unwrap();
    let late = change(&store, vec![put(User { role: Role::Viewer, ..user("anna", 1) })]).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
    assert_eq!(store.user("anna").await.unwrap().unwrap().role, Role::Admin);
}

pub async fn changes_of_accounts_are_all_made_or_none<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    change(&store, vec![put(user("anna", 0))]).await.unwrap();
    let both = vec![put(user("bert", 0)), put(user("anna", 0))];
    let refused = store.change_accounts(both, vec![entry("user:anna", "users/bert")]).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    assert_eq!(store.users().await.unwrap().len(), 1);
    assert!(store.audit(&AuditFilter::default(), 9).await.unwrap().is_empty());
}

pub async fn of_two_admins_who_demote_each_other_one_stays<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let admin = |name: &str, revision| User { role: Role::Admin, ..user(name, revision) };
    change(&store, vec![put(admin("anna", 0)), put(admin("bert", 0)), AccountChange::ExpectManager])
        .await
        .unwrap();
    change(&store, vec![put(user("anna", 1)), AccountChange::ExpectManager]).await.unwrap();
    for last in [
        put(user("bert", 1)),
        put(User { disabled: true, ..admin("bert", 1) }),
        AccountChange::DropUser("bert".into()),
    ] {
        let refused = change(&store, vec![last, AccountChange::ExpectManager]).await;
        assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    }
    assert_eq!(store.user("bert").await.unwrap(), Some(admin("bert", 0)));
}

pub async fn nobody_signs_in_as_one_who_was_changed_meanwhile<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let begin = |number, revision| {
        let expected = AccountChange::ExpectUser { name: "anna".into(), revision };
        vec![expected, AccountChange::PutSession(Box::new(session(number, "anna", 5)))]
    };
    change(&store, vec![put(user("anna", 0))]).await.unwrap();
    change(&store, begin(1, 0)).await.unwrap();
    change(&store, vec![put(user("anna", 1))]).await.unwrap();
    let late = change(&store, begin(2, 0)).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
    change(&store, begin(3, 1)).await.unwrap();
    let held = store.sessions_of("anna").await.unwrap();
    assert!(held.iter().all(|session| session.hash != [2; 32]) && held.len() == 2, "{held:?}");
    change(&store, vec![AccountChange::DropUser("anna".into())]).await.unwrap();
    assert!(matches!(change(&store, begin(4, 1)).await, Err(StoreError::Conflict { .. })));
}

pub async fn sessions_and_tokens_go_with_their_user<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let anna = User { subject: Some("issuer anna".into()), ..user("anna", 0) };
    let changes = vec![
        put(anna.clone()),
        AccountChange::PutSession(Box::new(session(1, "anna", 5))),
        AccountChange::PutToken(Box::new(token("t1", "anna"))),
        AccountChange::UsedToken { id: "t1".into(), at: UnixMs(7) },
    ];
    change(&store, changes).await.unwrap();
    assert_eq!(store.user_of_subject("issuer anna").await.unwrap(), Some(anna.clone()));
    assert_eq!(store.session(&[1; 32]).await.unwrap(), Some((session(1, "anna", 5), anna.clone())));
    let used = Token { used_at: Some(UnixMs(7)), ..token("t1", "anna") };
    assert_eq!(store.token(&[9; 32]).await.unwrap(), Some((used, anna)));
    change(&store, vec![AccountChange::DropUser("anna".into())]).await.unwrap();
    assert_eq!(store.session(&[1; 32]).await.unwrap(), None);
    assert!(store.tokens().await.unwrap().is_empty());
}

pub async fn sessions_end_in_their_time_and_others_on_demand<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let made = |number, at| AccountChange::PutSession(Box::new(session(number, "anna", at)));
    change(&store, vec![put(user("anna", 0)), made(1, 5), made(2, 20), made(3, 30), made(4, 40)])
        .await
        .unwrap();
    let expire = AccountChange::ExpireSessions { created_before: UnixMs(10), seen_before: UnixMs(25) };
    change(&store, vec![AccountChange::SeenSession { hash: [1; 32], at: UnixMs(50) }, expire]).await.unwrap();
    let left = |sessions: Vec<Session>| sessions.iter().map(|session| session.hash[0]).collect::<Vec<_>>();
    assert_eq!(left(store.sessions_of("anna").await.unwrap()), [4, 3]);
    let others = AccountChange::DropSessionsOf { user: "anna".into(), except: Some([3; 32]) };
    change(&store, vec![others]).await.unwrap();
    assert_eq!(left(store.sessions_of("anna").await.unwrap()), [3]);
    change(&store, vec![AccountChange::DropSession([3; 32])]).await.unwrap();
    assert!(store.sessions_of("anna").await.unwrap().is_empty());
}

pub async fn the_audit_log_is_found_by_target_and_actor<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let log = vec![
        entry("user:anna", "incidents/one"),
        entry("user:bert", "incidents/one/updates/1"),
        entry("user:anna", "incidents/one-more"),
    ];
    store.change_accounts(Vec::new(), log).await.unwrap();
    let find = async |target: Option<&str>, actor: Option<&str>, before: Option<u64>| {
        let filter =
            AuditFilter { before, target: target.map(str::to_owned), actor: actor.map(str::to_owned) };
        let found = store.audit(&filter, 9).await.unwrap();
        found.into_iter().map(|entry| entry.target).collect::<Vec<_>>()
    };
    assert_eq!(find(Some("incidents/one"), None, None).await, ["incidents/one/updates/1", "incidents/one"]);
    assert_eq!(find(None, Some("user:anna"), None).await, ["incidents/one-more", "incidents/one"]);
    assert_eq!(find(None, None, Some(2)).await, ["incidents/one"]);
}
