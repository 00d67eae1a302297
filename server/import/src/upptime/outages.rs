//! When a site was down: exactly where an issue tells, else by the minutes of each day.

use std::collections::BTreeMap;

use pharos_model::{Status, UnixMs};

use crate::layers::Stretch;
use crate::{Document, ImportError};

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// The minutes that a site was down, by the day on which they began to count.
pub type Days = BTreeMap<UnixMs, u64>;

/// What is known of a site.
pub struct Known<'a> {
    /// Since when it is looked at.
    pub started: UnixMs,
    /// What was written of it last, and when.
    pub last: (UnixMs, Status),
    /// Up to when the repository tells: each run looks at all sites, and writes of those alone of which there is news.
    pub covers: UnixMs,
    /// Its minutes down by day.
    pub days: Option<&'a Days>,
    /// What issues tell of it.
    pub issues: &'a [Stretch],
}

/// The minutes down of each site by day, from `summary.json`.
///
/// # Errors
/// When a value is not what it should be.
pub fn days(document: &Document) -> Result<BTreeMap<String, Days>, ImportError> {
    let root = document.json()?;
    let mut found: BTreeMap<String, Days> = BTreeMap::new();
    for site in document.at(&root).items()? {
        let slug = site.need("slug")?.text()?.to_owned();
        let Some(minutes) = site.get("dailyMinutesDown") else { continue };
        let days = found.entry(slug).or_default();
        for (day, minutes) in minutes.entries()? {
            let Some(begins) = crate::moment(&format!("{day}T00:00:00Z")) else {
                return Err(minutes.error("its key is no day", "check that the file is whole"));
            };
            days.insert(begins, minutes.number()?.min(DAY_MS / MINUTE_MS));
        }
    }
    Ok(found)
}

/// How a site was in which stretches of time, and whether some are known by the day alone.
pub fn stretches(known: &Known<'_>) -> (Vec<Stretch>, bool) {
    let until = known.covers.max(known.started);
    let mut stretches = vec![Stretch { from: known.started, until, status: Status::Operational }];
    let within = |from: UnixMs, to: UnixMs| (from.max(known.started), to.min(until));
    for issue in known.issues {
        let (from, until) = within(issue.from, issue.until);
        stretches.push(Stretch { from, until, status: issue.status });
    }
    if known.last.1 != Status::Operational {
        stretches.push(Stretch { from: known.last.0, until: UnixMs(i64::MAX), status: known.last.1 });
    }
    let mut is_by_day = false;
    for (day, minutes) in known.days.into_iter().flatten() {
        let end = day.plus_ms(DAY_MS);
        let told: u64 =
            known.issues.iter().map(|issue| issue.until.min(end).since_ms(issue.from.max(*day))).sum();
        let left_ms = (minutes * MINUTE_MS).saturating_sub(told);
        // Less than two minutes are what rounding leaves.
        if left_ms < 2 * MINUTE_MS {
            continue;
        }
        is_by_day = true;
        let (from, until) = within(*day, day.plus_ms(left_ms));
        stretches.push(Stretch { from, until, status: Status::MajorOutage });
    }
    (stretches, is_by_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u64) -> UnixMs {
        UnixMs(0).plus_ms(minute * MINUTE_MS)
    }

    #[test]
    fn minutes_of_a_day_stand_at_its_beginning_but_for_those_that_an_issue_tells_of() {
        let issue = Stretch { from: at(100), until: at(130), status: Status::MajorOutage };
        let days = Days::from([(at(0), 30), (at(1_440), 31), (at(2_880), 1_440)]);
        let known = Known {
            started: at(10),
            last: (at(4_000), Status::Operational),
            covers: at(4_000),
            days: Some(&days),
            issues: &[issue],
        };
        let (stretches, is_by_day) = stretches(&known);
        let minutes: Vec<(i64, i64, Status)> = stretches
            .into_iter()
            .map(|found| (found.from.0 / 60_000, found.until.0 / 60_000, found.status))
            .collect();
        assert_eq!(
            minutes,
            [
                (10, 4_000, Status::Operational),
                (100, 130, Status::MajorOutage),
                (1_440, 1_471, Status::MajorOutage),
                (2_880, 4_000, Status::MajorOutage),
            ]
        );
        assert!(is_by_day);
    }

    #[test]
    fn a_day_that_is_none_is_told_with_its_place() {
        let text = r#"[{"slug":"web","dailyMinutesDown":{"yesterday":5}}]"#;
        let document = Document { name: "summary.json".to_owned(), text: text.to_owned() };
        let error = days(&document).unwrap_err().to_string();
        assert_eq!(
            error,
            "summary.json ([0].dailyMinutesDown.yesterday): its key is no day; check that the file is whole"
        );
    }
}
