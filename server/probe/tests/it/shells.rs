//! SSH servers: OpenSSH itself, and some that are none.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use pharos_probe::{Outcome, ReasonKind, Spec};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::programs::Program;
use crate::{TIMEOUT_MS, assert_reason, greeting, probe, prober, saying};

fn ssh(address: SocketAddr, mut settings: Value) -> Spec {
    settings["address"] = address.to_string().into();
    Spec::Ssh(serde_json::from_value(settings).unwrap())
}

/// Debian's OpenSSH with a key of its own.
fn openssh() -> (Program, TempDir) {
    let files = tempfile::tempdir().unwrap();
    let key = files.path().join("key");
    let mut keygen = Command::new("ssh-keygen");
    let made = keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).stdout(Stdio::null()).status();
    assert!(made.unwrap().success());
    // What a machine has after it starts, and a container has not; only needed, and only possible, as root.
    if !Path::new("/run/sshd").is_dir() {
        let _ = std::fs::create_dir("/run/sshd");
    }
    let program = Program::start("Server listening on", |port| {
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e", "-f", "/dev/null", "-o", "PidFile=none", "-o", "ListenAddress=127.0.0.1"]);
        command.args(["-p", &port.to_string(), "-h"]).arg(&key);
        command
    });
    (program, files)
}

#[tokio::test]
async fn openssh_introduces_itself() {
    let (program, _files) = openssh();
    let address = ([127, 0, 0, 1], program.port).into();
    let result = prober().probe(&ssh(address, json!({ "expect": "OpenSSH_" })), TIMEOUT_MS * 10).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    assert!(result.stages.first_byte_us.is_some());
    let result = prober().probe(&ssh(address, json!({ "expect": "dropbear" })), TIMEOUT_MS * 10).await;
    let reason = result.reason.unwrap();
    assert_eq!(reason.kind, ReasonKind::WrongAnswer);
    let sentence = "SSH: expected \"dropbear\" in the server's introduction, got \"SSH-2.0-OpenSSH_";
    assert!(reason.sentence.starts_with(sentence), "{reason:?}");
}

async fn check(says: &'static [&'static str], kind: ReasonKind, sentence: &str) {
    let result = probe(&ssh(saying(says).await, json!({}))).await;
    assert_reason(&result, Outcome::Down, kind, sentence);
}

#[tokio::test]
async fn a_server_may_say_other_things_before_it_introduces_itself() {
    let says = &["be nice\r\n\r\nto us\nSSH-2.0-x\r\n"];
    assert_eq!(probe(&ssh(saying(says).await, json!({}))).await.reason, None);
}

#[tokio::test]
async fn an_ssh_server_that_does_not_come_to_the_point() {
    let address = greeting(|mut stream| async move {
        let talk = ["hello\r\n".repeat(50), "SSH-2.0-x\r\n".to_owned()].concat();
        stream.write_all(talk.as_bytes()).await.unwrap();
    })
    .await;
    let sentence = "SSH: expected a line that begins with SSH-2.0-, got \"hello SSH-2.0-x\"";
    assert_reason(&probe(&ssh(address, json!({}))).await, Outcome::Down, ReasonKind::WrongAnswer, sentence);
}

#[tokio::test]
async fn an_ssh_server_is_told_who_looks() {
    let (told, mut hears) = tokio::sync::mpsc::channel(1);
    let address = greeting(move |mut stream| {
        let told = told.clone();
        async move {
            stream.write_all(b"SSH-2.0-x\r\n").await.unwrap();
            let mut said = String::new();
            stream.read_to_string(&mut said).await.unwrap();
            told.send(said).await.unwrap();
        }
    })
    .await;
    assert_eq!(probe(&ssh(address, json!({}))).await.reason, None);
    let said = crate::told(&mut hears).await;
    assert_eq!(said, format!("SSH-2.0-Pharos_{}\r\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn an_ssh_server_that_is_silent() {
    let sentence = "SSH: expected a line that begins with SSH-2.0- within 300 ms, got nothing";
    check(&[""], ReasonKind::ResponseTimeout, sentence).await;
    let sentence = "SSH: expected a line that begins with SSH-2.0- within 300 ms, got \"hello SSH-2.0-half\"";
    check(&["hello\r\nSSH-2.0-half"], ReasonKind::ResponseTimeout, sentence).await;
}

#[tokio::test]
async fn an_ssh_server_that_hangs_up() {
    let address = greeting(|mut stream| async move {
        stream.write_all(b"Not allowed at this time\r\n").await.unwrap();
    })
    .await;
    let sentence = "SSH: expected a line that begins with SSH-2.0- before the connection ended, got \"Not allowed at this time\"";
    assert_reason(
        &probe(&ssh(address, json!({}))).await,
        Outcome::Down,
        ReasonKind::ConnectionClosed,
        sentence,
    );
}

#[tokio::test]
async fn an_ssh_server_that_never_stops_talking_is_not_listened_to_forever() {
    for endless in ["x", "hello\r\n"] {
        let address = greeting(move |mut stream| async move {
            while stream.write_all(endless.repeat(1_000).as_bytes()).await.is_ok() {}
        })
        .await;
        let reason = probe(&ssh(address, json!({}))).await.reason.unwrap();
        assert_eq!(reason.kind, ReasonKind::WrongAnswer, "{reason:?}");
        assert!(
            reason.sentence.starts_with("SSH: expected a line that begins with SSH-2.0-, got"),
            "{reason:?}"
        );
    }
}
