//! Issues of the repository as incidents and maintenances: those with the label `status` or `maintenance`.

use std::collections::{BTreeMap, BTreeSet};

use pharos_model::{ComponentId, IncidentStatus, MaintenanceStatus, Status, UnixMs};

use super::Sites;
use crate::layers::Stretch;
use crate::limits::{INCIDENTS_MAX, SAID_CHARS_MAX, TITLE_CHARS_MAX};
use crate::{At, Document, Haul, ImportError, Incident, Maintenance, MaintenanceSaid, Said, moment};

/// What issues tell of each site.
#[derive(Debug, Default)]
pub struct Issues(BTreeMap<ComponentId, Vec<Stretch>>);

impl Issues {
    /// What they tell of one.
    pub fn of(&self, id: &ComponentId) -> &[Stretch] {
        self.0.get(id).map_or(&[], Vec::as_slice)
    }

    fn tell(&mut self, id: &ComponentId, from: UnixMs, until: Option<UnixMs>, status: Status) {
        let until = until.unwrap_or(UnixMs(i64::MAX));
        self.0.entry(id.clone()).or_default().push(Stretch { from, until, status });
    }
}

/// Reads the pages of issues that were saved.
///
/// # Errors
/// When a value is not what it should be, or there are too many.
pub fn read(saved: &[Document], sites: &Sites, haul: &mut Haul) -> Result<Issues, ImportError> {
    let mut issues = Issues::default();
    let mut seen = BTreeSet::new();
    for document in saved {
        let root = document.json()?;
        for issue in document.at(&root).items()? {
            let number = issue.need("number")?.number()?;
            // A page that was saved twice tells nothing new.
            if issue.get("pull_request").is_none() && seen.insert(number) {
                one(&issue, number, sites, (&mut issues, haul))?;
            }
        }
        if haul.incidents.len() + haul.maintenances.len() > INCIDENTS_MAX {
            let what = format!("there are more than {INCIDENTS_MAX} issues");
            return Err(document.at(&root).error(what, "import less"));
        }
    }
    Ok(issues)
}

fn one(
    issue: &At<'_>,
    number: u64,
    sites: &Sites,
    (issues, haul): (&mut Issues, &mut Haul),
) -> Result<(), ImportError> {
    let mut labels = BTreeSet::new();
    for label in issue.get("labels").map(|labels| labels.items()).transpose()?.unwrap_or_default() {
        labels.insert(label.get("name").unwrap_or(label).text()?.to_owned());
    }
    let title = issue.need("title")?.text()?;
    // Upptime begins its titles with a picture.
    let title = title.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '"' && c != '(').trim();
    let title: String = title.chars().take(TITLE_CHARS_MAX).collect();
    let title = if title.is_empty() { format!("Issue {number}") } else { title };
    let body = issue.get("body").map(|body| body.text()).transpose()?.unwrap_or_default();
    if labels.contains("maintenance") {
        return maintenance(issue, title, body, sites, (issues, haul));
    }
    if !labels.contains("status") {
        return Ok(());
    }
    let components: Vec<ComponentId> = labels.iter().filter_map(|label| sites.get(label).cloned()).collect();
    if components.is_empty() {
        haul.leave(issue.spot(), format!("the issue {number}"), "its labels name no site that is looked at");
        return Ok(());
    }
    let began_at = issue.need("created_at")?.moment()?;
    let closed_at =
        issue.get("closed_at").map(|closed| closed.moment()).transpose()?.map(|at| at.max(began_at));
    let status = if title.contains("degraded") { Status::DegradedPerformance } else { Status::MajorOutage };
    let mut first = Said::new(began_at, IncidentStatus::Investigating, words(body));
    first.components = components.iter().map(|id| (id.clone(), status)).collect();
    let mut said = vec![first];
    if let Some(at) = closed_at {
        let mut last = Said::new(at, IncidentStatus::Resolved, String::new());
        last.components = components.iter().map(|id| (id.clone(), Status::Operational)).collect();
        said.push(last);
    }
    for id in &components {
        issues.tell(id, began_at, closed_at, status);
    }
    if issue.get("comments").is_some_and(|comments| comments.number().is_ok_and(|count| count > 0)) {
        haul.leave(
            issue.spot(),
            format!("the comments of the issue {number}"),
            "they are not among what the API gives with issues",
        );
    }
    let mut incident = Incident::new(title, began_at, said);
    incident.components = components;
    haul.incidents.push(incident);
    Ok(())
}

/// What a person wrote; what Upptime writes itself names addresses and commits, and says no more than the title.
fn words(body: &str) -> String {
    if body.trim_start().starts_with("In [`") {
        return String::new();
    }
    body.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).take(SAID_CHARS_MAX).collect()
}

/// Planned work: its times stand in a comment at the beginning.
fn maintenance(
    issue: &At<'_>,
    title: String,
    body: &str,
    sites: &Sites,
    (issues, haul): (&mut Issues, &mut Haul),
) -> Result<(), ImportError> {
    let (comment, text) =
        body.trim_start().strip_prefix("<!--").and_then(|rest| rest.split_once("-->")).unwrap_or(("", body));
    let said_of = |key: &str| {
        let line = comment.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix(':'));
        line.map(str::trim).filter(|value| !value.is_empty())
    };
    let (Some(start), Some(end)) = (said_of("start").and_then(moment), said_of("end").and_then(moment))
    else {
        haul.leave(
            issue.spot(),
            format!("the maintenance \"{title}\""),
            "it does not say when it begins and ends",
        );
        return Ok(());
    };
    let named = [said_of("expectedDown"), said_of("expectedDegraded")];
    let named = named.into_iter().flatten().flat_map(|list| list.split(',')).map(str::trim);
    let components: BTreeSet<ComponentId> = named.filter_map(|slug| sites.get(slug).cloned()).collect();
    if components.is_empty() || end <= start {
        let why = "it names no site that is looked at, or ends before it begins";
        haul.leave(issue.spot(), format!("the maintenance \"{title}\""), why);
        return Ok(());
    }
    let announced_at = issue.need("created_at")?.moment()?.min(start);
    let closed_at = issue.get("closed_at").map(|closed| closed.moment()).transpose()?;
    // Upptime closes the issue when the work is over; one that is closed before it begins is called off.
    let called_off_at = closed_at.filter(|at| *at < start);
    let over_at = called_off_at.unwrap_or(closed_at.map_or(end, |at| at.min(end)));
    for id in components.iter().filter(|_| called_off_at.is_none()) {
        issues.tell(id, start, Some(over_at), Status::UnderMaintenance);
    }
    let is_over = closed_at.is_some();
    let step = |at, status| MaintenanceSaid { at, status, body: String::new().into() };
    let ended_at = is_over.then_some(over_at);
    let status = match (is_over, called_off_at) {
        (_, Some(_)) => MaintenanceStatus::Cancelled,
        (true, None) => MaintenanceStatus::Completed,
        (false, None) => MaintenanceStatus::Scheduled,
    };
    let started_at = ended_at.filter(|_| called_off_at.is_none()).map(|_| start);
    let begun = started_at.map(|at| step(at, MaintenanceStatus::InProgress));
    let said = begun.into_iter().chain(ended_at.map(|at| step(at, status))).collect();
    haul.maintenances.push(Maintenance {
        title: title.into(),
        description: words(text.trim()).into(),
        components: components.into_iter().collect(),
        announced_at,
        scheduled_start: start,
        scheduled_end: end,
        status,
        started_at,
        ended_at,
        said,
        ..Maintenance::default()
    });
    Ok(())
}
