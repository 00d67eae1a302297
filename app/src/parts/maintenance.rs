//! Maintenance, shown ahead: what is done, when by the visitor's own clock, and to what.

use leptos::prelude::*;
use pharos_model::{ComponentId, Maintenance, Snapshot, Status};

use super::icon::{self, StatusIcon};
use super::time::Moment;
use crate::words::Words;

/// Maintenance in progress and to come, of one component or of all; nothing when there is none.
pub fn planned(snapshot: &Snapshot, of: Option<&ComponentId>, words: Words) -> Option<AnyView> {
    let concerns = |planned: &&Maintenance| of.is_none_or(|id| planned.components.contains(id));
    let cards: Vec<_> = snapshot
        .planned_maintenances()
        .filter(concerns)
        .map(|planned| card(snapshot, planned, words))
        .collect();
    if cards.is_empty() {
        return None;
    }
    let view = view! {
        <section class="planned" aria-labelledby="planned">
            <h2 id="planned">{words.page().maintenance_ahead}</h2>
            {cards}
        </section>
    };
    Some(view.into_any())
}

fn card(snapshot: &Snapshot, planned: &Maintenance, words: Words) -> AnyView {
    let name = |id: &ComponentId| {
        let component = snapshot.component(id)?;
        Some(component.definition.name.of(words.tag()).to_owned())
    };
    let names: Vec<String> = planned.components.iter().filter_map(name).collect();
    let title = planned.title.of(words.tag()).to_owned();
    let description = planned.description.of(words.tag()).to_owned();
    let is_active = planned.status.is_active();
    view! {
        <article class=icon::classes("incident card", Status::UnderMaintenance)>
            <h3>
                <StatusIcon status=Status::UnderMaintenance/>
                <span dir="auto">{title}</span>
            </h3>
            <p class="meta">
                {is_active.then(|| view! { <span>{words.status(Status::UnderMaintenance)}</span> })}
                <span>{window(planned, words)}</span>
                <span dir="auto">{names.join(", ")}</span>
            </p>
            {(!description.is_empty()).then(|| view! { <p class="said" dir="auto">{description}</p> })}
        </article>
    }
    .into_any()
}

/// From when to when, in the order of the language.
fn window(planned: &Maintenance, words: Words) -> AnyView {
    let text = words.page().maintenance_time;
    let (before, rest) = text.split_once("{from}").unwrap_or((text, ""));
    let (between, after) = rest.split_once("{until}").unwrap_or((rest, ""));
    let (start, end) = (planned.scheduled_start, planned.scheduled_end);
    // A text of no length would be drawn as a blank.
    let before = (!before.is_empty()).then_some(before);
    view! { {before}<Moment at=start words/>{between}<Moment at=end words/>{(!after.is_empty()).then_some(after)} }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use crate::words::LANGUAGES;
    use pharos_model::{Change, MaintenanceId, MaintenanceStatus, UnixMs};

    fn with_work(status: MaintenanceStatus) -> Snapshot {
        let mut snapshot = samples::page(&[("API", Status::Operational), ("Website", Status::Operational)]);
        let planned = Maintenance {
            id: MaintenanceId::new("db").unwrap(),
            title: "Upgrade <b>".into(),
            components: vec![ComponentId::new("api").unwrap()],
            scheduled_start: UnixMs(1_795_435_200_000),
            scheduled_end: UnixMs(1_795_438_800_000),
            status,
            ..Maintenance::default()
        };
        snapshot.apply_change(snapshot.at, &Change::MaintenanceChanged(Box::new(planned))).unwrap();
        snapshot
    }

    fn html(snapshot: &Snapshot, of: Option<&str>) -> String {
        let id = of.map(|id| ComponentId::new(id).unwrap());
        planned(snapshot, id.as_ref(), Words::english()).map(RenderHtml::to_html).unwrap_or_default()
    }

    #[test]
    fn work_to_come_is_shown_with_its_time_and_whom_it_concerns() {
        let html = html(&with_work(MaintenanceStatus::Scheduled), None);
        assert!(html.contains("Upgrade &lt;b&gt;") && html.contains(">API<"), "{html}");
        assert!(
            html.contains("datetime=\"2026-11-23T12:00:00Z\"")
                && html.contains("datetime=\"2026-11-23T13:00:00Z\"")
        );
        assert!(!html.contains("Under maintenance"));
    }

    #[test]
    fn work_in_progress_says_so_and_what_is_over_is_not_shown() {
        assert!(html(&with_work(MaintenanceStatus::InProgress), None).contains("Under maintenance"));
        assert_eq!(html(&with_work(MaintenanceStatus::Completed), None), "");
        assert_eq!(html(&with_work(MaintenanceStatus::Cancelled), None), "");
    }

    #[test]
    fn a_component_shows_its_own_work_only() {
        let snapshot = with_work(MaintenanceStatus::Scheduled);
        assert!(html(&snapshot, Some("api")).contains("Upgrade"));
        assert_eq!(html(&snapshot, Some("website")), "");
    }

    #[test]
    fn every_language_names_the_beginning_before_the_end() {
        for language in LANGUAGES {
            let text = language.page.maintenance_time;
            assert!(text.find("{from}") < text.find("{until}"), "{}", language.tag);
        }
    }
}
