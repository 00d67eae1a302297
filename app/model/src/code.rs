//! Names of twelve characters for those who expect such: made from ours, so that they stay what they are.

use sha2::{Digest, Sha256};

/// Digits and consonants, so that no name is a word.
const ALPHABET: &[u8; 31] = b"0123456789bcdfghjklmnpqrstvwxyz";
/// Characters of a code.
const CHARS: usize = 12;

/// The code of something of a kind. There are 31^12, some 59 bits of them.
pub fn code(kind: &str, id: &str) -> String {
    let digest = Sha256::digest([kind, "\n", id].concat());
    let mut rest = digest[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let mut code = String::with_capacity(CHARS);
    for _ in 0..CHARS {
        let place = usize::try_from(rest % 31).unwrap_or_default();
        code.push(char::from(ALPHABET[place]));
        rest /= 31;
    }
    code
}

/// Whether a text may be a code.
pub fn is_code(text: &str) -> bool {
    text.len() == CHARS && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_for_ever_and_another_for_everything_else() {
        assert_eq!(code("component", "api"), "12h4pf1bddq0");
        assert_ne!(code("component", "api"), code("incident", "api"));
        let mut codes: Vec<String> =
            (0..5_000).map(|number| code("component", &number.to_string())).collect();
        assert!(codes.iter().all(|code| is_code(code)));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 5_000);
    }

    #[test]
    fn a_word_is_no_code() {
        assert!(!is_code("unresolved00") && !is_code("bcd"));
    }
}
