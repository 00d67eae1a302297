//! Signing in and out, users and tokens: what doors of every kind ask for.

use std::net::IpAddr;
use std::sync::Arc;

use pharos_model::UnixMs;
use pharos_store::{AccountChange, AuditEntry, Role, Session, Store, StoreError, Token, User};

use super::access::{Principal, Scope, Via};
use super::password::{Hasher, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, PasswordError};
use super::secret::{Secret, hex};
use super::setup::Setup;
use super::throttle::Throttle;
use super::totp;
use crate::limits::{SESSION_IDLE_MS, SESSION_MS, SESSIONS_PER_USER_MAX, TOKENS_MAX, USERS_MAX};
use crate::operators::Author;

/// How old a note of the last use may be: not every request is worth a write.
const SEEN_GRAIN_MS: u64 = 60_000;
/// What tokens begin with, so that leaked ones are found by scanners.
const TOKEN_PREFIX: &str = "pharos_";
/// The longest name of a user.
const NAME_CHARS_MAX: usize = 64;
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

fn invalid(field: &'static str, why: impl Into<String>) -> Refused {
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

/// A token that was just made: the only time that its secret is seen.
#[derive(Debug)]
pub struct FreshToken {
    /// What is kept of it.
    pub token: Token,
    /// What its holder sends.
    pub secret: String,
}

/// Whether a name may be a user's.
///
/// # Errors
/// When it is empty, too long, or holds other characters.
pub fn check_name(name: &str) -> Result<(), Refused> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(inner) {
        let why = format!("must have 1 to {NAME_CHARS_MAX} of a-z, 0-9, '.', '_', '-' and '@'");
        return Err(invalid("name", why));
    }
    Ok(())
}

fn check_password(password: &str, name: &str) -> Result<(), Refused> {
    let chars = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
        let why = format!(
            "must have {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters; a few words are easiest"
        );
        return Err(invalid("password", why));
    }
    let mut letters: Vec<char> = password.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < 4 || password.to_lowercase().contains(&name.to_lowercase()) {
        return Err(invalid(
            "password",
            "is too easy to guess; use a few words that have nothing to do with the name",
        ));
    }
    Ok(())
}

/// Users, sessions and tokens.
pub struct Accounts {
    store: Arc<dyn Store>,
    hasher: Hasher,
    throttle: Throttle,
    /// The way in for the first user.
    pub setup: Setup,
    now: fn() -> UnixMs,
}

impl Accounts {
    /// Those that a store keeps.
    ///
    /// # Errors
    /// When nothing can be hashed here.
    pub fn new(store: Arc<dyn Store>, setup: Setup, now: fn() -> UnixMs) -> Result<Self, Refused> {
        Ok(Self { store, hasher: Hasher::new()?, throttle: Throttle::default(), setup, now })
    }

