//! What other status pages and monitors say, read into one form: a [`Haul`]. Nothing here knows the server, its configuration's types or
//! its database; whoever calls makes a configuration file and a journal of it.
//!
//! A source is one file and one line in [`SOURCES`]. It says all that it could not carry ([`Left`]), writes no secret into a setting
//! ([`Haul::secret`]), and makes the same of the same input always: no clock, no randomness.

mod cachet;
mod check;
mod csv;
mod document;
mod duration;
mod error;
mod gatus;
mod haul;
mod input;
mod kuma;
mod layers;
pub mod limits;
mod listed;
mod markup;
mod moment;
mod names;
mod past;
pub mod pharos;
mod prometheus;
mod source;
mod statuspage;
mod target;
mod upptime;

pub use check::{Check, Kind, Rules};
pub use document::{At, Document, Entry, Node, Scalar, Value};
pub use duration::{duration_ms, written};
pub use error::{ImportError, Spot};
pub use haul::{Component, Group, Haul, Left, Page, Secret, literal};
pub use input::{Input, Reach};
pub use markup::from_html;
pub use moment::moment;
pub use names::{Names, slug};
pub use past::{
    Bucket, Incident, Look, Looked, Looks, Maintenance, MaintenanceSaid, Said, Series, Turn, Width,
};
pub use source::{SOURCES, Source, named};
pub use target::{check_of, is_secret};
