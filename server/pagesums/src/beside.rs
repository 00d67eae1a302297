//! Reading a file of SQLite beside SQLite.
//!
//! A process that closes a file gives up all locks that it holds on it, whoever took them and however often it has it open. So nobody may open and close
//! a database by himself in a process in which SQLite has it open. What is here opens it through SQLite's own file system, which knows
//! of all that are open and closes the file only when no lock is held any more.

#![expect(unsafe_code, reason = "SQLite's file system is reached through pointers and in no other way")]

use std::ffi::{CString, c_int};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::{null, null_mut};

use libsqlite3_sys::{
    SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_SHORT_READ, SQLITE_OK, SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_READONLY,
    sqlite3_create_filename, sqlite3_file, sqlite3_filename, sqlite3_free_filename, sqlite3_int64,
    sqlite3_io_methods,
};

use crate::shim::vfs_below;

/// A file that is open to be read.
pub struct Beside {
    /// Room for what the file system keeps of it, which stays where it is.
    room: Box<[u64]>,
    name: sqlite3_filename,
}

/// What came of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// The buffer is full.
    Whole,
    /// The file ends before.
    Short,
    /// The disk itself says that what is there is damaged.
    Damaged,
}

// SAFETY: The file system uses a file from any thread, one at a time, which `&mut` vouches for.
unsafe impl Send for Beside {}

impl Beside {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        // What is not there is told in the system's own words.
        let path = path.canonicalize()?;
        let path = CString::new(path.as_os_str().as_bytes())?;
        let vfs = vfs_below().ok_or_else(|| io::Error::other("SQLite has no file system"))?;
        // SAFETY: The path ends in a zero, and no parameters are given.
        let name =
            unsafe { sqlite3_create_filename(path.as_ptr(), c"".as_ptr(), c"".as_ptr(), 0, null_mut()) };
        if name.is_null() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        // SAFETY: The file system is there as long as the process, and is not written to.
        let (length, open) = unsafe { ((*vfs).szOsFile, (*vfs).xOpen) };
        let room = vec![0; usize::try_from(length).unwrap_or(0).div_ceil(8)].into_boxed_slice();
        // From here on what was made is given back by dropping it.
        let mut file = Self { room, name };
        let flags = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READONLY;
        // SAFETY: The room is as large as is asked for, zeroed and aligned; the name was made for this and lives as long as the file.
        let opened = open.map(|open| unsafe { open(vfs, name, file.file(), flags, null_mut()) });
        if opened == Some(SQLITE_OK) { Ok(file) } else { Err(failed(opened)) }
    }

    /// How long it is, in bytes.
    ///
    /// # Errors
    /// When the file system does not tell.
    pub fn length(&mut self) -> io::Result<u64> {
        let (file, mut length): (_, sqlite3_int64) = (self.file(), 0);
        // SAFETY: The file is open, and the length goes where it may.
        let told = unsafe { (*self.methods()).xFileSize.map(|ask| ask(file, &raw mut length)) };
        if told != Some(SQLITE_OK) {
            return Err(failed(told));
        }
        Ok(u64::try_from(length).unwrap_or(0))
    }

    /// Fills a buffer from a place on.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&mut self, buffer: &mut [u8], at: u64) -> io::Result<Read> {
        let Ok(length) = c_int::try_from(buffer.len()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let Ok(at) = sqlite3_int64::try_from(at) else { return Err(io::ErrorKind::InvalidInput.into()) };
        let file = self.file();
        // SAFETY: The file is open, and the buffer is as long as is said.
        let done =
            unsafe { (*self.methods()).xRead.map(|read| read(file, buffer.as_mut_ptr().cast(), length, at)) };
        match done {
            Some(SQLITE_OK) => Ok(Read::Whole),
            Some(SQLITE_IOERR_SHORT_READ) => Ok(Read::Short),
            Some(SQLITE_IOERR_CORRUPTFS) => Ok(Read::Damaged),
            other => Err(failed(other)),
        }
    }

    fn file(&mut self) -> *mut sqlite3_file {
        self.room.as_mut_ptr().cast()
    }

    /// What can be done with it; null where it is not open.
    fn methods(&mut self) -> *const sqlite3_io_methods {
        if self.room.is_empty() {
            return null();
        }
        // SAFETY: The room begins with the pointer to them, which was zeroed before the file was opened.
        unsafe { (*self.file()).pMethods }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let (file, methods) = (self.file(), self.methods());
        // SAFETY: What has methods is open, and is closed once. The name is not used after that.
        unsafe {
            if !methods.is_null() {
                _ = (*methods).xClose.map(|close| close(file));
            }
            sqlite3_free_filename(self.name);
        }
    }
}

fn failed(code: Option<c_int>) -> io::Error {
    io::Error::other(format!("SQLite's file system answered with {}", code.unwrap_or(0)))
}
