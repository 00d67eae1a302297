//! Sentences that are put together from what is known.

use pharos_model::{
    Component, ComponentDefinition, Impact, Incident, IncidentStatus, Indicator, Snapshot, Stated, Status,
    Text, Transition, Uptime,
};

use super::Words;
use super::template::fill;

/// A status, an indicator and the like, in a word or a sentence.
impl Words {
    /// A status, as it stands beside a component.
    pub fn status(self, status: Status) -> &'static str {
        let text = self.live();
        match status {
            Status::Operational => text.status_operational,
            Status::UnderMaintenance => text.status_maintenance,
            Status::DegradedPerformance => text.status_degraded,
            Status::PartialOutage => text.status_partial,
            Status::MajorOutage => text.status_major,
            Status::Unknown => text.status_unknown,
        }
    }

    /// A status within a sentence.
    pub fn status_within(self, status: Status) -> &'static str {
        let text = self.live();
        match status {
            Status::Operational => text.within_operational,
            Status::UnderMaintenance => text.within_maintenance,
            Status::DegradedPerformance => text.within_degraded,
            Status::PartialOutage => text.within_partial,
            Status::MajorOutage => text.within_major,
            Status::Unknown => text.within_unknown,
        }
    }

    /// What checks found, as the object of a sentence.
    fn found(self, status: Status) -> &'static str {
        let text = self.live();
        match status {
            Status::Operational => text.found_operational,
            Status::UnderMaintenance => text.found_maintenance,
            Status::DegradedPerformance => text.found_degraded,
            Status::PartialOutage => text.found_partial,
            Status::MajorOutage => text.found_major,
            Status::Unknown => text.found_unknown,
        }
    }

    /// The banner's sentence.
    pub fn indicator(self, indicator: Indicator) -> &'static str {
        let text = self.live();
        match indicator {
            Indicator::None => text.indicator_none,
            Indicator::Maintenance => text.indicator_maintenance,
            Indicator::Unknown => text.indicator_unknown,
            Indicator::Minor => text.indicator_minor,
            Indicator::Major => text.indicator_major,
            Indicator::Critical => text.indicator_critical,
        }
    }

    /// The same in a word or two, for the title of the window.
    pub fn indicator_short(self, indicator: Indicator) -> &'static str {
        let text = self.live();
        match indicator {
            Indicator::None => text.short_none,
            Indicator::Maintenance => text.short_maintenance,
            Indicator::Unknown => text.short_unknown,
            Indicator::Minor => text.short_minor,
            Indicator::Major => text.short_major,
            Indicator::Critical => text.short_critical,
        }
    }

    /// Where an incident stands.
    pub fn incident_status(self, status: IncidentStatus) -> &'static str {
        let text = self.live();
        match status {
            IncidentStatus::Investigating => text.incident_investigating,
            IncidentStatus::Identified => text.incident_identified,
            IncidentStatus::Monitoring => text.incident_monitoring,
            IncidentStatus::Resolved => text.incident_resolved,
            IncidentStatus::Postmortem => text.incident_postmortem,
        }
    }

    /// How much an incident hurts.
    pub fn impact(self, impact: Impact) -> &'static str {
        let text = self.live();
        match impact {
            Impact::None => text.impact_none,
            Impact::Minor => text.impact_minor,
            Impact::Major => text.impact_major,
            Impact::Critical => text.impact_critical,
        }
    }
}

/// Titles.
impl Words {
    /// The title of a window: what it tells first, then whose page it is.
    pub fn title(self, what: &str, snapshot: &Snapshot) -> String {
        [what, " · ", self.page_name(snapshot)].concat()
    }

    /// The page's name, or a word in its place.
    pub fn page_name(self, snapshot: &Snapshot) -> &str {
        let name = &snapshot.page.name;
        if name.is_empty() { self.live().nameless } else { name.of(self.tag()) }
    }

    /// The title of an incident: a person's, or made of what the checks found.
    pub fn incident_title(self, snapshot: &Snapshot, incident: &Incident) -> String {
        if !incident.title.is_empty() {
            return incident.title.of(self.tag()).to_owned();
        }
        // The others suffer from the first.
        let name = incident.components.first().map_or("", |id| {
            let component = snapshot.component(id);
            component.map_or(id.as_str(), |component| component.definition.name.of(self.tag()))
        });
        let text = self.live();
        let whole = incident.detected().is_none_or(|status| status == Status::MajorOutage);
        let template = if whole { text.title_major } else { text.title_partial };
        fill(template, &[("name", name)])
    }
}

