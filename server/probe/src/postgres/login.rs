//! From a connection to PostgreSQL to one that takes queries: TLS, and proof of the password.

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::{ErrorResponseBody, Message};
use postgres_protocol::message::frontend;
use secrecy::ExposeSecret;

use super::PostgresCheck;
use super::wire::{NOT_READY, next, read_refusal};
use crate::database::TlsMode;
use crate::outcome::{Reason, ReasonKind};
use crate::prober::Prober;
use crate::shown::Shown;
use crate::talk::Talk;

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
    let mut question = BytesMut::new();
    frontend::ssl_request(&mut question);
    talk.send(&question).await?;
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
    let parameters = [
        ("user", check.user.as_str()),
        ("database", check.database.as_deref().unwrap_or(&check.user)),
        ("application_name", "pharos"),
        ("client_encoding", "UTF8"),
    ];
    let mut hello = BytesMut::new();
    frontend::startup_message(parameters, &mut hello).map_err(|_| cannot_be_sent())?;
    talk.send(&hello).await?;
    authenticate(talk, check, shown).await?;
    loop {
        match next(talk).await? {
            Message::BackendKeyData(_) => {}
            Message::ReadyForQuery(_) => return Ok(()),
            Message::ErrorResponse(body) => return Err(refused(talk, shown, &body)),
            _ => return Err(talk.stray()),
        }
    }
}

async fn authenticate(talk: &mut Talk<'_>, check: &PostgresCheck, shown: &Shown) -> Result<(), Reason> {
    let mut proof = BytesMut::new();
    match next(talk).await? {
        Message::AuthenticationOk => return Ok(()),
        Message::AuthenticationSasl(body) => {
            if body.mechanisms().any(|mechanism| Ok(mechanism == SCRAM_SHA_256)).is_ok_and(|is_any| is_any) {
                scram(talk, password(talk, check)?, shown).await?;
            } else {
                return Err(unsupported(talk));
            }
        }
        Message::AuthenticationMd5Password(body) => {
            let hash = md5_hash(check.user.as_bytes(), password(talk, check)?, body.salt());
            frontend::password_message(hash.as_bytes(), &mut proof).map_err(|_| cannot_be_sent())?;
            talk.send(&proof).await?;
        }
        Message::AuthenticationCleartextPassword if talk.is_verified => {
            frontend::password_message(password(talk, check)?, &mut proof).map_err(|_| cannot_be_sent())?;
            talk.send(&proof).await?;
        }
        Message::AuthenticationCleartextPassword => {
            let sentence =
                "the server asks for the password itself, which is only sent with tls set to require";
            return Err(talk.reason(ReasonKind::LoginFailed, sentence));
        }
        Message::AuthenticationGss
        | Message::AuthenticationKerberosV5
        | Message::AuthenticationScmCredential
        | Message::AuthenticationSspi => return Err(unsupported(talk)),
        Message::ErrorResponse(body) => return Err(refused(talk, shown, &body)),
        _ => return Err(talk.stray()),
    }
    match next(talk).await? {
        Message::AuthenticationOk => Ok(()),
        Message::ErrorResponse(body) => Err(refused(talk, shown, &body)),
        _ => Err(talk.stray()),
    }
}

/// Both sides prove to each other that they know the password, or what was made of it.
async fn scram(talk: &mut Talk<'_>, password: &[u8], shown: &Shown) -> Result<(), Reason> {
    let mut scram = ScramSha256::new(password, ChannelBinding::unsupported());
    let mut first = BytesMut::new();
    frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), &mut first)
        .map_err(|_| cannot_be_sent())?;
    talk.send(&first).await?;
    let challenge = match next(talk).await? {
        Message::AuthenticationSaslContinue(body) => body,
        Message::ErrorResponse(body) => return Err(refused(talk, shown, &body)),
        _ => return Err(talk.stray()),
    };
    // The server says how much work the proof is.
    let work = move || scram.update(challenge.data()).map(|()| scram);
    let Some(Ok(mut scram)) = talk.work(work).await? else { return Err(unproven(talk)) };
    let mut second = BytesMut::new();
    frontend::sasl_response(scram.message(), &mut second).map_err(|_| cannot_be_sent())?;
    talk.send(&second).await?;
    match next(talk).await? {
        Message::AuthenticationSaslFinal(body) => scram.finish(body.data()).map_err(|_| unproven(talk)),
        Message::ErrorResponse(body) => Err(refused(talk, shown, &body)),
        _ => Err(talk.stray()),
    }
}

fn password<'c>(talk: &Talk<'_>, check: &'c PostgresCheck) -> Result<&'c [u8], Reason> {
    let none = || talk.reason(ReasonKind::LoginFailed, "the server asks for a password; set password");
    check.password.as_ref().map(|password| password.expose_secret().as_bytes()).ok_or_else(none)
}

fn refused(talk: &Talk<'_>, shown: &Shown, body: &ErrorResponseBody) -> Reason {
    read_refusal(body).reason(talk, shown, ReasonKind::LoginFailed, &NOT_READY)
}

fn unsupported(talk: &Talk<'_>) -> Reason {
    let sentence = "the server asks for another proof than a password's; use scram-sha-256 for this user";
    talk.reason(ReasonKind::LoginFailed, sentence)
}

fn unproven(talk: &Talk<'_>) -> Reason {
    let sentence = "the server did not prove that it knows the password; check the address";
    talk.reason(ReasonKind::LoginFailed, sentence)
}

fn cannot_be_sent() -> Reason {
    Reason::new(
        ReasonKind::CouldNotLook,
        "Could not look: the user, the database or the password cannot be sent",
    )
}
