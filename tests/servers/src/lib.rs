//! Real databases, proxies and services, started by the tests that need them and gone with them. `cargo xtask setup` installs them.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test fails by panicking")]

mod alertmanager;
mod place;
mod pooler;
pub mod postgres;
mod proxy;
mod redis;
mod s3;

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

pub use alertmanager::Alertmanager;
pub use place::{Place, Running};
pub use pooler::Pooler;
pub use postgres::Postgres;
pub use proxy::{Proxy, free_address, nginx_accepts};
pub use redis::Redis;
pub use s3::S3Service;

/// How long a server may take for anything.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A port that nobody listens on, below those that outgoing connections are given.
pub fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 12_000 + u16::try_from(std::process::id() % 1_000).unwrap() * 20;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(port < 32_768, "no port is free");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Waits until it is so.
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain for {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}
