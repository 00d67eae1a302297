//! `tcp`: opens a connection, and may send something and wait for an answer.

use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::address;
use crate::budget::Budget;
use crate::limits::TCP_BYTES_MAX;
use crate::outcome::{Look, Reason, ReasonKind, excerpt};
use crate::prober::Prober;

/// Opens a TCP connection, and may send something and wait for an answer.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TcpCheck {
    /// Host and port, as in `db.example.com:5432` or `[2001:db8::1]:25`.
    #[garde(custom(check_address))]
    #[schemars(example = &"db.example.com:5432")]
    pub address: String,
    /// What to send once connected.
    #[garde(inner(length(bytes, min = 1, max = 4096)))]
    pub send: Option<String>,
    /// What must be in the answer.
    #[garde(inner(length(bytes, min = 1, max = 4096)))]
    pub expect: Option<String>,
}

/// Splits `host:port`.
pub(crate) fn split(address: &str) -> Option<(&str, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let fits = !host.is_empty() && (bracketed || !host.contains(':')) && !host.contains(['/', '@', ' ']);
    port.parse().ok().filter(|port| fits && *port > 0).map(|port| (host, port))
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

/// Looks once.
pub async fn look(prober: &Prober, check: &TcpCheck, budget: &Budget, look: &mut Look) {
    let Some((host, port)) = split(&check.address) else {
        return look.down(Reason::new(ReasonKind::CouldNotLook, "Could not look: the address has no port"));
    };
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
        let (sent, _) = budget.stage(stream.write_all(text.as_bytes())).await;
        if !matches!(sent, Ok(Ok(()))) {
            return Err(Reason::new(
                ReasonKind::ConnectionClosed,
                "TCP: the connection was closed before all was sent",
            ));
        }
    }
    let Some(expected) = &check.expect else { return Ok(()) };
    let mut answer = Vec::new();
    let (found, took_us) = budget.stage(read_until(&mut stream, expected.as_bytes(), &mut answer)).await;
    look.stages.first_byte_us = Some(took_us);
    let said = excerpt(&String::from_utf8_lossy(&answer));
    match found {
        Ok(true) => Ok(()),
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

async fn read_until(stream: &mut TcpStream, expected: &[u8], answer: &mut Vec<u8>) -> bool {
    let mut chunk = [0; 4096];
    while answer.len() < TCP_BYTES_MAX {
        let Ok(count @ 1..) = stream.read(&mut chunk).await else { return false };
        answer.extend_from_slice(&chunk[..count]);
        if answer.windows(expected.len()).any(|window| window == expected) {
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
}
