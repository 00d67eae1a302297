//! Signing in through another: OpenID Connect, the code flow with PKCE.
//!
//! What must be remembered between leaving for the provider and coming back is kept in the browser, so any node can take up
//! what another began.

mod asking;
mod provider;
mod roles;
mod signature;
mod token;

pub use provider::{Answer, OidcError, Provider, Settings, is_here};
pub use roles::Roles;
pub use token::Identity;
