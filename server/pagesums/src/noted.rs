//! Which pages were found damaged by those who read them.

use std::collections::BTreeSet;
use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::limits::NOTED_MAX;

static NOTED: Mutex<BTreeSet<(PathBuf, u32)>> = Mutex::new(BTreeSet::new());

/// Notes that a page of a file is damaged.
pub fn note(file: &CStr, number: u32) {
    let mut noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    if noted.len() < NOTED_MAX {
        noted.insert((PathBuf::from(OsStr::from_bytes(file.to_bytes())), number));
    }
}

/// The pages of a file that were found damaged when they were read, ascending and counted from 1.
pub fn damaged(file: &Path) -> Vec<u32> {
    let file = as_noted(file);
    let noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    noted.iter().filter(|(known, _)| *known == file).map(|(_, number)| *number).collect()
}

/// Forgets what was noted of a file, because it was mended.
pub fn forget(file: &Path) {
    let file = as_noted(file);
    NOTED.lock().unwrap_or_else(PoisonError::into_inner).retain(|(known, _)| *known != file);
}

/// SQLite names files by their whole paths.
fn as_noted(file: &Path) -> PathBuf {
    file.canonicalize().unwrap_or_else(|_| file.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_of_a_file_is_told_once_and_forgotten_with_it() {
        let (one, other) = (c"/nowhere/one.db", c"/nowhere/other.db");
        for (file, number) in [(one, 9), (one, 2), (one, 9), (other, 1)] {
            note(file, number);
        }
        assert_eq!(damaged(Path::new("/nowhere/one.db")), [2, 9]);
        forget(Path::new("/nowhere/one.db"));
        assert_eq!(damaged(Path::new("/nowhere/one.db")), [0_u32; 0]);
        assert_eq!(damaged(Path::new("/nowhere/other.db")), [1]);
    }
}
