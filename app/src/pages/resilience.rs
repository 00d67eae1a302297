//! The record of failovers: what is redundant, what happened to it, and how long recovery takes.

use leptos::prelude::*;
use pharos_model::{Component, ComponentId, Drill, ErrorBudget, Failover, FailoverKind, Observed, Snapshot};

use super::frame::{RESILIENCE, framed};
use crate::document::{Head, Shell};
use crate::parts::budget::budget;
use crate::parts::component_address;
use crate::parts::icon::StatusLabel;
use crate::parts::redundancy::redundancy;
use crate::parts::time::Moment;
use crate::words::Words;

/// Drills that are shown, the newest of them.
const DRILLS_SHOWN: usize = 10;
/// A mean is told from so many events on.
const MEAN_OF: usize = 3;

/// The document. `budgets` are those of components of which everybody may see what was promised.
pub fn resilience(
    snapshot: &Snapshot,
    budgets: &[(ComponentId, ErrorBudget)],
    (shell, words): (&Shell, Words),
) -> String {
    let text = words.page();
    let head = Head { about: text.resilience, description: text.resilience_about, path: Some(RESILIENCE) };
    shell
        .document(snapshot, words, &head, || framed(snapshot, words, &head, inside(snapshot, budgets, words)))
}

fn inside(snapshot: &Snapshot, budgets: &[(ComponentId, ErrorBudget)], words: Words) -> AnyView {
    let text = words.page();
    let parts: Vec<_> = snapshot
        .components
        .iter()
        .filter_map(|component| Some((component, redundancy(snapshot, component, words)?)))
        .map(|(component, picture)| view_component(snapshot, component, picture, words))
        .collect();
    let failovers: Vec<_> =
        snapshot.failovers.iter().map(|failover| view_failover(snapshot, failover, words)).collect();
    let is_quiet = failovers.is_empty();
    let budgets: Vec<_> = budgets
        .iter()
        .filter_map(|(id, known)| Some(budget(snapshot, snapshot.component(id)?, known, words)))
        .collect();
    let budgets = (!budgets.is_empty()).then(|| {
        view! {
            <section aria-labelledby="budgets" data-renew="-budgets">
                <h2 id="budgets">{text.budgets}</h2>
                <p class="about">{text.budgets_about}</p>
                <ul class="card rows">{budgets}</ul>
            </section>
        }
    });
    let parts = (!parts.is_empty()).then(|| {
        view! {
            <section aria-labelledby="redundant" data-renew="-redundant">
                <h2 id="redundant">{text.redundant_parts}</h2>
                <ul class="card rows">{parts}</ul>
            </section>
        }
    });
    let drills: Vec<_> =
        snapshot.drills.iter().take(DRILLS_SHOWN).map(|drill| view_drill(drill, words)).collect();
    let drills = (!drills.is_empty()).then(|| {
        view! {
            <section aria-labelledby="drills" data-renew="-drills">
                <h2 id="drills">{text.drills}</h2>
                <p class="about">{text.drills_about}</p>
                <ol class="failovers">{drills}</ol>
            </section>
        }
    });
    view! {
        <h1>{text.resilience}</h1>
        <p class="about">{text.resilience_about}</p>
        {parts}
        {budgets}
        <section aria-labelledby="failovers" data-renew="-failovers">
            <h2 id="failovers">{text.failovers}</h2>
            {is_quiet.then(|| view! { <p class="card empty">{text.no_failovers}</p> })}
            {(!is_quiet).then(|| view! { <ol class="failovers">{failovers}</ol> })}
        </section>
        {drills}
    }
    .into_any()
}

fn view_component(snapshot: &Snapshot, component: &Component, picture: AnyView, words: Words) -> AnyView {
    let text = words.page();
    let id = &component.definition.id;
    let name = component.definition.name.of(words.tag()).to_owned();
    let fact = |label: &'static str, value: String, more: Option<String>| {
        let more = more.map(|more| view! { <span class="soft promise">{more}</span> });
        view! { <div><dt>{label}</dt><dd>{value}{more}</dd></div> }
    };
    let known = component.redundancy.as_deref();
    let expected = snapshot.expected(component).zip(known).map(|(expected, known)| {
        let (share, by) = words.expected(expected, known.common_cause_ppm);
        fact(text.expected, share, Some(by))
    });
    let longest = known.map(|known| {
        let longest = known.longest_bare_at(snapshot.at);
        fact(text.longest_bare, words.longest_bare(longest), None)
    });
    let mean = |label: &'static str, mean: Option<String>| {
        let class = if mean.is_some() { "" } else { "soft" };
        let mean = mean.unwrap_or_else(|| text.from_three.to_owned());
        view! { <div><dt>{label}</dt><dd class=class>{mean}</dd></div> }
    };
    let recovery = mean_recovery(snapshot, id).map(|observed| words.observed(observed));
    let between = mean_between_ms(snapshot, id).map(|ms| words.brief(ms));
    view! {
        <li>
            <div class="row-head">
                <h3 class="name"><a href=component_address(id, words) dir="auto">{name}</a></h3>
                <StatusLabel status=component.status words/>
            </div>
            {picture}
            <dl class="means">
                {mean(text.mean_recovery, recovery)}
                {mean(text.mean_between, between)}
                {longest}
                {expected}
            </dl>
        </li>
    }
    .into_any()
}

