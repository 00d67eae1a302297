//! A copy of the database in a folder of our own, which is gone when it is no longer needed.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::database::{DAMAGED, at};
use crate::ImportError;

/// What a copy is called, and what the file beside it.
pub(super) const COPY: &str = "kuma.db";
const COPY_WAL: &str = "kuma.db-wal";

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A folder that nobody else can read.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes one where the system keeps what is temporary.
    ///
    /// # Errors
    /// When there is no room for it, or it is there already.
    pub fn new() -> io::Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("pharos-import-{}-{number}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is the system's to clear.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Copies the database and the file beside it, if neither changes meanwhile.
pub(super) async fn copied(name: &str, path: &Path, wal: Option<PathBuf>) -> Result<Scratch, ImportError> {
    let from = path.to_owned();
    let copied = tokio::task::spawn_blocking(move || copy(&from, wal.as_deref())).await;
    let copied = copied.map_err(|error| at(name, error.to_string(), DAMAGED))?;
    copied.map_err(|(what, hint)| at(name, what, hint))
}

fn copy(path: &Path, wal: Option<&Path>) -> Result<Scratch, (String, &'static str)> {
    let failed = |error: io::Error| {
        let hint =
            "make room where the system keeps what is temporary, or set TMPDIR to a folder with enough of it";
        (format!("it cannot be copied: {error}"), hint)
    };
    let seen = || -> io::Result<Vec<_>> {
        let all = std::iter::once(path).chain(wal);
        all.map(|file| std::fs::metadata(file).and_then(|found| Ok((found.len(), found.modified()?))))
            .collect()
    };
    let before = seen().map_err(failed)?;
    let scratch = Scratch::new().map_err(failed)?;
    std::fs::copy(path, scratch.path().join(COPY)).map_err(failed)?;
    if let Some(wal) = wal {
        std::fs::copy(wal, scratch.path().join(COPY_WAL)).map_err(failed)?;
    }
    if seen().map_err(failed)? != before {
        let hint = "stop Uptime Kuma for that long, or save a copy with `sqlite3 kuma.db \".backup copy.db\"` and import that";
        return Err(("it is being written to while it is copied".to_owned(), hint));
    }
    Ok(scratch)
}
