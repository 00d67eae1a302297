//! What a day's bar tells when somebody points at it or moves to it with the keyboard.

use pharos_model::{Component, Snapshot, Status, Uptime};

use crate::words::Words;

/// From worst to best: what is told of a day, and in which order.
const TOLD: [Status; 5] = [
    Status::MajorOutage,
    Status::PartialOutage,
    Status::DegradedPerformance,
    Status::UnderMaintenance,
    Status::Unknown,
];

/// The address of the day that is `ago` days before today, then its date, what there was and for how long, and its
/// uptime, a line each; `None` when the page does not go back so far.
pub fn day_tip(snapshot: &Snapshot, component: &Component, ago: usize, words: Words) -> Option<String> {
    let index = snapshot.days.len().checked_sub(ago + 1)?;
    let date = snapshot.days.get(index)?.date;
    let text = words.live();
    let tally = component.day_tally(&snapshot.days, index, snapshot.at);
    let mut lines =
        [&*super::days_address(&component.definition.id, words), "/", &*date.to_string(), "\n"].concat();
    lines.push_str(&words.date(date));
    let mut is_well = true;
    for status in TOLD {
        let ms = tally.of(status);
        if ms > 0 {
            is_well = false;
            lines.extend(["\n", &*words.day_part(status, ms)]);
        }
    }
    if tally.total_ms() == 0 {
        lines.extend(["\n", text.no_data]);
    } else if is_well {
        lines.extend(["\n", text.day_well]);
    }
    if let Some(figure) = Uptime::of(&tally, snapshot.page.weights).uptime_bp {
        lines.extend(["\n", &*words.day_uptime(figure)]);
    }
    Some(lines)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::samples;

    fn tip(status: Status, ago: usize) -> Option<String> {
        let snapshot = samples::page(&[("API", status)]);
        day_tip(&snapshot, &snapshot.components[0], ago, Words::english())
    }

    #[test]
    fn a_day_is_told_with_everything_that_was_not_well() {
        let text = tip(Status::MajorOutage, 0).unwrap();
        assert!(
            text.ends_with("\n23 November 2026\nMajor outage 14 hours 3 minutes\n0.00% uptime"),
            "{text}"
        );
    }

    #[test]
    fn a_good_day_says_so_and_leads_to_its_own_page() {
        let text = "/components/api/days/2026-11-23\n23 November 2026\nNo outage\n100.00% uptime";
        assert_eq!(tip(Status::Operational, 0).unwrap(), text);
    }

    #[test]
    fn a_day_before_the_page_is_not_told() {
        assert_eq!(tip(Status::Operational, 1), None);
    }
}
