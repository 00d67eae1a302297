//! The last days with their incidents; quiet days in a row are one line.

use leptos::prelude::*;
use pharos_model::{CivilDate, Snapshot};

use super::incident::{IncidentCard, IncidentData};
use crate::words;

/// How many days are told of.
const DAYS: usize = 14;

/// A day with incidents, or a run of quiet ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDay {
    first: CivilDate,
    last: CivilDate,
    incidents: Vec<IncidentData>,
}

impl PastDay {
    /// The last days of a snapshot, newest first. An incident stands on the day it began.
    pub fn of(snapshot: &Snapshot) -> Vec<Self> {
        let mut past: Vec<Self> = Vec::new();
        let first = snapshot.days.len().saturating_sub(DAYS);
        for (index, day) in snapshot.days.iter().enumerate().skip(first).rev() {
            let end = snapshot.days.get(index + 1).map_or(i64::MAX, |next| next.starts_at.0);
            let began = |at: pharos_model::UnixMs| at >= day.starts_at && at.0 < end;
            let of_day = snapshot.incidents.iter().filter(|incident| began(incident.began_at));
            let incidents: Vec<IncidentData> =
                of_day.map(|incident| IncidentData::of(snapshot, incident)).collect();
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
) -> impl IntoView {
    let days = data.into_iter().map(|day| {
        let title = if day.first == day.last {
            words::date(day.last)
        } else {
            format!("{} to {}", words::date(day.first), words::date(day.last))
        };
        let quiet = day.incidents.is_empty();
        let cards =
            day.incidents.into_iter().map(|data| view! { <IncidentCard data whole=false/> }).collect_view();
        view! {
            <div class="day">
                <p class="date">{title}</p>
                {quiet.then(|| view! { <p class="quiet">"No incidents"</p> })}
                {cards}
            </div>
        }
    });
    view! { {days.collect_view()} }
}
