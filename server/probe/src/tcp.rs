//! `tcp`: opens a connection, and may send something and wait for an answer.

use garde::Validate;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use crate::address;
use crate::budget::Budget;
use crate::limits::{TCP_BYTES_MAX, TCP_TEXT_BYTES_MAX};
use crate::outcome::{Look, Reason, ReasonKind, excerpt};
use crate::prober::Prober;
use crate::shown::Shown;

/// Opens a TCP connection, and may send something and wait for an answer.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TcpCheck {
    /// Host and port, as in `db.example.com:5432` or `[2001:db8::1]:25`.
    #[garde(custom(check_address))]
    #[schemars(example = &"db.example.com:5432")]
    pub address: String,
    /// What to send once connected.
    #[garde(custom(check_send))]
    #[schemars(with = "Option<String>")]
    pub send: Option<SecretString>,
    /// What must be in the answer.
    #[garde(inner(length(bytes, min = 1, max = TCP_TEXT_BYTES_MAX)))]
    pub expect: Option<String>,
}

/// Splits `host:port`.
pub(crate) fn split(address: &str) -> Option<(&str, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let fits = !host.is_empty() && (bracketed || !host.contains(':')) && !host.contains(['/', '@', ' ']);
    port.parse().ok().filter(|port| fits && *port > 0).map(|port| (host, port))
}

/// What to say of an address that cannot be split.
pub(crate) fn no_port() -> Reason {
    Reason::new(ReasonKind::CouldNotLook, "Could not look: the address has no port")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
pub(crate) fn check_address(address: &str, _: &()) -> garde::Result {
    match split(address) {
        Some(_) => Ok(()),
        None => Err(garde::Error::new(format!(
            "\"{address}\" is not a host and a port, as in db.example.com:5432"
        ))),
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::ref_option,
    reason = "the form that the validator asks for"
)]
pub(crate) fn check_send(text: &Option<SecretString>, _: &()) -> garde::Result {
    match text.as_ref().map_or(1, |text| text.expose_secret().len()) {
        0 => Err(garde::Error::new("length is lower than 1")),
        length if length > TCP_TEXT_BYTES_MAX => {
            Err(garde::Error::new(format!("length is greater than {TCP_TEXT_BYTES_MAX}")))
        }
        _ => Ok(()),
    }
}

/// Looks once.
pub async fn look(prober: &Prober, check: &TcpCheck, budget: &Budget, look: &mut Look) {
    let Some((host, port)) = split(&check.address) else { return look.down(no_port()) };
    if let Err(reason) = exchange(prober, check, (host, port), budget, look).await {
        look.down(reason);
    }
}

async fn exchange(
    prober: &Prober,
    check: &TcpCheck,
    (host, port): (&str, u16),
    budget: &Budget,
    look: &mut Look,
) -> Result<(), Reason> {
    let mut stream = address::connect(prober, host, port, budget, look).await?;
    if let Some(text) = &check.send {
        let (sent, _) = budget.stage(stream.write_all(text.expose_secret().as_bytes())).await;
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(_)) => {
                let sentence = "TCP: the connection was closed before all was sent";
                return Err(Reason::new(ReasonKind::ConnectionClosed, sentence));
            }
            Err(_) => {
                let sentence = format!("TCP: not all could be sent within {}", budget.text());
                return Err(Reason::new(ReasonKind::ResponseTimeout, sentence));
            }
        }
    }
    let Some(expected) = &check.expect else { return Ok(()) };
    let mut answer = Vec::new();
    let (found, took_us) = budget.stage(read_until(&mut stream, expected.as_bytes(), &mut answer)).await;
    look.stages.first_byte_us = Some(took_us);
    let shown = Shown::of(check.send.as_ref().map(ExposeSecret::expose_secret));
    let said = shown.excerpt(&String::from_utf8_lossy(&answer));
    match found {
        Ok(true) => Ok(()),
        Ok(false) if answer.is_empty() => {
            let sentence =
                format!("TCP: expected \"{}\", got no answer before the connection ended", excerpt(expected));
            Err(Reason::new(ReasonKind::ConnectionClosed, sentence))
        }
        Ok(false) => {
            let sentence = format!("TCP: expected \"{}\" in the answer, got \"{said}\"", excerpt(expected));
            Err(Reason::new(ReasonKind::WrongAnswer, sentence))
        }
        Err(_) if answer.is_empty() => {
            Err(Reason::new(ReasonKind::ResponseTimeout, format!("TCP: no answer within {}", budget.text())))
        }
        Err(_) => {
            let expected = excerpt(expected);
            let sentence = format!("TCP: expected \"{expected}\" within {}, got \"{said}\"", budget.text());
            Err(Reason::new(ReasonKind::WrongAnswer, sentence))
        }
    }
}

async fn read_until(mut stream: impl AsyncRead + Unpin, expected: &[u8], answer: &mut Vec<u8>) -> bool {
    let mut chunk = [0; 4096];
    while answer.len() < TCP_BYTES_MAX {
        let room = chunk.len().min(TCP_BYTES_MAX - answer.len());
        let Ok(count @ 1..) = stream.read(&mut chunk[..room]).await else { return false };
        // What was searched before is not searched again: a target may send byte by byte.
        let from = (answer.len() + 1).saturating_sub(expected.len());
        answer.extend_from_slice(&chunk[..count]);
        if answer[from..].windows(expected.len()).any(|window| window == expected) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        assert_eq!(split("db.example.com:5432"), Some(("db.example.com", 5432)));
        assert_eq!(split("[2001:db8::1]:25"), Some(("[2001:db8::1]", 25)));
        for bad in ["db", ":1", "db:0", "db:65536", "2001:db8::1:25", "http://db:1", "a@b:1"] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }

    #[tokio::test]
    async fn what_is_expected_is_found_across_the_pieces_it_comes_in() {
        for pieces in [["+PONG", ""], ["+PO", "NG\r\n"], ["x+P", "ONG"], ["", "PONG"]] {
            let stream = pieces[0].as_bytes().chain(pieces[1].as_bytes());
            assert!(read_until(stream, b"PONG", &mut Vec::new()).await, "{pieces:?}");
        }
    }

    #[tokio::test]
    async fn an_answer_without_end_is_read_up_to_its_bound() {
        let mut answer = Vec::new();
        assert!(!read_until(tokio::io::repeat(b'x'), b"PONG", &mut answer).await);
        assert_eq!(answer.len(), TCP_BYTES_MAX);
    }

    #[tokio::test]
    async fn a_target_that_answers_byte_by_byte_is_not_searched_from_the_start_each_time() {
        struct Bytewise;
        impl AsyncRead for Bytewise {
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
                buffer: &mut tokio::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                buffer.put_slice(b"x");
                std::task::Poll::Ready(Ok(()))
            }
        }
        let started = std::time::Instant::now();
        read_until(Bytewise, b"PONG", &mut Vec::new()).await;
        assert!(started.elapsed() < std::time::Duration::from_secs(1), "{:?}", started.elapsed());
    }

    #[test]
    fn what_is_sent_may_hold_a_password_and_is_not_shown() {
        let check = r#"{"address":"db:6379","send":"AUTH canary\r\n"}"#;
        let check: TcpCheck = serde_json::from_str(check).unwrap();
        assert!(!format!("{check:?}").contains("canary"));
        assert!(check.validate().is_ok());
        let long = TcpCheck { send: Some("x".repeat(TCP_TEXT_BYTES_MAX + 1).into()), ..check };
        assert!(long.validate().is_err());
    }
}
