//! The tape of a program that was recorded (`recorder.c`): what it did to its files, call by call.

use std::fmt;

use anyhow::{Context, Result, bail};

/// Bytes of a number on the tape.
const WORD: usize = 8;
/// Numbers of a head: kind, beginning, place, length of the path, number of bytes.
const HEAD: usize = 5 * WORD;
/// Nanoseconds of a millisecond.
const MS: u64 = 1_000_000;

/// A call that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it began, in milliseconds of the clock of the wall.
    pub began_ms: i64,
    /// Below the folder that was recorded; empty for the folder itself.
    pub path: String,
    /// What it did.
    pub call: Call,
}

/// What a call did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Bytes were written at a place of the file.
    Write(usize, Vec<u8>),
    /// The file became so long.
    Length(usize),
    /// The disk was asked to keep the file, or the names in a folder, and said by this moment, in milliseconds, that it does.
    Sync(i64),
    /// A file was made.
    Create,
    /// A folder was made.
    Folder,
    /// A file was removed.
    Remove,
    /// A file was given another name.
    Rename(String),
}

/// Without the bytes.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { began_ms, path, call } = self;
        match call {
            Call::Write(at, bytes) => write!(f, "{began_ms} {path} write {} at {at}", bytes.len()),
            other => write!(f, "{began_ms} {path} {other:?}"),
        }
    }
}

impl Record {
    /// Whether the disk said that it keeps the file of this name.
    pub fn keeps(&self, name: &str) -> bool {
        matches!(self.call, Call::Sync(_)) && self.path.ends_with(name)
    }
}

/// Reads a tape. A record that was begun when its program was killed is none.
///
/// # Errors
/// When it says something that the recorder does not.
pub fn read(mut bytes: &[u8]) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    while let Some(head) = bytes.get(..HEAD) {
        let mut words = head.chunks_exact(WORD).filter_map(|word| word.first_chunk::<WORD>().copied());
        let mut next = || words.next().map_or(0, u64::from_le_bytes);
        let (kind, began, at, path, count) = (next(), next(), next(), next(), next());
        let (path, count, place) = (usize::try_from(path)?, usize::try_from(count)?, usize::try_from(at)?);
        let Some(body) = bytes.get(HEAD..HEAD + path + count) else { break };
        let (path, content) = body.split_at(path);
        let path = str::from_utf8(path).context("a path of the tape is no text")?.to_owned();
        let call = match u8::try_from(kind).unwrap_or_default() {
            b'w' => Call::Write(place, content.to_owned()),
            b't' => Call::Length(place),
            b's' => Call::Sync(i64::try_from(at / MS)?),
            b'c' => Call::Create,
            b'd' => Call::Folder,
            b'u' => Call::Remove,
            b'r' => {
                Call::Rename(str::from_utf8(content).context("a path of the tape is no text")?.to_owned())
            }
            _ => bail!("the tape has a record of the kind {kind}"),
        };
        records.push(Record { began_ms: i64::try_from(began / MS)?, path, call });
        bytes = &bytes[HEAD + body.len()..];
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, at: u64, path: &str, content: &[u8]) -> Vec<u8> {
        let head = [u64::from(kind), 7 * MS, at, path.len() as u64, content.len() as u64];
        head.iter()
            .flat_map(|word| word.to_le_bytes())
            .chain(path.bytes())
            .chain(content.iter().copied())
            .collect()
    }

    #[test]
    fn a_tape_is_read_record_by_record_up_to_one_that_was_only_begun() {
        let mut tape = record(b'w', 3, "data/a", b"xy");
        tape.extend(record(b's', 9 * MS, "data", b""));
        tape.extend(&record(b'u', 0, "data/a", b"")[..HEAD + 2]);
        let found = read(&tape).unwrap();
        assert_eq!(
            found[0],
            Record { began_ms: 7, path: "data/a".into(), call: Call::Write(3, b"xy".to_vec()) }
        );
        assert!(found[1].keeps("data") && !found[0].keeps("a"));
        assert_eq!(found.len(), 2);
        assert!(read(&record(b'?', 0, "", b"")).is_err());
    }
}
