//! The journal that is made of a past: every entry at its real time, in order, and the same for the same past, byte by byte.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use jiff::tz::TimeZone;
use pharos_engine::desk::Series;
use pharos_engine::{Fact, day_at};
use pharos_import::{Haul, Turn};
use pharos_model::{Change, ComponentId, Day, Incident, Origin, PageDefinition, Snapshot, UnixMs};
use pharos_store::{Chain, Head, JournalRow};

use super::maintenances::Planned;
use super::series;
use super::update::{Taken, Told};
use crate::config::Loaded;
use crate::limits::{IMPORT_LAYOUTS_MAX, IMPORT_ROWS_AT_ONCE};

/// What happens at a moment. The order of the variants is that of things that happen at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Day(usize),
    Layout(usize),
    Maintenance(usize, usize),
    Incident(usize, usize),
    Turn(usize),
    End,
    Series(usize),
}

/// A past, ready to be written down.
pub struct Past {
    days: Vec<Day>,
    layouts: Vec<PageDefinition>,
    turns: Vec<Turn>,
    incidents: Vec<Told>,
    maintenances: Vec<Planned>,
    series: Vec<Series>,
    steps: Vec<(UnixMs, Step)>,
    begin: UnixMs,
    covers: UnixMs,
}

impl Past {
    /// The past of a haul; `None` where it tells of none.
    ///
    /// # Errors
    /// When something in it can be given no name.
    pub fn of(haul: &Haul, loaded: &Loaded) -> anyhow::Result<Option<Self>> {
        let zone = &loaded.engine.time_zone;
        let mut turns = haul.turns.clone();
        turns.sort_by_key(|turn| turn.from);
        let (mut taken, mut incidents) = (Taken::default(), Vec::new());
        for incident in in_order(&haul.incidents) {
            incidents.push(Told::new(incident, zone, &mut taken)?);
        }
        let (mut taken, mut maintenances) = (Taken::default(), Vec::new());
        let mut planned = haul.maintenances.clone();
        planned.sort_by_key(|maintenance| (maintenance.scheduled_start, maintenance.announced_at));
        for mut maintenance in planned {
            // What is to come was announced by the time of which the source tells last.
            maintenance.announced_at =
                maintenance.announced_at.min(haul.covers.unwrap_or(maintenance.announced_at));
            maintenances.push(Planned::new(maintenance, zone, &mut taken)?);
        }
        let mut steps = Vec::new();
        steps.extend(turns.iter().enumerate().map(|(index, turn)| (turn.from, Step::Turn(index))));
        for (index, told) in incidents.iter().enumerate() {
            let said = told.said().iter().enumerate();
            steps.extend(said.map(|(update, said)| (said.at, Step::Incident(index, update))));
        }
        for (index, planned) in maintenances.iter().enumerate() {
            let moments = planned.moments().iter().enumerate();
            steps.extend(moments.map(|(step, at)| (*at, Step::Maintenance(index, step))));
        }
        let Some(begin) = steps.iter().map(|(at, _)| *at).min() else { return Ok(None) };
        let last = steps.iter().map(|(at, _)| *at).max().unwrap_or(begin);
        let covers = haul.covers.unwrap_or(last).max(last);
        let (layouts, begins) = layouts(&loaded.engine.definition, &turns, (begin, covers));
        steps.extend(begins.into_iter().enumerate().map(|(index, at)| (at, Step::Layout(index))));
        let days = days(zone, (begin, covers));
        steps
            .extend(days.iter().enumerate().map(|(index, day)| (day.starts_at.max(begin), Step::Day(index))));
        steps.push((covers, Step::End));
        let series = series::planned(&haul.series)?;
        steps.extend((0..series.len()).map(|index| (covers, Step::Series(index))));
        steps.sort_unstable();
        Ok(Some(Self { days, layouts, turns, incidents, maintenances, series, steps, begin, covers }))
    }

    /// When it begins.
    pub fn begin(&self) -> UnixMs {
        self.begin
    }

    /// Up to when it tells.
    pub fn covers(&self) -> UnixMs {
        self.covers
    }

