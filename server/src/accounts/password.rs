//! Passwords: argon2id, a bounded number at a time, and the same work whether there is such a user or not.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::limits::PASSWORD_HASHES_MAX;

/// The fewest characters of a password.
pub(super) const PASSWORD_CHARS_MIN: usize = 10;
/// The most characters of a password.
pub(super) const PASSWORD_CHARS_MAX: usize = 256;

/// Memory in KiB, passes, lanes: above the floor of the OWASP password storage cheat sheet (19 MiB, 2, 1).
const COST: (u32, u32, u32) = (64 * 1024, 3, 1);

/// Why a password cannot be hashed or checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The system has no randomness to give.
    #[error("the system has no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// The function itself failed, or the task that ran it.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
}

/// Hashes and checks passwords.
#[derive(Clone, Debug)]
pub struct Hasher {
    /// Each takes memory: a flood of sign-ins must not take all of it.
    places: Arc<Semaphore>,
    /// What the password of one who is not there is checked against.
    nobody: Arc<str>,
}

fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None);
    let params = params.map_err(|error| PasswordError::Hash(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String, PasswordError> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt)?;
    let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| PasswordError::Hash(error.to_string()))?.to_string())
}

fn verify(hash: &str, password: &str) -> bool {
    let parsed = PasswordHash::new(hash);
    let argon2 = argon2();
    let (Ok(parsed), Ok(argon2)) = (parsed, argon2) else { return false };
    argon2.verify_password(password.as_bytes(), &parsed).is_ok()
}

impl Hasher {
    /// Nothing hashed yet, and a hash that belongs to nobody.
    pub fn new() -> Self {
        // The cost of checking it is that of any other; that nobody knows the password does not matter.
        let salt = "c29tZXNhbHRzb21lc2FsdA";
        let (memory, passes, lanes) = COST;
        let output = "A".repeat(43);
        let nobody = format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${output}");
        Self { places: Arc::new(Semaphore::new(PASSWORD_HASHES_MAX)), nobody: nobody.into() }
    }

    /// The hash of a password with its parameters, as a PHC string.
    ///
    /// # Errors
    /// When there is no randomness.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        self.run(move || hash(&password)).await?
    }

    /// Whether the password is right. The work is the same when there is no hash.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn verify(&self, known: Option<String>, password: String) -> Result<bool, PasswordError> {
        let is_known = known.is_some();
        let hash = known.unwrap_or_else(|| self.nobody.to_string());
        let is_right = self.run(move || verify(&hash, &password)).await?;
        Ok(is_known && is_right)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let failed = |error: &dyn std::fmt::Display| PasswordError::Hash(error.to_string());
        let _place = self.places.acquire().await.map_err(|error| failed(&error))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_right_or_not_and_hashed_anew_each_time() {
        let hasher = Hasher::new();
        let (one, other) = (
            hasher.hash("correct horse".into()).await.unwrap(),
            hasher.hash("correct horse".into()).await.unwrap(),
        );
        assert_ne!(one, other);
        assert!(one.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{one}");
        assert!(hasher.verify(Some(one.clone()), "correct horse".into()).await.unwrap());
        assert!(!hasher.verify(Some(one), "correct house".into()).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_no_password_and_checking_it_is_real_work() {
        let hasher = Hasher::new();
        assert!(PasswordHash::new(&hasher.nobody).is_ok());
        assert!(!hasher.verify(None, "anything".into()).await.unwrap());
    }
}
