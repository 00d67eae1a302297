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
mod datagram;
pub mod dns;
pub mod domain;
mod duration;
pub mod grpc;
pub mod health;
pub mod http;
pub mod icmp;
pub mod limits;
pub mod mysql;
pub mod ntp;
mod outcome;
pub mod postgres;
mod prober;
pub mod push;
mod random;
pub mod redis;
mod role;
mod shown;
pub mod smtp;
mod source;
pub mod ssh;
pub mod supplier;
mod talk;
pub mod tcp;
pub mod tls;
mod tls_client;
pub mod websocket;
mod wire;

pub use database::TlsMode;
pub use duration::HumanDuration;
pub use outcome::{Facts, Mapped, Outcome, Part, ProbeResult, Reason, ReasonKind, Role, Stages};
pub use prober::{Prober, ProberError, ProberOptions, Spec};
pub use role::{LagUnit, RoleSource};
