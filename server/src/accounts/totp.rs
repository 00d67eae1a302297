//! The second factor: codes of the moment after RFC 6238, and codes for when the device is lost.

use pharos_model::UnixMs;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Totp};

use super::secret::{Secret, hex};

/// Codes for when the device is lost.
const RECOVERY_CODES: usize = 10;

/// A second factor that is being set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret in base32, as it is typed where no picture can be taken.
    pub secret: String,
    /// The address that a device reads.
    pub address: String,
    /// The same as a picture, in SVG.
    pub picture: String,
}

fn totp(secret: &str) -> Option<Totp> {
    let secret = totp_rs::Secret::try_from_base32(secret).ok()?;
    Builder::new().with_secret(secret).build().ok()
}

impl Enrolment {
    /// A new secret for a user of a page.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn draw(page: &str, user: &str) -> Result<Self, getrandom::Error> {
        let mut bytes = [0_u8; 20];
        getrandom::fill(&mut bytes)?;
        Ok(Self::of(totp_rs::Secret::from(bytes.to_vec()).to_base32(), page, user))
    }

    /// Of a secret.
    pub fn of(secret: String, page: &str, user: &str) -> Self {
        // What is read by devices must not hold what ends its parts.
        let plain = |text: &str| -> String {
            let kept = text.chars().filter(|c| c.is_alphanumeric() || " -_.@".contains(*c));
            kept.collect::<String>().replace(' ', "%20")
        };
        let (page, user) = (plain(page), plain(user));
        let address = format!("otpauth://totp/{page}:{user}?secret={secret}&issuer={page}");
        let code = qrcode::QrCode::new(&address).map(|code| {
            let mut drawing = code.render::<qrcode::render::svg::Color<'_>>();
            drawing.min_dimensions(200, 200).quiet_zone(true).build()
        });
        // A name too long for a picture still has its secret to type.
        let picture = code
            .unwrap_or_default()
            .trim_start_matches("<?xml version=\"1.0\" standalone=\"yes\"?>")
            .to_owned();
        Self { secret, address, picture }
    }
}

/// The step of the code, if it is right at `now` and later than the one that was used last.
pub fn step_of(secret: &str, code: &str, now: UnixMs, last_step: u64) -> Option<u64> {
    let seconds = u64::try_from(now.0.div_euclid(1_000)).ok()?;
    let step = totp(secret)?.check(code.trim(), seconds)?;
    (step > last_step).then_some(step)
}

/// New codes for when the device is lost, and the hashes by which they are kept.
///
/// # Errors
/// When the system has no randomness to give.
pub fn recovery_codes() -> Result<(Vec<String>, Vec<String>), getrandom::Error> {
    let mut codes = Vec::new();
    for _ in 0..RECOVERY_CODES {
        let digits = hex(&Secret::draw()?.hash()[..10]);
        codes.push(format!("{}-{}-{}-{}", &digits[..5], &digits[5..10], &digits[10..15], &digits[15..]));
    }
    let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
    Ok((codes, hashes))
}

/// By what a recovery code is kept.
pub fn recovery_hash(code: &str) -> String {
    let plain: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    hex(&Sha256::digest(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's test vectors, "12345678901234567890".
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_the_rfc() {
        // Appendix B, SHA-1, the last six of eight digits.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert!(step_of(SECRET, code, UnixMs(seconds * 1_000), 0).is_some(), "{seconds}");
            assert!(step_of(SECRET, "000000", UnixMs(seconds * 1_000), 0).is_none());
        }
    }

    #[test]
    fn no_code_is_good_twice() {
        let at = UnixMs(59_000);
        let step = step_of(SECRET, "287082", at, 0).unwrap();
        assert_eq!(step_of(SECRET, "287082", at, step), None);
    }

    #[test]
    fn a_code_is_good_for_a_moment_around_its_time() {
        for (seconds, is_good) in [(29, false), (30, true), (59, true), (89, true), (119, false)] {
            // The code of the step from 30 to 60; a step before and after is let pass.
            let found = step_of(SECRET, "287082", UnixMs(seconds * 1_000), 0).is_some();
            assert_eq!(found, is_good || seconds == 29, "{seconds}");
        }
    }

    #[test]
    fn a_name_cannot_change_what_a_device_reads() {
        let enrolment = Enrolment::of(SECRET.into(), "A&secret=X", "anna?x");
        assert!(
            enrolment.address.starts_with("otpauth://totp/AsecretX:annax?secret=GEZD"),
            "{}",
            enrolment.address
        );
        assert!(enrolment.picture.starts_with("<svg"), "{}", &enrolment.picture[..60]);
    }

    #[test]
    fn recovery_codes_differ_and_are_read_as_people_type_them() {
        let (codes, hashes) = recovery_codes().unwrap();
        assert_eq!((codes.len(), hashes.len()), (RECOVERY_CODES, RECOVERY_CODES));
        assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), RECOVERY_CODES);
        let typed = codes[3].to_uppercase().replace('-', " ");
        assert_eq!(recovery_hash(&typed), hashes[3]);
    }
}
