//! What black-box tests work with: the real binary as a process, targets to be watched, and plain clients.
//!
//! The binary is the one that `PHAROS_BIN` names, as `cargo xtask test` sets it, or the release build.

mod agent;
mod client;
mod events;
mod operator;
mod pharos;
mod service;
mod target;

pub use agent::Agent;
pub use client::{Response, get, request, send};
pub use events::{EventStream, Frame};
pub use operator::{Operator, PASSWORD};
pub use pharos::{Pharos, Setup, binary};
pub use service::Service;
pub use target::Target;

use std::time::{Duration, Instant};

/// The longest any condition is waited for.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until `condition` gives something.
///
/// # Panics
/// When it does not within [`PATIENCE`].
#[expect(clippy::panic, reason = "a test fails by panicking")]
pub fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(found) = condition() {
            return found;
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    panic!("waited {PATIENCE:?} in vain for {what}");
}
