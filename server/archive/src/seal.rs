//! Packing what is kept: compressed, sealed for whoever holds the key where that is wanted, and named by its own hash.

use std::fmt;
use std::io::{Read, Write};
use std::str::FromStr;

use age::x25519::{Identity, Recipient};
use sha2::{Digest, Sha256};

use crate::ArchiveError;
use crate::limits::{PACKING_LEVEL, RECIPIENTS_MAX, UNPACKED_BYTES_MAX};

/// For whom an archive is sealed, and with which key it is opened.
#[derive(Clone, Default)]
pub struct Seal {
    recipients: Vec<Recipient>,
    identities: Vec<Identity>,
}

impl fmt::Debug for Seal {
    /// Without keys.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Seal {{ {} recipients, {} keys }}", self.recipients.len(), self.identities.len())
    }
}

impl Seal {
    /// For these recipients, each as in `age1…`.
    ///
    /// # Errors
    /// When one is none.
    pub fn for_recipients<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, ArchiveError> {
        let mut seal = Self::default();
        for (place, text) in (1..).zip(texts) {
            let recipient = Recipient::from_str(text.trim());
            let what = format!("recipient {place}");
            let failed = |why: &str| ArchiveError::Key { what, why: why.to_owned() };
            seal.recipients.push(recipient.map_err(failed)?);
        }
        if seal.recipients.len() > RECIPIENTS_MAX {
            let what = format!("recipient {}", seal.recipients.len());
            return Err(ArchiveError::Key { what, why: format!("there may be {RECIPIENTS_MAX}") });
        }
        Ok(seal)
    }

    /// With the keys of a file such as `age-keygen` writes: one on each line, beside comments.
    ///
    /// # Errors
    /// When a line is no key, or there is none.
    pub fn with_identities(mut self, file: &str) -> Result<Self, ArchiveError> {
        for (line, text) in (1..).zip(file.lines().map(str::trim)) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let failed = |why: &str| ArchiveError::Key { what: format!("line {line}"), why: why.to_owned() };
            self.identities.push(Identity::from_str(text).map_err(failed)?);
        }
        if self.identities.is_empty() {
            return Err(ArchiveError::Key {
                what: "the file".to_owned(),
                why: "it holds none; a key begins with AGE-SECRET-KEY-1".to_owned(),
            });
        }
        Ok(self)
    }

    /// Whether what is written is sealed.
    pub fn seals(&self) -> bool {
        !self.recipients.is_empty()
    }

    /// Whether what is sealed can be opened.
    pub fn opens(&self) -> bool {
        !self.identities.is_empty()
    }

    /// Packs what is to be kept.
    ///
    /// # Errors
    /// In words, when it cannot be packed.
    pub fn pack(&self, content: &[u8]) -> Result<Vec<u8>, String> {
        let packed = zstd::bulk::compress(content, PACKING_LEVEL).map_err(|error| error.to_string())?;
        if !self.seals() {
            return Ok(packed);
        }
        let recipients = self.recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).map_err(|error| error.to_string())?;
        let mut sealed = Vec::with_capacity(packed.len() + 1_024);
        let written = (|| {
            let mut writer = encryptor.wrap_output(&mut sealed)?;
            writer.write_all(&packed)?;
            writer.finish().map(drop)
        })();
        written.map_err(|error: std::io::Error| error.to_string())?;
        Ok(sealed)
    }

    /// Unpacks what was kept.
    ///
    /// # Errors
    /// When it cannot be opened or unpacked.
    pub fn unpack(&self, kept: &[u8], sealed: bool) -> Result<Vec<u8>, Packed> {
        if !sealed {
            return Ok(unpacked(kept)?);
        }
        let decryptor = age::Decryptor::new(kept).map_err(|error| error.to_string())?;
        let identities = self.identities.iter().map(|identity| identity as &dyn age::Identity);
        let mut reader = decryptor.decrypt(identities).map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => Packed::OtherKey,
            error => Packed::Damaged(error.to_string()),
        })?;
        let mut packed = Vec::with_capacity(kept.len());
        reader.read_to_end(&mut packed).map_err(|error| error.to_string())?;
        Ok(unpacked(&packed)?)
    }
}

/// Why what was kept stays packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packed {
    /// It is sealed for other keys.
    OtherKey,
    /// It is not what it should be, in words.
    Damaged(String),
}

impl From<String> for Packed {
    fn from(why: String) -> Self {
        Self::Damaged(why)
    }
}

fn unpacked(packed: &[u8]) -> Result<Vec<u8>, String> {
    let reader = zstd::Decoder::new(packed).map_err(|error| error.to_string())?;
    let mut content = Vec::with_capacity(packed.len().saturating_mul(8).min(UNPACKED_BYTES_MAX));
    let most = UNPACKED_BYTES_MAX as u64 + 1;
    let read = reader.take(most).read_to_end(&mut content).map_err(|error| error.to_string())?;
    if read > UNPACKED_BYTES_MAX {
        return Err(format!("it unpacks to more than {UNPACKED_BYTES_MAX} bytes"));
    }
    Ok(content)
}

/// SHA-256 in hexadecimal digits.
pub fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a text cannot fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::secrecy::ExposeSecret;

    fn pair() -> (Seal, Seal) {
        let identity = Identity::generate();
        let recipient = identity.to_public().to_string();
        let file = format!("# made for a test\n\n{}\n", identity.to_string().expose_secret());
        let sealing = Seal::for_recipients([recipient.as_str()]).unwrap();
        (sealing, Seal::default().with_identities(&file).unwrap())
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let plain = Seal::default();
        let content = "a line\n".repeat(10_000);
        let packed = plain.pack(content.as_bytes()).unwrap();
        assert!(packed.len() < 1_000);
        assert_eq!(plain.unpack(&packed, false).unwrap(), content.as_bytes());
    }

    #[test]
    fn what_is_sealed_is_opened_by_its_key_alone() {
        let (sealing, opening) = pair();
        let sealed = sealing.pack(b"a secret").unwrap();
        assert!(!sealed.windows(8).any(|part| part == b"a secret"));
        assert_eq!(opening.unpack(&sealed, true).unwrap(), b"a secret");
        assert_eq!(pair().1.unpack(&sealed, true), Err(Packed::OtherKey));
        assert!(Seal::default().unpack(&sealed, true).is_err());
    }

    #[test]
    fn a_changed_byte_of_what_is_sealed_is_noticed() {
        let (sealing, opening) = pair();
        let sealed = sealing.pack(&[7; 1_000]).unwrap();
        for place in (0..sealed.len()).step_by(7) {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(opening.unpack(&changed, true).is_err(), "{place}");
        }
    }

    #[test]
    fn a_key_that_is_none_is_told_by_its_place_and_not_by_its_text() {
        let error =
            Seal::default().with_identities("# one\nAGE-SECRET-KEY-1NOTAKEY").unwrap_err().to_string();
        assert!(error.contains("line 2") && !error.contains("NOTAKEY"), "{error}");
        let error = Seal::for_recipients(["age1nobody"]).unwrap_err().to_string();
        assert!(error.contains("recipient 1"), "{error}");
        assert!(Seal::default().with_identities("# nothing\n").is_err());
    }
}
