//! Who leads: a lease with a term and a nonce, and the fence that everything the leader writes must name.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::StoreError;

/// Drawn anew for every attempt to lead, so that no two leaders are taken for each other even where a database that lost
/// its last transactions hands out a term twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce(pub [u8; 16]);

impl Nonce {
    /// Draws one.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn draw() -> Result<Self, StoreError> {
        let mut bytes = [0; 16];
        let drawn = getrandom::fill(&mut bytes);
        drawn.map_err(|_| StoreError::Unavailable { why: "the system has no randomness" })?;
        Ok(Self(bytes))
    }

    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|number| Self(number.to_be_bytes()))
    }
}

impl fmt::Display for Nonce {
    /// 32 hexadecimal digits.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// What a leader's writes name. They are refused unless both are those of the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The how-manieth leadership this is.
    pub term: u64,
    /// Whose.
    pub nonce: Nonce,
}

/// Who holds the lease, or held it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its name.
    pub name: String,
    /// Its term and nonce.
    pub fence: Fence,
    /// How long it still holds it, by the database's clock; zero when its time is over.
    pub left: Duration,
}

/// The lease of the leader. Times are the database's.
#[async_trait]
pub trait Lease: Send + Sync {
    /// Whether other nodes may have this store open.
    fn is_shared(&self) -> bool {
        false
    }

    /// Takes the lease for `ttl`, or renews it where it was taken with the same nonce. Tells the term; `None` when somebody
    /// else holds it. One that would last longer than `ttl` from now was dated by a clock that was wrong, and is free, too: who asks
    /// for it has first watched that nobody renews it.
    async fn acquire_or_renew(
        &self,
        holder: &str,
        nonce: Nonce,
        ttl: Duration,
    ) -> Result<Option<u64>, StoreError>;

    /// Gives the lease up, if it was taken with this nonce; anybody may take it at once.
    async fn release(&self, nonce: Nonce) -> Result<(), StoreError>;

    /// Who holds the lease, or held it last; `None` where nobody ever did, or who did has given it up.
    async fn holder(&self) -> Result<Option<Holder>, StoreError>;

    /// What everything that a leader writes names from now on. With `None`, which is how a store begins, it is refused while
    /// somebody holds the lease. What waits to be written keeps the fence it was handed in with.
    fn set_fence(&self, fence: Option<Fence>);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_reads_back_and_nothing_else_is_one() {
        let nonce = Nonce([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]);
        assert_eq!(Nonce::parse(&nonce.to_string()), Some(nonce));
        for text in ["", "+0000000000000000000000000000001", "000102030405060708090a0b0c0d0e0g"] {
            assert_eq!(Nonce::parse(text), None, "{text}");
        }
    }
}
