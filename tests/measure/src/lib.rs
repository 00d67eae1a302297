//! What `cargo xtask bench` and the drills share: figures with their bars, programs that are run, requests, the machine.
//!
//! It needs little, so that `cargo xtask` stays quick to build; what listens to streams of events has the feature `streams`.

pub mod chunked;
pub mod command;
pub mod console;
pub mod http;
pub mod limits;
pub mod machine;
pub mod proc_stat;
pub mod process;
pub mod report;
pub mod sse;
pub mod statistics;
#[cfg(feature = "streams")]
pub mod stream;
