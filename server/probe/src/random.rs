//! Bytes that nobody can guess.

use std::io;

use ring::rand::{SecureRandom, SystemRandom};

use crate::outcome::{Reason, ReasonKind};

/// So many of them.
///
/// # Errors
/// When the system has none.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("the system has no randomness"))?;
    Ok(bytes)
}

/// Says that there are none.
pub fn no_randomness(error: &io::Error) -> Reason {
    Reason::new(ReasonKind::CouldNotLook, format!("Could not look: {error}"))
}
