//! A copy and a restore: what they call done stays, and what a restore that was cut short left is refused until it is begun anew.

use anyhow::{Context, Result};
use pharos_engine::simulator::Random;

use super::disk::{Disk, Image, lay_out};
use super::judge::is_sound;
use super::tape::{Call, Record};
use super::taped::Taped;
use super::{HASTY, places};
use crate::alone::file::{self, Ends};
use crate::alone::past;
use crate::play::Play;

/// Observations that are made up for each target, so that there is something to restore.
const MADE_UP: u32 = 2_000;

/// Cuts after something is done.
const AFTER: usize = 4;

/// What came to light.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    /// Cuts.
    pub cuts: u64,
    /// Cuts after a copy or a restore had said that it is done, after which not everything is there.
    pub lost: u64,
    /// Cuts after which a part was taken for the whole.
    pub halves: u64,
    /// Cuts after which it could not be begun anew.
    pub stuck: u64,
}

/// Copies what a node left, and restores the copy; the power fails so many times while that goes on, and then after its end.
///
/// # Errors
/// When there is nothing to restore, or the binary cannot be run.
pub async fn hold(drill: &Play, taped: &mut Taped, cuts: usize) -> Result<Found> {
    past::make_up(&taped.alone, MADE_UP).await?;
    let (mut chance, mut found) = (drill.chance(3), Found::default());
    let [archive, restored] = ["archive", "restored"].map(|name| taped.at(name).display().to_string());
    let [option, data] = taped.alone.place();
    let copied = taped.command(drill, &["backup", "--to", &archive, &option, &data])?;
    let image = taped.alone.at("image");
    for _ in 0..AFTER {
        lay_out(&cut(drill, (&copied, true), &mut chance), &image)?;
        let verified =
            taped.alone.run(&["verify", "--from", &image.join("archive").display().to_string()])?;
        if !verified.done {
            eprintln!("drill: a copy that was done is not good: {}", verified.complaint.trim_end());
        }
        found.lost += u64::from(!verified.done);
        found.cuts += 1;
    }
    let records = taped.command(drill, &["restore", "--from", &archive, &option, &restored])?;
    let whole = file::ends(&taped.at("restored")).await.context("what was restored cannot be read")?;
    taped.alone.keeps_in(image.join("restored"));
    for place in places(&records, cuts, &mut chance).into_iter().chain([records.len(); AFTER]) {
        let is_done = place == records.len();
        let left = cut(drill, (&records[..place], is_done), &mut chance);
        lay_out(&left, &image)?;
        found.cuts += 1;
        let [option, data] = taped.alone.place();
        let has_any = taped.alone.data().join(file::DATABASE).exists();
        let opened = taped.alone.run(&["user", "list", &option, &data])?;
        let is_whole = has_any && opened.done && is_the_same(taped, &whole).await;
        found.lost += u64::from(is_done && !is_whole);
        found.halves += u64::from(!is_done && has_any && opened.done && !is_whole);
        if is_done || is_whole {
            continue;
        }
        lay_out(&left, &image)?;
        let again = taped.alone.run(&["restore", "--from", &archive, &option, &data])?;
        if !again.done {
            eprintln!("drill: a restore is not begun anew: {}", again.complaint.trim_end());
        }
        found.stuck += u64::from(!again.done || !is_the_same(taped, &whole).await);
    }
    Ok(found)
}

/// Whether what lies there is sound, and ends as it should.
async fn is_the_same(taped: &Taped, whole: &Ends) -> bool {
    let data = taped.alone.data();
    is_sound(data).await && file::ends(data).await.is_ok_and(|ends| ends == *whole)
}

/// What is left of a program's work when the power fails after these calls.
fn cut(drill: &Play, (records, is_done): (&[Record], bool), chance: &mut Random) -> Image {
    // It then says that it is done before it has asked the disk for anything.
    let is_hasty = is_done && drill.is(HASTY);
    Disk::after(records.iter().filter(|record| !(is_hasty && matches!(record.call, Call::Sync(_)))))
        .cut(chance)
}
