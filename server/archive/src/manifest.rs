//! What an archive says of itself: which objects it consists of, and how far it reaches. It vouches for every object by its hash, and for
//! itself by one at its own end.

use pharos_model::{Origin, UnixMs};
use pharos_store::{Chain, Head, Parent, Resolution};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::seal::{hash, hex};

/// The newest format known.
pub const FORMAT: u32 = 1;
/// Where the manifest lies.
pub const MANIFEST: &str = "manifest.json";
/// Where that of the history lies.
pub const HISTORY: &str = "history.json";
/// Below which the manifests of earlier lives of the journal lie.
pub const LIVES: &str = "lives";

/// An object, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// SHA-256 of them, in hexadecimal digits.
    pub sha256: String,
}

/// A stretch of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Where it is kept.
    #[serde(flatten)]
    pub object: Object,
    /// Its first entry.
    pub first: u64,
    /// Its last entry.
    pub last: u64,
    /// When its first entry was decided.
    pub from: UnixMs,
    /// When its last entry was decided.
    pub until: UnixMs,
    /// The chain with its last entry, in hexadecimal digits.
    pub chain: String,
    /// How often it was put together of others.
    pub level: u8,
}

/// The fold of the journal up to a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotAt {
    /// Where it is kept.
    #[serde(flatten)]
    pub object: Object,
    /// The last entry in it.
    pub seq: u64,
}

/// A stretch of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPart {
    /// Where it is kept.
    #[serde(flatten)]
    pub object: Object,
    /// Its first entry, by its number in the database that it comes from.
    pub first: u64,
    /// Its last entry.
    pub last: u64,
    /// How often it was put together of others.
    pub level: u8,
}

/// What an archive holds of the journal, of accounts and of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Which format this is.
    pub format: u32,
    /// Which life of the journal.
    pub origin: Origin,
    /// Where that comes from.
    #[serde(default)]
    pub parent: Option<Parent>,
    /// In whose term it was written.
    pub term: u64,
    /// The last entry.
    pub seq: u64,
    /// The chain with it, in hexadecimal digits.
    pub chain: String,
    /// When the last entry was decided.
    pub at: UnixMs,
    /// Up to when this is all that there is to tell.
    pub covers: UnixMs,
    /// When somebody last watched.
    pub watched_at: Option<UnixMs>,
    /// Whether the objects are sealed.
    pub sealed: bool,
    /// Whether there is a history beside it: one that is missing then was lost.
    #[serde(default)]
    pub has_history: bool,
    /// The journal, without a gap.
    pub segments: Vec<Segment>,
    /// The newest snapshots, ascending.
    pub snapshots: Vec<SnapshotAt>,
    /// Users and tokens.
    pub accounts: Option<Object>,
    /// The audit log, ascending.
    pub audit: Vec<AuditPart>,
}

/// What a slice of history holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Raw observations.
    Samples,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days.
    Days,
}

impl Kind {
    /// All, those first that are put in first.
    pub const ALL: [Self; 4] = [Self::Days, Self::Hours, Self::Minutes, Self::Samples];

    /// How long a slice of it is, in milliseconds.
    pub fn slice_ms(self) -> i64 {
        const HOUR_MS: i64 = 3_600_000;
        match self {
            Self::Samples => HOUR_MS / 6,
            Self::Minutes => HOUR_MS,
            Self::Hours => 24 * HOUR_MS,
            Self::Days => 32 * 24 * HOUR_MS,
        }
    }

    /// After how long a slice that has not ended is written, in milliseconds: of days, of which one slice takes a month, daily.
    pub fn step_ms(self) -> i64 {
        match self {
            Self::Days => 24 * 3_600_000,
            _ => self.slice_ms(),
        }
    }

    /// Its width, where it is one of rollups.
    pub fn resolution(self) -> Option<Resolution> {
        match self {
            Self::Samples => None,
            Self::Minutes => Some(Resolution::Minute),
            Self::Hours => Some(Resolution::Hour),
            Self::Days => Some(Resolution::Day),
        }
    }

    /// The word for it in keys.
    pub fn word(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }
}

/// A slice of history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// Where it is kept.
    #[serde(flatten)]
    pub object: Object,
    /// What it holds.
    pub kind: Kind,
    /// Where it begins.
    pub from: UnixMs,
    /// Up to where it holds everything.
    pub until: UnixMs,
    /// How many rows it has.
    pub rows: u64,
}

/// What an archive holds of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Which format this is.
    pub format: u32,
    /// Which life of the journal.
    pub origin: Origin,
    /// Up to when raw observations are in it, if any are.
    #[serde(default)]
    pub covers: Option<UnixMs>,
    /// The slices, by kind and time.
    pub slices: Vec<Slice>,
}

impl Manifest {
    /// The first manifest of a journal.
    pub fn new(origin: Origin, sealed: bool) -> Self {
        Self {
            format: FORMAT,
            origin,
            parent: None,
            term: 0,
            seq: 0,
            chain: hex(&Chain::default().0),
            at: UnixMs(i64::MIN),
            covers: UnixMs(i64::MIN),
            watched_at: None,
            sealed,
            has_history: false,
            segments: Vec::new(),
            snapshots: Vec::new(),
            accounts: None,
            audit: Vec::new(),
        }
    }

