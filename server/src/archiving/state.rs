//! How archiving is going, for health, figures and operators.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use pharos_archive::{ArchiveError, Manifest};
use pharos_model::UnixMs;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::limits::ARCHIVE_ALARM;

/// How it is going, as the node that leads tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    /// What is wrong, in words for operators.
    pub failure: Option<String>,
    /// The last entry in the archive.
    pub seq: u64,
    /// Up to when the archive holds everything.
    pub covers: Option<UnixMs>,
    /// Up to when raw observations are in it.
    pub history_covers: Option<UnixMs>,
}

/// What is archived, each at its own pace: one may fail while the other goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The journal.
    Journal,
    /// Accounts, audit log and snapshots.
    Accounts,
    /// Raw observations and rollups.
    History,
}

/// What fails, and since when.
#[derive(Debug)]
struct Trouble {
    since: Instant,
    why: String,
}

/// How archiving is going here.
#[derive(Debug, Default)]
pub struct ArchiveState {
    is_configured: Mutex<bool>,
    told: Mutex<Option<Archived>>,
    troubles: Mutex<BTreeMap<Part, Trouble>>,
    heard: Mutex<Option<Archived>>,
    /// When the oldest entry was written that is not in the archive.
    waits: Mutex<Option<UnixMs>>,
}

impl ArchiveState {
    /// Notes whether anything is to be archived.
    pub fn configured(&self, is: bool) {
        *self.is_configured.lock().unwrap_or_else(PoisonError::into_inner) = is;
        if !is {
            self.rests();
        }
    }

    /// Whether anything is to be archived.
    pub fn is_configured(&self) -> bool {
        *self.is_configured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that it is another node's to archive.
    pub fn rests(&self) {
        *self.told() = None;
        self.troubles().clear();
        self.waits_from(None);
    }

    /// Notes that an entry of this time is not in the archive yet.
    pub fn waits(&self, at: UnixMs) {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(at);
    }

    /// Notes of which time the oldest entry is that is not in the archive; nothing where all are.
    pub fn waits_from(&self, at: Option<UnixMs>) {
        *self.waits.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// For how long the oldest entry has been waiting for the archive, in milliseconds; 0 where none is, or another node archives.
    pub fn behind_ms(&self, now: UnixMs) -> u64 {
        let since = *self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        since.map_or(0, |since| now.since_ms(since))
    }

    /// Notes what was archived.
    pub fn archived(&self, manifest: &Manifest) {
        self.works(Part::Journal);
        self.waits_from(None);
        let mut told = self.told();
        let told = told.get_or_insert_default();
        (told.seq, told.covers) = (manifest.seq, Some(manifest.covers));
    }

    /// Notes up to when raw observations are archived.
    pub fn history_archived(&self, covers: Option<UnixMs>) {
        self.works(Part::History);
        self.told().get_or_insert_default().history_covers = covers;
    }

    /// Notes that a part is written.
    pub fn works(&self, part: Part) {
        if self.troubles().remove(&part).is_some() {
            tracing::info!(?part, "this part of the archive is written again");
        }
    }

    /// Notes that a part could not be written.
    pub fn failed(&self, part: Part, error: &ArchiveError) {
        let why = error.to_string();
        let mut troubles = self.troubles();
        let since = troubles.get(&part).map_or_else(Instant::now, |before| before.since);
        let before = troubles.insert(part, Trouble { since, why: why.clone() });
        if before.is_none_or(|before| before.why != why) {
            tracing::error!(%error, ?part, "the archive cannot be written; trying until it works");
        }
        drop(troubles);
        self.told().get_or_insert_default();
    }

    /// How it is going here; nothing where it is another node's to archive.
    pub fn here(&self) -> Option<Archived> {
        let failure = self.troubles().values().next().map(|trouble| trouble.why.clone());
        self.told().clone().map(|told| Archived { failure, ..told })
    }

    /// Whether the journal is in the archive, as far as it goes: what comes beside it may follow.
    pub fn is_begun(&self) -> bool {
        !self.troubles().contains_key(&Part::Journal)
            && self.told().as_ref().is_some_and(|told| told.covers.is_some())
    }

    /// Notes what the node that leads says.
    pub fn heard(&self, told: Option<Archived>) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }

    /// How it is going, here or at the node that leads.
    pub fn known(&self) -> Option<Archived> {
        self.here().or_else(|| self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Whether it is well: nothing where nothing is to be archived. A hiccup is no reason for an alarm.
    pub fn is_well(&self) -> Option<bool> {
        if !self.is_configured() {
            return None;
        }
        let fails_here = self.troubles().values().any(|trouble| trouble.since.elapsed() >= ARCHIVE_ALARM);
        let told_of = self.here().is_none() && self.known().is_some_and(|told| told.failure.is_some());
        Some(!fails_here && !told_of)
    }

    fn troubles(&self) -> std::sync::MutexGuard<'_, BTreeMap<Part, Trouble>> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Option<Archived>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_fails_for_long_is_an_alarm_and_a_hiccup_is_none() {
        let state = ArchiveState::default();
        assert_eq!(state.is_well(), None);
        state.configured(true);
        assert_eq!(state.is_well(), Some(true));
        state.failed(Part::Journal, &ArchiveError::Absent { place: "/nowhere".to_owned() });
        assert_eq!(state.is_well(), Some(true));
        tokio::time::advance(ARCHIVE_ALARM).await;
        assert_eq!(state.is_well(), Some(false));
        assert!(state.known().unwrap().failure.unwrap().contains("/nowhere"));
        state.rests();
        assert_eq!(state.is_well(), Some(true));
        state.heard(Some(Archived { failure: Some("full".to_owned()), ..Archived::default() }));
        assert_eq!(state.is_well(), Some(false));
    }

    #[test]
    fn how_long_something_waits_is_told_until_it_is_archived_and_from_the_oldest() {
        let (state, now) = (ArchiveState::default(), UnixMs(9_000));
        assert_eq!(state.behind_ms(now), 0);
        state.waits(UnixMs(2_000));
        state.waits(UnixMs(5_000));
        assert_eq!(state.behind_ms(now), 7_000);
        state.failed(Part::Journal, &ArchiveError::Absent { place: "/nowhere".to_owned() });
        assert_eq!(state.behind_ms(now), 7_000);
        state.archived(&Manifest::new(pharos_model::Origin::new("0123456789abcdef").unwrap(), false));
        assert_eq!(state.behind_ms(now), 0);
        state.waits(UnixMs(5_000));
        state.rests();
        assert_eq!(state.behind_ms(now), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_written_beside_the_journal_is_an_alarm_although_the_journal_is() {
        let manifest = Manifest::new(pharos_model::Origin::new("0123456789abcdef").unwrap(), false);
        let full = ArchiveError::Absent { place: "/full".to_owned() };
        for part in [Part::Accounts, Part::History] {
            let state = ArchiveState::default();
            state.configured(true);
            for _ in 0..4 {
                state.failed(part, &full);
                state.archived(&manifest);
                tokio::time::advance(ARCHIVE_ALARM / 3).await;
            }
            assert_eq!(state.is_well(), Some(false));
            assert!(state.is_begun() && state.here().unwrap().failure.unwrap().contains("/full"));
            state.works(part);
            assert_eq!((state.is_well(), state.here().unwrap().failure), (Some(true), None));
        }
    }
}
