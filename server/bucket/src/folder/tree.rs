//! What is in a folder and in those below it.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::failed;
use crate::limits::{LISTED_MAX, VISITED_MAX};
use crate::{BucketError, Key, Listed};

/// The objects below `root` whose keys begin with `prefix`, by their keys. What bears no object's name is passed over,
/// and so are links, which may lead anywhere.
pub fn list(root: &Path, prefix: &str) -> Result<Vec<Listed>, BucketError> {
    let too_many = |max: usize| BucketError::TooLarge {
        what: format!("the list of {}", root.display()),
        max: format!("{max} objects"),
    };
    // What begins with `journal/1-` is in `journal`.
    let above = prefix.rsplit_once('/').map_or("", |(above, _)| above);
    if !above.is_empty() && Key::new(above).is_err() {
        return Ok(Vec::new());
    }
    let (mut listed, mut folders, mut visited) = (Vec::new(), vec![above.to_owned()], 0_usize);
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        for entry in entries(&path).map_err(|error| failed(&path, error))? {
            visited += 1;
            if visited > VISITED_MAX {
                return Err(too_many(VISITED_MAX));
            }
            let Some(key) = key_of(&folder, &entry) else { continue };
            let path = entry.path();
            let Some(found) = look(&entry, &path).map_err(|error| failed(&path, error))? else { continue };
            match found {
                Found::Folder => folders.push(key.as_str().to_owned()),
                Found::File { bytes, modified_ms } if key.as_str().starts_with(prefix) => {
                    listed.push(Listed { key, bytes, modified_ms });
                }
                Found::File { .. } => {}
            }
        }
        if listed.len() > LISTED_MAX {
            return Err(too_many(LISTED_MAX));
        }
    }
    listed.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    Ok(listed)
}

enum Found {
    Folder,
    File { bytes: u64, modified_ms: i64 },
}

/// What is in one folder; nothing when it is gone.
fn entries(path: &PathBuf) -> io::Result<Vec<DirEntry>> {
    match fs::read_dir(path) {
        Ok(entries) => entries.take(VISITED_MAX + 1).collect(),
        Err(error) if is_gone(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn key_of(folder: &str, entry: &DirEntry) -> Option<Key> {
    let name = entry.file_name();
    let name = name.to_str()?;
    let text = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    Key::new(&text).ok()
}

/// What an entry is; `None` when it is something else, or gone meanwhile.
fn look(entry: &DirEntry, path: &Path) -> io::Result<Option<Found>> {
    let kind = entry.file_type()?;
    if kind.is_dir() {
        return Ok(Some(Found::Folder));
    }
    if !kind.is_file() {
        return Ok(None);
    }
    match fs::symlink_metadata(path) {
        Ok(data) => {
            let modified = data.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
            let modified_ms = i64::try_from(modified.as_millis()).unwrap_or(i64::MAX);
            Ok(Some(Found::File { bytes: data.len(), modified_ms }))
        }
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
