//! The chain: each entry's hash covers the one before, so that damage is found before it is shown.

use pharos_model::UnixMs;
use sha2::{Digest, Sha256};

/// SHA-256 over the chain before, the place, the time, the kind and the payload of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chain(pub [u8; 32]);

impl Chain {
    /// The chain after an entry.
    #[must_use]
    pub fn after(self, seq: u64, at: UnixMs, kind: &str, payload: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(seq.to_be_bytes());
        hash.update(at.0.to_be_bytes());
        // The length keeps kind and payload apart.
        hash.update((kind.len() as u64).to_be_bytes());
        hash.update(kind);
        hash.update(payload);
        Self(hash.finalize().into())
    }

    /// Reads a stored chain.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_of_an_entry_changes_the_chain() {
        let base = Chain::default().after(1, UnixMs(2), "a", "b");
        for other in [
            Chain([1; 32]).after(1, UnixMs(2), "a", "b"),
            Chain::default().after(2, UnixMs(2), "a", "b"),
            Chain::default().after(1, UnixMs(3), "a", "b"),
            Chain::default().after(1, UnixMs(2), "ab", ""),
            Chain::default().after(1, UnixMs(2), "a", "c"),
        ] {
            assert_ne!(base, other);
        }
    }
}
