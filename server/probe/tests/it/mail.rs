//! Mail servers: a real one, and some that nobody should meet.

use std::net::SocketAddr;
use std::process::Command;

use pharos_probe::{Outcome, ReasonKind, Spec};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

use crate::certificates::Authority;
use crate::programs::Program;
use crate::{assert_reason, greeting, probe, saying};

fn smtp(address: SocketAddr, mut settings: Value) -> Spec {
    settings["address"] = address.to_string().into();
    Spec::Smtp(serde_json::from_value(settings).unwrap())
}

/// Debian's mail server in Python, with a certificate for `name` that ends with the year 2026.
struct Mail {
    program: Program,
    _files: TempDir,
}

impl Mail {
    fn start(authority: &Authority, name: &str, certificate: &str, key: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        let (pem, key_pem) = authority.pem(name, (2020, 2027));
        std::fs::write(files.path().join("certificate.pem"), pem).unwrap();
        std::fs::write(files.path().join("key.pem"), key_pem).unwrap();
        let program = Program::start("Server is listening", |port| {
            let mut command = Command::new("/usr/bin/aiosmtpd");
            command.args(["-n", "-d", "-l", &format!("127.0.0.1:{port}")]);
            command.args([certificate, "certificate.pem", key, "key.pem"]).current_dir(files.path());
            command
        });
        Self { program, _files: files }
    }

    fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.program.port).into()
    }
}

#[tokio::test]
async fn a_mail_server_is_greeted_up_to_a_secure_connection() {
    let authority = Authority::new();
    let mail = Mail::start(&authority, "127.0.0.1", "--tlscert", "--tlskey");
    let result = authority.probe(&smtp(mail.address(), json!({}))).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    // From 23 November 2026 to 1 January 2027.
    assert_eq!(result.facts.certificate_days_left, Some(39));
    assert!(result.stages.tls_us.is_some() && result.stages.first_byte_us.is_some());
}

#[tokio::test]
async fn a_mail_server_that_is_secure_from_the_beginning_is_greeted() {
    let authority = Authority::new();
    let mail = Mail::start(&authority, "mail.example.test", "--smtpscert", "--smtpskey");
    let settings = json!({ "security": "tls", "server_name": "mail.example.test" });
    let result = authority.probe(&smtp(mail.address(), settings)).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    assert_eq!(result.facts.certificate_days_left, Some(39));
}

#[tokio::test]
async fn a_mail_server_whose_certificate_ends_soon_is_degraded() {
    let authority = Authority::new();
    let mail = Mail::start(&authority, "127.0.0.1", "--tlscert", "--tlskey");
    let result = authority.probe(&smtp(mail.address(), json!({ "days_left": 60 }))).await;
    let sentence = "TLS: the certificate expires in 39 days, expected at least 60; renew it";
    assert_reason(&result, Outcome::Degraded, ReasonKind::CertificateExpiresSoon, sentence);
}

#[tokio::test]
async fn the_certificate_of_a_mail_server_is_verified() {
    let authority = Authority::new();
    let mail = Mail::start(&authority, "127.0.0.1", "--tlscert", "--tlskey");
    let other = smtp(mail.address(), json!({ "server_name": "other.example.test" }));
    let kind = authority.probe(&other).await.reason.map(|reason| reason.kind);
    assert_eq!(kind, Some(ReasonKind::CertificateWrongName));
    let stranger = Authority::new().probe(&smtp(mail.address(), json!({}))).await;
    assert_eq!(stranger.reason.map(|reason| reason.kind), Some(ReasonKind::CertificateUntrusted));
}

const HELLO: &str = "250-mail.example.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n";

/// What is said of a server that says this.
async fn said(says: &'static [&'static str], security: &str) -> (Outcome, Option<(ReasonKind, String)>) {
    let result = probe(&smtp(saying(says).await, json!({ "security": security }))).await;
    (result.outcome, result.reason.map(|reason| (reason.kind, reason.sentence)))
}

async fn check(says: &'static [&'static str], kind: ReasonKind, sentence: &str) {
    let (outcome, reason) = said(says, "starttls").await;
    assert_eq!((outcome, reason), (Outcome::Down, Some((kind, sentence.to_owned()))));
}

