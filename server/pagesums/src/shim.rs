//! What stands between SQLite and the file system: it puts sums into pages that are written, and refuses pages that do not match theirs.
//!
//! SQLite reaches files through a table of functions (sqlite.org/vfs.html). [`register`] makes a copy of the one that is in force, in which only the
//! opening of files is another: a database is given a table of ours, which hands everything on to the file below and looks at what is read
//! and written; journals, logs and temporary files are opened below and never seen again. A page reaches the database itself at a checkpoint or at a
//! commit, always whole and at its own place, so that its sum is made there; what waits in the log has SQLite's own sums.
//!
//! Beside `beside.rs` this is the only place of Pharos with unsafe code. What each block relies on is what SQLite promises to every file system: pointers to files and
//! buffers are valid for the call, buffers have the length that is named, a file is used by one thread at a time between its opening and its closing, and
//! the room for a file is as large as the table says, zeroed and aligned for pointers.

#![expect(unsafe_code, reason = "SQLite is reached through pointers and in no other way")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::size_of;
use std::ptr::{null, null_mut};
use std::slice;
use std::sync::OnceLock;

use libsqlite3_sys::{
    SQLITE_IOCAP_SUBPAGE_READ, SQLITE_IOERR, SQLITE_IOERR_DATA, SQLITE_OK, SQLITE_OPEN_MAIN_DB, sqlite3_file,
    sqlite3_filename, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
};

use crate::noted::note;
use crate::sum::{self, HEADER_BYTES, PAGE_BYTES, Page};

/// How SQLite calls the file system before which ours stands.
pub const BELOW: &str = "unix";
/// The code of SQLite's error for a page that does not match its sum.
pub const DAMAGED: i32 = SQLITE_IOERR_DATA;
/// What is read of a database in pieces that are no pages is shorter.
const PIECE_BYTES_MAX: usize = 100;

/// The file system below, which lives as long as the process.
struct Below(*mut sqlite3_vfs);

// SAFETY: SQLite calls it from any thread itself, and it is not changed after it was registered.
unsafe impl Send for Below {}
// SAFETY: As above.
unsafe impl Sync for Below {}

static VFS: OnceLock<Option<Below>> = OnceLock::new();

/// The file system below, for those who read a file beside SQLite.
pub fn vfs_below() -> Option<*mut sqlite3_vfs> {
    VFS.get_or_init(stand_before).as_ref().map(|below| below.0)
}

/// Stands before the file system for every database that is opened from now on. Doing it again does nothing. Whether SQLite took it.
pub fn register() -> bool {
    VFS.get_or_init(stand_before).is_some()
}

fn stand_before() -> Option<Below> {
    let name = CString::new(BELOW).ok()?;
    // SAFETY: What is found is there as long as the process. SQLite makes itself ready first where it must.
    let below = unsafe { sqlite3_vfs_find(name.as_ptr()) };
    if below.is_null() {
        return None;
    }
    // SAFETY: It is not null, and nobody writes to it.
    let mut own = unsafe { *below };
    own.szOsFile += c_int::try_from(size_of::<Summed>()).ok()?;
    own.pNext = null_mut();
    own.zName = c"pharos".as_ptr();
    own.xOpen = Some(open);
    // SAFETY: What is registered must stay where it is, so it is never given back. Its other functions are those of the one below, which find what
    // they need in `pAppData`, which is the same.
    let taken = unsafe { sqlite3_vfs_register(Box::leak(Box::new(own)), 1) };
    (taken == SQLITE_OK).then_some(Below(below))
}

/// A database that is open. The file below lies in the room behind it.
#[repr(C)]
struct Summed {
    /// What SQLite knows of a file.
    base: sqlite3_file,
    /// How SQLite calls it; valid until it is closed.
    name: sqlite3_filename,
    /// Whether its pages have sums.
    has_sums: bool,
}

/// The file below one of ours.
///
/// # Safety
/// It is one that [`open`] was given room for.
unsafe fn below(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: The room for a file is as long as both, one behind the other.
    unsafe { file.cast::<Summed>().add(1).cast() }
}

unsafe extern "C" fn open(
    _own: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    let Some(Some(Below(vfs))) = VFS.get() else { return SQLITE_IOERR };
    // SAFETY: As the head of this file says. What SQLite gave is handed on with the file system that it is meant for.
    unsafe {
        let Some(open_below) = (**vfs).xOpen else { return SQLITE_IOERR };
        if flags & SQLITE_OPEN_MAIN_DB == 0 || name.is_null() {
            return open_below(*vfs, name, file, flags, flags_out);
        }
        let inner = below(file);
        (*file).pMethods = null();
        (*inner).pMethods = null();
        let opened = open_below(*vfs, name, inner, flags, flags_out);
        if opened != SQLITE_OK {
            // SQLite closes only what has methods, and ours has none yet.
            if !(*inner).pMethods.is_null() {
                close_below(inner);
            }
            return opened;
        }
        file.cast::<Summed>().write(Summed {
            base: sqlite3_file { pMethods: &raw const METHODS },
            name,
            has_sums: has_sums(inner),
        });
    }
    SQLITE_OK
}

