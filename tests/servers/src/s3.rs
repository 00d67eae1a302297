//! A service that speaks S3: moto, which `cargo xtask setup` installs, and which checks signatures.

use std::net::TcpStream;
use std::path::PathBuf;

use crate::{Place, Running, port};

/// What it is told to do beside what it does by itself.
const PROGRAM: &str = include_str!("s3.py");

/// A running service with one bucket, and the keys to it.
#[derive(Debug)]
pub struct S3Service {
    _running: Running,
    _place: Place,
    /// Where it answers.
    pub endpoint: String,
}

impl S3Service {
    /// The bucket that is there.
    pub const BUCKET: &'static str = "pharos-tests";
    /// Who may use it.
    pub const ACCESS_KEY_ID: &'static str = "AKIAPHAROSTESTSTESTS";
    /// What only they know.
    pub const SECRET_ACCESS_KEY: &'static str = "pharos+tests/secret+pharos+tests/secret0";

    /// A service for all tests of this process.
    #[must_use]
    pub fn until_exit() -> Self {
        let (place, port) = (Place::of_this_user(), port());
        let port_text = port.to_string();
        let arguments =
            ["-c", PROGRAM, &port_text, Self::BUCKET, Self::ACCESS_KEY_ID, Self::SECRET_ACCESS_KEY];
        let is_ready = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        let python = python();
        let running = place.serve_until_exit(&python.display().to_string(), &arguments, "TERM", is_ready);
        Self { _running: running, _place: place, endpoint: format!("http://127.0.0.1:{port}") }
    }
}

/// The Python that moto is installed for.
fn python() -> PathBuf {
    let moto = std::env::var_os("MOTO_SERVER").map(PathBuf::from);
    let message = "MOTO_SERVER names no moto_server; run `cargo xtask setup` and set it to the program in its place below the target \
                   directory, as `cargo xtask test` does";
    let python = moto.as_ref().map(|moto| moto.with_file_name("python")).filter(|python| python.is_file());
    assert!(python.is_some(), "{message} (it is {moto:?})");
    python.unwrap()
}
