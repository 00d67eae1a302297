//! What may be done, and by whom.

use pharos_store::Role;

/// A kind of thing that may be done. A token names those that it may do; its user's role must allow them too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// See everything.
    Read,
    /// Speak of incidents.
    Incidents,
    /// Plan and lead maintenance.
    Maintenances,
    /// Make announcements.
    Announcements,
    /// State the status of components.
    Components,
    /// Pause and run checks.
    Checks,
    /// Manage components.
    Configuration,
    /// Manage users and tokens, and read the audit log.
    Accounts,
}

/// All of them, the least first.
pub const SCOPES: [Scope; 8] = [
    Scope::Read,
    Scope::Incidents,
    Scope::Maintenances,
    Scope::Announcements,
    Scope::Components,
    Scope::Checks,
    Scope::Configuration,
    Scope::Accounts,
];

impl Scope {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Incidents => "incidents",
            Self::Maintenances => "maintenances",
            Self::Announcements => "announcements",
            Self::Components => "components",
            Self::Checks => "checks",
            Self::Configuration => "configuration",
            Self::Accounts => "accounts",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        SCOPES.into_iter().find(|scope| scope.as_str() == word)
    }

    /// The least role that may do it.
    pub fn role(self) -> Role {
        match self {
            Self::Read => Role::Viewer,
            Self::Incidents | Self::Maintenances | Self::Announcements | Self::Components | Self::Checks => {
                Role::Responder
            }
            Self::Configuration | Self::Accounts => Role::Admin,
        }
    }
}

/// How somebody came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// With a browser that is signed in: its session's hash, and the secret that its forms must carry.
    Session {
        /// SHA-256 of the session's secret.
        hash: [u8; 32],
        /// What forms must carry.
        form: String,
    },
    /// With a token.
    Token {
        /// Its identifier.
        id: String,
        /// What it may do.
        scopes: Vec<Scope>,
    },
}

/// Somebody whose name is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The user's name.
    pub user: String,
    /// What the user may do.
    pub role: Role,
    /// How they came in.
    pub via: Via,
}

impl Principal {
    /// Whether they may do it.
    pub fn may(&self, scope: Scope) -> bool {
        let is_in_scope = match &self.via {
            Via::Session { .. } => true,
            Via::Token { scopes, .. } => scopes.contains(&scope),
        };
        is_in_scope && self.role >= scope.role()
    }

    /// As the audit log names them.
    pub fn actor(&self) -> String {
        match &self.via {
            Via::Session { .. } => format!("user:{}", self.user),
            Via::Token { id, .. } => format!("token:{}/{id}", self.user),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(role: Role, via: Via) -> Principal {
        Principal { user: "anna".into(), role, via }
    }

    #[test]
    fn a_token_may_do_what_it_names_and_no_more_than_its_user() {
        let scopes = vec![Scope::Read, Scope::Incidents, Scope::Accounts];
        let token = with(Role::Responder, Via::Token { id: "t".into(), scopes });
        let may: Vec<&str> =
            SCOPES.into_iter().filter(|scope| token.may(*scope)).map(Scope::as_str).collect();
        assert_eq!(may, ["read", "incidents"]);
    }

    #[test]
    fn a_session_may_do_what_its_user_may() {
        for (role, count) in [(Role::Viewer, 1), (Role::Responder, 6), (Role::Admin, 8)] {
            let session = with(role, Via::Session { hash: [0; 32], form: String::new() });
            assert_eq!(SCOPES.into_iter().filter(|scope| session.may(*scope)).count(), count, "{role:?}");
        }
    }

    #[test]
    fn every_scope_is_read_as_it_is_written() {
        for scope in SCOPES {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
        assert_eq!(Scope::parse("everything"), None);
    }
}
