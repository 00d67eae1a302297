//! The lock that keeps other processes away from a directory.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use crate::StoreError;

/// The file that is locked as long as the store is open.
const LOCK_FILE: &str = "pharos.lock";

/// Held as long as the store is open.
pub struct Lock(File);

impl Lock {
    /// Takes the lock of a directory.
    ///
    /// # Errors
    /// When another process holds it, or the directory cannot be used.
    pub fn take(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(LOCK_FILE);
        let failed = |source| StoreError::Directory { path: directory.to_owned(), source: Arc::new(source) };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

impl Drop for Lock {
    /// Closing the file is not enough: the lock belongs to the open file, and a child process has it too between its
    /// birth and the start of its program.
    fn drop(&mut self) {
        // If it cannot be unlocked, closing it is all that is left to do.
        let _unlocked = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_given_up_although_a_child_process_being_born_still_has_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let lock = Lock::take(directory.path()).unwrap();
        let of_child = lock.0.try_clone().unwrap();
        drop(lock);
        assert!(Lock::take(directory.path()).is_ok());
        drop(of_child);
    }
}
