//! One file for each page, or for a few that belong together.

pub mod announcements;
pub mod audit;
pub mod components;
pub mod dashboard;
pub mod hooks;
pub mod incident;
pub mod incidents;
pub mod maintenances;
pub mod me;
pub mod nodes;
pub mod people;
pub mod sign_in;
pub mod templates;

pub use crate::fields::Typed;
