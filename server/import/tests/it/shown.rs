//! What was found, as text: for comparing with what it should be.

use std::fmt::Write as _;

use jiff::Timestamp;
use pharos_import::{Haul, Looked};
use pharos_model::UnixMs;
use serde_json::Value;

pub fn moment(at: UnixMs) -> String {
    Timestamp::from_millisecond(at.0).unwrap().to_string()
}

/// All of it but for single looks, of which there may be many. `folder` is left out of places.
pub fn shown(haul: &Haul, folder: &str) -> String {
    let mut text = String::new();
    let page = &haul.page;
    let _ = writeln!(text, "page {:?} {:?} {:?}", page.name, page.description, page.time_zone);
    for group in &haul.groups {
        let _ = writeln!(text, "group {} {:?}", group.id, group.name);
    }
    for part in &haul.components {
        let group = part.group.as_ref().map(|group| format!(" in {group}")).unwrap_or_default();
        let _ = writeln!(text, "component {} {:?}{group}", part.id, part.name);
        if !part.more.is_empty() {
            let _ = writeln!(text, "  {}", Value::Object(part.more.clone()));
        }
        for check in &part.checks {
            let rules = &check.rules;
            let _ = writeln!(text, "  {} {}", check.name, Value::Object(check.settings.clone()));
            let _ = writeln!(
                text,
                "    every {:?} within {:?}, down after {:?}, up after {:?}, slow over {:?}",
                rules.interval_ms, rules.timeout_ms, rules.down_after, rules.up_after, rules.degraded_over_ms
            );
        }
    }
    for turn in &haul.turns {
        let _ = writeln!(text, "{} {} {}", moment(turn.from), turn.component, turn.status.as_str());
    }
    told(haul, &mut text);
    for (variable, secret) in &haul.secrets {
        let _ = writeln!(text, "secret {variable} at {}: {}", secret.spot, secret.what);
    }
    for left in &haul.left {
        let _ = writeln!(text, "left {}: {}; {}", left.spot, left.what, left.why);
    }
    let _ = writeln!(text, "covers {:?}, {} looks", haul.covers.map(moment), haul.looks_count);
    text.replace(folder, "FOLDER")
}

fn told(haul: &Haul, text: &mut String) {
    for incident in &haul.incidents {
        let ids: Vec<&str> = incident.components.iter().map(pharos_model::ComponentId::as_str).collect();
        let _ = writeln!(
            text,
            "incident {:?} of {ids:?} since {} pinned {} impact {:?}",
            incident.title.plain(),
            moment(incident.began_at),
            incident.is_pinned,
            incident.impact,
        );
        for said in &incident.said {
            let _ = writeln!(text, "  {} {} {:?}", moment(said.at), said.status.as_str(), said.body.plain());
        }
    }
    for series in &haul.series {
        let ids: Vec<&str> = series.components.iter().map(pharos_model::ComponentId::as_str).collect();
        let (from, until) = (series.from.map(moment), series.until.map(moment));
        let title = series.title.plain();
        let _ = writeln!(
            text,
            "series {title:?} of {ids:?} by {} for {} ms, {from:?} to {until:?}",
            series.cron, series.duration_ms
        );
    }
    for maintenance in &haul.maintenances {
        let ids: Vec<&str> = maintenance.components.iter().map(pharos_model::ComponentId::as_str).collect();
        let _ = writeln!(
            text,
            "maintenance {:?} of {ids:?} {} to {} {}: {:?}",
            maintenance.title.plain(),
            moment(maintenance.scheduled_start),
            moment(maintenance.scheduled_end),
            maintenance.status.as_str(),
            maintenance.description.plain(),
        );
        for said in &maintenance.said {
            let _ = writeln!(text, "  {} {}", moment(said.at), said.status.as_str());
        }
    }
}

/// All looks, each as a line.
pub async fn looks(haul: &mut Haul) -> Vec<String> {
    let mut lines = Vec::new();
    let Some(looks) = &mut haul.looks else { return lines };
    loop {
        let some = looks.next().await.unwrap();
        if some.is_empty() {
            return lines;
        }
        lines.extend(some.into_iter().map(|looked| match looked {
            Looked::Once(look) => format!(
                "{} {}/{} {} {:?} {:?}",
                moment(look.at),
                look.component,
                look.check,
                look.status.as_str(),
                look.latency_us,
                look.reason
            ),
            Looked::Often(bucket) => format!(
                "{} {} {:?} {} looks, {} failed, {:?}",
                moment(bucket.starts_at),
                bucket.component,
                bucket.width,
                bucket.looks,
                bucket.failed,
                bucket.mean_us
            ),
        }));
    }
}
