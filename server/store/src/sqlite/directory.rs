//! The directory of a store: made for good, and marked as long as it is being filled.
//!
//! What is filled is written without waiting for the disk, so that a power cut may leave any part of it, and nothing that stands in the database
//! itself can tell. The mark is a file beside it, which is there before the first of it is written, and is removed after the last was kept.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Set as long as the directory is being filled.
const MARK: &str = "pharos.unfinished";

/// Makes a directory and those above it that are missing, so that a power cut does not take them away.
pub fn make(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let above = directory.parent().filter(|above| !above.as_os_str().is_empty());
    above.map_or(Ok(()), make)?;
    match fs::create_dir(directory) {
        Err(_) if directory.is_dir() => return Ok(()),
        made => made?,
    }
    // Who may make something in a directory may not always read it; then there is nothing more that can be done.
    let _kept = keep(above.unwrap_or(Path::new(".")));
    Ok(())
}

/// Makes what was done in a directory last.
pub fn keep(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Makes last what the log of a database holds. Whoever opens it reads there what another wrote who was killed before the disk had kept it, and
/// nothing in the log tells that.
pub fn keep_log(directory: &Path, database: &str) -> io::Result<()> {
    match File::open(directory.join(format!("{database}-wal"))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        opened => opened?.sync_all(),
    }
}

/// Whether it is being filled, or was not filled to its end.
pub fn is_marked(directory: &Path) -> bool {
    directory.join(MARK).exists()
}

/// Marks it: nobody may use what is there from now on.
pub fn mark(directory: &Path) -> io::Result<()> {
    File::create(directory.join(MARK))?.sync_all()?;
    keep(directory)
}

/// Takes the mark away: what is there is whole, and the disk keeps it.
pub fn unmark(directory: &Path) -> io::Result<()> {
    match fs::remove_file(directory.join(MARK)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => keep(directory),
    }
}

/// Removes a database with what belongs to it, whatever state it is in.
pub fn clear(directory: &Path, database: &str) -> io::Result<()> {
    for ending in ["-wal", "-shm", "-journal", ""] {
        match fs::remove_file(directory.join(format!("{database}{ending}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_made_with_those_above_it_and_one_that_is_there_stays() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("a/b/c");
        make(&directory).unwrap();
        fs::write(directory.join("file"), "content").unwrap();
        make(&directory).unwrap();
        assert_eq!(fs::read_to_string(directory.join("file")).unwrap(), "content");
        assert!(make(&directory.join("file/below")).is_err());
    }

    #[test]
    fn what_belongs_to_a_database_goes_with_it_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        for name in ["one.db", "one.db-wal", "one.db-journal", "other.db"] {
            fs::write(place.path().join(name), "").unwrap();
        }
        clear(place.path(), "one.db").unwrap();
        clear(place.path(), "one.db").unwrap();
        let left: Vec<_> =
            fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["other.db"]);
    }
}