fn view_failover(snapshot: &Snapshot, failover: &Failover, words: Words) -> AnyView {
    let text = words.page();
    let name = |id: &ComponentId| {
        let known = snapshot.component(id);
        known.map_or_else(|| id.to_string(), |known| known.definition.name.of(words.tag()).to_owned())
    };
    let of = name(&failover.component);
    let to = failover.to.as_ref().filter(|to| **to != failover.from).map(name);
    let from = name(&failover.from);
    let moved = to.map_or_else(
        || view! { <bdi>{from.clone()}</bdi> }.into_any(),
        |to| view! { <bdi>{from.clone()}</bdi> " → " <bdi>{to}</bdi> }.into_any(),
    );
    let rto = failover.rto();
    let recovery = rto.map(|observed| words.observed(observed));
    let is_member = failover.kind == FailoverKind::MemberLost;
    let time_promise = words.promise(failover.rto_objective_ms, failover.met_rto(), rto.is_some());
    let data_promise = words.promise(failover.rpo_objective_ms, failover.met_rpo(), false);
    let time_at_risk = failover.at_risk_ms().map(|ms| words.duration(ms));
    let incident = failover.incident.as_ref().and_then(|id| snapshot.incident(id));
    let incident = incident.map(|incident| {
        let address = words.address(&["/incidents/", incident.id.as_str()].concat());
        let title = words.incident_title(snapshot, incident);
        view! { <p class="more"><a href=address dir="auto">{title}</a></p> }
    });
    let fact = |label: &'static str, value: Option<String>, promise: Option<String>| {
        let value = value.unwrap_or_else(|| text.still.to_owned());
        view! {
            <div>
                <dt>{label}</dt>
                <dd>{value}{promise.map(|promise| view! { <span class="soft promise">{promise}</span> })}</dd>
            </div>
        }
    };
    view! {
        <li class="card inner failover">
            <h3><span dir="auto">{of}</span>": "{words.failover_kind(failover.kind)}</h3>
            <p class="meta"><span><Moment at=failover.failed.by words/></span> <span>{moved}</span></p>
            <dl class="means">
                {(!is_member || failover.service_lost).then(|| fact(text.recovery_time, recovery, time_promise))}
                {(!is_member).then(|| fact(text.data_at_risk, Some(words.at_risk(failover)), data_promise))}
                {fact(text.time_at_risk, time_at_risk, None)}
            </dl>
            {incident}
        </li>
    }
    .into_any()
}

fn view_drill(drill: &Drill, words: Words) -> AnyView {
    let text = words.page();
    let outcome = if drill.passed { text.drill_passed } else { text.drill_failed };
    let class = if drill.passed { "card inner failover" } else { "card inner failover failed" };
    let fact = |label: &'static str, value: String, promise: Option<String>| {
        let promise = promise.map(|promise| view! { <span class="soft promise">{promise}</span> });
        view! { <div><dt>{label}</dt><dd>{value}{promise}</dd></div> }
    };
    let time_promise = words.promise(drill.rto_objective_ms, drill.met_rto(), true);
    let data_promise = words.promise(drill.rpo_objective_ms, drill.met_rpo(), false);
    let at_risk = drill.at_risk_ms.map_or_else(|| text.not_reported.to_owned(), |ms| words.brief(ms));
    let restored = drill.passed.then(|| {
        view! {
            {fact(text.recovery_time, words.brief(drill.took_ms), time_promise)}
            {fact(text.data_at_risk, at_risk, data_promise)}
            {fact(text.drill_restored, words.drill_amount(drill), None)}
        }
    });
    view! {
        <li class=class>
            <h3>{outcome}</h3>
            <p class="meta"><span><Moment at=drill.began_at words/></span></p>
            {restored.map(|restored| view! { <dl class="means">{restored}</dl> })}
        </li>
    }
    .into_any()
}

/// Failures of a component that moved or stopped its service, the newest first. A switch on purpose is none, nor is the way back from
/// a member that did not fail.
fn failures<'a>(snapshot: &'a Snapshot, id: &'a ComponentId) -> impl Iterator<Item = &'a Failover> {
    snapshot.failovers_of(id).filter(|failover| match failover.kind {
        FailoverKind::Failover | FailoverKind::Recovery => true,
        FailoverKind::Failback | FailoverKind::MemberLost => failover.service_lost,
        FailoverKind::Switchover => false,
    })
}

