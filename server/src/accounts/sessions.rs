//! Signing in and out, and the sessions between: what doors of every kind ask for.

use std::net::IpAddr;
use std::sync::Arc;

use pharos_model::UnixMs;
use pharos_store::{AccountChange, AuditEntry, Session, Store, StoreError, User};

use super::access::{Principal, Via};
use super::password::{Hasher, PasswordError};
use super::people::{check_name, put};
use super::secret::Secret;
use super::setup::Setup;
use super::throttle::Throttle;
use super::totp;
use crate::limits::{SESSION_IDLE_MS, SESSION_MS, SESSIONS_PER_USER_MAX};
use crate::operators::Author;

/// How old a note of the last use may be: not every request is worth a write.
pub const SEEN_GRAIN_MS: u64 = 60_000;
/// The longest name of a user.
pub const NAME_CHARS_MAX: usize = 64;
/// Characters of what a browser says of itself that are kept.
const AGENT_CHARS_MAX: usize = 200;

/// Why something about accounts is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The one sentence for every way in which signing in fails.
    #[error("name, password or code is not right")]
    Credentials,
    /// Too many attempts.
    #[error("there were too many attempts; wait a minute and try again")]
    Throttled,
    /// A value is not good.
    #[error("`{field}` {why}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// It would leave nobody who can manage users.
    #[error("this is the last admin who can sign in; make another one first")]
    LastAdmin,
    /// What is named is not there.
    #[error("there is no {0}")]
    NotFound(String),
    /// The store failed, or somebody else was first.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The system has no randomness to give.
    #[error("the system has no randomness: {0}")]
    Random(#[from] getrandom::Error),
}

impl Refused {
    /// Whether it would be taken in a moment.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Password(PasswordError::Busy))
    }
}

/// A value that is not good.
pub fn invalid(field: &'static str, why: impl Into<String>) -> Refused {
    Refused::Invalid { field, why: why.into() }
}

/// An attempt to sign in.
#[derive(Debug)]
pub struct Attempt {
    /// The user's name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The code of the second factor or a recovery code; may be empty.
    pub code: String,
    /// From where.
    pub address: IpAddr,
    /// With what.
    pub agent: String,
}

/// Users, sessions and tokens.
pub struct Accounts {
    pub(super) store: Arc<dyn Store>,
    pub(super) hasher: Hasher,
    pub(super) throttle: Throttle,
    /// The way in for the first user.
    pub setup: Setup,
    pub(super) now: fn() -> UnixMs,
}

impl Accounts {
    /// Those that a store keeps.
    pub fn new(store: Arc<dyn Store>, setup: Setup, now: fn() -> UnixMs) -> Self {
        Self { store, hasher: Hasher::new(), throttle: Throttle::default(), setup, now }
    }

    /// An entry of the audit log.
    pub fn entry(&self, author: &Author, action: &str, target: String) -> AuditEntry {
        AuditEntry {
            id: 0,
            at: (self.now)(),
            actor: author.actor.clone(),
            address: author.address.clone(),
            action: action.to_owned(),
            target,
            seq: None,
            before: None,
            after: None,
        }
    }

    /// Signs in: name and password, and the code where the user has a second factor.
    ///
    /// # Errors
    /// One and the same for everything that may be wrong.
    pub async fn sign_in(&self, attempt: Attempt) -> Result<Secret, Refused> {
        if !self.throttle.admits(&attempt.name, attempt.address) {
            return Err(Refused::Throttled);
        }
        let user = self.store.user(&attempt.name).await?;
        let hash = user.as_ref().and_then(|user| user.password.clone());
        let is_right = self.hasher.verify(hash, attempt.password.clone()).await?;
        let Some(user) = user.filter(|user| is_right && !user.disabled) else {
            self.note_failure(&attempt).await;
            return Err(Refused::Credentials);
        };
        let Some(next) = self.past_second_factor(&user, &attempt.code) else {
            self.note_failure(&attempt).await;
            return Err(Refused::Credentials);
        };
        self.throttle.knows(&attempt.name, attempt.address);
        let changes = if next == user { Vec::new() } else { vec![put(next)] };
        self.begin_session(&user, (attempt.address, &attempt.agent), changes).await
    }

    /// Signs in somebody whom another has proven.
    ///
    /// # Errors
    /// When the store fails or the user may not sign in.
    pub async fn sign_in_proven(&self, user: &User, from: (IpAddr, &str)) -> Result<Secret, Refused> {
        if user.disabled {
            return Err(Refused::Credentials);
        }
        self.begin_session(user, from, Vec::new()).await
    }

