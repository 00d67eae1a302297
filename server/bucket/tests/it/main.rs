//! Places for objects from outside: what each of them promises.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod editions;
mod folder;
mod s3;
mod stub;
mod unhappy;

/// The time, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "signatures hold for some minutes only")]
fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}
