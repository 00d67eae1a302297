//! `smtp`: greets a mail server as another mail server does, up to a secure connection, and sends no mail.

use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::budget::Budget;
use crate::limits::SMTP_LINES_MAX;
use crate::outcome::{Look, Reason, ReasonKind, excerpt};
use crate::prober::Prober;
use crate::tls_client::Offer;
use crate::wire::{Broken, Wire};
use crate::{address, tcp, tls};

/// Greets a mail server, up to a secure connection. No mail is sent.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SmtpCheck {
    /// Host and port, as in `mail.example.com:25`.
    #[garde(custom(tcp::check_address))]
    #[schemars(example = &"mail.example.com:25")]
    pub address: String,
    /// How the connection is made secure.
    #[serde(default)]
    #[garde(skip)]
    pub security: Security,
    /// The name the certificate must be for. Without it, the host.
    #[garde(inner(length(bytes, min = 1, max = 253)))]
    pub server_name: Option<String>,
    /// With fewer days left of the certificate than this the service is degraded.
    #[serde(default = "tls::days_left_default")]
    #[garde(range(max = 3650))]
    pub days_left: u16,
    /// The name to greet with. Some servers only talk to a name that leads to the address that greets.
    #[serde(default = "hello_default")]
    #[garde(length(bytes, min = 1, max = 253), custom(check_hello))]
    #[schemars(example = &"status.example.com")]
    pub hello: String,
}

/// How a connection to a mail server is made secure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// It begins plain and must become secure by STARTTLS, as on the ports 25 and 587.
    #[default]
    Starttls,
    /// It is secure from the beginning, as on the port 465.
    Tls,
    /// It stays plain.
    None,
}

