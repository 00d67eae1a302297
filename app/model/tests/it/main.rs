//! Properties of the public model.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod timeline;
mod uptime;