#[tokio::test]
async fn a_mail_server_may_stay_plain_where_that_is_wanted() {
    let says = &["220-welcome\r\n220 mail.example.test\r\n", "250 mail.example.test\r\n", "221 bye\r\n"];
    assert_eq!(said(says, "none").await, (Outcome::Good, None));
}

#[tokio::test]
async fn a_mail_server_that_does_not_want_us() {
    let sentence = "SMTP: expected a banner beginning with 220, got \"554-no 554 mail from you\"";
    check(&["554-no\r\n554 mail from you\r\n"], ReasonKind::WrongAnswer, sentence).await;
    let sentence = "SMTP: expected an answer to EHLO beginning with 250, got \"502 what\"";
    check(&["220 mail\r\n", "502 what\r\n"], ReasonKind::WrongAnswer, sentence).await;
    let sentence = "SMTP: expected an answer to STARTTLS beginning with 220, got \"454 later\"";
    check(&["220 mail\r\n", HELLO, "454 later\r\n"], ReasonKind::WrongAnswer, sentence).await;
}

#[tokio::test]
async fn a_mail_server_that_offers_no_secure_connection_where_one_is_wanted() {
    let sentence =
        "SMTP: expected the server to offer STARTTLS, which it does not; set security to none if it need not";
    check(&["220 mail\r\n", "250 mail\r\n"], ReasonKind::WrongAnswer, sentence).await;
}

#[tokio::test]
async fn what_is_said_before_the_connection_is_secure_is_not_taken_for_what_comes_after() {
    let sentence = "SMTP: the server said more than its answer to STARTTLS before the connection was secure";
    check(&["220 mail\r\n", HELLO, "220 go\r\n250 injected\r\n"], ReasonKind::WrongAnswer, sentence).await;
}

#[tokio::test]
async fn a_mail_server_that_is_silent() {
    let sentence = "SMTP: expected a banner beginning with 220 within 300 ms, got nothing";
    check(&[""], ReasonKind::ResponseTimeout, sentence).await;
    let sentence = "SMTP: expected a banner beginning with 220 within 300 ms, got \"220-mai\"";
    check(&["220-mai"], ReasonKind::ResponseTimeout, sentence).await;
}

#[tokio::test]
async fn what_is_no_mail_server() {
    let sentence = "SMTP: expected a banner beginning with 220, got \"SSH-2.0-x\"";
    check(&["SSH-2.0-x\r\n"], ReasonKind::WrongAnswer, sentence).await;
    let sentence = "SMTP: expected a banner beginning with 220, got \"220-a 250 b\"";
    check(&["220-a\r\n250 b\r\n"], ReasonKind::WrongAnswer, sentence).await;
    let sentence = "SMTP: expected a banner beginning with 220, got \"220-a 250-b 220 c\"";
    check(&["220-a\r\n250-b\r\n220 c\r\n"], ReasonKind::WrongAnswer, sentence).await;
}

#[tokio::test]
async fn a_mail_server_that_hangs_up_halfway() {
    let address =
        greeting(|mut stream| async move { stream.write_all(b"220-mail\r\n220").await.unwrap() }).await;
    let sentence =
        "SMTP: expected a banner beginning with 220 before the connection ended, got \"220-mail 220\"";
    let result = probe(&smtp(address, json!({}))).await;
    assert_reason(&result, Outcome::Down, ReasonKind::ConnectionClosed, sentence);
}

#[tokio::test]
async fn a_mail_server_that_never_stops_talking_is_not_listened_to_forever() {
    for endless in ["x", "220-mail\r\n"] {
        let address = greeting(move |mut stream| async move {
            while stream.write_all(endless.repeat(1_000).as_bytes()).await.is_ok() {}
        })
        .await;
        let reason = probe(&smtp(address, json!({}))).await.reason.unwrap();
        assert_eq!(reason.kind, ReasonKind::WrongAnswer, "{reason:?}");
        assert!(reason.sentence.starts_with("SMTP: expected a banner beginning with 220 and an end, got"));
    }
}
