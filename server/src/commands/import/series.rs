//! Maintenance of an import that comes again and again: what is planned from the end of the past on.

use std::collections::BTreeSet;

use anyhow::Context;
use jiff::tz::TimeZone;
use pharos_engine::desk::Series;
use pharos_import::{Haul, Spot, slug};
use pharos_model::{MaintenanceId, UnixMs};

use super::update::Taken;

/// Leaves out what never comes after all that the source tells, and says so: a rule may be none, or be over.
pub fn leave_what_never_comes(haul: &mut Haul, zone: &TimeZone, input: &str) {
    let after = haul.covers.unwrap_or(UnixMs(0));
    let (kept, left) = std::mem::take(&mut haul.series)
        .into_iter()
        .partition(|series| of(series, MaintenanceId::default()).comes_after(after, zone));
    haul.series = kept;
    for series in left {
        let why = format!("by its rule `{}` it never comes again; plan it anew in the admin", series.cron);
        haul.leave(Spot::of(input), format!("the series \"{}\"", series.title.plain()), why);
    }
}

/// What is planned again and again, each under a name that no other has.
///
/// # Errors
/// When one can be given none.
pub fn planned(all: &[pharos_import::Series]) -> anyhow::Result<Vec<Series>> {
    let (mut taken, mut made) = (Taken::default(), Vec::new());
    for series in all {
        let words = slug(series.title.plain());
        let text = taken.free(if words.is_empty() { "maintenance" } else { &words });
        let id = MaintenanceId::new(&text).with_context(|| format!("`{text}` is no name for maintenance"))?;
        made.push(of(series, id));
    }
    Ok(made)
}

fn of(series: &pharos_import::Series, id: MaintenanceId) -> Series {
    Series {
        id,
        title: series.title.clone(),
        description: series.description.clone(),
        components: series.components.clone(),
        cron: series.cron.clone(),
        duration_ms: series.duration_ms,
        from: series.from,
        until: series.until,
        verified_by_hand: false,
        skipped: BTreeSet::new(),
        revision: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_model::ComponentId;

    #[test]
    fn a_series_that_never_comes_is_told_of_and_not_planned() {
        let series = |title: &str, cron: &str, until: Option<i64>| pharos_import::Series {
            title: title.into(),
            description: "".into(),
            components: vec![ComponentId::new("api").unwrap()],
            cron: cron.to_owned(),
            duration_ms: 3_600_000,
            from: None,
            until: until.map(UnixMs),
        };
        let mut haul = Haul { covers: Some(UnixMs(1_767_225_600_000)), ..Haul::default() };
        haul.series = vec![
            series("Good", "30 2 * * 0", None),
            series("No rule", "99 2 * * 0", None),
            series("No such day", "0 0 30 2 *", None),
            series("Over", "0 3 * * *", Some(1_767_225_599_000)),
        ];
        leave_what_never_comes(&mut haul, &TimeZone::UTC, "kuma.db");
        let titles: Vec<&str> = haul.series.iter().map(|series| series.title.plain()).collect();
        assert_eq!(titles, ["Good"]);
        let left: Vec<&str> = haul.left.iter().map(|left| left.what.as_str()).collect();
        assert_eq!(left, ["the series \"No rule\"", "the series \"No such day\"", "the series \"Over\""]);
        assert!(haul.left[0].why.contains("99 2 * * 0"), "{}", haul.left[0].why);
    }
}
