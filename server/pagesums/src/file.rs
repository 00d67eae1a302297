//! A file as a whole, without SQLite: one that is begun, one that is summed anew, and one that is read from end to end.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::beside::{Beside, Read};
use crate::limits::WALK_PAGES;
use crate::sum::{self, HEADER_BYTES, PAGE_BYTES, Page};

const PAGE: u64 = PAGE_BYTES as u64;
/// The page in which SQLite keeps its locks, and nothing else: it is never written.
const LOCKS: u32 = 0x4000_0000 / 4_096 + 1;

/// Begins an empty database whose pages have sums, in a file that is not there or empty.
///
/// # Errors
/// When it cannot be written, or something is in it.
pub fn begin(path: &Path) -> io::Result<()> {
    let file = File::options().create(true).truncate(false).write(true).read(true).open(path)?;
    if file.metadata()?.len() > 0 {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut page = sum::first();
    sum::put(&mut page, 1);
    file.write_all_at(&page, 0)?;
    file.sync_all()
}

/// Whether the pages of a file have sums; `None` where there is no file, or nothing in it.
///
/// # Errors
/// When it cannot be read.
pub fn is_summed(path: &Path) -> io::Result<Option<bool>> {
    let mut file = match Beside::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    if file.length()? == 0 {
        return Ok(None);
    }
    Ok(Some(has_sums(&mut file)?))
}

fn has_sums(file: &mut Beside) -> io::Result<bool> {
    let mut header = [0; HEADER_BYTES];
    Ok(file.read(&mut header, 0)? == Read::Whole && sum::is_summed(&header))
}

/// Sums every page of a file anew, whatever stands in it, and returns how many had another sum before. Nobody may have the file open meanwhile,
/// and it must reserve the bytes.
///
/// # Errors
/// When it cannot be read or written. It can be done once more then.
pub fn seal(path: &Path) -> io::Result<u32> {
    let file = File::options().read(true).write(true).open(path)?;
    let (mut page, mut changed) = ([0; PAGE_BYTES], 0);
    file.read_exact_at(&mut page, 0)?;
    if !sum::has_room(&page) {
        return Err(io::Error::other("its pages have no room for sums"));
    }
    let pages = pages_of(file.metadata()?.len());
    // The first comes last: while anything of this is to be done, nothing says that it was.
    for number in (2..=pages).chain([1]) {
        file.read_exact_at(&mut page, offset(number))?;
        if is_unused(&page, number) {
            continue;
        }
        let before = page;
        if number == 1 {
            file.sync_all()?;
            sum::mark(&mut page);
        }
        sum::put(&mut page, number);
        if page != before {
            file.write_all_at(&page, offset(number))?;
            changed += 1;
        }
    }
    file.sync_all()?;
    Ok(changed)
}

/// Whether nothing was ever written in a page, so that it has no sum: the file grew beyond it.
fn is_unused(page: &Page, number: u32) -> bool {
    number == LOCKS || page.iter().all(|byte| *byte == 0)
}

fn offset(number: u32) -> u64 {
    u64::from(number.saturating_sub(1)) * PAGE
}

fn pages_of(length: u64) -> u32 {
    u32::try_from(length / PAGE).unwrap_or(u32::MAX)
}

/// Reads a file from end to end, a few pages at a time, also while it is in use.
pub struct Walk {
    file: Beside,
    pages: u32,
    next: u32,
}

impl Walk {
    /// Begins; `None` where the pages of the file have no sums.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn begin(path: &Path) -> io::Result<Option<Self>> {
        let mut file = Beside::open(path)?;
        if !has_sums(&mut file)? {
            return Ok(None);
        }
        let pages = pages_of(file.length()?);
        Ok(Some(Self { file, pages, next: 1 }))
    }

    /// How many pages there were when it began.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Reads the next pages, and returns the numbers of those that do not match their sums; `None` at the end. One that is just being written may
    /// be among them: [`Walk::is_damaged`] asks again.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn go_on(&mut self) -> io::Result<Option<Vec<u32>>> {
        let count = WALK_PAGES.min((self.pages + 1).saturating_sub(self.next));
        if count == 0 {
            return Ok(None);
        }
        let (first, mut found) = (self.next, Vec::new());
        self.next += count;
        for number in first..first + count {
            if self.is_damaged(number)? {
                found.push(number);
            }
        }
        Ok(Some(found))
    }

    /// Whether a page does not match its sum. One that is gone because the file became shorter is not damaged.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_damaged(&mut self, number: u32) -> io::Result<bool> {
        let mut page = [0; PAGE_BYTES];
        Ok(match self.file.read(&mut page, offset(number))? {
            Read::Whole => !is_unused(&page, number) && !sum::is_good(&page, number),
            Read::Short => false,
            Read::Damaged => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(path: &Path) -> Vec<u32> {
        let mut walk = Walk::begin(path).unwrap().unwrap();
        let mut found = Vec::new();
        while let Some(some) = walk.go_on().unwrap() {
            found.extend(some);
        }
        found
    }

    #[test]
    fn a_file_is_begun_once_and_its_page_is_good() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.db");
        assert_eq!(is_summed(&path).unwrap(), None);
        begin(&path).unwrap();
        assert_eq!(is_summed(&path).unwrap(), Some(true));
        assert_eq!(walked(&path), [0_u32; 0]);
        assert_eq!(begin(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn what_changed_is_found_far_into_a_file_and_is_taken_as_it_is_when_it_is_sealed() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.db");
        begin(&path).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        for number in 2..=200 {
            file.write_all_at(&[3; PAGE_BYTES], offset(number)).unwrap();
        }
        assert_eq!(seal(&path).unwrap(), 199);
        assert_eq!(walked(&path), [0_u32; 0]);
        file.write_all_at(&[4], offset(150) + 9).unwrap();
        assert_eq!(walked(&path), [150]);
        assert_eq!(seal(&path).unwrap(), 1);
        assert_eq!(walked(&path), [0_u32; 0]);
    }

    #[test]
    fn a_page_that_was_never_written_is_not_damaged() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.db");
        begin(&path).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(3 * PAGE).unwrap();
        assert_eq!(walked(&path), [0_u32; 0]);
        assert_eq!(seal(&path).unwrap(), 0);
    }

    #[test]
    fn a_file_whose_pages_have_no_room_is_not_written_into() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.db");
        let mut content = vec![5; 2 * PAGE_BYTES];
        content[16..21].copy_from_slice(&[0x10, 0, 1, 1, 0]);
        std::fs::write(&path, &content).unwrap();
        assert!(seal(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), content);
        assert!(Walk::begin(&path).unwrap().is_none());
    }
}