/// What is said of incidents and components.
impl Words {
    /// What an update says of a component.
    pub fn transition(self, transition: &Transition, of: Option<&Component>) -> String {
        let text = self.live();
        if let (
            Transition::Detected(seen) | Transition::Changed(seen) | Transition::Relapsed(seen),
            Some(supplier),
        ) = (transition, of.and_then(|component| component.definition.supplier.as_ref()))
        {
            return [self.by(supplier).as_str(), ": ", self.found(*seen)].concat();
        }
        match transition {
            Transition::Detected(seen) => fill(text.update_detected, &[("found", self.found(*seen))]),
            Transition::Changed(seen) => fill(text.update_changed, &[("found", self.found(*seen))]),
            Transition::Recovering => text.update_recovering.to_owned(),
            Transition::Relapsed(seen) => fill(text.update_relapsed, &[("found", self.found(*seen))]),
            Transition::Resolved => text.update_resolved.to_owned(),
            Transition::Withdrawn => text.update_withdrawn.to_owned(),
            Transition::Merged(_) => text.update_merged.to_owned(),
            Transition::Joined(_) => text.update_joined.to_owned(),
            // As HTML that was made safe before it came into the journal.
            Transition::Written(said) => said.html.of(self.tag()).to_owned(),
        }
    }

    /// That a component's status is stated and why, and then what its checks find meanwhile.
    pub fn stated(self, stated: &Stated) -> (String, String) {
        let text = self.live();
        let reason = stated.reason.of(self.tag());
        let said = if reason.is_empty() {
            text.stated.to_owned()
        } else {
            fill(text.stated_reason, &[("reason", reason)])
        };
        (said, fill(text.stated_measured, &[("found", self.found(stated.measured))]))
    }

    fn by(self, supplier: &Text) -> String {
        fill(self.live().supplier_says, &[("name", supplier.of(self.tag()))])
    }

    /// What is said of a component beside its name: whose word its status is, if it is a supplier's, and its description.
    pub fn about(self, definition: &ComponentDefinition) -> String {
        let description = definition.description.of(self.tag());
        match &definition.supplier {
            None => description.to_owned(),
            Some(supplier) => {
                let says = self.by(supplier);
                if description.is_empty() { says } else { [description, " · ", &says].concat() }
            }
        }
    }

    /// How long an incident took.
    pub fn lasted(self, length: &str) -> String {
        fill(self.live().lasted, &[("length", length)])
    }

    /// A component with its status.
    pub fn component_state(self, name: &str, seen: Status) -> String {
        fill(self.live().component_state, &[("name", name), ("status", self.status_within(seen))])
    }

    /// The banner's second line. `names` are those of the affected components.
    pub fn affected(self, names: &[&str], total: usize) -> String {
        let text = self.live();
        match (names, total) {
            ([], 0) => text.first_component.to_owned(),
            ([], 1) => text.one_works.to_owned(),
            ([], total) => self.counted(text.all_work, total as u64),
            _ => fill(text.affected, &[("names", &self.list(names))]),
        }
    }

    /// Names as a list; of many the first two and how many more.
    fn list(self, names: &[&str]) -> String {
        let text = self.live();
        match names {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [a, b] => fill(text.list_two, &[("a", a), ("b", b)]),
            [a, b, c] => fill(text.list_three, &[("a", a), ("b", b), ("c", c)]),
            [a, b, rest @ ..] => {
                let more = rest.len();
                let template = self.form(text.list_more, more as u64);
                fill(template, &[("a", a), ("b", b), ("n", &more.to_string())])
            }
        }
    }
}

/// Uptime and coverage.
impl Words {
    /// The uptime under the bars, whatever part of them the screen has room for.
    pub fn uptime(self, uptime: &Uptime) -> String {
        let text = self.live();
        match uptime.uptime_bp {
            Some(figure) => fill(text.uptime_90, &[("figure", &self.percent(figure))]),
            None => text.no_data.to_owned(),
        }
    }

