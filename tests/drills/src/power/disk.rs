//! What a power cut may leave of files: what the disk said that it keeps is there, and of everything else any part may be missing.
//!
//! A sector is there as it was after any of the writes that touched it since the file was kept last; a file is as long as it was at any
//! of these moments; a name is there as far as the names of its folder were kept, and of the later ones up to a moment that is drawn.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Result;
use pharos_engine::simulator::Random;

use super::tape::{Call, Record};

/// What a disk writes at once, in bytes.
pub const SECTOR: usize = 512;

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Folder,
    File(usize),
}

type Names = BTreeMap<String, Entry>;

/// A file: what is kept of it, and what was done to it since.
#[derive(Clone, Debug, Default)]
struct File {
    kept: Vec<u8>,
    since: Vec<Call>,
}

/// Files and their names, as a program sees them and as the disk keeps them.
#[derive(Debug, Default)]
pub struct Disk {
    files: Vec<File>,
    seen: Names,
    kept: Names,
    /// What was done to names since: for each of these whether something stands there now.
    since: Vec<Vec<(String, Option<Entry>)>>,
}

/// How much of what nobody asked the disk to keep is there after a cut.
#[derive(Clone, Copy, Debug)]
struct Luck {
    /// In a million.
    per_million: u64,
    /// Whether sectors have their luck one by one, or whole writes.
    is_of_sectors: bool,
}

/// What is found after a cut: a folder, or a file with its content.
pub type Image = BTreeMap<String, Option<Vec<u8>>>;

impl Disk {
    /// The disk after these calls.
    pub fn after<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut disk = Self::default();
        records.into_iter().for_each(|record| disk.take(record));
        disk
    }

    /// Lets another call happen.
    pub fn take(&mut self, record: &Record) {
        let path = &record.path;
        match &record.call {
            // What has no name any more is found by nobody.
            Call::Write(..) | Call::Length(_) => {
                if let Some(file) = self.file(path) {
                    file.since.push(record.call.clone());
                }
            }
            Call::Create => {
                self.files.push(File::default());
                self.name(vec![(path.clone(), Some(Entry::File(self.files.len() - 1)))]);
            }
            Call::Folder => self.name(vec![(path.clone(), Some(Entry::Folder))]),
            Call::Remove => self.name(vec![(path.clone(), None)]),
            Call::Rename(to) => {
                let entry = self.seen.get(path).copied();
                self.name(vec![(to.clone(), entry), (path.clone(), None)]);
            }
            Call::Sync(_) => match self.file(path) {
                Some(file) => file.keep(),
                None => self.keep_names(path),
            },
        }
    }

    fn file(&mut self, path: &str) -> Option<&mut File> {
        match self.seen.get(path) {
            Some(Entry::File(number)) => self.files.get_mut(*number),
            _ => None,
        }
    }

    fn name(&mut self, change: Vec<(String, Option<Entry>)>) {
        apply(&mut self.seen, &change);
        self.since.push(change);
    }

    /// Keeps the names in a folder.
    fn keep_names(&mut self, folder: &str) {
        for change in std::mem::take(&mut self.since) {
            let is_within = change.iter().any(|(path, _)| parent(path) == folder);
            if is_within {
                apply(&mut self.kept, &change);
            } else {
                self.since.push(change);
            }
        }
    }

    /// What a cut at this moment leaves, as it is drawn.
    pub fn cut(&self, chance: &mut Random) -> Image {
        let luck = Luck {
            per_million: *chance.pick(&[0, 100_000, 500_000, 900_000, 1_000_000]),
            is_of_sectors: chance.chance(500_000),
        };
        let mut names = self.kept.clone();
        let later = chance.index(self.since.len());
        let later = if luck.per_million == 0 { 0 } else { later };
        self.since[..later].iter().for_each(|change| apply(&mut names, change));
        self.found(&names, |file| file.cut(luck, chance))
    }

    /// What every cut at this moment leaves: all that the disk was asked to keep, and nothing else.
    pub fn kept(&self) -> Image {
        self.found(&self.kept, |file| file.kept.clone())
    }

    /// What is found under names that can be reached.
    fn found(&self, names: &Names, mut content: impl FnMut(&File) -> Vec<u8>) -> Image {
        let is_reached = |path: &str| {
            let mut above = path;
            while let Some((folder, _)) = above.rsplit_once('/') {
                if names.get(folder) != Some(&Entry::Folder) {
                    return false;
                }
                above = folder;
            }
            true
        };
        let found = names.iter().filter(|(path, _)| is_reached(path));
        let found = found.map(|(path, entry)| match entry {
            Entry::Folder => (path.clone(), None),
            Entry::File(number) => (path.clone(), Some(content(&self.files[*number]))),
        });
        found.collect()
    }
}

impl File {
    fn keep(&mut self) {
        for call in std::mem::take(&mut self.since) {
            change(&mut self.kept, &call);
        }
    }

