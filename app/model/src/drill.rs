//! Drills of Pharos itself: its own archive restored on trial, in the terms in which recovery is promised.

use serde::{Deserialize, Serialize};

use crate::{UnixMs, limits::DRILLS_MAX};

/// A restore that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// When it began; no two begin in the same millisecond.
    pub began_at: UnixMs,
    /// Whether what was restored is what is there.
    pub passed: bool,
    /// How long it took from an empty place to a page that can be shown, in milliseconds: the recovery time.
    pub took_ms: u64,
    /// How far the archive was behind when the drill began, in milliseconds: the data that would have been lost. Nothing where that was
    /// not found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_risk_ms: Option<u64>,
    /// Entries of the journal that were restored.
    pub entries: u64,
    /// Raw observations that were restored.
    pub observations: u64,
    /// Within which time a restore is to be done, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto_objective_ms: Option<u64>,
    /// How much data may be at risk, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo_objective_ms: Option<u64>,
}

impl Drill {
    /// Whether it was done in the time that was promised; nothing where none was.
    pub fn met_rto(&self) -> Option<bool> {
        self.rto_objective_ms.map(|objective| self.passed && self.took_ms <= objective)
    }

    /// Whether no more was at risk than was promised; nothing where nothing was, or nothing is known. What cannot be restored is all at risk.
    pub fn met_rpo(&self) -> Option<bool> {
        let objective = self.rpo_objective_ms?;
        if !self.passed {
            return Some(false);
        }
        self.at_risk_ms.map(|at_risk| at_risk <= objective)
    }
}

/// Takes what is known of a drill: the newest stand first.
pub fn take(drills: &mut Vec<Drill>, known: &Drill) {
    drills.retain(|other| other.began_at != known.began_at);
    let place = drills.iter().position(|other| other.began_at < known.began_at).unwrap_or(drills.len());
    drills.insert(place, known.clone());
    drills.truncate(DRILLS_MAX);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drill(at: i64) -> Drill {
        Drill {
            began_at: UnixMs(at),
            passed: true,
            took_ms: 900,
            at_risk_ms: Some(1_200),
            entries: 5,
            observations: 7,
            rto_objective_ms: Some(900),
            rpo_objective_ms: Some(1_000),
        }
    }

    #[test]
    fn the_newest_stand_first_and_the_oldest_go() {
        let mut drills = Vec::new();
        for at in [5, 3, 9, 5] {
            take(&mut drills, &drill(at));
        }
        assert_eq!(drills.iter().map(|drill| drill.began_at.0).collect::<Vec<_>>(), [9, 5, 3]);
        for at in 100..200 {
            take(&mut drills, &drill(at));
        }
        assert_eq!((drills.len(), drills[0].began_at), (DRILLS_MAX, UnixMs(199)));
    }

    #[test]
    fn it_is_held_against_what_was_promised() {
        assert_eq!((drill(0).met_rto(), drill(0).met_rpo()), (Some(true), Some(false)));
        for at_risk_ms in [None, Some(0)] {
            let failed = Drill { passed: false, at_risk_ms, ..drill(0) };
            assert_eq!((failed.met_rto(), failed.met_rpo()), (Some(false), Some(false)));
        }
        let unknown = Drill { at_risk_ms: None, ..drill(0) };
        assert_eq!(unknown.met_rpo(), None);
    }
}
