//! What was said on the page: what was posted, and planned work.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use pharos_model::{ComponentId, Impact, IncidentStatus, MaintenanceStatus, UnixMs};

use super::line;
use super::page::Carried;
use super::record::Record;
use super::tables::Tables;
use crate::limits::{INCIDENTS_MAX, SAID_CHARS_MAX, TITLE_CHARS_MAX};
use crate::{Haul, ImportError, Incident, Maintenance, MaintenanceSaid, Said, Series, moment};

/// How long planned work that comes again may last, in milliseconds: a minute to thirty days.
const SERIES_MS_MIN: u64 = 60_000;
const SERIES_MS_MAX: u64 = 30 * 24 * 3_600_000;

/// Reads both, as they concern the page and the monitors that are carried.
///
/// # Errors
/// When a value is not what it should be.
pub(super) fn read(
    tables: &Tables,
    page: Option<i64>,
    carried: &BTreeMap<i64, Carried>,
    haul: &mut Haul,
) -> Result<(), ImportError> {
    for row in tables.incidents.iter().take(INCIDENTS_MAX) {
        if page.is_some() && row.whole("status_page_id")?.is_some_and(|of| Some(of) != page) {
            continue;
        }
        incident(row, haul)?;
    }
    for row in tables.maintenances.iter().take(INCIDENTS_MAX) {
        let id = row.id()?;
        let shown = Tables::linked(&tables.announced, "maintenance_id", id, "status_page_id")?;
        let title = line(&row.text("title")?.unwrap_or_default());
        let title: String = title.chars().take(TITLE_CHARS_MAX).collect();
        if page.is_some_and(|page| !shown.contains(&page)) {
            haul.leave(row.spot(), format!("the maintenance \"{title}\""), "it does not stand on the page");
            continue;
        }
        let concerned = Tables::linked(&tables.maintained, "maintenance_id", id, "monitor_id")?;
        let components = concerned.iter().filter_map(|monitor| carried.get(monitor));
        let components: Vec<ComponentId> = components.map(|carried| carried.component.clone()).collect();
        if let Err(why) = maintenance(row, title.clone(), components, tables.time_zone.as_deref(), haul)? {
            haul.leave(row.spot(), format!("the maintenance \"{title}\""), why);
        }
    }
    Ok(())
}

/// Kuma posts one text, and tells neither which monitors it is about nor how it went on.
fn incident(row: &Record, haul: &mut Haul) -> Result<(), ImportError> {
    let title = line(&row.text("title")?.unwrap_or_default());
    let title: String = title.chars().take(TITLE_CHARS_MAX).collect();
    let title = if title.is_empty() { "Incident".to_owned() } else { title };
    let Some(began_at) = time(row, "created_date")? else {
        haul.leave(
            row.spot_of("created_date"),
            format!("the incident \"{title}\""),
            "it does not say when it began",
        );
        return Ok(());
    };
    let edited_at = time(row, "last_updated_date")?.filter(|at| *at > began_at);
    let is_open = row.flag("pin")?.unwrap_or(true) && row.flag("active")?.unwrap_or(true);
    let body = visible(&row.text("content")?.unwrap_or_default());
    if body.chars().nth(SAID_CHARS_MAX).is_some() {
        haul.leave(
            row.spot_of("content"),
            format!("the end of the incident \"{title}\""),
            "it is longer than Pharos keeps",
        );
    }
    let body: String = body.chars().take(SAID_CHARS_MAX).collect();
    let mut said = vec![Said::new(began_at, IncidentStatus::Investigating, body)];
    said[0].edited_at = edited_at;
    if !is_open {
        said.push(Said::new(edited_at.unwrap_or(began_at), IncidentStatus::Resolved, String::new()));
        if edited_at.is_none() {
            let why = "Kuma does not keep when it was taken down; it ends when it was posted";
            haul.leave(row.spot(), format!("the end of the incident \"{title}\""), why);
        }
    }
    let impact = match row.text("style")?.as_deref() {
        Some("danger") => Impact::Major,
        Some("warning") => Impact::Minor,
        _ => Impact::None,
    };
    let mut incident = Incident::new(title, began_at, said);
    incident.impact = Some(impact);
    incident.is_pinned = is_open;
    haul.incidents.push(incident);
    Ok(())
}

