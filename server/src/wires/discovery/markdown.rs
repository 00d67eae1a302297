//! The pages as Markdown, and an overview of what there is to read.

use std::fmt::Write;

use pharos_model::{Component, ComponentId, Incident, Maintenance, Uptime};

use super::super::view::{Of, Subject, View};
use super::super::{Wire, Written, all};
use super::MARKDOWN;

/// Components whose pages the overview names.
const COMPONENTS_MAX: usize = 200;

/// Text in which nothing of what people wrote becomes markup.
pub fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
            safe.push('\\');
        }
        safe.push(if c.is_control() { ' ' } else { c });
    }
    safe
}

/// A line; writing to memory cannot fail.
macro_rules! line {
    ($out:expr, $($part:tt)*) => { let _written = writeln!($out, $($part)*); };
}
pub(super) use line;

fn heading(view: &View) -> String {
    let (words, snapshot) = (view.words, &view.snapshot);
    let mut out = format!("# {}\n\n", plain(words.page_name(snapshot)));
    let description = snapshot.page.description.of(words.tag());
    if !description.is_empty() {
        line!(out, "> {}\n", plain(description));
    }
    let notice = snapshot.page.notice.of(words.tag());
    if !notice.is_empty() {
        line!(out, "{}: {}\n", words.page().notice, plain(notice));
    }
    let banner = pharos_app::banner(snapshot, words);
    line!(out, "**{}**. {}\n\n{}", banner.sentence, plain(&banner.detail), words.as_of(snapshot.at));
    out
}

fn row(view: &View, component: &Component) -> String {
    let (words, definition) = (view.words, &component.definition);
    let uptime = view.snapshot.uptime(component, pharos_model::limits::BAR_DAYS);
    let name = plain(definition.name.of(words.tag()));
    let address = view.address(&["/components/", definition.id.as_str(), ".md"].concat());
    format!("- [{name}]({address}): {}, {}", words.status_within(component.status), figure(view, &uptime))
}

fn figure(view: &View, uptime: &Uptime) -> String {
    let note = view.words.coverage_note(uptime);
    let note = if note.is_empty() { note } else { [" (", &note, ")"].concat() };
    [view.words.uptime(uptime), note].concat()
}

fn components(view: &View, out: &mut String) {
    let (words, snapshot) = (view.words, &view.snapshot);
    let group_of = |component: &Component| {
        let id = component.definition.group.as_ref()?;
        snapshot.groups.iter().position(|group| group.id == *id)
    };
    for (place, group) in snapshot.groups.iter().enumerate() {
        let children: Vec<&Component> =
            snapshot.listed().filter(|known| group_of(known) == Some(place)).collect();
        if !children.is_empty() {
            line!(out, "\n## {}\n", plain(group.name.of(words.tag())));
            for child in children {
                line!(out, "{}", row(view, child));
            }
        }
    }
    let rest: Vec<&Component> = snapshot.listed().filter(|known| group_of(known).is_none()).collect();
    if !rest.is_empty() {
        line!(out, "\n## {}\n", words.page().components);
        for known in rest {
            line!(out, "{}", row(view, known));
        }
    }
}

fn timeline(view: &View, incident: &Incident, out: &mut String) {
    for update in incident.updates.iter().rev() {
        let said: Vec<String> = view.said(incident, update).iter().map(|line| plain(line)).collect();
        let status = view.words.incident_status(update.status);
        line!(out, "- {}, **{status}**: {}", view.words.moment(update.at), said.join("  \n  "));
    }
}

/// Names of components.
pub fn names(view: &View, ids: &[ComponentId]) -> String {
    ids.iter().map(|id| plain(view.name_of(id))).collect::<Vec<_>>().join(", ")
}

fn maintenances(view: &View, out: &mut String) {
    let planned = view.snapshot.planned_maintenances().filter(|known| view.concerns(&known.components));
    let planned: Vec<&Maintenance> = planned.collect();
    if planned.is_empty() {
        return;
    }
    let (words, tag) = (view.words, view.words.tag());
    line!(out, "\n## {}\n", words.page().maintenance_ahead);
    for known in planned {
        let (from, until) = (words.moment(known.scheduled_start), words.moment(known.scheduled_end));
        let time = words.page().maintenance_time.replace("{from}", &from).replace("{until}", &until);
        let title = plain(known.title.of(tag));
        line!(out, "- **{title}**, {time}: {}", names(view, &known.components));
        let description = known.description.of(tag);
        if !description.is_empty() {
            line!(out, "  {}", plain(description));
        }
    }
}

