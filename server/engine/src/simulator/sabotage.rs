//! Deliberate mistakes, to show that the rules have teeth: what the core decided is falsified on its way out.

use pharos_model::{Change, IncidentId, IncidentStatus, Status};

use crate::{Fact, Output};

/// A mistake.
#[cfg_attr(not(test), expect(dead_code, reason = "mistakes are made in tests only"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// None: the core as it is.
    None,
    /// Absences are not written down.
    HideAbsence,
    /// Absences are written down as shorter than they were.
    ShortenAbsence,
    /// Outages begin when they are confirmed.
    NoBackdating,
    /// Good times begin earlier than anybody saw them.
    EarlyGreen,
    /// Stale evidence is believed.
    KeepGreen,
    /// Each incident is opened twice.
    DoubleIncident,
    /// Incidents are never resolved.
    NoResolution,
    /// A status that did not change is recorded again.
    RepeatStatus,
    /// Entries bear a time before the entry before them.
    TimeRunsBack,
    /// Days are not begun.
    HideDays,
    /// Each probe is handed out twice.
    DoubleProbe,
    /// Probes of some checks are not handed out.
    StarveProbes,
    /// An entry is lost between the core and the journal.
    LoseEntry,
    /// An event does not reach the browser.
    LoseEvent,
}

impl Sabotage {
    /// Falsifies what the core put out.
    pub fn falsify(self, out: &mut Output, step: u64) {
        match self {
            Self::HideAbsence => out.facts.retain(|fact| fact.kind() != "unwatched"),
            Self::ShortenAbsence => {
                for fact in &mut out.facts {
                    if let Fact::Public(Change::Unwatched { from, until }) = fact {
                        *from = (*from).max(until.minus_ms(1_000));
                    }
                }
            }
            Self::HideDays => out.facts.retain(|fact| fact.kind() != "day_began" || step < 2),
            Self::NoResolution => out.facts.retain(|fact| !resolves(fact)),
            Self::KeepGreen => {
                if out.facts.iter().any(is_stale) {
                    out.facts.retain(|fact| !is_stale(fact) && !is_unknown(fact));
                }
            }
            Self::LoseEntry => {
                let public = |fact: &Fact| fact.kind() == "verdict_changed";
                out.facts.retain(|fact| !public(fact) || !step.is_multiple_of(7));
            }
            Self::NoBackdating => {
                for fact in &mut out.facts {
                    match fact {
                        Fact::Public(Change::StatusChanged { from, .. }) => *from = out.at,
                        Fact::Public(Change::IncidentOpened(incident)) => incident.began_at = out.at,
                        _ => {}
                    }
                }
            }
            Self::EarlyGreen => {
                for fact in &mut out.facts {
                    if let Fact::Public(Change::StatusChanged { from, status: Status::Operational, .. }) =
                        fact
                    {
                        *from = from.minus_ms(20_000);
                    }
                }
            }
            Self::DoubleIncident => {
                let again = out.facts.iter().filter_map(opened_again).collect::<Vec<_>>();
                out.facts.extend(again);
            }
            Self::RepeatStatus => {
                let again = out.facts.iter().find(|fact| fact.kind() == "status_changed").cloned();
                out.facts.extend(again);
            }
            Self::TimeRunsBack if step.is_multiple_of(5) => out.at = out.at.minus_ms(60_000),
            Self::DoubleProbe => {
                let again = out.probes.clone();
                out.probes.extend(again);
            }
            Self::None | Self::LoseEvent | Self::TimeRunsBack => {}
            Self::StarveProbes => out.probes.retain(|due| !due.check.0.ends_with('1')),
        }
    }
}

fn resolves(fact: &Fact) -> bool {
    matches!(fact, Fact::Public(Change::IncidentUpdated { update, .. }) if update.status == IncidentStatus::Resolved)
}

fn is_stale(fact: &Fact) -> bool {
    matches!(fact, Fact::VerdictChanged { verdict, .. } if verdict.status == Status::Unknown)
}

fn is_unknown(fact: &Fact) -> bool {
    matches!(fact, Fact::Public(Change::StatusChanged { status: Status::Unknown, .. }))
}

fn opened_again(fact: &Fact) -> Option<Fact> {
    let Fact::Public(Change::IncidentOpened(incident)) = fact else { return None };
    let mut again = incident.clone();
    again.id = IncidentId::new(&format!("{}-again", incident.id)).ok()?;
    Some(Fact::Public(Change::IncidentOpened(again)))
}