    fn entry(&self, author: &Author, action: &str, target: String) -> AuditEntry {
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
        let author = Author { actor: format!("user:{}", user.name), address: address.to_string() };
        let entry = self.entry(&author, "session.begin", format!("users/{}", user.name));
        self.store.change_accounts(changes, vec![entry]).await?;
        Ok(secret)
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

    /// Who a token's secret stands for. It has 256 random bits: nobody guesses it, and nobody is slowed for trying.
    ///
    /// # Errors
    /// When the store fails: nobody is let in then.
    pub async fn of_token(&self, secret: &str) -> Result<Option<Principal>, Refused> {
        let at = (self.now)();
        let found = match secret.strip_prefix(TOKEN_PREFIX) {
            Some(secret) => self.store.token(&Secret::presented(secret).hash()).await?,
            None => None,
        };
        let good =
            found.filter(|(token, user)| !user.disabled && token.expires_at.is_none_or(|end| end > at));
        let Some((token, user)) = good else { return Ok(None) };
        if token.used_at.is_none_or(|used| at.since_ms(used) > SEEN_GRAIN_MS) {
            let used = AccountChange::UsedToken { id: token.id.clone(), at };
            self.store.change_accounts(vec![used], Vec::new()).await?;
        }
        let scopes = token.scopes.iter().filter_map(|word| Scope::parse(word)).collect();
        Ok(Some(Principal { user: user.name, role: user.role, via: Via::Token { id: token.id, scopes } }))
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

    /// All users.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn users(&self) -> Result<Vec<User>, Refused> {
        Ok(self.store.users().await?)
    }

    /// One user.
    ///
    /// # Errors
    /// When there is none of this name, or the store fails.
    pub async fn user(&self, name: &str) -> Result<User, Refused> {
        let found = self.store.user(name).await?;
        found.ok_or_else(|| Refused::NotFound(format!("user \"{name}\"")))
    }

    /// Makes a user. Without a password they sign in elsewhere.
    ///
    /// # Errors
    /// When name or password is not good, or there is such a user.
    pub async fn add_user(
        &self,
        name: &str,
        role: Role,
        (password, subject): (Option<String>, Option<String>),
        author: &Author,
    ) -> Result<User, Refused> {
        check_name(name)?;
        if self.store.users().await?.len() >= USERS_MAX {
            return Err(invalid("name", format!("cannot be taken: there are {USERS_MAX} users already")));
        }
        let password = match password {
            Some(password) => {
                check_password(&password, name)?;
                Some(self.hasher.hash(password).await?)
            }
            None => None,
        };
        let user = User {
            name: name.to_owned(),
            role,
            password,
            subject,
            totp: None,
            totp_step: 0,
            recovery: Vec::new(),
            disabled: false,
            created_at: (self.now)(),
            revision: 0,
        };
        let mut entry = self.entry(author, "user.add", format!("users/{name}"));
        entry.after = Some(described(&user));
        self.store.change_accounts(vec![put(user.clone())], vec![entry]).await?;
        self.setup.close();
        Ok(user)
    }

    /// Changes what a user may do. All of their sessions end but for the one that asks.
    ///
    /// # Errors
    /// When it would leave no admin, somebody else was first, or the store fails.
    pub async fn change_user(
        &self,
        name: &str,
        (role, disabled): (Option<Role>, Option<bool>),
        (author, keep): (&Author, Option<[u8; 32]>),
    ) -> Result<User, Refused> {
        let before = self.user(name).await?;
        let next = User {
            role: role.unwrap_or(before.role),
            disabled: disabled.unwrap_or(before.disabled),
            revision: before.revision + 1,
            ..before.clone()
        };
        let is_admin = |user: &User| user.role == Role::Admin && !user.disabled;
        if is_admin(&before) && !is_admin(&next) {
            self.need_another_admin(name).await?;
        }
        self.put_changed(&before, next, "user.change", (author, keep)).await
    }

    /// Changes a user's password. All of their sessions end but for the one that asks.
    ///
    /// # Errors
    /// When the password is not good, or the store fails.
    pub async fn change_password(
        &self,
        name: &str,
        password: String,
        (author, keep): (&Author, Option<[u8; 32]>),
    ) -> Result<User, Refused> {
        check_password(&password, name)?;
        let before = self.user(name).await?;
        let password = Some(self.hasher.hash(password).await?);
        let next = User { password, revision: before.revision + 1, ..before.clone() };
        self.put_changed(&before, next, "user.password", (author, keep)).await
    }

    /// Whether this is the user's password.
    ///
    /// # Errors
    /// When there were too many attempts, or the store fails.
    pub async fn is_password(&self, name: &str, password: String, address: IpAddr) -> Result<bool, Refused> {
        if !self.throttle.admits(name, address) {
            return Err(Refused::Throttled);
        }
        let user = self.user(name).await?;
        Ok(self.hasher.verify(user.password, password).await?)
    }

    /// Turns the second factor on: the code proves that the device has the secret. Gives the recovery codes, once.
    ///
    /// # Errors
    /// When the code is not right, or the store fails.
    pub async fn enrol(
        &self,
        name: &str,
        (secret, code): (String, &str),
        (author, keep): (&Author, Option<[u8; 32]>),
    ) -> Result<Vec<String>, Refused> {
        let before = self.user(name).await?;
        let step = totp::step_of(&secret, code, (self.now)(), 0);
        let step =
            step.ok_or_else(|| invalid("code", "is not the one your device shows; check its clock"))?;
        let (codes, hashes) = totp::recovery_codes()?;
        let next = User {
            totp: Some(secret),
            totp_step: step,
            recovery: hashes,
            revision: before.revision + 1,
            ..before.clone()
        };
        self.put_changed(&before, next, "user.second_factor_on", (author, keep)).await?;
        Ok(codes)
    }

    /// Turns the second factor off.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn disenrol(
        &self,
        name: &str,
        (author, keep): (&Author, Option<[u8; 32]>),
    ) -> Result<User, Refused> {
        let before = self.user(name).await?;
        let next = User {
            totp: None,
            totp_step: 0,
            recovery: Vec::new(),
            revision: before.revision + 1,
            ..before.clone()
        };
        self.put_changed(&before, next, "user.second_factor_off", (author, keep)).await
    }

