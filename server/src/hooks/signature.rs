//! Signatures after Standard Webhooks: HMAC-SHA256 of the message's id, its time and its body, with any of several secrets, so that one
//! can be changed for another without a gap.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use pharos_model::UnixMs;
use ring::hmac;

use crate::limits::{HOOK_CLOCK_SLACK_MS, HOOK_ID_CHARS_MAX, HOOK_SIGNATURES_MAX};

/// A secret that both sides know.
pub struct Secret(hmac::Key);

impl Secret {
    /// Takes what the sender shows: `whsec_` and at least 16 bytes in base64.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix("whsec_")?).ok()?;
        (16..=128).contains(&bytes.len()).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }
}

/// A message whose sender is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Its id: the same however often it is sent.
    pub id: String,
    /// When it was sent.
    pub sent_at: UnixMs,
}

/// Whether a message was signed with one of these, not long before or after `now`.
pub fn proven(secrets: &[Secret], (headers, body): (&HeaderMap, &[u8]), now: UnixMs) -> Option<Proven> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let (id, time) = (text("webhook-id")?, text("webhook-timestamp")?);
    let is_id = !id.is_empty() && id.len() <= HOOK_ID_CHARS_MAX && !id.contains('.');
    let sent_at = UnixMs(time.parse::<i64>().ok().filter(|_| is_id)?.checked_mul(1_000)?);
    if now.since_ms(sent_at).max(sent_at.since_ms(now)) > HOOK_CLOCK_SLACK_MS {
        return None;
    }
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", body].concat();
    let signatures = text("webhook-signature")?.split_ascii_whitespace().take(HOOK_SIGNATURES_MAX);
    let mut signatures = signatures.filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
    // Each is compared in a time that does not tell where it differs.
    let is_good =
        |signature: &[u8]| secrets.iter().any(|secret| hmac::verify(&secret.0, &signed, signature).is_ok());
    signatures.any(|signature| is_good(&signature)).then(|| Proven { id: id.to_owned(), sent_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    // What the libraries of Standard Webhooks are tested with.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIME: &str = "1614265330";
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const SENT_AT: UnixMs = UnixMs(1_614_265_330_000);

    fn check(secrets: &[&str], (id, time, signature): (&str, &str, &str), now: UnixMs) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)]
        {
            headers.insert(name, value.parse().unwrap());
        }
        let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::read(text).unwrap()).collect();
        proven(&secrets, (&headers, BODY.as_bytes()), now).is_some()
    }

    #[test]
    fn the_published_example_is_good() {
        assert!(check(&[SECRET], (ID, TIME, SIGNATURE), SENT_AT));
    }

    #[test]
    fn one_good_signature_of_several_is_enough_and_one_secret_of_several() {
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert!(check(&[other, SECRET], (ID, TIME, SIGNATURE), SENT_AT));
        let several = format!("v1,AAAA v2,x v1a,{SIGNATURE} {SIGNATURE}");
        assert!(check(&[SECRET], (ID, TIME, &several), SENT_AT));
        assert!(!check(&[other], (ID, TIME, SIGNATURE), SENT_AT));
    }

    #[test]
    fn what_was_changed_or_is_too_old_or_comes_from_ahead_is_not() {
        let good = (ID, TIME, SIGNATURE);
        assert!(check(&[SECRET], good, SENT_AT.plus_ms(300_000)));
        assert!(!check(&[SECRET], good, SENT_AT.plus_ms(300_001)));
        assert!(!check(&[SECRET], good, SENT_AT.minus_ms(300_001)));
        for (id, time, signature) in [
            ("msg_other", TIME, SIGNATURE),
            (ID, "1614265331", SIGNATURE),
            (ID, "161426533.0", SIGNATURE),
            (ID, "", SIGNATURE),
            ("", TIME, SIGNATURE),
            (ID, TIME, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF="),
            (ID, TIME, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
            (ID, TIME, ""),
        ] {
            assert!(!check(&[SECRET], (id, time, signature), SENT_AT), "{id} {time} {signature}");
        }
    }

    #[test]
    fn a_time_beyond_all_bounds_is_refused_and_does_no_harm() {
        for time in ["9223372036854775807", "-9223372036854775808", "99999999999999999999"] {
            assert!(!check(&[SECRET], (ID, time, SIGNATURE), SENT_AT), "{time}");
        }
    }

    #[test]
    fn a_secret_is_long_enough_and_in_base64() {
        for text in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_AAAA", "whsec_*", ""] {
            assert!(Secret::read(text).is_none(), "{text}");
        }
    }
}