    /// Its end of the journal, if its chain is one.
    pub fn head(&self) -> Option<Head> {
        Some(Head { seq: self.seq, chain: chain_of(&self.chain)? })
    }

    /// All objects that it refers to.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        let segments = self.segments.iter().map(|segment| &segment.object);
        let snapshots = self.snapshots.iter().map(|snapshot| &snapshot.object);
        let audit = self.audit.iter().map(|part| &part.object);
        segments.chain(snapshots).chain(audit).chain(&self.accounts)
    }

    /// What does not fit together in it.
    pub fn fault(&self) -> Option<String> {
        let mut next = 1;
        for segment in &self.segments {
            if segment.first != next || segment.last < segment.first {
                return Some(format!("entry {next} is in no segment"));
            }
            next = segment.last + 1;
        }
        if next != self.seq + 1 {
            return Some(format!("its segments end at {}, and it says {}", next - 1, self.seq));
        }
        if self.covers < self.at {
            return Some("it covers less than its last entry".to_owned());
        }
        let last = self.segments.last().map_or_else(|| hex(&Chain::default().0), |last| last.chain.clone());
        (last != self.chain).then(|| "its chain is not that of its last segment".to_owned())
    }
}

impl History {
    /// The first history of a journal.
    pub fn new(origin: Origin) -> Self {
        Self { format: FORMAT, origin, covers: None, slices: Vec::new() }
    }
}

/// A chain from its digits.
pub fn chain_of(text: &str) -> Option<Chain> {
    let digits = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    Chain::from_slice(&digits.collect::<Option<Vec<u8>>>()?)
}

/// Writes what an archive says of itself: a line, and under it the hash of that line.
pub fn written<T: Serialize>(what: &T) -> Result<Vec<u8>, String> {
    let mut text = serde_json::to_string(what).map_err(|error| error.to_string())?;
    let hash = hash(text.as_bytes());
    text.push('\n');
    text.push_str(&hash);
    text.push('\n');
    Ok(text.into_bytes())
}

/// Why what an archive says of itself cannot be read.
#[derive(Debug)]
pub enum Unread {
    /// It is damaged.
    Damaged(String),
    /// A newer version wrote it, in this format.
    Newer(u32),
}

/// Reads what an archive says of itself.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unread> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let damaged = |why: &str| Unread::Damaged(why.to_owned());
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is no text"))?;
    let mut lines = text.split('\n');
    let (Some(line), Some(sum), Some(""), None) = (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return Err(damaged("it does not consist of a line and its hash"));
    };
    if hash(line.as_bytes()) != sum {
        return Err(damaged("it does not match its own hash"));
    }
    let format: Format = serde_json::from_str(line).map_err(|error| damaged(&error.to_string()))?;
    if format.format > FORMAT {
        return Err(Unread::Newer(format.format));
    }
    serde_json::from_str(line).map_err(|error| damaged(&error.to_string()))
}

/// The key of an object with this content: another content has another.
pub fn key(folder: &str, name: &str, sha256: &str) -> String {
    format!("{folder}/{name}-{}", sha256.get(..16).unwrap_or(sha256))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(first: u64, last: u64) -> Segment {
        let object = Object { key: "journal/x".to_owned(), bytes: 1, sha256: String::new() };
        let chain = hex(&[7; 32]);
        Segment { object, first, last, from: UnixMs(0), until: UnixMs(0), chain, level: 0 }
    }

    fn manifest(segments: Vec<Segment>, seq: u64) -> Manifest {
        let empty = Manifest::new(Origin::new("0123456789abcdef").unwrap(), false);
        Manifest { chain: hex(&[7; 32]), segments, seq, ..empty }
    }

    #[test]
    fn what_was_written_is_read() {
        let manifest = manifest(vec![segment(1, 5)], 5);
        let read: Manifest = read(&written(&manifest).unwrap()).unwrap();
        assert_eq!(read, manifest);
        assert_eq!(read.head().unwrap(), Head { seq: 5, chain: Chain([7; 32]) });
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let bytes = written(&manifest(vec![segment(1, 5)], 5)).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert!(matches!(read::<Manifest>(&changed), Err(Unread::Damaged(_))), "{place}");
            assert!(read::<Manifest>(&bytes[..place]).is_err(), "{place}");
        }
    }

    #[test]
    fn one_of_a_newer_version_is_told_as_such() {
        let newer = Manifest { format: FORMAT + 1, ..manifest(Vec::new(), 0) };
        assert!(matches!(read::<Manifest>(&written(&newer).unwrap()), Err(Unread::Newer(2))));
    }

    #[test]
    fn to_cover_less_than_its_own_last_entry_is_a_fault() {
        let good = Manifest { at: UnixMs(5), covers: UnixMs(5), ..manifest(vec![segment(1, 5)], 5) };
        assert_eq!(good.fault(), None);
        let short = Manifest { covers: UnixMs(4), ..good };
        assert!(short.fault().unwrap().contains("less than its last entry"));
    }

    #[test]
    fn a_gap_between_segments_is_a_fault() {
        assert_eq!(manifest(vec![segment(1, 5), segment(6, 6)], 6).fault(), None);
        assert!(manifest(vec![segment(1, 5), segment(7, 7)], 7).fault().unwrap().contains("entry 6"));
        assert!(manifest(vec![segment(2, 5)], 5).fault().is_some());
        assert!(manifest(vec![segment(1, 5)], 6).fault().is_some());
    }
}
