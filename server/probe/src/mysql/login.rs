//! From a connection to MySQL to one that takes statements: its greeting, TLS, and proof of the password.

use ring::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use secrecy::ExposeSecret;

use super::MysqlCheck;
use super::wire::{END, ERROR, NOT_READY, OK, Packet, Reader, next, refusal, send};
use crate::database::TlsMode;
use crate::limits::TALK_BYTES_MAX;
use crate::outcome::{Reason, ReasonKind};
use crate::prober::Prober;
use crate::shown::Shown;
use crate::talk::Talk;

/// What a client says that it can do, by the names of the protocol.
mod can {
    pub const LONG_PASSWORD: u32 = 1;
    pub const CONNECT_WITH_DB: u32 = 1 << 3;
    pub const PROTOCOL_41: u32 = 1 << 9;
    pub const SSL: u32 = 1 << 11;
    pub const TRANSACTIONS: u32 = 1 << 13;
    pub const SECURE_CONNECTION: u32 = 1 << 15;
    pub const PLUGIN_AUTH: u32 = 1 << 19;
}

/// The only version of the protocol that is in use.
const VERSION: u8 = 10;
/// All of Unicode, in a collation that every server has.
const UTF8MB4: u8 = 45;
/// The older proof, and of MariaDB the usual one.
const NATIVE: &str = "mysql_native_password";
/// The usual proof of MySQL.
const CACHING: &str = "caching_sha2_password";
/// What a server says while it logs somebody in with the usual proof.
const MORE: u8 = 1;
/// The proof was enough.
const PROVEN: u8 = 3;
/// The server does not remember the password and wants it itself.
const WANTED: u8 = 4;

/// What a server says first.
#[derive(Debug, PartialEq, Eq)]
pub struct Greeting {
    /// Its version, as it says it.
    pub version: String,
    can: u32,
    salt: Vec<u8>,
    plugin: String,
}

impl Greeting {
    fn read(packet: &[u8]) -> Option<Self> {
        let mut reader = Reader(packet);
        if reader.u8()? != VERSION {
            return None;
        }
        let version = text(reader.up_to_zero()?);
        let _thread = reader.bytes(4)?;
        let mut salt = reader.bytes(8)?.to_vec();
        let _filler = reader.u8()?;
        let low = reader.u16()?;
        let _charset_and_status = reader.bytes(3)?;
        let can = u32::from(reader.u16()?) << 16 | u32::from(low);
        let salt_bytes = usize::from(reader.u8()?);
        let _reserved = reader.bytes(10)?;
        if can & can::PROTOCOL_41 == 0 || can & can::SECURE_CONNECTION == 0 {
            return None;
        }
        let second = reader.bytes(salt_bytes.saturating_sub(8).max(13))?;
        salt.extend_from_slice(second.strip_suffix(&[0]).unwrap_or(second));
        let plugin = if can & can::PLUGIN_AUTH == 0 { NATIVE.into() } else { text(reader.up_to_zero()?) };
        Some(Self { version, can, salt, plugin })
    }
}

/// Receives the greeting, and logs in.
pub async fn login<'a>(
    mut talk: Talk<'a>,
    prober: &Prober,
    check: &MysqlCheck,
    shown: &Shown,
) -> Result<(Talk<'a>, Greeting), Reason> {
    let first = next(&mut talk).await?;
    if first.body.first() == Some(&ERROR) {
        talk.step = "the login";
        return Err(refused(&talk, shown, &first.body));
    }
    let greeting = Greeting::read(&first.body).ok_or_else(|| talk.stray())?;
    let offers_tls = greeting.can & can::SSL != 0;
    if check.tls == TlsMode::Require && !offers_tls {
        let sentence = "the server offers no TLS, and tls is set to require";
        return Err(talk.reason(ReasonKind::TlsFailed, sentence));
    }
    let with_tls = check.tls != TlsMode::Disable && offers_tls;
    let hello = hello(check, &greeting, with_tls);
    let mut number = first.number.wrapping_add(1);
    talk.step = "the login";
    if with_tls {
        send(&mut talk, number, &hello).await?;
        talk = talk.secured(prober, &check.address, check.tls == TlsMode::Require).await?;
        number = number.wrapping_add(1);
    }
    let plugin = if greeting.plugin == CACHING { CACHING } else { NATIVE };
    let proof = proof(plugin, password(check), &greeting.salt);
    let response = respond(hello, check, plugin, &proof);
    send(&mut talk, number, &response).await?;
    authenticate(&mut talk, check, shown, plugin == CACHING).await?;
    Ok((talk, greeting))
}

/// What both the question for TLS and the login begin with.
fn hello(check: &MysqlCheck, greeting: &Greeting, with_tls: bool) -> Vec<u8> {
    let mut can = can::LONG_PASSWORD | can::PROTOCOL_41 | can::TRANSACTIONS | can::SECURE_CONNECTION;
    can |= greeting.can & can::PLUGIN_AUTH;
    can |= if with_tls { can::SSL } else { 0 };
    can |= if check.database.is_some() { can::CONNECT_WITH_DB } else { 0 };
    let packet_bytes_max = u32::try_from(TALK_BYTES_MAX).unwrap_or(u32::MAX);
    let mut hello = [can.to_le_bytes(), packet_bytes_max.to_le_bytes()].concat();
    hello.push(UTF8MB4);
    hello.extend_from_slice(&[0; 23]);
    hello
}

