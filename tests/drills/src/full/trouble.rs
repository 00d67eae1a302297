//! What can become of a disk while a server runs: it is full, or nothing on it can be changed any more.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use super::disk::Disk;
use crate::alone::{Alone, library};

const DISK_MB: u32 = 16;
const SOURCE: &str = include_str!("locked.c");

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A small disk in memory is filled, and made larger later.
    Full,
    /// Nothing can be changed, as where a system found its disk faulty. No order can do that to a disk on which files are open, so that
    /// a few lines of C stand in for it.
    Locked,
}

/// A disk that it can become of.
pub enum Trouble {
    /// By filling it.
    Full(Disk),
    /// As long as this file is there.
    Locked(PathBuf),
}

impl Trouble {
    /// Lets a node that does not run yet keep its data on such a disk.
    ///
    /// # Errors
    /// When this user may not make one.
    pub fn prepare(kind: Kind, alone: &mut Alone) -> Result<Self> {
        if kind == Kind::Full {
            let disk = Disk::mount(alone.at("disk"), DISK_MB)?;
            alone.keeps_in(disk.path().join("data"));
            return Ok(Self::Full(disk));
        }
        let library = library::compile(alone, "locked", SOURCE)?;
        fs::create_dir_all(alone.at("disk"))?;
        let (root, lock) = (fs::canonicalize(alone.at("disk"))?, alone.at("lock"));
        alone.keeps_in(root.join("data"));
        let set = [("LD_PRELOAD", &library), ("DRILL_ROOT", &root), ("DRILL_LOCK", &lock)];
        alone.environment = set.map(|(name, path)| (name.to_owned(), path.display().to_string())).to_vec();
        Ok(Self::Locked(lock))
    }

    /// It begins.
    ///
    /// # Errors
    /// When the file system does not let it.
    pub fn begin(&mut self) -> Result<()> {
        match self {
            Self::Full(disk) => disk.fill(),
            Self::Locked(lock) => Ok(fs::write(lock, "")?),
        }
    }

    /// It ends.
    ///
    /// # Errors
    /// When the file system does not let it, or it had not begun.
    pub fn end(&mut self) -> Result<()> {
        match self {
            Self::Full(disk) => disk.enlarge(DISK_MB * 4),
            // One that was never there is gone.
            Self::Locked(lock) if !lock.exists() => Ok(()),
            Self::Locked(lock) => Ok(fs::remove_file(lock)?),
        }
    }
}