    /// What it tells of at a moment, by the name that the source has for it.
    pub fn told_at(&self, at: UnixMs) -> String {
        let named = |(_, step): &(UnixMs, Step)| match *step {
            Step::Turn(index) => {
                self.turns.get(index).map(|turn| format!("the component `{}`", turn.component))
            }
            Step::Incident(index, _) => {
                self.incidents.get(index).map(|told| format!("the incident \"{}\"", told.title()))
            }
            Step::Maintenance(index, _) => {
                self.maintenances.get(index).map(|planned| format!("the maintenance \"{}\"", planned.title()))
            }
            Step::Day(_) | Step::Layout(_) | Step::End | Step::Series(_) => None,
        };
        let found = self.steps.iter().filter(|(when, _)| *when == at).find_map(named);
        found.unwrap_or_else(|| "the page".to_owned())
    }

    /// How many incidents are open at its end.
    pub fn open_incidents(&self) -> usize {
        self.incidents.iter().filter(|told| told.is_open()).count()
    }

    /// The end of the journal that is made of it.
    ///
    /// # Errors
    /// When something in it cannot be written down.
    pub fn head(&self) -> anyhow::Result<Head> {
        let mut rows = self.rows();
        while !rows.next()?.is_empty() {}
        Ok(rows.head)
    }

    /// Its entries, from the first.
    pub fn rows(&self) -> Rows<'_> {
        Rows {
            past: self,
            place: 0,
            board: Snapshot::empty(Origin::default()),
            told: BTreeMap::new(),
            head: Head { seq: 0, chain: Chain::default() },
        }
    }
}

/// By their beginnings, so that names are given in the same order whatever the order of the source.
fn in_order(incidents: &[pharos_import::Incident]) -> Vec<pharos_import::Incident> {
    let mut incidents = incidents.to_vec();
    incidents.sort_by(|one, other| {
        let key = |incident: &pharos_import::Incident| (incident.began_at, incident.title.plain().to_owned());
        key(one).cmp(&key(other))
    });
    incidents
}

/// How the page was laid out, and since when: a component is on it from when the source first tells how it was, for time before that would be
/// time in which nobody looked.
fn layouts(
    whole: &PageDefinition,
    turns: &[Turn],
    (begin, covers): (UnixMs, UnixMs),
) -> (Vec<PageDefinition>, Vec<UnixMs>) {
    let mut first: BTreeMap<&ComponentId, UnixMs> = BTreeMap::new();
    for turn in turns {
        first.entry(&turn.component).or_insert(turn.from);
    }
    let of = |id: &ComponentId| first.get(id).copied().unwrap_or(covers);
    let mut begins: BTreeSet<UnixMs> = whole.components.iter().map(|component| of(&component.id)).collect();
    begins.insert(begin);
    // Each layout names all components, so that there must not be too many: those in between begin with the one before.
    let every = begins.len().div_ceil(IMPORT_LAYOUTS_MAX).max(1);
    let begins: Vec<UnixMs> =
        begins.into_iter().enumerate().filter(|(index, _)| index % every == 0).map(|(_, at)| at).collect();
    let place = |id: &ComponentId| begins.partition_point(|begin| *begin <= of(id)).saturating_sub(1);
    let layout = |index: usize| PageDefinition {
        page: whole.page.clone(),
        groups: whole.groups.clone(),
        components: whole.components.iter().filter(|part| place(&part.id) <= index).cloned().collect(),
    };
    ((0..begins.len()).map(layout).collect(), begins)
}

/// The days of the page in a stretch of time.
fn days(zone: &TimeZone, (begin, covers): (UnixMs, UnixMs)) -> Vec<Day> {
    /// From the beginning of a day into the next one, whether that has 23 hours or 25.
    const INTO_NEXT_MS: u64 = 30 * 3_600_000;
    let mut days = vec![day_at(zone, begin)];
    while let Some(last) = days.last() {
        let next = day_at(zone, last.starts_at.plus_ms(INTO_NEXT_MS));
        if next.starts_at > covers || next.starts_at <= last.starts_at {
            break;
        }
        days.push(next);
    }
    days
}

