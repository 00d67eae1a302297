//! Archives, whole and broken in every way that there is.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use pharos_engine::simulator::Random;
use serde_json::Value;

use super::folder_of;
use crate::alone::{Alone, Said, file};

/// For whom archives are sealed, and whose keys those are. They were made for this drill and open nothing else.
pub const RECIPIENT: &str = "age1z5qqptz4lj5p38l46juc0j3z9cltvk2nzzc5ljvvkr66xezphfvq83accy";
const KEY: &str = "AGE-SECRET-KEY-1WP5XZUN0WVSXGUNFD3K8XW3QVYSXKETEYPNX7U3QDEHKYMMY0YHQMVS78Z";
const OTHER_KEY: &str = "AGE-SECRET-KEY-1WP5XZUN0WVSXGUNFD3K8XW3QV9HX7ARGV4EZQEN0WGSXUMMWV5HQ3P4YZJ";

/// What vouches for the others.
const MANIFESTS: [&str; 2] = ["manifest.json", "history.json"];

/// Most copies of one archive.
const NAMES_MAX: u32 = 10;

/// How an archive is broken.
#[derive(Clone, Copy, Debug)]
pub enum Breaking {
    /// A part ends too early.
    Cut,
    /// One bit of a part is another.
    Changed,
    /// A part is not there.
    Missing,
    /// A part holds what another holds.
    Swapped,
    /// What vouches is newer than what it vouches for: a copy that was made while the archive was written.
    Mixed,
    /// There are the files of a database in use, copied as they were.
    Raw,
    /// It is sealed for somebody else.
    OtherKey,
}

/// Archives to choose from.
#[derive(Debug)]
pub struct Archives {
    /// The same one at two moments.
    pub plain: [PathBuf; 2],
    /// One that is sealed.
    pub sealed: PathBuf,
    /// The files of a database, copied while it was written.
    pub raw: PathBuf,
}

/// An archive to be read.
#[derive(Debug)]
pub struct Prepared {
    /// Where it is.
    pub place: PathBuf,
    /// Which part was broken.
    pub part: String,
    key: Option<&'static str>,
}

impl Breaking {
    /// The one of a round: all have their turn.
    pub fn of(round: u32) -> Self {
        let all =
            [Self::Cut, Self::Changed, Self::Missing, Self::Swapped, Self::Mixed, Self::Raw, Self::OtherKey];
        all[round as usize % all.len()]
    }
}

impl Archives {
    /// One that is broken.
    ///
    /// # Errors
    /// When the file system does not let it.
    pub fn broken(&self, alone: &Alone, kind: Breaking, chance: &mut Random) -> Result<Prepared> {
        let place = alone.at("broken");
        let source = match kind {
            Breaking::OtherKey => &self.sealed,
            Breaking::Mixed => &self.plain[0],
            Breaking::Raw => &self.raw,
            _ => chance.pick(&self.plain),
        };
        copy_folder(source, &place)?;
        let mut prepared = Prepared { place: place.clone(), part: "all".to_owned(), key: None };
        match kind {
            Breaking::OtherKey => prepared.key = Some(OTHER_KEY),
            Breaking::Raw => {}
            Breaking::Mixed => {
                for manifest in MANIFESTS {
                    fs::copy(self.plain[1].join(manifest), place.join(manifest))?;
                }
            }
            Breaking::Cut | Breaking::Changed | Breaking::Missing | Breaking::Swapped => {
                let objects = objects(&place)?;
                let keeps_manifests = matches!(kind, Breaking::Missing | Breaking::Swapped);
                let manifests = MANIFESTS.iter().filter(|_| !keeps_manifests).map(|name| (*name).to_owned());
                let parts: Vec<String> = objects.iter().cloned().chain(manifests).collect();
                let part = chance.pick(&parts).clone();
                let file = place.join(&part);
                match kind {
                    Breaking::Cut => {
                        let length = fs::metadata(&file)?.len();
                        let less = chance.between(0, length - 1);
                        fs::File::options().write(true).open(&file)?.set_len(less)?;
                    }
                    Breaking::Changed => turn_bit(&file, chance)?,
                    Breaking::Missing => fs::remove_file(&file)?,
                    _ => {
                        let content = fs::read(&file)?;
                        let others = objects.iter().map(|other| fs::read(place.join(other)));
                        let others = others.collect::<std::io::Result<Vec<_>>>()?;
                        let other: Vec<_> = others.into_iter().filter(|other| *other != content).collect();
                        fs::write(&file, chance.pick(&other))?;
                    }
                }
                prepared.part = part;
            }
        }
        Ok(prepared)
    }