    /// What must be said with an uptime figure that rests on too little; empty when it rests on enough.
    pub fn coverage_note(self, uptime: &Uptime) -> String {
        if uptime.covered || uptime.uptime_bp.is_none() {
            return String::new();
        }
        fill(self.live().coverage_note, &[("share", &self.percent(uptime.coverage_bp))])
    }

    /// How much of a window was watched.
    pub fn coverage(self, uptime: &Uptime) -> String {
        let text = self.live();
        match uptime.coverage_bp {
            0 => text.coverage_none.to_owned(),
            10_000 => text.coverage_full.to_owned(),
            part => fill(text.coverage_part, &[("share", &self.percent(part))]),
        }
    }

    /// A status and how long it took on a day.
    pub fn day_part(self, status: Status, ms: u64) -> String {
        let length = self.duration(ms);
        fill(self.live().day_part, &[("status", self.status(status)), ("length", &length)])
    }

    /// The uptime of a day.
    pub fn day_uptime(self, figure_bp: u32) -> String {
        fill(self.live().day_uptime, &[("figure", &self.percent(figure_bp))])
    }

    /// What a screen reader hears of the bars.
    pub fn bars(self, days: usize, outages: usize, unwatched: usize, figure: &str) -> String {
        let text = self.live();
        let days = self.counted(text.days, days as u64);
        let outages = match outages {
            0 => text.bars_no_outage.to_owned(),
            outages => self.counted(text.bars_outages, outages as u64),
        };
        if unwatched == 0 {
            return fill(text.bars, &[("days", &days), ("outages", &outages), ("figure", figure)]);
        }
        let gaps = self.counted(text.bars_unwatched, unwatched as u64);
        fill(text.bars_gaps, &[("days", &days), ("outages", &outages), ("gaps", &gaps), ("figure", figure)])
    }
}

/// How fresh the page is.
impl Words {
    /// How long ago something was looked at.
    pub fn checked_ago(self, ms: u64) -> String {
        let text = self.live();
        match ms / 1_000 {
            0 => text.checked_now.to_owned(),
            seconds => fill(text.checked_ago, &[("length", &self.duration(seconds * 1_000))]),
        }
    }

    /// The page's own server is down, and another is followed.
    pub fn mirrored(self, host: &str) -> String {
        fill(self.live().mirrored, &[("host", host)])
    }

    /// The stream is down. `since` and `known` are moments in the visitor's own manner.
    pub fn interrupted(self, since: &str, known: &str) -> String {
        let text = self.live();
        let template = if since == known { text.interrupted } else { text.interrupted_older };
        fill(template, &[("since", since), ("known", known)])
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn the_banner_names_the_affected_and_counts_the_rest() {
        let words = Words::english();
        assert_eq!(words.affected(&[], 5), "All 5 components are working.");
        assert_eq!(words.affected(&["A"], 5), "Affected: A");
        assert_eq!(words.affected(&["A", "B", "C"], 5), "Affected: A, B and C");
        assert_eq!(words.affected(&["A", "B", "C", "D"], 5), "Affected: A, B and 2 more");
    }

    #[test]
    fn what_a_supplier_says_is_not_told_as_found_by_our_checks() {
        let mut snapshot = samples::page(&[("Card payments", Status::MajorOutage)]);
        let said = |snapshot: &Snapshot| {
            let detected = Transition::Detected(Status::MajorOutage);
            Words::english().transition(&detected, snapshot.components.first())
        };
        assert_eq!(said(&snapshot), "Our checks found a major outage. We are looking into it.");
        snapshot.components[0].definition.supplier = Some("Ledgerline".into());
        assert_eq!(said(&snapshot), "As Ledgerline says: a major outage");
    }

    #[test]
    fn an_incident_that_pharos_opened_has_a_title_in_every_language_and_a_persons_title_stays() {
        let snapshot = samples::page(&[("Public API", Status::MajorOutage)]);
        let mut incident = samples::incident("i1", "public-api", true);
        incident.title = Text::default();
        let words = Words::english();
        assert_eq!(words.incident_title(&snapshot, &incident), "Public API is not available");
        incident.title = "We moved house".into();
        assert_eq!(words.incident_title(&snapshot, &incident), "We moved house");
    }
}
