//! Passwords: argon2id, a bounded number at a time, and the same work whether there is such a user or not.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::{PASSWORD_HASHES_MAX, PASSWORD_HASHES_WAITING_MAX};

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
    /// Too many wait already.
    #[error("too many passwords are being checked at the moment")]
    Busy,
    /// The function itself failed, or the task that ran it.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
}

/// Hashes and checks passwords.
#[derive(Clone, Debug)]
pub struct Hasher {
    /// Each takes memory: a flood of sign-ins must not take all of it.
    places: Arc<Semaphore>,
    /// Those who have a place and those who wait for one: whoever comes when it is full is told so.
    queue: Arc<Semaphore>,
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
        let queue = Semaphore::new(PASSWORD_HASHES_MAX + PASSWORD_HASHES_WAITING_MAX);
        Self {
            places: Arc::new(Semaphore::new(PASSWORD_HASHES_MAX)),
            queue: Arc::new(queue),
            nobody: nobody.into(),
        }
    }

    /// The hash of a password with its parameters, as a PHC string.
    ///
    /// # Errors
    /// When there is no randomness, or too many wait.
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

    /// A place among those who hash, and the one in the queue that goes with it.
    async fn place(&self) -> Result<[OwnedSemaphorePermit; 2], PasswordError> {
        let queued = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|error| PasswordError::Hash(error.to_string()))?;
        Ok([place, queued])
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = self.place().await?;
        // The place goes with the work, not with whoever waits for it: one who disconnects stops no hash that has begun.
        let work = move || {
            let done = work();
            drop(place);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| PasswordError::Hash(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, mpsc};
    use std::time::Duration;

    /// Work that goes on until its sender is dropped.
    fn endless() -> (mpsc::Sender<()>, impl Fn() + Clone + Send + 'static) {
        let (sender, receiver) = mpsc::channel();
        let receiver = Arc::new(Mutex::new(receiver));
        (sender, move || {
            let receiver = receiver.lock().unwrap();
            let _released = receiver.recv();
        })
    }

    #[tokio::test]
    async fn one_who_disconnects_gives_no_place_away_while_the_hash_still_runs() {
        let hasher = Hasher::new();
        let (release, work) = endless();
        for _ in 0..PASSWORD_HASHES_MAX {
            let begun = tokio::time::timeout(Duration::ZERO, hasher.run(work.clone())).await;
            assert!(begun.is_err(), "it goes on, and nobody waits for it any more");
        }
        assert_eq!(hasher.places.available_permits(), 0);
        drop(release);
        let all = u32::try_from(PASSWORD_HASHES_MAX).unwrap();
        drop(hasher.places.acquire_many(all).await.unwrap());
    }

    #[tokio::test]
    async fn of_many_who_wait_the_last_is_told_that_there_are_too_many() {
        let hasher = Hasher::new();
        let (release, work) = endless();
        let mut waiting = Vec::new();
        for _ in 0..PASSWORD_HASHES_MAX + PASSWORD_HASHES_WAITING_MAX {
            let mut one = Box::pin(hasher.run(work.clone()));
            assert!(tokio::time::timeout(Duration::ZERO, &mut one).await.is_err());
            waiting.push(one);
        }
        let refused = tokio::time::timeout(Duration::ZERO, hasher.hash("correct horse".into())).await;
        assert!(matches!(refused, Ok(Err(PasswordError::Busy))), "{refused:?}");
        drop(waiting);
        drop(release);
        assert!(hasher.hash("correct horse".into()).await.is_ok());
    }

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