    /// One that is whole: of any moment, sealed or not, at times with something beside that is none of it.
    ///
    /// # Errors
    /// When the file system does not let it.
    pub fn good(&self, alone: &Alone, round: u32, chance: &mut Random) -> Result<Prepared> {
        let place = alone.at("good");
        let (source, key) = match round % 3 {
            0 => (&self.sealed, Some(KEY)),
            other => (&self.plain[other as usize - 1], None),
        };
        copy_folder(source, &place)?;
        if chance.chance(500_000) {
            fs::write(place.join("journal").join("stray"), "left by one who was ended while writing")?;
        }
        Ok(Prepared { place, part: "none".to_owned(), key })
    }

    /// Whether one whose history is not named any more is taken for good.
    ///
    /// # Errors
    /// When the file system does not let it.
    pub fn without_history(&self, alone: &Alone) -> Result<u64> {
        let place = alone.at("broken");
        copy_folder(&self.plain[1], &place)?;
        fs::remove_file(place.join("history.json")).context("there is no history")?;
        let prepared = Prepared { place, part: "history.json".to_owned(), key: None };
        Ok(u64::from(read(alone, "verify", &prepared)?.done))
    }
}

/// Has the binary verify or restore one.
///
/// # Errors
/// When it cannot be run.
pub fn read(alone: &Alone, command: &str, archive: &Prepared) -> Result<Said> {
    let (from, data) = (archive.place.display().to_string(), alone.at("restored"));
    remove(&data)?;
    let (data, key) = (data.display().to_string(), alone.at("key"));
    let mut words = vec![command, "--from", &from];
    if command == "restore" {
        words.extend(["--data", &data]);
    }
    let key_file = key.display().to_string();
    if let Some(secret) = archive.key {
        fs::write(&key, secret)?;
        words.extend(["--identity", &key_file]);
    }
    alone.run(&words)
}

/// Whether what was restored last is all that the archive's manifests tell of.
///
/// # Errors
/// When it cannot be read.
pub async fn is_whole(alone: &Alone, archive: &Prepared) -> Result<bool> {
    let [manifest, history] = MANIFESTS.map(|name| manifest(&archive.place, name));
    let (manifest, history) = (manifest?, history?);
    let slices = history["slices"].as_array().into_iter().flatten();
    let samples =
        slices.filter(|slice| slice["kind"] == "samples").filter_map(|slice| slice["rows"].as_i64());
    let (last, chain, _, restored) = file::ends(&alone.at("restored")).await?;
    Ok(manifest["seq"] == last && manifest["chain"] == *chain && samples.sum::<i64>() == restored)
}

fn manifest(place: &Path, name: &str) -> Result<Value> {
    let text = fs::read_to_string(place.join(name)).with_context(|| format!("there is no {name}"))?;
    Ok(serde_json::from_str(text.lines().next().context("it is empty")?)?)
}

/// Has the binary copy everything to an archive, and gives a copy of that as it is now.
///
/// # Errors
/// When it refuses.
pub fn copy(alone: &Alone, name: &str, recipient: Option<&str>) -> Result<PathBuf> {
    let (to, data) = (alone.at(name), alone.data().display().to_string());
    let place = to.display().to_string();
    let mut words = vec!["backup", "--to", &place, "--data", &data];
    if let Some(recipient) = recipient {
        words.extend(["--encrypt-to", recipient]);
    }
    let said = alone.run(&words)?;
    ensure!(said.done, "no archive could be made: {}", said.complaint);
    let kept = (0..NAMES_MAX).map(|number| alone.at(&format!("{name}-{number}"))).find(|kept| !kept.exists());
    let kept = kept.context("there is no name left")?;
    copy_folder(&to, &kept)?;
    Ok(kept)
}

/// The keys of all objects that an archive vouches for.
fn objects(place: &Path) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    for name in MANIFESTS {
        collect(&manifest(place, name)?, &mut keys);
    }
    ensure!(keys.iter().any(|key| key.starts_with("history")), "the archive has no history: {keys:?}");
    Ok(keys)
}

fn collect(value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            keys.extend(fields.get("key").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, keys));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, keys)),
        _ => {}
    }
}

/// Turns one bit of a file.
///
/// # Errors
/// When the file system does not let it.
pub fn turn_bit(file: &Path, chance: &mut Random) -> Result<()> {
    let mut bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let place = chance.index(bytes.len() - 1);
    bytes[place] ^= 1 << chance.between(0, 7);
    Ok(fs::write(file, bytes)?)
}

/// Copies a folder in the place of another.
///
/// # Errors
/// When the file system does not let it.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    remove(to)?;
    let mut folders = vec![from.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let copy = to.join(path.strip_prefix(from)?);
            fs::create_dir_all(folder_of(&copy)?)?;
            fs::copy(&path, &copy).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}
