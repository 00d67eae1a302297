//! The page of failovers as Markdown: what is redundant, what happened to it, and how restores on trial went.

use std::fmt::Write;

use pharos_model::{ComponentId, Drill, Failover, FailoverKind};

use super::super::Written;
use super::super::view::View;
use super::markdown::{line, names, plain};

/// Drills told of, the newest of them.
const DRILLS_MAX: usize = 10;

/// The page.
pub fn write(view: &View) -> Written {
    let (text, snapshot) = (view.words.page(), &view.snapshot);
    let mut out = format!(
        "# {}\n\n{}\n\n{}\n",
        plain(&view.words.title(text.resilience, snapshot)),
        plain(text.resilience_about),
        view.words.as_of(snapshot.at)
    );
    redundant(view, &mut out);
    line!(out, "\n## {}\n", text.failovers);
    if snapshot.failovers.is_empty() {
        line!(out, "{}", text.no_failovers);
    }
    for known in &snapshot.failovers {
        line!(out, "{}", failover(view, known));
    }
    if !snapshot.drills.is_empty() {
        line!(out, "\n## {}\n", text.drills);
    }
    for known in snapshot.drills.iter().take(DRILLS_MAX) {
        line!(out, "{}", drill(view, known));
    }
    out.into()
}

/// Components with members, and what is left of them to lose.
fn redundant(view: &View, out: &mut String) {
    let words = view.words;
    let mut is_first = true;
    for component in &view.snapshot.components {
        let Some(known) = component.redundancy.as_deref() else { continue };
        if std::mem::take(&mut is_first) {
            line!(out, "\n## {}\n", words.page().redundant_parts);
        }
        let id = &component.definition.id;
        let address = view.address(&["/components/", id.as_str(), ".md"].concat());
        let state = known.state.map(|state| [", ", words.redundancy(state)].concat()).unwrap_or_default();
        let (name, status) = (plain(view.name_of(id)), words.status_within(component.status));
        line!(out, "- [{name}]({address}): {status}{state}");
        for member in &known.members {
            let role = member.role.map(|role| [", ", words.role(role)].concat()).unwrap_or_default();
            let name = plain(view.name_of(&member.component));
            line!(out, "  - {name}: {}{role}", words.status_within(member.status));
        }
    }
}

/// A value with its label, and with what was promised of it.
fn fact(label: &str, value: &str, promise: Option<String>) -> String {
    let promise = promise.map(|promise| [" (", &promise, ")"].concat()).unwrap_or_default();
    format!(". {label}: {value}{promise}")
}

fn failover(view: &View, known: &Failover) -> String {
    let (words, text) = (view.words, view.words.page());
    let moved: Vec<&ComponentId> =
        std::iter::once(&known.from).chain(known.to.as_ref().filter(|to| **to != known.from)).collect();
    let moved = moved.into_iter().map(|id| plain(view.name_of(id))).collect::<Vec<_>>().join(" → ");
    let of = names(view, std::slice::from_ref(&known.component));
    let (at, kind) = (words.moment(known.failed.by), words.failover_kind(known.kind));
    let mut told = format!("- {at}, **{of}: {kind}**, {moved}");
    let (is_member, rto) = (known.kind == FailoverKind::MemberLost, known.rto());
    if !is_member || known.service_lost {
        let took = rto.map_or_else(|| text.still.to_owned(), |observed| words.observed(observed));
        let promise = words.promise(known.rto_objective_ms, known.met_rto(), rto.is_some());
        told += &fact(text.recovery_time, &took, promise);
    }
    if !is_member {
        let promise = words.promise(known.rpo_objective_ms, known.met_rpo(), false);
        told += &fact(text.data_at_risk, &words.at_risk(known), promise);
    }
    let bare = known.at_risk_ms().map_or_else(|| text.still.to_owned(), |ms| words.duration(ms));
    told + &fact(text.time_at_risk, &bare, None)
}

fn drill(view: &View, known: &Drill) -> String {
    let (words, text) = (view.words, view.words.page());
    let outcome = if known.passed { text.drill_passed } else { text.drill_failed };
    let told = format!("- {}, **{outcome}**", words.moment(known.began_at));
    // One that failed has restored nothing that could be told of.
    if !known.passed {
        return told;
    }
    let at_risk = known.at_risk_ms.map_or_else(|| text.not_reported.to_owned(), |ms| words.brief(ms));
    let took = fact(
        text.recovery_time,
        &words.brief(known.took_ms),
        words.promise(known.rto_objective_ms, known.met_rto(), true),
    );
    let lost =
        fact(text.data_at_risk, &at_risk, words.promise(known.rpo_objective_ms, known.met_rpo(), false));
    [told, took, lost].concat()
}