/// The entries of a past, a few at a time.
pub struct Rows<'p> {
    past: &'p Past,
    place: usize,
    board: Snapshot,
    /// Incidents that are not told to their end.
    told: BTreeMap<usize, Incident>,
    /// The end of what was handed over.
    pub head: Head,
}

impl Rows<'_> {
    /// The next few; none at the end.
    ///
    /// # Errors
    /// When something cannot be written down.
    pub fn next(&mut self) -> anyhow::Result<Vec<JournalRow>> {
        let mut rows = Vec::new();
        while rows.len() < IMPORT_ROWS_AT_ONCE
            && let Some((at, step)) = self.past.steps.get(self.place).copied()
        {
            self.place += 1;
            // What operators keep changes nothing that visitors see until it is announced.
            if let Step::Series(index) = step {
                let series = self.past.series.get(index).cloned().map(Box::new).map(Fact::SeriesSaved);
                rows.extend(series.map(|fact| self.row(at, fact)).transpose()?);
                continue;
            }
            for change in self.changes(step)? {
                self.board.apply_change(at, &change).context("the past does not fit together")?;
                rows.push(self.row(at, Fact::Public(change))?);
            }
        }
        Ok(rows)
    }

    fn row(&mut self, at: UnixMs, fact: Fact) -> anyhow::Result<JournalRow> {
        let payload = serde_json::to_string(&fact).context("an entry cannot be written")?;
        let (seq, kind) = (self.head.seq + 1, fact.kind());
        let chain = self.head.chain.after(seq, at, kind, &payload);
        // Everything before is public: what is not comes last.
        let after = fact.public().map(|_| self.head.seq);
        self.head = Head { seq, chain };
        Ok(JournalRow { seq, after, at, term: 1, kind: kind.to_owned(), payload, chain })
    }

    fn changes(&mut self, step: Step) -> anyhow::Result<Vec<Change>> {
        let past = self.past;
        Ok(match step {
            Step::Day(index) => past.days.get(index).map(|day| Change::DayBegan(*day)).into_iter().collect(),
            Step::Layout(index) => {
                past.layouts.get(index).cloned().map(Change::Configured).into_iter().collect()
            }
            Step::Turn(index) => {
                // What stays as it is begins nothing anew: a component is unknown from when it comes to the page.
                let board = &self.board;
                let is_new = |turn: &&Turn| {
                    board.component(&turn.component).is_none_or(|known| known.status != turn.status)
                };
                let turn = past.turns.get(index).filter(is_new).map(|turn| Change::StatusChanged {
                    component: turn.component.clone(),
                    status: turn.status,
                    from: turn.from,
                });
                turn.into_iter().collect()
            }
            Step::Maintenance(index, step) => match past.maintenances.get(index) {
                Some(planned) => vec![Change::MaintenanceChanged(Box::new(planned.step(step)?))],
                None => Vec::new(),
            },
            Step::Incident(index, update) => self.said(index, update)?,
            Step::End => vec![Change::Checkpoint],
            Step::Series(_) => Vec::new(),
        })
    }

    /// What is said of an incident: it opens, or goes on. One that the board has let go is told whole.
    fn said(&mut self, index: usize, number: usize) -> anyhow::Result<Vec<Change>> {
        let Some(told) = self.past.incidents.get(index) else { return Ok(Vec::new()) };
        let mut changes = Vec::new();
        if number == 0 {
            let Some(incident) = told.opened()? else { return Ok(changes) };
            self.told.insert(index, incident.clone());
            changes.push(Change::IncidentOpened(incident));
        } else if let (Some(update), Some(incident)) = (told.update(number)?, self.told.get_mut(&index)) {
            let impact = told.impact(number);
            incident.impact = impact;
            incident.follow(&update);
            let id = incident.id.clone();
            changes.push(if self.board.incident(&id).is_some() {
                Change::IncidentUpdated { id, update, impact }
            } else {
                Change::IncidentChanged(Box::new(incident.clone()))
            });
        }
        if number + 1 >= told.said().len()
            && let Some(incident) = self.told.remove(&index)
        {
            changes.extend(told.exactly(&incident).map(|exact| Change::IncidentChanged(Box::new(exact))));
        }
        Ok(changes)
    }
}

#[cfg(test)]
mod tests;
