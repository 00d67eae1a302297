//! How a file is replaced as a whole, so that nobody ever reads a half.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::Durability;
use crate::hash::hex;
use crate::limits::{HALF_WRITTEN_AGE_MS, HALF_WRITTEN_MAX};

/// Puts a content in the place of whatever is at `path`. It is written apart first, and then takes the place at once.
pub fn replace(path: &Path, content: &[u8], apart: &Path, durability: Durability) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    create_folders(folder, durability)?;
    let half = write_apart(apart, content, durability)?;
    if let Err(error) = fs::rename(&half, path) {
        // What went wrong first is what is told.
        let _removed = fs::remove_file(&half);
        return Err(error);
    }
    settle(folder, durability)
}

/// Removes a file; one that is not there is removed already.
pub fn remove(path: &Path, durability: Durability) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => settle(path.parent().unwrap_or(Path::new("/")), durability),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(())
        }
        // A folder is no object.
        Err(_) if path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes a folder and those above it that are missing. Permissions of those that are there stay as they are.
pub fn create_folders(path: &Path, durability: Durability) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        create_folders(above, durability)?;
    }
    let (mode, _) = durability.modes();
    match DirBuilder::new().mode(mode).create(path) {
        // What was asked for is what the process's mask left of it.
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(mode))?,
        Err(_) if path.is_dir() => return Ok(()),
        Err(error) => return Err(error),
    }
    settle(path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new(".")), durability)
}

/// Makes the folder of half-written files, which is its owner's alone.
pub fn create_apart(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(_) if path.is_dir() => Ok(()),
        made => made,
    }
}

/// Removes half-written files that nobody will finish. How old they are is told by the clock that dates them: a new file's.
pub fn remove_old(apart: &Path) -> io::Result<()> {
    let probe = write_apart(apart, b"", Durability::Fast)?;
    let now_ms = modified_ms(&probe)?;
    fs::remove_file(&probe)?;
    for entry in fs::read_dir(apart)?.take(HALF_WRITTEN_MAX) {
        let path = entry?.path();
        // One that is gone meanwhile was finished or removed by somebody else; the lock is no half-written file.
        let Ok(written_ms) = modified_ms(&path) else { continue };
        if !path.ends_with("lock") && now_ms - written_ms > HALF_WRITTEN_AGE_MS {
            let _removed = fs::remove_file(&path);
        }
    }
    Ok(())
}

fn modified_ms(path: &Path) -> io::Result<i64> {
    let modified = fs::metadata(path)?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(i64::try_from(modified.as_millis()).unwrap_or(i64::MAX))
}

/// A file of a name that nobody else has, with the content and for good.
fn write_apart(apart: &Path, content: &[u8], durability: Durability) -> io::Result<PathBuf> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let path = apart.join(hex(&random));
    let (_, mode) = durability.modes();
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path)?;
        file.set_permissions(Permissions::from_mode(mode))?;
        file.write_all(content)?;
        if durability == Durability::Durable { file.sync_all() } else { Ok(()) }
    };
    match write() {
        Ok(()) => Ok(path),
        Err(error) => {
            // What went wrong first is what is told.
            let _removed = fs::remove_file(&path);
            Err(error)
        }
    }
}

/// Makes what was done in a folder last.
fn settle(folder: &Path, durability: Durability) -> io::Result<()> {
    if durability == Durability::Durable { File::open(folder)?.sync_all() } else { Ok(()) }
}
