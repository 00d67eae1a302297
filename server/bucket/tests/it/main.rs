//! Places for objects from outside: what each of them promises.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod folder;
