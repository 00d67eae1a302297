//! Maintenance, shown ahead: what is done, when by the visitor's own clock, and to what.

use leptos::prelude::*;
use pharos_model::{
    ComponentId, Indicator, Maintenance, MaintenanceStatus, MaintenanceUpdate, Snapshot, Status,
};

use super::icon::{self, StatusIcon};
use super::time::Moment;
use crate::words::Words;

/// Maintenance in progress, of one component or of all; nothing when there is none.
pub fn in_progress(snapshot: &Snapshot, of: Option<&ComponentId>, words: Words) -> Option<AnyView> {
    let heading = ("in-progress", words.indicator(Indicator::Maintenance));
    section(snapshot, heading, |planned| planned.status.is_active() && concerns(planned, of), words)
}

/// Maintenance to come, of one component or of all; nothing when there is none.
pub fn ahead(snapshot: &Snapshot, of: Option<&ComponentId>, words: Words) -> Option<AnyView> {
    let heading = ("ahead", words.page().maintenance_ahead);
    // Of what comes again and again the next time is enough.
    let is_next = |planned: &Maintenance| {
        let same = |other: &&Maintenance| planned.series.is_some() && other.series == planned.series;
        let first = snapshot.planned_maintenances().filter(|other| !other.status.is_active()).find(same);
        first.is_none_or(|first| first.id == planned.id)
    };
    let is_wanted =
        |planned: &Maintenance| !planned.status.is_active() && concerns(planned, of) && is_next(planned);
    section(snapshot, heading, is_wanted, words)
}

fn concerns(planned: &Maintenance, of: Option<&ComponentId>) -> bool {
    of.is_none_or(|id| planned.components.contains(id))
}

fn section(
    snapshot: &Snapshot,
    (id, heading): (&'static str, &'static str),
    is_wanted: impl Fn(&Maintenance) -> bool,
    words: Words,
) -> Option<AnyView> {
    let wanted = snapshot.planned_maintenances().filter(|planned| is_wanted(planned));
    let cards: Vec<_> = wanted.map(|planned| card(snapshot, planned, words)).collect();
    (!cards.is_empty()).then(|| {
        view! {
            <section class="planned" aria-labelledby=id>
                <h2 id=id>{heading}</h2>
                {cards}
            </section>
        }
        .into_any()
    })
}

fn card(snapshot: &Snapshot, planned: &Maintenance, words: Words) -> AnyView {
    let name = |id: &ComponentId| {
        let component = snapshot.component(id)?;
        Some(component.definition.name.of(words.tag()).to_owned())
    };
    let names: Vec<String> = planned.components.iter().filter_map(name).collect();
    let title = planned.title.of(words.tag()).to_owned();
    let description = planned.description.of(words.tag()).to_owned();
    view! {
        <article class=icon::classes("incident card", Status::UnderMaintenance)>
            <h3>
                <StatusIcon status=Status::UnderMaintenance/>
                <span dir="auto">{title}</span>
            </h3>
            <p class="meta">
                {(planned.status == MaintenanceStatus::Verifying)
                    .then(|| view! { <span>{words.page().maintenance_verifying}</span> })}
                <span>{window(planned, words)}</span>
                <span><bdi>{names.join(", ")}</bdi></span>
            </p>
            {(!description.is_empty()).then(|| view! { <p class="said" dir="auto">{description}</p> })}
            {updates(planned, words)}
        </article>
    }
    .into_any()
}

/// What was said about it, newest first.
fn updates(planned: &Maintenance, words: Words) -> Option<AnyView> {
    let said = |update: &MaintenanceUpdate| {
        let html = update.body.html.of(words.tag()).to_owned();
        view! {
            <li>
                <p class="what"><Moment at=update.at words/></p>
                <div class="prose" dir="auto" inner_html=html></div>
            </li>
        }
    };
    let entries: Vec<_> = planned.updates.iter().rev().map(said).collect();
    (!entries.is_empty()).then(|| {
        view! { <ol class="timeline" aria-label=words.page().maintenance_updates>{entries}</ol> }.into_any()
    })
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
    use pharos_model::{Change, MaintenanceId, UnixMs};

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
        let (id, words) = (id.as_ref(), Words::english());
        let sections = [in_progress(snapshot, id, words), ahead(snapshot, id, words)];
        sections.into_iter().flatten().map(RenderHtml::to_html).collect()
    }

    #[test]
    fn work_to_come_is_shown_with_its_time_and_whom_it_concerns() {
        let html = html(&with_work(MaintenanceStatus::Scheduled), None);
        assert!(html.contains("Upgrade &lt;b&gt;") && html.contains(">API<"), "{html}");
        assert!(
            html.contains("datetime=\"2026-11-23T12:00:00Z\"")
                && html.contains("datetime=\"2026-11-23T13:00:00Z\"")
        );
        assert!(html.contains("Scheduled maintenance") && !html.contains("Maintenance in progress"));
    }

    #[test]
    fn work_in_progress_says_so_and_what_is_over_is_not_shown() {
        let now = html(&with_work(MaintenanceStatus::InProgress), None);
        assert!(now.contains("Maintenance in progress") && !now.contains("Scheduled maintenance"));
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
    fn of_what_comes_again_and_again_the_next_time_is_shown() {
        let mut snapshot = with_work(MaintenanceStatus::Scheduled);
        for (name, day) in [("one", 1), ("two", 2)] {
            let mut planned = snapshot.maintenances[0].clone();
            planned.id = MaintenanceId::new(name).unwrap();
            planned.title = format!("Backups {name}").into();
            planned.series = MaintenanceId::new("backups").ok();
            planned.scheduled_start = planned.scheduled_start.plus_ms(day * 86_400_000);
            snapshot.apply_change(snapshot.at, &Change::MaintenanceChanged(Box::new(planned))).unwrap();
        }
        let html = html(&snapshot, None);
        assert!(
            html.contains("Upgrade") && html.contains("Backups one") && !html.contains("Backups two"),
            "{html}"
        );
    }

    #[test]
    fn every_language_names_the_beginning_before_the_end() {
        for language in LANGUAGES {
            let text = language.page.maintenance_time;
            assert!(text.find("{from}") < text.find("{until}"), "{}", language.tag);
        }
    }
}