    fn cut(&self, luck: Luck, chance: &mut Random) -> Vec<u8> {
        let (mut cache, mut found) = (self.kept.clone(), self.kept.clone());
        let mut lengths = vec![found.len()];
        for call in &self.since {
            change(&mut cache, call);
            lengths.push(cache.len());
            let arrives = chance.chance(luck.per_million);
            match call {
                Call::Write(at, bytes) => {
                    for sector in at / SECTOR..(at + bytes.len()).div_ceil(SECTOR) {
                        let is_alone = luck.is_of_sectors && chance.chance(luck.per_million);
                        if is_alone || (arrives && !luck.is_of_sectors) {
                            let (from, until) = (sector * SECTOR, cache.len().min((sector + 1) * SECTOR));
                            found.resize(found.len().max(until), 0);
                            found[from..until].copy_from_slice(&cache[from..until]);
                        }
                    }
                }
                // What was cut off does not come back when the file grows again.
                Call::Length(length) if *length < found.len() => found[*length..].fill(0),
                _ => {}
            }
        }
        // Most often a file is as long as its program saw it last.
        let length = match luck.per_million {
            0 => self.kept.len(),
            _ if chance.chance(700_000) => cache.len(),
            _ => *chance.pick(&lengths),
        };
        found.resize(length, 0);
        found
    }
}

fn change(content: &mut Vec<u8>, call: &Call) {
    match call {
        Call::Write(at, bytes) => {
            content.resize(content.len().max(at + bytes.len()), 0);
            content[*at..at + bytes.len()].copy_from_slice(bytes);
        }
        Call::Length(length) => content.resize(*length, 0),
        _ => {}
    }
}

fn apply(names: &mut Names, change: &[(String, Option<Entry>)]) {
    for (path, entry) in change {
        match entry {
            Some(entry) => names.insert(path.clone(), *entry),
            None => names.remove(path),
        };
    }
}

/// The folder in which a name stands; empty for the one that was recorded.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Puts what was found after a cut into a folder, which is emptied first.
///
/// # Errors
/// When the file system does not let it.
pub fn lay_out(image: &Image, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    // A folder stands before what is in it.
    for (path, content) in image {
        match content {
            None => fs::create_dir(folder.join(path))?,
            Some(content) => fs::write(folder.join(path), content)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(path: &str, call: Call) -> Record {
        Record { began_ms: 0, path: path.into(), call }
    }

    /// A file with two sectors that are kept, of which the second was then written twice.
    fn written() -> Vec<Record> {
        let write = |at: usize, byte: u8, count: usize| Call::Write(at, vec![byte; count]);
        vec![
            record("data", Call::Folder),
            record("", Call::Sync(0)),
            record("data/a", Call::Create),
            record("data", Call::Sync(0)),
            record("data/a", write(0, b'a', 2 * SECTOR)),
            record("data/a", Call::Sync(0)),
            record("data/a", write(SECTOR, b'b', SECTOR)),
            record("data/a", write(SECTOR, b'c', 2 * SECTOR)),
            record("data/b", Call::Create),
        ]
    }

    #[test]
    fn what_is_kept_is_there_after_every_cut_and_of_the_rest_any_part() {
        let disk = Disk::after(&written());
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let image = disk.cut(&mut Random::new(seed, 1));
            let content = image["data/a"].clone().unwrap();
            assert!(content.len() >= 2 * SECTOR && content[..SECTOR].iter().all(|byte| *byte == b'a'));
            let second = content[SECTOR];
            assert!(content[SECTOR..2 * SECTOR].iter().all(|byte| *byte == second), "half a sector");
            seen.insert((char::from(second), content.len() / SECTOR, image.contains_key("data/b")));
        }
        for second in ['a', 'b', 'c'] {
            assert!(seen.iter().any(|(found, ..)| *found == second), "never {second}");
        }
        assert!(seen.iter().any(|(.., has_b)| *has_b) && seen.iter().any(|(.., has_b)| !has_b));
        assert!(
            seen.iter().any(|(_, sectors, _)| *sectors == 2)
                && seen.iter().any(|(_, sectors, _)| *sectors == 3)
        );
    }

    #[test]
    fn a_folder_whose_name_was_not_kept_takes_what_is_in_it_along() {
        let mut records = written();
        records.remove(1);
        let disk = Disk::after(&records);
        let found = (0..50).map(|seed| disk.cut(&mut Random::new(seed, 1)));
        let found: Vec<bool> = found.map(|image| image.contains_key("data/a")).collect();
        assert!(found.contains(&true) && found.contains(&false));
    }

    #[test]
    fn without_luck_there_is_what_is_kept_and_nothing_else() {
        let kept = Disk::after(&written()).kept();
        let paths: Vec<&str> = kept.keys().map(String::as_str).collect();
        assert_eq!(paths, ["data", "data/a"]);
        assert_eq!(kept["data/a"], Some(vec![b'a'; 2 * SECTOR]));
    }

    #[test]
    fn a_new_name_is_kept_with_its_folder() {
        let mut records = written();
        records.push(record("data/a", Call::Rename("data/c".into())));
        records.push(record("data", Call::Sync(0)));
        for seed in 0..50 {
            let image = Disk::after(&records).cut(&mut Random::new(seed, 1));
            assert!(image.contains_key("data/c") && !image.contains_key("data/a"));
        }
    }
}