/// Planned work that is to happen once, or why it cannot be said.
fn maintenance(
    row: &Record,
    title: String,
    components: Vec<ComponentId>,
    server_zone: Option<&str>,
    haul: &mut Haul,
) -> Result<Result<(), String>, ImportError> {
    if row.flag("active")? == Some(false) {
        return Ok(Err("it was switched off".to_owned()));
    }
    if components.is_empty() {
        return Ok(Err("it concerns no monitor that is carried".to_owned()));
    }
    let zone_name = match row.text("timezone")? {
        Some(name) if name == "SAME_AS_SERVER" => server_zone.unwrap_or("UTC").to_owned(),
        Some(name) => name,
        None => "UTC".to_owned(),
    };
    let zone = zone(&zone_name);
    let strategy = row.text("strategy")?.unwrap_or_else(|| "single".to_owned());
    if strategy != "single" {
        return again(row, &strategy, (title, components, &zone_name, &zone), haul);
    }
    let (Some(start), Some(end)) = (local(row, "start_date", &zone)?, local(row, "end_date", &zone)?) else {
        return Ok(Err("it does not say when it begins and ends".to_owned()));
    };
    if end <= start {
        return Ok(Err("it ends before it begins".to_owned()));
    }
    // What is past is so as of the newest heartbeat: the same database says the same always.
    let now = haul.covers.unwrap_or(start.minus_ms(1));
    let status = match () {
        () if now >= end => MaintenanceStatus::Completed,
        () if now >= start => MaintenanceStatus::InProgress,
        () => MaintenanceStatus::Scheduled,
    };
    let begun = |status| MaintenanceSaid { at: start, status, body: String::new().into() };
    let mut said = Vec::new();
    if status != MaintenanceStatus::Scheduled {
        said.push(begun(MaintenanceStatus::InProgress));
    }
    if status == MaintenanceStatus::Completed {
        said.push(MaintenanceSaid { at: end, ..begun(MaintenanceStatus::Completed) });
    }
    let description: String =
        visible(&row.text("description")?.unwrap_or_default()).chars().take(SAID_CHARS_MAX).collect();
    haul.maintenances.push(Maintenance {
        title: title.into(),
        description: description.into(),
        components,
        announced_at: start.min(now),
        scheduled_start: start,
        scheduled_end: end,
        status,
        started_at: (status != MaintenanceStatus::Scheduled).then_some(start),
        ended_at: (status == MaintenanceStatus::Completed).then_some(end),
        said,
        ..Maintenance::default()
    });
    Ok(Ok(()))
}

/// Work that comes again: as a series where the same can be said, else why not, with what to plan instead.
fn again(
    row: &Record,
    strategy: &str,
    (title, components, zone_name, zone): (String, Vec<ComponentId>, &str, &TimeZone),
    haul: &mut Haul,
) -> Result<Result<(), String>, ImportError> {
    if strategy == "manual" {
        return Ok(Err(
            "it was begun and ended by hand; past times of it are in the history of its monitors".to_owned(),
        ));
    }
    let cron = line(&row.text("cron")?.unwrap_or_default());
    let duration_ms = row.seconds("duration")?.unwrap_or(0);
    let every_days =
        if strategy == "recurring-interval" { row.whole("interval_day")?.unwrap_or(1) } else { 1 };
    let of_page = haul.page.time_zone.as_deref().unwrap_or("UTC");
    let why = if !is_rule(&cron) || !(SERIES_MS_MIN..=SERIES_MS_MAX).contains(&duration_ms) {
        "it comes again, by a rule that Pharos does not know".to_owned()
    } else if every_days != 1 {
        format!("it comes every {every_days} days, and a rule says on which days")
    } else if zone_name != of_page {
        format!("its times are those of {zone_name}, and rules are read in the page's own zone, {of_page}")
    } else {
        haul.series.push(Series {
            title: title.into(),
            description: visible(&row.text("description")?.unwrap_or_default()).into(),
            components,
            cron,
            duration_ms,
            from: local(row, "start_date", zone)?,
            until: local(row, "end_date", zone)?,
        });
        return Ok(Ok(()));
    };
    let cron: String = cron.chars().take(100).collect();
    Ok(Err(format!(
        "{why}; plan it as a series in the admin (`{cron}` for {} minutes)",
        duration_ms / 60_000
    )))
}

/// Whether a rule has the form that series take: minute, hour, day of the month, month and day of the week.
fn is_rule(cron: &str) -> bool {
    let of_rule = |c: char| c.is_ascii_alphanumeric() || "*/-,".contains(c);
    cron.len() <= 100
        && cron.split(' ').count() == 5
        && cron.split(' ').all(|field| !field.is_empty() && field.chars().all(of_rule))
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// A moment that is written in UTC.
fn time(row: &Record, key: &str) -> Result<Option<UnixMs>, ImportError> {
    let Some(text) = row.text(key)? else { return Ok(None) };
    moment(&text).map(Some).ok_or_else(|| no_moment(row, key, &text))
}

/// A moment that is written in a zone.
fn local(row: &Record, key: &str, zone: &TimeZone) -> Result<Option<UnixMs>, ImportError> {
    let Some(text) = row.text(key)? else { return Ok(None) };
    let Ok(civil) = text.trim().parse::<DateTime>() else {
        return moment(&text).map(Some).ok_or_else(|| no_moment(row, key, &text));
    };
    let zoned = zone.to_ambiguous_zoned(civil).compatible().map_err(|_| no_moment(row, key, &text))?;
    Ok(Some(UnixMs(zoned.timestamp().as_millisecond())))
}

fn no_moment(row: &Record, key: &str, text: &str) -> ImportError {
    let shown: String = text.chars().take(40).collect();
    let hint = "check that the file is what Uptime Kuma wrote and is not damaged";
    ImportError::new(row.spot_of(key), format!("\"{shown}\" is no moment"), hint)
}

/// A text without characters that show nothing, its lines kept.
fn visible(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect()
}
