//! Live: one serialised frame for every connection, resumption without loss, and a reset where that cannot be.
//!
//! Only this module knows how event streams are held.

mod frame;
mod gzip;
mod hub;
mod stream;

pub use frame::{Frame, ResumePoint};
pub use hub::Hub;
pub use stream::{Coding, frames};
