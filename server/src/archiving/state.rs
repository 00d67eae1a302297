//! How archiving is going, for health, figures and operators.

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

/// How archiving is going here.
#[derive(Debug, Default)]
pub struct ArchiveState {
    is_configured: Mutex<bool>,
    told: Mutex<Option<Archived>>,
    failing_since: Mutex<Option<Instant>>,
    heard: Mutex<Option<Archived>>,
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
        *self.failing_since.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Notes what was archived.
    pub fn archived(&self, manifest: &Manifest) {
        let mut told = self.told();
        let before = told.take().unwrap_or_default();
        if before.failure.is_some() {
            tracing::info!(seq = manifest.seq, "the archive is written again");
        }
        *told = Some(Archived {
            failure: None,
            seq: manifest.seq,
            covers: Some(manifest.covers),
            history_covers: before.history_covers,
        });
        *self.failing_since.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Notes up to when raw observations are archived.
    pub fn history_archived(&self, covers: Option<UnixMs>) {
        self.told().get_or_insert_default().history_covers = covers;
    }

    /// Notes that it could not be written.
    pub fn failed(&self, error: &ArchiveError) {
        let mut told = self.told();
        let told = told.get_or_insert_default();
        let failure = error.to_string();
        if told.failure.as_ref() != Some(&failure) {
            tracing::error!(%error, "the archive cannot be written; trying until it works");
        }
        told.failure = Some(failure);
        let mut since = self.failing_since.lock().unwrap_or_else(PoisonError::into_inner);
        since.get_or_insert_with(Instant::now);
    }

    /// How it is going here; nothing where it is another node's to archive.
    pub fn here(&self) -> Option<Archived> {
        self.told().clone()
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
        let since = *self.failing_since.lock().unwrap_or_else(PoisonError::into_inner);
        let fails_here = since.is_some_and(|since| since.elapsed() >= ARCHIVE_ALARM);
        let told_of = self.here().is_none() && self.known().is_some_and(|told| told.failure.is_some());
        Some(!fails_here && !told_of)
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
        state.failed(&ArchiveError::Absent { place: "/nowhere".to_owned() });
        assert_eq!(state.is_well(), Some(true));
        tokio::time::advance(ARCHIVE_ALARM).await;
        assert_eq!(state.is_well(), Some(false));
        assert!(state.known().unwrap().failure.unwrap().contains("/nowhere"));
        state.rests();
        assert_eq!(state.is_well(), Some(true));
        state.heard(Some(Archived { failure: Some("full".to_owned()), ..Archived::default() }));
        assert_eq!(state.is_well(), Some(false));
    }
}