/// The mean of the observed recovery times.
fn mean_recovery(snapshot: &Snapshot, id: &ComponentId) -> Option<Observed> {
    let times: Vec<Observed> = failures(snapshot, id).filter_map(Failover::rto).collect();
    if times.len() < MEAN_OF {
        return None;
    }
    let count = times.len() as u64;
    Some(Observed {
        least_ms: times.iter().map(|time| time.least_ms).sum::<u64>() / count,
        most_ms: times.iter().map(|time| time.most_ms).sum::<u64>() / count,
    })
}

/// The mean time from one failure to the next.
fn mean_between_ms(snapshot: &Snapshot, id: &ComponentId) -> Option<u64> {
    let at: Vec<_> = failures(snapshot, id).map(|failover| failover.failed.by).collect();
    if at.len() < MEAN_OF {
        return None;
    }
    let whole = at.first()?.since_ms(*at.last()?);
    Some(whole / (at.len() as u64 - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use pharos_model::{Between, Change, Status, UnixMs};

    fn failover(number: u32) -> Failover {
        let at = |second: i64| UnixMs(1_795_435_200_000 + (i64::from(number) * 3_600 + second) * 1_000);
        Failover {
            number,
            component: ComponentId::new("database").unwrap(),
            kind: FailoverKind::Failover,
            from: ComponentId::new("a").unwrap(),
            to: ComponentId::new("b").ok(),
            failed: Between { after: at(0), by: at(10) },
            confirmed_at: at(20),
            restored: Some(Between { after: at(20), by: at(30) }),
            redundant_at: None,
            lag_ms: Some(400),
            rto_objective_ms: Some(60_000),
            rpo_objective_ms: Some(300),
            service_lost: false,
            incident: None,
        }
    }

    fn page(count: u32) -> Snapshot {
        let mut snapshot = samples::page(&[
            ("Database", Status::Operational),
            ("A", Status::MajorOutage),
            ("B", Status::Operational),
        ]);
        for number in 1..=count {
            let change = Change::FailoverChanged(Box::new(failover(number)));
            snapshot.apply_change(snapshot.at, &change).unwrap();
        }
        snapshot
    }

    #[test]
    fn a_failover_tells_its_range_and_holds_it_against_what_was_promised() {
        let html = crate::markup(inside(&page(1), &[], Words::english()));
        for told in [
            "Database",
            "Failover",
            "10 seconds to 30 seconds",
            "objective 1 minute: kept",
            "400 ms",
            "objective 300 ms: missed",
            "it lasts",
        ] {
            assert!(html.contains(told), "{told}: {html}");
        }
    }

    #[test]
    fn a_drill_tells_how_long_it_took_and_what_would_have_been_lost() {
        let mut snapshot = page(0);
        let drill = Drill {
            began_at: snapshot.at,
            passed: true,
            took_ms: 1_500,
            at_risk_ms: Some(700),
            entries: 1_234,
            observations: 56,
            rto_objective_ms: Some(1_000),
            rpo_objective_ms: Some(1_000),
        };
        let failed = Drill { began_at: snapshot.at.plus_ms(1), passed: false, ..drill.clone() };
        for drill in [drill, failed] {
            snapshot.apply_change(snapshot.at, &Change::DrillHeld(Box::new(drill))).unwrap();
        }
        let html = crate::markup(inside(&snapshot, &[], Words::english()));
        for told in
            ["Passed", "objective 1 second: missed", "700 ms", "objective 1 second: kept", "1234 entries, 56"]
        {
            assert!(html.contains(told), "{told}: {html}");
        }
        // One that failed has restored nothing that could be told of.
        assert!(
            html.find("Failed") < html.find("Passed") && html.matches("Recovery time").count() == 1,
            "{html}"
        );
    }

    #[test]
    fn a_page_without_failovers_says_so() {
        let html = crate::markup(inside(&page(0), &[], Words::english()));
        assert!(html.contains("No failover so far."), "{html}");
    }

    #[test]
    fn the_way_back_is_no_failure_unless_the_service_was_out() {
        let id = ComponentId::new("database").unwrap();
        for (service_lost, counted) in [(false, 3), (true, 4)] {
            let mut snapshot = page(3);
            let back = Failover { kind: FailoverKind::Failback, service_lost, ..failover(4) };
            let change = Change::FailoverChanged(Box::new(back));
            snapshot.apply_change(snapshot.at, &change).unwrap();
            assert_eq!(failures(&snapshot, &id).count(), counted);
        }
    }

    #[test]
    fn a_mean_is_told_from_three_failures_on() {
        let id = ComponentId::new("database").unwrap();
        assert_eq!((mean_recovery(&page(2), &id), mean_between_ms(&page(2), &id)), (None, None));
        let observed = Observed { least_ms: 10_000, most_ms: 30_000 };
        assert_eq!(
            (mean_recovery(&page(3), &id), mean_between_ms(&page(3), &id)),
            (Some(observed), Some(3_600_000))
        );
    }
}