    /// Removes a user with their sessions and tokens.
    ///
    /// # Errors
    /// When it would leave no admin, or the store fails.
    pub async fn drop_user(&self, name: &str, author: &Author) -> Result<(), Refused> {
        let before = self.user(name).await?;
        if before.role == Role::Admin && !before.disabled {
            self.need_another_admin(name).await?;
        }
        let mut entry = self.entry(author, "user.drop", format!("users/{name}"));
        entry.before = Some(described(&before));
        Ok(self.store.change_accounts(vec![AccountChange::DropUser(name.to_owned())], vec![entry]).await?)
    }

    async fn put_changed(
        &self,
        before: &User,
        next: User,
        action: &str,
        (author, keep): (&Author, Option<[u8; 32]>),
    ) -> Result<User, Refused> {
        let mut entry = self.entry(author, action, format!("users/{}", next.name));
        entry.before = Some(described(before));
        entry.after = Some(described(&next));
        let others = AccountChange::DropSessionsOf { user: next.name.clone(), except: keep };
        self.store.change_accounts(vec![put(next.clone()), others], vec![entry]).await?;
        Ok(next)
    }

    async fn need_another_admin(&self, name: &str) -> Result<(), Refused> {
        let users = self.store.users().await?;
        let is_other = |user: &&User| user.role == Role::Admin && !user.disabled && user.name != name;
        if users.iter().any(|user| is_other(&user)) { Ok(()) } else { Err(Refused::LastAdmin) }
    }

    /// The sessions of a user.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sessions_of(&self, name: &str) -> Result<Vec<Session>, Refused> {
        Ok(self.store.sessions_of(name).await?)
    }

    /// All tokens.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tokens(&self) -> Result<Vec<Token>, Refused> {
        Ok(self.store.tokens().await?)
    }

    /// Makes a token for a user. Its secret is given once, and never again.
    ///
    /// # Errors
    /// When name, scopes or expiry is not good.
    pub async fn add_token(
        &self,
        user: &str,
        (name, scopes, expires_at): (&str, Vec<Scope>, Option<UnixMs>),
        author: &Author,
    ) -> Result<FreshToken, Refused> {
        let at = (self.now)();
        self.user(user).await.map_err(|error| match error {
            Refused::NotFound(_) => invalid("user", "names nobody"),
            error => error,
        })?;
        let chars = name.chars().count();
        if !(1..=NAME_CHARS_MAX).contains(&chars) || name.chars().any(char::is_control) {
            return Err(invalid("name", format!("must have 1 to {NAME_CHARS_MAX} characters")));
        }
        if scopes.is_empty() {
            return Err(invalid("scopes", "names nothing that the token may do"));
        }
        if expires_at.is_some_and(|end| end <= at) {
            return Err(invalid("expires_at", "has passed already"));
        }
        if self.store.tokens().await?.len() >= TOKENS_MAX {
            return Err(invalid("name", format!("cannot be taken: there are {TOKENS_MAX} tokens already")));
        }
        let secret = Secret::draw()?;
        let id = hex(&Secret::draw()?.hash()[..6]);
        let token = Token {
            id: id.clone(),
            hash: secret.hash(),
            user: user.to_owned(),
            name: name.to_owned(),
            scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            created_at: at,
            expires_at,
            used_at: None,
        };
        let mut entry = self.entry(author, "token.add", format!("tokens/{id}"));
        entry.after = serde_json::to_string(&(name, &token.scopes)).ok();
        self.store
            .change_accounts(vec![AccountChange::PutToken(Box::new(token.clone()))], vec![entry])
            .await?;
        Ok(FreshToken { token, secret: [TOKEN_PREFIX, secret.expose()].concat() })
    }

    /// Takes a token back.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn drop_token(&self, id: &str, author: &Author) -> Result<(), Refused> {
        if !self.store.tokens().await?.iter().any(|token| token.id == id) {
            return Err(Refused::NotFound(format!("token \"{id}\"")));
        }
        let entry = self.entry(author, "token.drop", format!("tokens/{id}"));
        Ok(self.store.change_accounts(vec![AccountChange::DropToken(id.to_owned())], vec![entry]).await?)
    }
}

fn put(user: User) -> AccountChange {
    AccountChange::PutUser(Box::new(user))
}

/// A user as the audit log shows them: without anything secret.
fn described(user: &User) -> String {
    serde_json::json!({
        "role": user.role,
        "password": user.password.is_some(),
        "subject": user.subject,
        "second_factor": user.totp.is_some(),
        "disabled": user.disabled,
    })
    .to_string()
}