fn hello_default() -> String {
    "localhost".to_owned()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
fn check_hello(name: &str, _: &()) -> garde::Result {
    if name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(garde::Error::new("a name to greet with has no spaces and no letters beyond ASCII"))
}

/// Looks once.
pub async fn look(prober: &Prober, check: &SmtpCheck, budget: &Budget, look: &mut Look) {
    if let Err(reason) = converse(prober, check, budget, look).await {
        return look.down(reason);
    }
    if check.security != Security::None {
        tls::judge_days(look, check.days_left);
    }
}

async fn converse(
    prober: &Prober,
    check: &SmtpCheck,
    budget: &Budget,
    look: &mut Look,
) -> Result<(), Reason> {
    let (host, port) = tcp::split(&check.address).ok_or_else(tcp::no_port)?;
    let handshake = (check.server_name.as_deref().unwrap_or(host), Offer::Nothing);
    let stream = address::connect(prober, host, port, budget, look).await?;
    let mut wire = if check.security == Security::Tls {
        Wire::secure(prober.tls().handshake(stream, handshake, budget, look).await?)
    } else {
        Wire::plain(stream)
    };
    let greeted = budget.total_us();
    ask(&mut wire, None, &Wanted { what: "a banner", code: "220" }, budget).await?;
    look.stages.first_byte_us = Some(budget.total_us().saturating_sub(greeted));
    let hello = format!("EHLO {}\r\n", check.hello);
    let wanted = Wanted { what: "an answer to EHLO", code: "250" };
    let offered = ask(&mut wire, Some(&hello), &wanted, budget).await?;
    if check.security == Security::Starttls {
        if !offers(&offered, "STARTTLS") {
            let sentence = "SMTP: expected the server to offer STARTTLS, which it does not; set security to none if it need not";
            return Err(Reason::new(ReasonKind::WrongAnswer, sentence));
        }
        let begun = Wanted { what: "an answer to STARTTLS", code: "220" };
        ask(&mut wire, Some("STARTTLS\r\n"), &begun, budget).await?;
        let stream = wire.into_plain().ok_or_else(|| {
            // What was said before is not protected, so that it must not be taken for what comes after.
            let sentence =
                "SMTP: the server said more than its answer to STARTTLS before the connection was secure";
            Reason::new(ReasonKind::WrongAnswer, sentence)
        })?;
        wire = Wire::secure(prober.tls().handshake(stream, handshake, budget, look).await?);
        ask(&mut wire, Some(&hello), &wanted, budget).await?;
    }
    // Leaving is a courtesy: all that was asked for has been seen.
    let (_left, _) = budget
        .stage(async {
            wire.send("QUIT\r\n").await?;
            wire.close().await
        })
        .await;
    Ok(())
}

/// What an answer must be.
struct Wanted {
    what: &'static str,
    code: &'static str,
}

/// Says `command`, if there is one, and reads the answer.
async fn ask(
    wire: &mut Wire,
    command: Option<&str>,
    wanted: &Wanted,
    budget: &Budget,
) -> Result<Vec<String>, Reason> {
    let mut lines = Vec::new();
    let exchange = async {
        if let Some(command) = command {
            wire.send(command).await.map_err(|_| Broken::Closed)?;
        }
        answer(wire, &mut lines).await
    };
    let (read, _) = budget.stage(exchange).await;
    let Wanted { what, code } = wanted;
    let (kind, when) = match read {
        Ok(Ok(true)) if lines[0].starts_with(code) => return Ok(lines),
        Ok(Ok(_)) => (ReasonKind::WrongAnswer, String::new()),
        Ok(Err(Broken::TooLong)) => (ReasonKind::WrongAnswer, " and an end".to_owned()),
        Ok(Err(Broken::Closed)) => (ReasonKind::ConnectionClosed, " before the connection ended".to_owned()),
        Err(_) => (ReasonKind::ResponseTimeout, format!(" within {}", budget.text())),
    };
    lines.push(wire.rest());
    let said = lines.join(" ").trim_end().to_owned();
    let got = if said.is_empty() { "nothing".to_owned() } else { format!("\"{}\"", excerpt(&said)) };
    Err(Reason::new(kind, format!("SMTP: expected {what} beginning with {code}{when}, got {got}")))
}

/// Reads the lines of one answer; whether they are one.
async fn answer(wire: &mut Wire, lines: &mut Vec<String>) -> Result<bool, Broken> {
    while lines.len() < SMTP_LINES_MAX {
        let line = wire.line().await?;
        let kind = line_kind(&line);
        let agrees = lines.first().is_none_or(|first| first.get(..3) == line.get(..3));
        lines.push(line);
        match kind.filter(|_| agrees) {
            Some(Line::More) => {}
            Some(Line::Last) => return Ok(true),
            None => return Ok(false),
        }
    }
    Err(Broken::TooLong)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Others follow.
    More,
    /// The last of its answer.
    Last,
}

/// Which line of an answer it is (RFC 5321, section 4.2); `None` when it is none.
fn line_kind(line: &str) -> Option<Line> {
    let bytes = line.as_bytes();
    if bytes.len() < 3 || !bytes[..3].iter().all(u8::is_ascii_digit) {
        return None;
    }
    match bytes.get(3) {
        None | Some(b' ') => Some(Line::Last),
        Some(b'-') => Some(Line::More),
        Some(_) => None,
    }
}

/// Whether an answer to EHLO offers an extension.
fn offers(lines: &[String], extension: &str) -> bool {
    let word =
        |line: &String| line.get(4..).and_then(|rest| rest.split_whitespace().next()).map(str::to_owned);
    lines.iter().skip(1).filter_map(word).any(|word| word.eq_ignore_ascii_case(extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_whether_another_follows() {
        for (line, kind) in [
            ("220 mail.example.com ready", Some(Line::Last)),
            ("250-SIZE 1000", Some(Line::More)),
            ("250", Some(Line::Last)),
            ("25", None),
            ("25é", None),
            ("250+SIZE", None),
            ("HTTP/1.1 400 Bad Request", None),
            ("", None),
        ] {
            assert_eq!(line_kind(line), kind, "{line}");
        }
    }

    #[test]
    fn what_is_offered_stands_below_the_greeting_and_in_any_case() {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        assert!(offers(&lines(&["250-mail", "250-SIZE 1000", "250 StartTLS"]), "STARTTLS"));
        assert!(!offers(&lines(&["250-STARTTLS", "250 SIZE"]), "STARTTLS"));
        assert!(!offers(&lines(&["250-mail", "250 XSTARTTLS"]), "STARTTLS"));
    }

    #[test]
    fn a_name_to_greet_with_cannot_hold_a_second_command() {
        for (name, is_good) in
            [("status.example.com", true), ("a\r\nQUIT", false), ("a b", false), ("", false)]
        {
            let check = serde_json::json!({ "address": "mail.example.com:25", "hello": name });
            let check: SmtpCheck = serde_json::from_value(check).unwrap();
            assert_eq!(check.validate().is_ok(), is_good, "{name:?}");
        }
    }
}
