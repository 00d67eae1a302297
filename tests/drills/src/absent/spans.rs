//! What is told of the status of a component over time, and how that is held against when it was watched.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use pharos_model::Status;

use crate::alone::Alone;

/// A stretch of time in one status, in milliseconds; it lasts where it has no end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins.
    pub from: i64,
    /// Where it ends.
    pub until: Option<i64>,
    /// Which.
    pub status: String,
}

/// When nobody watched: it began within the first and ended within the second, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Gap {
    /// The last that was seen, and when nobody was there any more.
    pub from: (i64, i64),
    /// When somebody was there again, and the first that was seen.
    pub until: (i64, i64),
}

/// What the page offers.
///
/// # Errors
/// When it cannot be read.
pub fn of_page(alone: &Alone, component: &str) -> Result<Vec<Stretch>> {
    read(alone, &format!("/components/{component}/spans.csv"), &[])
}

/// What the API tells, oldest first.
///
/// # Errors
/// When it cannot be read.
pub fn of_api(alone: &Alone, token: &str, component: &str) -> Result<Vec<Stretch>> {
    let bearer = format!("Bearer {token}");
    let path = format!("/api/v1/exports/components/{component}/spans?format=csv");
    let mut told = read(alone, &path, &[("authorization", &bearer)])?;
    told.reverse();
    Ok(told)
}

fn read(alone: &Alone, path: &str, headers: &[(&str, &str)]) -> Result<Vec<Stretch>> {
    let answer = pharos_tests::get(alone.address, path, headers)?;
    ensure!(answer.status == 200, "{path}: {}", answer.status);
    answer.text().lines().skip(1).filter(|line| !line.is_empty()).map(stretch).collect()
}

fn stretch(line: &str) -> Result<Stretch> {
    let mut fields = line.split(',');
    let (from, until, status) = (fields.next(), fields.next(), fields.next());
    let moment = |text: &str| -> Result<i64> { Ok(text.parse::<Timestamp>()?.as_millisecond()) };
    Ok(Stretch {
        from: moment(from.context("a span begins nowhere")?)?,
        until: until.filter(|until| !until.is_empty()).map(moment).transpose()?,
        status: status.context("a span has no status")?.to_owned(),
    })
}

/// By how much two differ, in milliseconds; a second for each stretch that only one has.
pub fn differing_ms(one: &[Stretch], other: &[Stretch]) -> u64 {
    let lone = one.len().abs_diff(other.len()) as u64 * 1_000;
    let apart = one.iter().zip(other).map(|(one, other)| {
        let ends = one.until.zip(other.until).map_or(0, |(one, other)| one.abs_diff(other));
        one.from.abs_diff(other.from) + ends + u64::from(one.status != other.status) * 1_000
    });
    lone + apart.sum::<u64>()
}

/// How far the unknown stretch of an absence is off, and how much of the absence is good or bad, both in milliseconds.
pub fn hold_against(told: &[Stretch], gap: Gap) -> (u64, u64) {
    let middle = gap.from.1.midpoint(gap.until.0);
    let holds =
        |stretch: &&Stretch| stretch.from <= middle && stretch.until.is_none_or(|until| until > middle);
    let found = told.iter().find(holds).filter(|stretch| stretch.status == Status::Unknown.as_str());
    let off = found.map_or(u64::MAX, |stretch| {
        let outside = |at: i64, (least, most): (i64, i64)| (least - at).max(at - most).max(0).unsigned_abs();
        stretch.until.map_or(u64::MAX, |until| outside(stretch.from, gap.from).max(outside(until, gap.until)))
    });
    let coloured = told.iter().filter(|stretch| stretch.status != Status::Unknown.as_str()).map(|stretch| {
        let until = stretch.until.unwrap_or(i64::MAX).min(gap.until.0);
        u64::try_from(until - stretch.from.max(gap.from.1)).unwrap_or(0)
    });
    (off, coloured.sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: Gap = Gap { from: (90, 100), until: (200, 210) };

    fn told(from: i64, until: i64, within: &str) -> Vec<Stretch> {
        let stretch = |from, until, status: &str| Stretch { from, until, status: status.to_owned() };
        vec![
            stretch(0, Some(from), "operational"),
            stretch(from, Some(until), within),
            stretch(until, None, "operational"),
        ]
    }

    #[test]
    fn an_absence_is_unknown_from_when_nobody_watched_until_somebody_did() {
        assert_eq!(hold_against(&told(95, 205, "unknown"), GAP), (0, 0));
        assert_eq!(hold_against(&told(95, 215, "unknown"), GAP), (5, 0));
        assert_eq!(hold_against(&told(130, 180, "unknown"), GAP), (30, 50));
    }

    #[test]
    fn an_absence_that_is_red_is_off() {
        assert_eq!(hold_against(&told(95, 205, "major_outage"), GAP), (u64::MAX, 100));
    }
}
