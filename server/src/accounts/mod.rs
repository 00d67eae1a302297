//! Who may do what: passwords, second factors, sessions, tokens.
//!
//! Secrets are kept as hashes, answers and work are the same whoever asks, and what fails lets nobody in.

mod access;
#[cfg(test)]
mod fixture;
mod oidc;
mod password;
mod people;
mod secret;
mod sessions;
mod setup;
mod throttle;
mod through;
mod tokens;
mod totp;

pub use access::{Principal, SCOPES, Scope, Via};
pub use oidc::{Answer, OidcError, Provider, Roles, Settings, is_here};
pub use secret::{Secret, hex};
pub use sessions::{Accounts, Attempt, Refused};
pub use setup::Setup;
pub use totp::Enrolment;
