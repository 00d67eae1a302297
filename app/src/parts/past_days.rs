//! The last days with their incidents; quiet days in a row are one line.

use leptos::prelude::*;
use pharos_model::{CivilDate, Snapshot, UnixMs};

use super::incident::{IncidentData, IncidentList};
use crate::words::Words;

/// How many days are told of.
const DAYS: usize = 14;

/// A day with incidents, or a run of quiet ones.
#[derive(Clone, Debug, Hash)]
pub struct PastDay {
    first: CivilDate,
    last: CivilDate,
    incidents: Vec<IncidentData>,
}

impl PastDay {
    /// The last days of a snapshot, newest first. An incident stands on the day it began.
    pub fn of(snapshot: &Snapshot, words: Words) -> Vec<Self> {
        let mut past: Vec<Self> = Vec::new();
        let first = snapshot.days.len().saturating_sub(DAYS);
        for (index, day) in snapshot.days.iter().enumerate().skip(first).rev() {
            let end = snapshot.days.get(index + 1).map_or(UnixMs(i64::MAX), |next| next.starts_at);
            let of_day = |began_at: UnixMs| began_at >= day.starts_at && began_at < end;
            let incidents = snapshot.incidents.iter().filter(|incident| of_day(incident.began_at));
            let incidents: Vec<IncidentData> =
                incidents.map(|incident| IncidentData::of(snapshot, incident, words)).collect();
            match past.last_mut() {
                Some(quiet) if quiet.incidents.is_empty() && incidents.is_empty() => quiet.first = day.date,
                _ => past.push(Self { first: day.date, last: day.date, incidents }),
            }
        }
        past
    }
}

/// The last days.
#[component]
pub fn PastDays(
    /// Newest first.
    data: Vec<PastDay>,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let days: Vec<_> = data
        .into_iter()
        .map(|day| {
            let quiet = day.incidents.is_empty();
            view! {
                <li class="day">
                    <h3>{words.dates(day.first, day.last)}</h3>
                    {quiet.then(|| view! { <p class="soft quiet">{words.live().no_incidents}</p> })}
                    {(!quiet).then(|| view! { <IncidentList data=day.incidents words/> })}
                </li>
            }
        })
        .collect();
    view! { <ol class="days">{days}</ol> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use pharos_model::Status;

    #[test]
    fn quiet_days_in_a_row_are_one_line() {
        let mut snapshot = samples::varied(1);
        snapshot.incidents.clear();
        let past = PastDay::of(&snapshot, Words::english());
        assert_eq!(past.len(), 1);
        assert_eq!(past[0].last.0 - past[0].first.0, 13);
    }

    #[test]
    fn a_day_with_an_open_incident_is_not_called_quiet() {
        let mut snapshot = samples::page(&[("API", Status::MajorOutage)]);
        snapshot.incidents = vec![samples::incident("i1", "api", true)];
        assert_eq!(PastDay::of(&snapshot, Words::english())[0].incidents.len(), 1);
    }
}
