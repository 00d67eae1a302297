//! Single bits turned in the used pages of the database, each in a copy of its own: whether it is found, and whether something wrong is shown.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use pharos_engine::simulator::Random;
use pharos_tests::Response;
use serde_json::Value;

use super::archives::copy_folder;
use crate::alone::{Alone, file};
use crate::clock;

/// What became of bits that were turned.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flipped {
    /// All.
    pub turned: u64,
    /// Those that were met: the server did not start on them, or said that it cannot read.
    pub met: u64,
    /// Those that were found by reading all of the file.
    pub found: u64,
    /// Those after which something else was shown than before.
    pub wrong: u64,
}

/// Turns so many bits of the database of a node that does not run. Where they are `hidden`, sums are made to fit what they left.
pub async fn turn(
    alone: &mut Alone,
    token: &str,
    (count, targets, hidden): (u32, usize, bool),
    chance: &mut Random,
) -> Result<Flipped> {
    let whole = alone.data().to_path_buf();
    let at = Timestamp::from_millisecond(clock::now().0).context("no such time")?;
    let now = format!("{at:.3}");
    // What is not used holds nothing that could be wrong.
    file::change(&whole, "VACUUM").await?;
    alone.keeps_in(alone.at("flipped"));
    let all = shown_of(alone, &whole, None, (token, targets, &now)).await?;
    let all = all.context("the database cannot be read before anything is turned")?;
    // Spans that lasted when watching ended are over then, once that is long enough ago: what was seen last was seen before.
    let samples = all.iter().filter(|line| line.contains("/samples: "));
    let before =
        samples.filter_map(|line| line.split(',').nth(1)).max().context("nothing was seen")?.to_owned();
    let truth = shown_of(alone, &whole, None, (token, targets, &before)).await?;
    let truth = truth.context("the database cannot be read a second time")?;
    ensure!(truth.len() > 100 * targets, "too little is shown: {} lines", truth.len());
    let again = shown_of(alone, &whole, None, (token, targets, &before)).await?;
    ensure!(again.as_ref() == Some(&truth), "what is shown of the same database is not always the same");
    let bits = fs::metadata(whole.join(file::DATABASE))?.len() * 8;
    let mut flipped = Flipped::default();
    for _ in 0..count {
        let bit = chance.between(0, bits - 1);
        flipped.turned += 1;
        let bit = Bit { place: bit, is_hidden: hidden };
        match shown_of(alone, &whole, Some(bit), (token, targets, &before)).await? {
            None => flipped.met += 1,
            Some(shown) if shown == truth => {}
            Some(shown) => {
                flipped.wrong += 1;
                let of = |one: &[String], other: &[String]| {
                    one.iter().filter(|line| !other.contains(line)).take(2).cloned().collect::<Vec<_>>()
                };
                eprintln!("drill: {bit:?}: {:?} in place of {:?}", of(&shown, &truth), of(&truth, &shown));
            }
        }
        flipped.found += u64::from(is_found(alone, &whole, bit)?);
    }
    Ok(flipped)
}

/// A bit that is turned.
#[derive(Clone, Copy, Debug)]
struct Bit {
    place: u64,
    /// Whether sums are made to fit.
    is_hidden: bool,
}

/// What a server shows of the time before a moment, on a copy of the data in which one bit is turned; `None` where it says that it cannot.
async fn shown_of(
    alone: &mut Alone,
    whole: &Path,
    bit: Option<Bit>,
    (token, targets, before): (&str, usize, &str),
) -> Result<Option<Vec<String>>> {
    prepare(alone, whole, bit)?;
    if alone.start().await.is_err() {
        return Ok(None);
    }
    let shown = shown(alone, token, targets, before);
    alone.kill();
    Ok(shown)
}

fn prepare(alone: &Alone, whole: &Path, bit: Option<Bit>) -> Result<()> {
    copy_folder(whole, alone.data())?;
    let Some(bit) = bit else { return Ok(()) };
    let file = alone.data().join(file::DATABASE);
    let mut bytes = fs::read(&file)?;
    bytes[usize::try_from(bit.place / 8)?] ^= 1 << (bit.place % 8);
    fs::write(&file, bytes)?;
    if bit.is_hidden {
        // Where the bit took the room for sums there is nothing to be hidden.
        let _sealed = pharos_pagesums::seal(&file);
    }
    Ok(())
}

fn shown(alone: &Alone, token: &str, targets: usize, before: &str) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    let checks = ask(alone, token, "/checks")?;
    // Whoever is not known any more is told of none, which is wrong.
    let checks: Value = serde_json::from_slice(&checks.body).unwrap_or_default();
    let checks = checks.as_array().into_iter().flatten();
    let mut places: Vec<String> = checks
        .filter_map(|check| check["id"].as_str())
        .map(|id| format!("/exports/checks/{}/samples", id.replace('/', "%2F")))
        .collect();
    places.extend((0..targets).map(|target| format!("/exports/components/t{target}/spans")));
    for place in places {
        let answer = ask(alone, token, &place)?;
        // Of both the second column is when it was over.
        let is_past = |line: &&str| line.split(',').nth(1).is_some_and(|at| !at.is_empty() && at < before);
        lines.extend(answer.text().lines().filter(is_past).map(|line| format!("{place}: {line}")));
    }
    Some(lines)
}

/// Asks the API; `None` where it says that it cannot.
fn ask(alone: &Alone, token: &str, path: &str) -> Option<Response> {
    let path = format!("/api/v1{path}");
    let bearer = format!("Bearer {token}");
    match pharos_tests::get(alone.address, &path, &[("authorization", &bearer)]) {
        Ok(answer) if answer.status < 500 => Some(answer),
        // It says that it cannot, or an export breaks off.
        _ => None,
    }
}

/// Whether the binary finds a bit that is turned when it reads all of the file, and says so.
fn is_found(alone: &Alone, whole: &Path, bit: Bit) -> Result<bool> {
    prepare(alone, whole, Some(bit))?;
    let data = alone.data().display().to_string();
    let said = alone.run(&["scrub", "--pause-ms", "0", "--data", &data])?;
    Ok(!said.done && said.complaint.contains("damaged"))
}
