//! Who may do what, and what was done: users, sessions, tokens, the audit log.

use async_trait::async_trait;
use pharos_model::UnixMs;
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// What a user may do. Each may do all that those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything, changes nothing.
    Viewer,
    /// Speaks: incidents, maintenance, announcements, statements, checks.
    Responder,
    /// Manages components, users and tokens too.
    Admin,
}

impl Role {
    /// All, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Responder, Self::Admin];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Admin => "admin",
        }
    }
}

/// A user. Secrets are kept as hashes, but for the one of the second factor, from which codes must be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// By which they sign in: 1 to 64 of a-z, 0-9, `.`, `_`, `-`, `@`.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The password's argon2id hash with its parameters; `None` for one who signs in elsewhere.
    #[serde(default)]
    pub password: Option<String>,
    /// The issuer and the name there of one who signs in elsewhere.
    #[serde(default)]
    pub subject: Option<String>,
    /// The second factor's secret in base32, once it was confirmed.
    #[serde(default)]
    pub totp: Option<String>,
    /// The time step of the code that was used last: none is good twice.
    #[serde(default)]
    pub totp_step: u64,
    /// SHA-256 of the recovery codes that are left, in hexadecimal digits.
    #[serde(default)]
    pub recovery: Vec<String>,
    /// Whether they may not sign in.
    #[serde(default)]
    pub disabled: bool,
    /// Since when there is this user.
    pub created_at: UnixMs,
    /// How often it was changed.
    pub revision: u32,
}

impl User {
    /// Whether they manage users and can sign in.
    pub fn manages(&self) -> bool {
        self.role == Role::Admin && !self.disabled
    }
}

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of its secret.
    pub hash: [u8; 32],
    /// Whose.
    pub user: String,
    /// Since when.
    pub created_at: UnixMs,
    /// When it was last used, to the minute.
    pub seen_at: UnixMs,
    /// From where it was made.
    pub address: String,
    /// With what it was made.
    pub agent: String,
}

/// A program's key. It may do what its scopes name, and no more than its user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its identifier.
    pub id: String,
    /// SHA-256 of its secret.
    pub hash: [u8; 32],
    /// Whose.
    pub user: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Since when there is this token.
    pub created_at: UnixMs,
    /// Until when it is good; `None` for ever.
    pub expires_at: Option<UnixMs>,
    /// When it was last used, to the minute.
    pub used_at: Option<UnixMs>,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place; given by the store.
    pub id: u64,
    /// When.
    pub at: UnixMs,
    /// Who: `user:NAME`, `token:NAME/ID`, or `pharos` for what it does by itself.
    pub actor: String,
    /// From which address.
    pub address: String,
    /// What was done, as in `incident.update`.
    pub action: String,
    /// To what, as in `incidents/2026-11-26-api`.
    pub target: String,
    /// The journal's place with what was done; `None` for what is not in the journal. Given by the store.
    pub seq: Option<u64>,
    /// What it was before, in JSON.
    pub before: Option<String>,
    /// What it is now, in JSON.
    pub after: Option<String>,
}

/// What a request with a key of its own led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Whose request.
    pub actor: String,
    /// Its key.
    pub key: String,
    /// SHA-256 of the request, so that a key that is used for another is noticed.
    pub fingerprint: [u8; 32],
    /// What it led to, in JSON.
    pub outcome: String,
    /// When.
    pub at: UnixMs,
}

/// What is kept with facts, in the same transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Margin {
    /// Entries of the audit log.
    pub audit: Vec<AuditEntry>,
    /// What the request led to.
    pub once: Option<Once>,
    /// In which life of the journal it was decided; `None` for any. In another it is refused.
    pub life: Option<u64>,
    /// The last entry that was known when it was decided; `None` for any. After another it is refused.
    pub after: Option<u64>,
}

/// A change of who may do what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// Makes a user, or changes one: `revision` is one more than the one that is there, 0 for a new one.
    PutUser(Box<User>),
    /// Changes nothing, and refuses all changes with it when the user is another than the one that was read.
    ExpectUser {
        /// Who.
        name: String,
        /// The revision that was read.
        revision: u32,
    },
    /// Changes nothing, and refuses all changes with it when those before it leave nobody who manages users.
    ExpectManager,
    /// Removes a user with all that is theirs.
    DropUser(String),
    /// A browser signed in.
    PutSession(Box<Session>),
    /// A browser signed out.
    DropSession([u8; 32]),
    /// All of a user's browsers are signed out, but for one.
    DropSessionsOf {
        /// Whose.
        user: String,
        /// The one that stays.
        except: Option<[u8; 32]>,
    },
    /// A session was used.
    SeenSession {
        /// Which.
        hash: [u8; 32],
        /// When.
        at: UnixMs,
    },
    /// Sessions that were made or last used before are gone.
    ExpireSessions {
        /// Made before this.
        created_before: UnixMs,
        /// Last used before this.
        seen_before: UnixMs,
    },
    /// Makes a token.
    PutToken(Box<Token>),
    /// Takes a token back.
    DropToken(String),
    /// A token was used.
    UsedToken {
        /// Which.
        id: String,
        /// When.
        at: UnixMs,
    },
}

/// Which entries of the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Before this entry.
    pub before: Option<u64>,
    /// Of this target, or of what is below it.
    pub target: Option<String>,
    /// By this actor.
    pub actor: Option<String>,
}

/// Users, sessions, tokens and the audit log.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Carries changes out as one: all or none, with their entries in the audit log.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a user was changed meanwhile, or is there already, or nobody would be left who manages
    /// users. Nothing is then written.
    async fn change_accounts(
        &self,
        changes: Vec<AccountChange>,
        audit: Vec<AuditEntry>,
    ) -> Result<(), StoreError>;

    /// All users by name.
    async fn users(&self) -> Result<Vec<User>, StoreError>;

    /// One user.
    async fn user(&self, name: &str) -> Result<Option<User>, StoreError>;

    /// The user who signs in elsewhere under this name.
    async fn user_of_subject(&self, subject: &str) -> Result<Option<User>, StoreError>;

    /// The session with this hash, and its user.
    async fn session(&self, hash: &[u8; 32]) -> Result<Option<(Session, User)>, StoreError>;

    /// The sessions of a user, the newest first.
    async fn sessions_of(&self, user: &str) -> Result<Vec<Session>, StoreError>;

    /// The token with this hash, and its user.
    async fn token(&self, hash: &[u8; 32]) -> Result<Option<(Token, User)>, StoreError>;

    /// All tokens, the newest first.
    async fn tokens(&self) -> Result<Vec<Token>, StoreError>;

    /// Entries of the audit log, the newest first.
    async fn audit(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<AuditEntry>, StoreError>;

    /// What an earlier request with this key led to.
    async fn once(&self, actor: &str, key: &str) -> Result<Option<Once>, StoreError>;
}
