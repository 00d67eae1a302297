//! A small disk in memory, mounted for a drill and taken away with it.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use pharos_measure::command;

/// A mounted disk.
pub struct Disk {
    path: PathBuf,
    filling: Option<File>,
}

impl Disk {
    /// Mounts one of so many megabytes.
    ///
    /// # Errors
    /// When this user may not.
    pub fn mount(path: PathBuf, mb: u32) -> Result<Self> {
        fs::create_dir_all(&path)?;
        let size = format!("size={mb}m");
        let mut mount = Command::new("mount");
        command::run(mount.args(["-t", "tmpfs", "-o", &size, "pharos-drill"]).arg(&path))
            .context("a small disk can only be mounted by the superuser")?;
        Ok(Self { path, filling: None })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes until there is no space left.
    ///
    /// # Errors
    /// When writing fails otherwise.
    pub fn fill(&mut self) -> Result<()> {
        let mut file = File::create(self.path.join("filling"))?;
        // Smaller and smaller pieces, until not a byte is left.
        let mut piece = vec![0_u8; 1 << 20];
        while !piece.is_empty() {
            match file.write(&piece) {
                Ok(1..) => {}
                Ok(0) => piece.truncate(piece.len() / 2),
                Err(error) if error.kind() == ErrorKind::StorageFull => piece.truncate(piece.len() / 2),
                Err(error) => return Err(error).context("the disk cannot be filled"),
            }
        }
        self.filling = Some(file);
        Ok(())
    }

    /// Makes it larger, with what is on it.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn enlarge(&mut self, mb: u32) -> Result<()> {
        let size = format!("remount,size={mb}m");
        command::run(Command::new("mount").args(["-o", &size]).arg(&self.path))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.filling = None;
        // At once for those who look for it, and in truth when the last one has let go of it.
        let _ = command::run(Command::new("umount").arg("--lazy").arg(&self.path));
    }
}
