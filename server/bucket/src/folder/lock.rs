//! Who may write to a folder now: many side by side, or one alone while it looks at what is there first.

use std::fs::{File, TryLockError};
use std::time::Instant;

use super::{Root, failed};
use crate::BucketError;
use crate::limits::{LOCK_PAUSE, LOCK_WAIT};

/// The right to write, until it is dropped. It holds between processes too, and ends with the process.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "it is held for as long as it is open")] File);

impl Lock {
    /// Beside others.
    pub fn shared(root: &Root) -> Result<Self, BucketError> {
        Self::taken(root, File::try_lock_shared)
    }

    /// Alone.
    pub fn exclusive(root: &Root) -> Result<Self, BucketError> {
        Self::taken(root, File::try_lock)
    }

    fn taken(root: &Root, attempt: fn(&File) -> Result<(), TryLockError>) -> Result<Self, BucketError> {
        let path = root.apart().join("lock");
        let mut options = File::options();
        let file = options.create(true).truncate(false).read(true).write(true).open(&path);
        let file = file.map_err(|error| failed(&path, error))?;
        let started = Instant::now();
        loop {
            match attempt(&file) {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::Error(error)) => return Err(failed(&path, error)),
                Err(TryLockError::WouldBlock) if started.elapsed() < LOCK_WAIT => {
                    std::thread::sleep(LOCK_PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(BucketError::Unreachable {
                        place: root.path.display().to_string(),
                        why: format!("another process has held its lock for {} seconds", LOCK_WAIT.as_secs()),
                    });
                }
            }
        }
    }
}
