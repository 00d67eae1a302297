//! The checks of Pharos: one file per kind. Opens sockets, knows no database and no HTTP server.
//!
//! A kind is a type with what the configuration says of it, and one function that looks and comes back with a
//! [`ProbeResult`]. A new kind is one file, one line in [`Spec`] and one in [`Prober::probe`]. Only [`push`] is another way
//! round: it does not look but is told.

mod address;
mod any_certificate;
mod budget;
mod certificate;
mod database;
pub mod dns;
mod duration;
pub mod health;
pub mod http;
pub mod limits;
pub mod mysql;
mod outcome;
pub mod postgres;
mod prober;
pub mod push;
pub mod redis;
mod shown;
mod talk;
pub mod tcp;
pub mod tls;
mod tls_client;

pub use database::TlsMode;
pub use duration::HumanDuration;
pub use outcome::{Facts, Outcome, Part, ProbeResult, Reason, ReasonKind, Role, Stages};
pub use prober::{Prober, ProberError, ProberOptions, Spec};
