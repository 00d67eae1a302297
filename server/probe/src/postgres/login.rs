//! From a connection to PostgreSQL to one that takes queries: TLS, and proof of the password.

use md5::{Digest, Md5};
use secrecy::ExposeSecret;

use super::wire::{NOT_READY, hello, message, next, read_refusal, texts, tls_question};
use super::{PostgresCheck, scram};
use crate::database::TlsMode;
use crate::outcome::{Reason, ReasonKind};
use crate::prober::Prober;
use crate::shown::Shown;
use crate::talk::Talk;

/// What a server asks for before it lets anybody in, by the codes of the protocol.
mod asked {
    pub const NOTHING: u32 = 0;
    pub const PASSWORD: u32 = 3;
    pub const MD5: u32 = 5;
    pub const SASL: u32 = 10;
    pub const SASL_CONTINUE: u32 = 11;
    pub const SASL_FINAL: u32 = 12;
}

/// The mechanism of SASL that is supported.
const SCRAM: &str = "SCRAM-SHA-256";

/// Goes over to TLS as far as `check` asks for it and the server offers it.
pub async fn encrypted<'a>(
    mut talk: Talk<'a>,
    prober: &Prober,
    check: &PostgresCheck,
) -> Result<Talk<'a>, Reason> {
    if check.tls == TlsMode::Disable {
        return Ok(talk);
    }
    talk.step = "the question for TLS";
    talk.send(&tls_question()).await?;
    let is_required = check.tls == TlsMode::Require;
    match talk.take(1).await?[..] {
        [b'S'] => talk.secured(prober, &check.address, is_required).await,
        [b'N'] if !is_required => Ok(talk),
        [b'N'] => {
            let sentence = "the server offers no TLS, and tls is set to require";
            Err(talk.reason(ReasonKind::TlsFailed, sentence))
        }
        _ => Err(talk.stray()),
    }
}

/// Logs in, up to where the server is ready for a query.
pub async fn login(talk: &mut Talk<'_>, check: &PostgresCheck, shown: &Shown) -> Result<(), Reason> {
    talk.step = "the login";
    let database = check.database.as_deref().unwrap_or(&check.user);
    let who = ["user", &check.user, "database", database];
    let how = ["application_name", "pharos", "client_encoding", "UTF8"];
    talk.send(&hello(&[who, how].concat())).await?;
    authenticate(talk, check, shown).await?;
    loop {
        let said = next(talk).await?;
        match said.tag {
            // What a query could be cancelled with.
            b'K' => {}
            b'Z' => return Ok(()),
            b'E' => return Err(refused(talk, shown, &said.body)),
            _ => return Err(talk.stray()),
        }
    }
}

async fn authenticate(talk: &mut Talk<'_>, check: &PostgresCheck, shown: &Shown) -> Result<(), Reason> {
    let (code, more) = what_is_asked(talk, shown).await?;
    match code {
        asked::NOTHING => return Ok(()),
        asked::SASL if more.split(|byte| *byte == 0).any(|mechanism| mechanism == SCRAM.as_bytes()) => {
            prove(talk, password(talk, check)?, shown).await?;
        }
        asked::MD5 => {
            let inner = md5_hex(&[password(talk, check)?.as_bytes(), check.user.as_bytes()]);
            let hash = format!("md5{}", md5_hex(&[inner.as_bytes(), &more]));
            talk.send(&message(b'p', &texts(&[&hash]))).await?;
        }
        asked::PASSWORD if talk.is_verified => {
            let password = texts(&[password(talk, check)?]);
            talk.send(&message(b'p', &password)).await?;
        }
        asked::PASSWORD => {
            let sentence =
                "the server asks for the password itself, which is only sent with tls set to require";
            return Err(talk.reason(ReasonKind::LoginFailed, sentence));
        }
        asked::SASL_CONTINUE | asked::SASL_FINAL => return Err(talk.stray()),
        _ => {
            let sentence =
                "the server asks for another proof than a password's; use scram-sha-256 for this user";
            return Err(talk.reason(ReasonKind::LoginFailed, sentence));
        }
    }
    match what_is_asked(talk, shown).await? {
        (asked::NOTHING, _) => Ok(()),
        _ => Err(talk.stray()),
    }
}

/// What the server asks for, and what it says with that.
async fn what_is_asked(talk: &mut Talk<'_>, shown: &Shown) -> Result<(u32, Vec<u8>), Reason> {
    let said = next(talk).await?;
    match (said.tag, said.body.split_first_chunk()) {
        (b'R', Some((code, more))) => Ok((u32::from_be_bytes(*code), more.to_vec())),
        (b'E', _) => Err(refused(talk, shown, &said.body)),
        _ => Err(talk.stray()),
    }
}

/// Proves the password, and has the server prove that it knows what was made of it.
async fn prove(talk: &mut Talk<'_>, password: &str, shown: &Shown) -> Result<(), Reason> {
    let cannot =
        || Reason::new(ReasonKind::CouldNotLook, "Could not look: this machine has no random numbers");
    let first = scram::first().ok_or_else(cannot)?;
    let text = format!("{}{first}", scram::HEADER);
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    talk.send(&message(b'p', &[&texts(&[SCRAM])[..], &length, text.as_bytes()].concat())).await?;
    let (asked::SASL_CONTINUE, challenge) = what_is_asked(talk, shown).await? else {
        return Err(talk.stray());
    };
    // The server says how much work the proof is.
    let (password, challenge) = (password.to_owned(), String::from_utf8_lossy(&challenge).into_owned());
    let work = move || scram::prove(&password, &first, &challenge);
    let unproven = "the server did not prove that it knows the password; check the address";
    let unproven = |talk: &Talk<'_>| talk.reason(ReasonKind::LoginFailed, unproven);
    let proof = talk.work(work).await?.flatten().ok_or_else(|| unproven(talk))?;
    talk.send(&message(b'p', proof.message.as_bytes())).await?;
    match what_is_asked(talk, shown).await? {
        (asked::SASL_FINAL, last) if proof.is_answered_by(&last) => Ok(()),
        (asked::SASL_FINAL, _) => Err(unproven(talk)),
        _ => Err(talk.stray()),
    }
}

fn md5_hex(parts: &[&[u8]]) -> String {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    format!("{:032x}", u128::from_be_bytes(hash.finalize().into()))
}

fn password<'c>(talk: &Talk<'_>, check: &'c PostgresCheck) -> Result<&'c str, Reason> {
    let none = || talk.reason(ReasonKind::LoginFailed, "the server asks for a password; set password");
    check.password.as_ref().map(ExposeSecret::expose_secret).ok_or_else(none)
}

fn refused(talk: &Talk<'_>, shown: &Shown, body: &[u8]) -> Reason {
    read_refusal(body).reason(talk, shown, ReasonKind::LoginFailed, &NOT_READY)
}
