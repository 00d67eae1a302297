//! Seconds of outage by day, three months to a page, from the spans that the store remembers.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use pharos_model::{Status, Tally, UnixMs};
use serde::Serialize;

use super::super::{View, Written};
use super::component::component_code;
use super::written;

/// Months on one page.
const MONTHS: i32 = 3;
/// Pages there are: six years.
pub const PAGES_MAX: u32 = 24;
/// As far back as the last page may reach, in hours.
pub const HOURS: u64 = (PAGES_MAX as u64 * 3 + 1) * 31 * 24;

#[derive(Serialize)]
struct Document<'a> {
    component: Named<'a>,
    months: Vec<Month>,
}

#[derive(Serialize)]
struct Named<'a> {
    code: String,
    name: &'a str,
}

#[derive(Serialize)]
struct Month {
    name: &'static str,
    year: i16,
    days: Vec<Day>,
}

#[derive(Serialize)]
struct Day {
    date: String,
    outages: Outages,
}

/// Seconds; what there was not is left out.
#[derive(Serialize)]
struct Outages {
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    m: Option<u64>,
}

/// The document. Days before the component was there are left out.
pub fn document(view: &View) -> Option<Written> {
    let component = view.component()?;
    let snapshot = &view.snapshot;
    let zone = crate::pages::zone(snapshot);
    let today = crate::pages::date_at(&zone, snapshot.at);
    let began = crate::pages::date_at(&zone, component.began);
    let back = MONTHS * i32::try_from(view.page).ok()?;
    let first = today.first_of_month().checked_sub((back - 1).months()).ok()?;
    let months = (0..MONTHS).filter_map(|step| {
        let month = first.checked_add(step.months()).ok()?;
        let days: Vec<Day> = days_of(month)
            .filter(|date| (began..=today).contains(date))
            .map(|date| {
                let tally = Tally::of_spans(
                    &view.spans,
                    start(&zone, date),
                    start(&zone, date.tomorrow().ok()?).min(snapshot.at),
                );
                let seconds = |status| Some(tally.of(status) / 1_000).filter(|seconds| *seconds > 0);
                let outages = Outages { p: seconds(Status::PartialOutage), m: seconds(Status::MajorOutage) };
                Some(Day { date: date.to_string(), outages })
            })
            .collect::<Option<_>>()?;
        Some(Month { name: NAMES[usize::try_from(month.month() - 1).ok()?], year: month.year(), days })
    });
    let months: Vec<Month> = months.filter(|month| !month.days.is_empty()).collect();
    let named = Named {
        code: component_code(&component.definition.id),
        name: view.name_of(&component.definition.id),
    };
    written(&Document { component: named, months })
}

/// The words of the format, in every language.
const NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn days_of(month: Date) -> impl Iterator<Item = Date> {
    (0..month.days_in_month()).filter_map(move |day| month.checked_add(day.days()).ok())
}

fn start(zone: &TimeZone, date: Date) -> UnixMs {
    let start = date.to_zoned(zone.clone()).and_then(|zoned| zoned.start_of_day());
    UnixMs(start.map_or(0, |zoned| zoned.timestamp().as_millisecond()))
}