/// Whether the pages of a file below have sums.
unsafe fn has_sums(inner: *mut sqlite3_file) -> bool {
    let mut header = [0_u8; HEADER_BYTES];
    let Ok(length) = c_int::try_from(header.len()) else { return false };
    // SAFETY: The file is open, and the buffer is as long as is said.
    unsafe {
        let Some(read) = (*(*inner).pMethods).xRead else { return false };
        // A file that is shorter has none: whoever reads it says so.
        read(inner, header.as_mut_ptr().cast(), length, 0) == SQLITE_OK && sum::is_summed(&header)
    }
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    into: *mut c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: As the head of this file says; the buffer was filled by the file below.
    unsafe {
        let inner = below(file);
        let Some(read_below) = (*(*inner).pMethods).xRead else { return SQLITE_IOERR };
        let done = read_below(inner, into, length, at);
        let own = &*file.cast::<Summed>();
        let bytes = usize::try_from(length).unwrap_or(0);
        if done != SQLITE_OK || !own.has_sums || bytes <= PIECE_BYTES_MAX {
            return done;
        }
        let (page, number) = (slice::from_raw_parts(into.cast::<u8>(), bytes), number_at(at));
        // Where the header does not say the right length of a page, SQLite asks for another.
        let page: Option<&Page> = page.try_into().ok();
        if page.zip(number).is_some_and(|(page, number)| sum::is_good(page, number)) {
            return SQLITE_OK;
        }
        note(CStr::from_ptr(own.name), number.unwrap_or(1));
        DAMAGED
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: As the head of this file says. What SQLite holds in memory is left as it is, and the sum goes into a copy.
    unsafe {
        let inner = below(file);
        let Some(write_below) = (*(*inner).pMethods).xWrite else { return SQLITE_IOERR };
        let is_page = usize::try_from(length) == Ok(PAGE_BYTES);
        let number = number_at(at).filter(|_| is_page && (*file.cast::<Summed>()).has_sums);
        let Some(number) = number else { return write_below(inner, from, length, at) };
        let mut page: Page = *from.cast::<Page>();
        sum::put(&mut page, number);
        write_below(inner, page.as_ptr().cast(), length, at)
    }
}

/// The number of the page that begins at a place; `None` where none does.
fn number_at(at: sqlite3_int64) -> Option<u32> {
    let (at, page) = (u64::try_from(at).ok()?, PAGE_BYTES as u64);
    if at % page != 0 {
        return None;
    }
    u32::try_from(at / page + 1).ok()
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: As the head of this file says. Nothing of ours needs to be given back.
    unsafe { close_below(below(file)) }
}

unsafe fn close_below(inner: *mut sqlite3_file) -> c_int {
    // SAFETY: The file below has methods as long as it is open.
    unsafe { (*(*inner).pMethods).xClose.map_or(SQLITE_OK, |close| close(inner)) }
}

unsafe extern "C" fn characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: As the head of this file says.
    let found = unsafe {
        let inner = below(file);
        (*(*inner).pMethods).xDeviceCharacteristics.map_or(0, |ask| ask(inner))
    };
    // Where it may, SQLite reads long values past its memory and in pieces that have no sum.
    found & !SQLITE_IOCAP_SUBPAGE_READ
}

unsafe extern "C" fn barrier(file: *mut sqlite3_file) {
    // SAFETY: As the head of this file says.
    unsafe {
        let inner = below(file);
        if let Some(barrier) = (*(*inner).pMethods).xShmBarrier {
            barrier(inner);
        }
    }
}

/// Hands what is asked of a file on to the one below.
macro_rules! handed_on {
    ($($name:ident => $method:ident($($argument:ident: $kind:ty),*);)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file, $($argument: $kind),*) -> c_int {
            // SAFETY: As the head of this file says.
            unsafe {
                let inner = below(file);
                (*(*inner).pMethods).$method.map_or(SQLITE_IOERR, |ask| ask(inner, $($argument),*))
            }
        }
    )*};
}

handed_on! {
    truncate => xTruncate(length: sqlite3_int64);
    sync => xSync(flags: c_int);
    file_size => xFileSize(length: *mut sqlite3_int64);
    lock => xLock(level: c_int);
    unlock => xUnlock(level: c_int);
    check_reserved_lock => xCheckReservedLock(found: *mut c_int);
    file_control => xFileControl(what: c_int, with: *mut c_void);
    sector_size => xSectorSize();
    shm_map => xShmMap(region: c_int, length: c_int, extend: c_int, place: *mut *mut c_void);
    shm_lock => xShmLock(first: c_int, count: c_int, flags: c_int);
    shm_unmap => xShmUnmap(remove: c_int);
}

/// The second version of the table ends before what maps files into memory, where nobody would see what is read.
static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

const _: () = assert!(size_of::<Summed>().is_multiple_of(align_of::<*mut c_void>()));
const _: () = assert!(size_of::<sqlite3_filename>() == size_of::<*const c_char>());
