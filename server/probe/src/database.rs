//! What the kinds that log in to a database share: rules for their settings, when they speak TLS, and how a query is judged.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::limits::{CREDENTIAL_BYTES_MAX, STATEMENT_BYTES_MAX};
use crate::outcome::{Reason, ReasonKind, excerpt};
use crate::shown::Shown;
use crate::talk::Talk;

/// When to speak TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// Where the server offers it. The certificate is not checked, since without TLS the check goes on as well; the
    /// password itself is never sent, only proof of it.
    #[default]
    Prefer,
    /// Always, with a certificate that is valid for the host.
    Require,
    /// Never.
    Disable,
}

/// What a server said when it refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The server's code for it.
    pub code: String,
    /// The server's words.
    pub text: String,
}

impl Refusal {
    /// As a reason, `kind` unless the server is not ready for anybody.
    pub fn reason(&self, talk: &Talk<'_>, shown: &Shown, kind: ReasonKind, not_ready: &[&str]) -> Reason {
        let text = shown.excerpt(&self.text);
        if not_ready.contains(&self.code.as_str()) {
            return talk.reason(ReasonKind::NotReady, format!("the server is up but not ready: {text}"));
        }
        talk.reason(kind, format!("{} failed: {text}", talk.step))
    }
}

/// What is wrong with the first value of an answer; `None` for one that is not there.
pub fn judge(talk: &Talk<'_>, shown: &Shown, expected: Option<&str>, got: Option<&str>) -> Option<Reason> {
    let expected = expected?;
    let got = match got {
        Some(got) if got == expected => return None,
        Some(got) => format!("\"{}\"", shown.excerpt(got)),
        None => String::from("nothing"),
    };
    let sentence = format!("expected \"{}\" from {}, got {got}", excerpt(expected), talk.step);
    Some(talk.reason(ReasonKind::WrongAnswer, sentence))
}

/// Whether a name can be sent.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
pub fn check_name(name: &str, _: &()) -> garde::Result {
    check_length(name.len(), CREDENTIAL_BYTES_MAX)?;
    if name.chars().any(char::is_control) {
        return Err(garde::Error::new("has control characters"));
    }
    Ok(())
}

/// Whether a password can be sent.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::ref_option,
    reason = "the form that the validator asks for"
)]
pub fn check_password(password: &Option<SecretString>, _: &()) -> garde::Result {
    let Some(password) = password.as_ref().map(ExposeSecret::expose_secret) else { return Ok(()) };
    check_length(password.len(), CREDENTIAL_BYTES_MAX)?;
    if password.contains('\0') {
        return Err(garde::Error::new("has a character of value 0"));
    }
    Ok(())
}

/// Whether a statement can be sent.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
pub fn check_statement(statement: &str, _: &()) -> garde::Result {
    check_length(statement.len(), STATEMENT_BYTES_MAX)?;
    if statement.contains('\0') {
        return Err(garde::Error::new("has a character of value 0"));
    }
    Ok(())
}

/// Whether there is something that can be as expected.
pub fn check_expect(is_asked: bool, by: &'static str) -> impl Fn(&Option<String>, &()) -> garde::Result {
    move |expect, ()| match expect {
        Some(_) if !is_asked => Err(garde::Error::new(format!("has no meaning without {by}"))),
        Some(expect) if expect.len() > STATEMENT_BYTES_MAX => {
            Err(garde::Error::new(format!("length is greater than {STATEMENT_BYTES_MAX}")))
        }
        _ => Ok(()),
    }
}

fn check_length(length: usize, max: usize) -> garde::Result {
    match length {
        0 => Err(garde::Error::new("length is lower than 1")),
        length if length > max => Err(garde::Error::new(format!("length is greater than {max}"))),
        _ => Ok(()),
    }
}
