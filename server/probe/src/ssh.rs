//! `ssh`: reads how an SSH server introduces itself, and signs in nowhere.

use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::budget::Budget;
use crate::limits::{SSH_LINES_MAX, TCP_TEXT_BYTES_MAX};
use crate::outcome::{Look, Reason, ReasonKind, excerpt};
use crate::prober::Prober;
use crate::wire::{Broken, Wire};
use crate::{address, tcp};

/// Reads how an SSH server introduces itself. Nobody is signed in.
///
/// Servers keep away those who connect often and never sign in, so that an interval of some seconds is too short.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SshCheck {
    /// Host and port, as in `git.example.com:22`.
    #[garde(custom(tcp::check_address))]
    #[schemars(example = &"git.example.com:22")]
    pub address: String,
    /// What must be in the line with which the server introduces itself, such as `SSH-2.0-OpenSSH_9.2p1`.
    #[garde(inner(length(bytes, min = 1, max = TCP_TEXT_BYTES_MAX)))]
    #[schemars(example = &"OpenSSH_9")]
    pub expect: Option<String>,
}

/// How we introduce ourselves (RFC 4253, section 4.2).
const INTRODUCTION: &str = concat!("SSH-2.0-Pharos_", env!("CARGO_PKG_VERSION"), "\r\n");

/// Looks once.
pub async fn look(prober: &Prober, check: &SshCheck, budget: &Budget, look: &mut Look) {
    if let Err(reason) = meet(prober, check, budget, look).await {
        look.down(reason);
    }
}

async fn meet(prober: &Prober, check: &SshCheck, budget: &Budget, look: &mut Look) -> Result<(), Reason> {
    let (host, port) = tcp::split(&check.address).ok_or_else(tcp::no_port)?;
    let mut wire = Wire::plain(address::connect(prober, host, port, budget, look).await?);
    let mut last = String::new();
    let (read, took_us) = budget.stage(introduction(&mut wire, &mut last)).await;
    look.stages.first_byte_us = Some(took_us);
    let (kind, when) = match read {
        Ok(Ok(line)) => {
            judge(check, &line)?;
            // A courtesy to the server's log: all that was asked for has been seen.
            let (_said, _) = budget
                .stage(async {
                    wire.send(INTRODUCTION).await?;
                    wire.close().await
                })
                .await;
            return Ok(());
        }
        Ok(Err(Broken::TooLong)) => (ReasonKind::WrongAnswer, ""),
        Ok(Err(Broken::Closed)) => (ReasonKind::ConnectionClosed, " before the connection ended"),
        Err(_) => (ReasonKind::ResponseTimeout, &*format!(" within {}", budget.text())),
    };
    let said = [last, wire.rest()].join(" ");
    let got = match said.trim() {
        "" => "nothing".to_owned(),
        said => format!("\"{}\"", excerpt(said)),
    };
    Err(Reason::new(kind, format!("SSH: expected a line that begins with SSH-2.0-{when}, got {got}")))
}

/// The line with which the server introduces itself; it may say others before (RFC 4253, section 4.2).
async fn introduction(wire: &mut Wire, last: &mut String) -> Result<String, Broken> {
    for _ in 0..SSH_LINES_MAX {
        let line = wire.line().await?;
        if line.starts_with("SSH-") {
            return Ok(line);
        }
        *last = line;
    }
    Err(Broken::TooLong)
}

/// Whether a server that introduces itself so is one to go on with. Those that also speak version 1 say 1.99.
fn judge(check: &SshCheck, line: &str) -> Result<(), Reason> {
    let got = excerpt(line);
    if !line.starts_with("SSH-2.0-") && !line.starts_with("SSH-1.99-") {
        let sentence = format!("SSH: expected version 2.0 of the protocol, got \"{got}\"");
        return Err(Reason::new(ReasonKind::WrongAnswer, sentence));
    }
    match &check.expect {
        Some(expected) if !line.contains(&**expected) => {
            let expected = excerpt(expected);
            let sentence =
                format!("SSH: expected \"{expected}\" in the server's introduction, got \"{got}\"");
            Err(Reason::new(ReasonKind::WrongAnswer, sentence))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expect: Option<&str>, line: &str, expected: Option<&str>) {
        let check = SshCheck { address: "git.example.com:22".to_owned(), expect: expect.map(str::to_owned) };
        let said = judge(&check, line).err().map(|reason| reason.sentence);
        assert_eq!(said.as_deref(), expected, "{line}");
    }

    #[test]
    fn a_server_speaks_version_two_and_may_speak_an_older_one_too() {
        check(None, "SSH-2.0-OpenSSH_9.2p1", None);
        check(None, "SSH-1.99-Cisco-1.25", None);
        let old = Some("SSH: expected version 2.0 of the protocol, got \"SSH-1.5-1.2.27\"");
        check(None, "SSH-1.5-1.2.27", old);
    }

    #[test]
    fn what_is_expected_must_be_in_the_introduction() {
        check(Some("OpenSSH_9"), "SSH-2.0-OpenSSH_9.2p1", None);
        let other =
            "SSH: expected \"OpenSSH_9\" in the server's introduction, got \"SSH-2.0-dropbear_2022.83\"";
        check(Some("OpenSSH_9"), "SSH-2.0-dropbear_2022.83", Some(other));
    }
}