fn summary_line(view: &View, incident: &Incident) -> String {
    let title = plain(&view.words.incident_title(&view.snapshot, incident));
    let address = view.address(&["/incidents/", incident.id.as_str(), ".md"].concat());
    format!("- [{title}]({address}): {}", view.words.incident_summary(incident))
}

/// The first page.
pub fn index(view: &View) -> Written {
    let mut out = heading(view);
    for incident in view.snapshot.open_incidents() {
        let title = plain(&view.words.incident_title(&view.snapshot, incident));
        line!(
            out,
            "\n## {title}\n\n{}. {}\n",
            view.words.impact(incident.impact),
            names(view, &incident.components)
        );
        timeline(view, incident, &mut out);
    }
    components(view, &mut out);
    maintenances(view, &mut out);
    line!(out, "\n[{}]({})", view.words.page().history, view.address("/history.md"));
    out.into()
}

/// The newest incidents.
pub fn history(view: &View) -> Written {
    let mut out = format!("# {}\n\n", plain(&view.words.title(view.words.page().history, &view.snapshot)));
    if view.incidents.is_empty() {
        line!(out, "{}", view.words.page().no_incidents_so_far);
    }
    for incident in &view.incidents {
        line!(out, "{}", summary_line(view, incident));
    }
    out.into()
}

/// A component.
pub fn component(view: &View) -> Option<Written> {
    let (component, words) = (view.component()?, view.words);
    let about = words.about(&component.definition);
    let mut out = format!("# {}\n", plain(component.definition.name.of(words.tag())));
    if !about.is_empty() {
        line!(out, "\n{}", plain(&about));
    }
    let uptime = view.snapshot.uptime(component, pharos_model::limits::BAR_DAYS);
    line!(
        out,
        "\n**{}**. {}. {}",
        words.status(component.status),
        figure(view, &uptime),
        words.as_of(view.snapshot.at)
    );
    maintenances(view, &mut out);
    line!(out, "\n## {}\n", words.page().incidents);
    if view.incidents.is_empty() {
        line!(out, "{}", words.page().no_incidents_so_far);
    }
    for incident in &view.incidents {
        line!(out, "{}", summary_line(view, incident));
    }
    Some(out.into())
}

/// An incident.
pub fn incident(view: &View) -> Option<Written> {
    let Subject::Incident(incident) = &view.subject else { return None };
    let words = view.words;
    let mut out = format!("# {}\n\n", plain(&words.incident_title(&view.snapshot, incident)));
    line!(
        out,
        "{} {}. {}\n",
        words.incident_summary(incident),
        words.impact(incident.impact),
        names(view, &incident.components)
    );
    timeline(view, incident, &mut out);
    Some(out.into())
}

/// What there is to read here, and where.
pub fn overview(view: &View) -> Written {
    let (words, snapshot) = (view.words, &view.snapshot);
    let mut out = heading(view);
    line!(out, "\n## {}\n", words.page().nav);
    line!(out, "- [{}]({})", words.page().nav_status, view.address("/index.md"));
    line!(out, "- [{}]({})", words.page().history, view.address("/history.md"));
    line!(out, "- [{}]({})", words.page().resilience, view.address("/resilience.md"));
    for component in snapshot.listed().take(COMPONENTS_MAX) {
        line!(out, "{}", row(view, component));
    }
    line!(out, "\n## {}\n", words.page().feeds);
    let is_data = |wire: &&'static Wire| wire.is_spoken || wire.pattern.starts_with("/api/");
    for wire in all().filter(|wire| wire.of == Of::Page && wire.media_type != MARKDOWN).filter(is_data) {
        for address in wire.addresses(snapshot) {
            line!(out, "- [{address}]({})", view.address(&address));
        }
    }
    if !snapshot.page.presentation.is_mcp_off {
        // It is no document: nobody can follow a link to it.
        line!(out, "- Model Context Protocol: `{}`", view.address("/mcp"));
    }
    out.into()
}