fn respond(mut hello: Vec<u8>, check: &MysqlCheck, plugin: &str, proof: &[u8]) -> Vec<u8> {
    hello.extend_from_slice(check.user.as_bytes());
    hello.push(0);
    hello.push(u8::try_from(proof.len()).unwrap_or(0));
    hello.extend_from_slice(proof);
    for name in check.database.as_deref().into_iter().chain([plugin]) {
        hello.extend_from_slice(name.as_bytes());
        hello.push(0);
    }
    hello
}

/// Proves the password in the way the server asks for. It may ask for another one once.
async fn authenticate(
    talk: &mut Talk<'_>,
    check: &MysqlCheck,
    shown: &Shown,
    mut is_caching: bool,
) -> Result<(), Reason> {
    let mut may_switch = true;
    loop {
        let Packet { number, body } = next(talk).await?;
        let reply = match body.split_first() {
            Some((&OK, _)) => return Ok(()),
            Some((&ERROR, _)) => return Err(refused(talk, shown, &body)),
            Some((&END, rest)) if may_switch => {
                may_switch = false;
                let (plugin, salt) = switch(talk, shown, rest)?;
                is_caching = plugin == CACHING;
                proof(plugin, password(check), salt)
            }
            Some((&MORE, [PROVEN])) if is_caching => continue,
            Some((&MORE, [WANTED])) if is_caching && talk.is_verified => {
                [password(check).as_bytes(), &[0]].concat()
            }
            Some((&MORE, [WANTED])) if is_caching => {
                let sentence =
                    "the server asks for the password itself, which is only sent with tls set to require";
                return Err(talk.reason(ReasonKind::LoginFailed, sentence));
            }
            _ => return Err(talk.stray()),
        };
        send(talk, number.wrapping_add(1), &reply).await?;
    }
}

/// The proof that a server asks for instead, and what to make it with.
fn switch<'p>(talk: &Talk<'_>, shown: &Shown, body: &'p [u8]) -> Result<(&'static str, &'p [u8]), Reason> {
    let mut reader = Reader(body);
    let plugin = text(reader.up_to_zero().unwrap_or(b"mysql_old_password"));
    let salt = reader.0.strip_suffix(&[0]).unwrap_or(reader.0);
    let known = [NATIVE, CACHING].into_iter().find(|known| *known == plugin);
    let unknown = || {
        let plugin = shown.excerpt(&plugin);
        let sentence =
            format!("the server asks for {plugin}, which is not supported; use {CACHING} or {NATIVE}");
        talk.reason(ReasonKind::LoginFailed, sentence)
    };
    Ok((known.ok_or_else(unknown)?, salt))
}

/// Proves a password without telling it: `H(p) ^ H(s + H(H(p)))`, or with what is hashed last the other way round. No
/// password has no proof.
fn proof(plugin: &str, password: &str, salt: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let (algorithm, is_salt_first) =
        if plugin == CACHING { (&SHA256, false) } else { (&SHA1_FOR_LEGACY_USE_ONLY, true) };
    let once = hash(algorithm, &[password.as_bytes()]);
    let twice = hash(algorithm, &[&once]);
    let mask = hash(algorithm, &if is_salt_first { [salt, &twice] } else { [&twice, salt] });
    once.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
}

fn hash(algorithm: &'static Algorithm, parts: &[&[u8]]) -> Vec<u8> {
    let mut context = Context::new(algorithm);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

fn password(check: &MysqlCheck) -> &str {
    check.password.as_ref().map_or("", |password| password.expose_secret())
}

fn refused(talk: &Talk<'_>, shown: &Shown, packet: &[u8]) -> Reason {
    refusal(packet).reason(talk, shown, ReasonKind::LoginFailed, &NOT_READY)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A greeting as MariaDB says it.
    fn greeting(plugin: &str) -> Vec<u8> {
        let mut packet = b"\x0a11.4-MariaDB\0\x01\0\0\0abcdefgh\0\xfe\xf7\x2d\x02\0\xff\x81\x15".to_vec();
        packet.extend_from_slice(&[0; 10]);
        packet.extend_from_slice(b"ijklmnopqrst\0");
        packet.extend_from_slice(plugin.as_bytes());
        packet.push(0);
        packet
    }

    #[test]
    fn a_greeting_is_read() {
        let read = Greeting::read(&greeting(CACHING)).unwrap();
        assert_eq!((read.version.as_str(), read.plugin.as_str()), ("11.4-MariaDB", CACHING));
        assert_eq!(read.salt, b"abcdefghijklmnopqrst");
    }

    #[test]
    fn a_greeting_that_is_cut_anywhere_is_none() {
        let whole = greeting(NATIVE);
        for end in 0..whole.len() {
            assert_eq!(Greeting::read(&whole[..end]), None, "{end}");
        }
        assert_eq!(Greeting::read(&[&[9], &whole[1..]].concat()), None);
    }

    /// The server has `H(H(p))` and must come to it from what was sent.
    #[test]
    fn a_proof_is_what_the_server_can_check_with_what_it_keeps() {
        let salt = b"abcdefghijklmnopqrst";
        for (plugin, algorithm) in [(NATIVE, &SHA1_FOR_LEGACY_USE_ONLY), (CACHING, &SHA256)] {
            let kept = hash(algorithm, &[&hash(algorithm, &[b"password"])]);
            let sent = proof(plugin, "password", salt);
            let mask = if plugin == NATIVE {
                hash(algorithm, &[salt, &kept])
            } else {
                hash(algorithm, &[&kept, salt])
            };
            let once: Vec<u8> = sent.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
            assert_eq!(hash(algorithm, &[&once]), kept, "{plugin}");
        }
        assert!(proof(NATIVE, "", salt).is_empty());
    }
}
