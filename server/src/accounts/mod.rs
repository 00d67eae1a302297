//! Who may do what: passwords, second factors, sessions, tokens.
//!
//! Secrets are kept as hashes, answers and work are the same whoever asks, and what fails lets nobody in.

mod access;
mod password;
mod secret;
mod service;
mod setup;
mod throttle;
mod totp;

pub use access::{Principal, SCOPES, Scope, Via};
pub use secret::Secret;
pub use service::{Accounts, Attempt, Refused};
pub use setup::Setup;
pub use totp::Enrolment;
