//! SCRAM-SHA-256 (RFC 5802, RFC 7677): both sides prove that they know a password, or what was made of it.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};

use crate::limits::SCRAM_ROUNDS_MAX;

/// What stands before our first message: no channel is bound to the login, and nobody is acted for.
pub const HEADER: &str = "n,,";

/// Our first message without its header. The server knows the user already.
pub fn first() -> Option<String> {
    let mut nonce = [0; 18];
    SystemRandom::new().fill(&mut nonce).ok()?;
    Some(format!("n=,r={}", STANDARD.encode(nonce)))
}

/// Our second message, and what shows whether the server's answer to it is its proof.
pub struct Proof {
    /// What to send.
    pub message: String,
    server_key: hmac::Key,
    said: String,
}

impl Proof {
    /// Whether the server has proven itself with its last message.
    pub fn is_answered_by(&self, last: &[u8]) -> bool {
        let signature = last.strip_prefix(b"v=").and_then(|signature| STANDARD.decode(signature).ok());
        signature
            .is_some_and(|signature| hmac::verify(&self.server_key, self.said.as_bytes(), &signature).is_ok())
    }
}

/// Proves a password after our `first` message and the server's `challenge`; `None` when that is none, or asks for more work
/// than a login may be. The password is taken as it is: one beyond ASCII must be in the form that the server knows it in.
pub fn prove(password: &str, first: &str, challenge: &str) -> Option<Proof> {
    let (nonce, rest) = challenge.strip_prefix("r=")?.split_once(",s=")?;
    let (salt, rounds) = rest.split_once(",i=")?;
    let rounds: NonZeroU32 = rounds.parse().ok()?;
    let ours = first.split_once("r=")?.1;
    if rounds.get() > SCRAM_ROUNDS_MAX || nonce.len() <= ours.len() || !nonce.starts_with(ours) {
        return None;
    }
    let salt = STANDARD.decode(salt).ok()?;
    let mut salted = [0; digest::SHA256_OUTPUT_LEN];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, password.as_bytes(), &mut salted);
    let salted = hmac::Key::new(hmac::HMAC_SHA256, &salted);
    let client_key = hmac::sign(&salted, b"Client Key");
    let server_key = hmac::sign(&salted, b"Server Key");
    let stored = digest::digest(&digest::SHA256, client_key.as_ref());
    let bare = format!("c={},r={nonce}", STANDARD.encode(HEADER));
    let said = format!("{first},{challenge},{bare}");
    let mask = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, stored.as_ref()), said.as_bytes());
    let proof: Vec<u8> =
        client_key.as_ref().iter().zip(mask.as_ref()).map(|(byte, mask)| byte ^ mask).collect();
    Some(Proof {
        message: format!("{bare},p={}", STANDARD.encode(proof)),
        server_key: hmac::Key::new(hmac::HMAC_SHA256, server_key.as_ref()),
        said,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "n=user,r=rOprNGfwEbeRWgbNEkqO";
    const CHALLENGE: &str =
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    #[test]
    fn the_example_of_rfc_7677_is_proven_on_both_sides() {
        let proof = prove("pencil", FIRST, CHALLENGE).unwrap();
        assert_eq!(
            proof.message,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert!(proof.is_answered_by(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        for wrong in [&b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8="[..], b"v=", b"e=other-error", b""] {
            assert!(!proof.is_answered_by(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_challenge_that_is_none_or_too_much_work_is_not_answered() {
        for bad in [
            "",
            "r=anotherNonceThatIsLongerThanOurs,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
            "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100001",
            "r=rOprNGfwEbeRWgbNEkqOx,s=?,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,i=4096",
        ] {
            assert!(prove("pencil", FIRST, bad).is_none(), "{bad}");
        }
    }
}