    /// The user whom a provider calls so.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of_subject(&self, subject: &str) -> Result<Option<User>, Refused> {
        Ok(self.store.user_of_subject(subject).await?)
    }

    /// Counts an attempt from an address; `false` when there were too many.
    pub fn admits(&self, address: IpAddr) -> bool {
        self.throttle.admits_address(address)
    }

    async fn begin_session(
        &self,
        user: &User,
        (address, agent): (IpAddr, &str),
        mut changes: Vec<AccountChange>,
    ) -> Result<Secret, Refused> {
        let (secret, at) = (Secret::draw()?, (self.now)());
        let session = Session {
            hash: secret.hash(),
            user: user.name.clone(),
            created_at: at,
            seen_at: at,
            address: address.to_string(),
            agent: agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS_MAX).collect(),
        };
        let oldest = self.store.sessions_of(&user.name).await?.into_iter().skip(SESSIONS_PER_USER_MAX - 1);
        changes.extend(oldest.map(|session| AccountChange::DropSession(session.hash)));
        changes.push(AccountChange::ExpireSessions {
            created_before: at.minus_ms(SESSION_MS),
            seen_before: at.minus_ms(SESSION_IDLE_MS),
        });
        changes.push(AccountChange::PutSession(Box::new(session)));
        // The password that was right while it was looked at may be another by now, or its user shut out.
        changes.insert(0, AccountChange::ExpectUser { name: user.name.clone(), revision: user.revision });
        let author = Author { actor: format!("user:{}", user.name), address: address.to_string() };
        let entry = self.entry(&author, "session.begin", format!("users/{}", user.name));
        match self.store.change_accounts(changes, vec![entry]).await {
            Ok(()) => Ok(secret),
            Err(StoreError::Conflict { .. }) => Err(Refused::Credentials),
            Err(error) => Err(error.into()),
        }
    }

    async fn note_failure(&self, attempt: &Attempt) {
        let author = Author { actor: "nobody".into(), address: attempt.address.to_string() };
        let is_name = check_name(&attempt.name).is_ok();
        let name = if is_name { attempt.name.as_str() } else { "?" };
        let entry = self.entry(&author, "session.refuse", format!("users/{name}"));
        if let Err(error) = self.store.change_accounts(Vec::new(), vec![entry]).await {
            tracing::warn!(%error, "a failed sign-in could not be written down");
        }
    }

    /// The user after the second factor, which uses a code up; `None` when the code is not right.
    fn past_second_factor(&self, user: &User, code: &str) -> Option<User> {
        let Some(secret) = &user.totp else { return Some(user.clone()) };
        let mut next = User { revision: user.revision + 1, ..user.clone() };
        if let Some(step) = totp::step_of(secret, code, (self.now)(), user.totp_step) {
            next.totp_step = step;
            return Some(next);
        }
        let hash = totp::recovery_hash(code);
        let place = user.recovery.iter().position(|known| *known == hash)?;
        next.recovery.remove(place);
        Some(next)
    }

    /// Who a session's secret stands for.
    ///
    /// # Errors
    /// When the store fails: nobody is let in then.
    pub async fn of_session(&self, secret: &Secret) -> Result<Option<Principal>, Refused> {
        let (hash, at) = (secret.hash(), (self.now)());
        let Some((session, user)) = self.store.session(&hash).await? else { return Ok(None) };
        let is_over = at.since_ms(session.created_at) > SESSION_MS
            || at.since_ms(session.seen_at) > SESSION_IDLE_MS
            || user.disabled;
        if is_over {
            return Ok(None);
        }
        if at.since_ms(session.seen_at) > SEEN_GRAIN_MS {
            let seen = AccountChange::SeenSession { hash, at };
            self.store.change_accounts(vec![seen], Vec::new()).await?;
        }
        let via = Via::Session { hash, form: secret.derived("form") };
        Ok(Some(Principal { user: user.name, role: user.role, via }))
    }

    /// Signs out: this browser, or all others of the user.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_out(
        &self,
        principal: &Principal,
        author: &Author,
        others: bool,
    ) -> Result<(), Refused> {
        let Via::Session { hash, .. } = &principal.via else { return Ok(()) };
        let (change, action) = if others {
            let (user, except) = (principal.user.clone(), Some(*hash));
            (AccountChange::DropSessionsOf { user, except }, "session.end_others")
        } else {
            (AccountChange::DropSession(*hash), "session.end")
        };
        let entry = self.entry(author, action, format!("users/{}", principal.user));
        Ok(self.store.change_accounts(vec![change], vec![entry]).await?)
    }

    /// The sessions of a user.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sessions_of(&self, name: &str) -> Result<Vec<Session>, Refused> {
        Ok(self.store.sessions_of(name).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::fixture::{PASSWORD, accounts, address, author};
    use pharos_store::Role;

    #[tokio::test]
    async fn a_sign_in_that_was_under_way_while_the_password_changed_lets_nobody_in() {
        let (_directory, accounts) = accounts().await;
        let (author, password) = (author(), Some(PASSWORD.to_owned()));
        let read = accounts.add_user("anna", Role::Admin, (password, None), &author).await.unwrap();
        accounts.change_password("anna", "another horse battery".into(), (&author, None)).await.unwrap();
        let late = accounts.sign_in_proven(&read, (address(), "a browser")).await;
        assert!(matches!(late, Err(Refused::Credentials)), "{late:?}");
        assert!(accounts.sessions_of("anna").await.unwrap().is_empty());
        let attempt = Attempt {
            name: "anna".into(),
            password: "another horse battery".into(),
            code: String::new(),
            address: address(),
            agent: "a browser".into(),
        };
        assert!(accounts.sign_in(attempt).await.is_ok());
    }
}
