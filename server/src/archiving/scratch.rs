//! Where an archive is restored on trial.

use std::fs::File;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::drill::DrillError;

/// How the names of such folders begin.
const PREFIX: &str = "pharos-drill-";
/// What lies in one as soon as there is something to be removed.
const FILLED: &str = "pharos.lock";

/// An empty folder, which is removed with all that is in it. It is locked as long as its process lives.
pub struct Scratch {
    path: PathBuf,
    lock: Option<File>,
}

impl Scratch {
    /// One in a folder; that of the system for what is temporary without it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(root: Option<&Path>) -> Result<Self, DrillError> {
        let root = root.map_or_else(std::env::temp_dir, Path::to_owned);
        let failed = |source| DrillError::Scratch { path: root.display().to_string(), source };
        clear(&root);
        let mut name = [0; 8];
        getrandom::fill(&mut name).map_err(|error| failed(std::io::Error::other(error)))?;
        let path = root.join(format!("{PREFIX}{:016x}", u64::from_be_bytes(name)));
        // What is restored holds users, with their password hashes and second factors, and this may be where everybody looks.
        std::fs::DirBuilder::new().mode(0o700).create(&path).map_err(failed)?;
        let lock = locked(&path);
        Ok(Self { path, lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "what a drill left behind could not be removed");
        }
        // Only now may others have it.
        drop(self.lock.take());
    }
}

/// The lock of such a folder; nothing where somebody else has it, or may look into it.
fn locked(path: &Path) -> Option<File> {
    let folder = File::open(path).ok()?;
    folder.try_lock().ok().map(|()| folder)
}

/// Removes what drills left behind whose process was killed: it holds accounts.
fn clear(root: &Path) {
    for entry in std::fs::read_dir(root).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_one = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.file_type().is_ok_and(|is| is.is_dir())
            && path.join(FILLED).exists();
        if let Some(lock) = is_one.then(|| locked(&path)).flatten() {
            drop(Scratch { path, lock: Some(lock) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_restored_on_trial_is_read_by_nobody_else() {
        let root = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(Some(root.path())).unwrap();
        let mode = std::fs::metadata(scratch.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    fn filled(root: &Path) -> Scratch {
        let scratch = Scratch::new(Some(root)).unwrap();
        for name in [FILLED, "pharos.db"] {
            std::fs::write(scratch.path().join(name), "").unwrap();
        }
        scratch
    }

    #[test]
    fn what_a_killed_drill_left_behind_goes_before_the_next_and_what_is_in_use_stays() {
        let root = tempfile::tempdir().unwrap();
        let mut left = std::mem::ManuallyDrop::new(filled(root.path()));
        let used = filled(root.path());
        assert!(left.path().exists(), "its process lives");
        left.lock = None;
        let _next = Scratch::new(Some(root.path())).unwrap();
        assert_eq!((left.path().exists(), used.path().exists()), (false, true));
    }
}
