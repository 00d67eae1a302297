//! Tests of the configuration as a whole.

mod accepted;
mod bad_files;
mod bounds;
mod published;
mod schema_check;
mod secrets;
mod vantages;
mod watching;

use std::path::PathBuf;

use super::{ConfigError, Loaded, Surroundings, Unread, parse};

/// A push token that may be used.
const TOKEN: &str = "q8ZkW2vLxT0nB5rYc7HdJm4s";
/// A value that fits nowhere and must be repeated nowhere.
const CANARY: &str = "Canary*Value/3f9a";

/// The environment of all tests.
fn environment(name: &str) -> Option<String> {
    match name {
        "TOKEN" => Some(TOKEN.to_owned()),
        "SECRET" => Some(CANARY.to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

/// The files beside all tests.
fn files(name: &str, _: usize) -> Result<Vec<u8>, Unread> {
    match name {
        "logo.svg" => Ok(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec()),
        "status.css" => Ok(b".site { font-style: italic }".to_vec()),
        "large.css" => Err(Unread::TooLarge),
        "latin.css" => Ok(vec![b'/', b'*', 0xe9]),
        _ => Err(Unread::Failed(std::io::Error::from(std::io::ErrorKind::NotFound))),
    }
}

fn parsed(text: &str) -> Result<Loaded, ConfigError> {
    parse(text, "pharos.yaml", &Surroundings { environment: &environment, files: &files })
}

/// A file of this package, which lies in `server`.
fn in_server(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether files that hold what is expected are to be renewed.
fn blessing() -> bool {
    std::env::var_os("PHAROS_BLESS").is_some()
}

/// Compares a file with what it should hold, or renews it.
fn agrees(path: &std::path::Path, expected: &str) {
    if blessing() {
        std::fs::write(path, expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is not what the program says now; renew it with `PHAROS_BLESS=1 cargo test -p pharos config::`, \
         and read the difference",
        path.display()
    );
}
