//! What is kept of an alert: a pure function from what was kept and what is told to what is kept next.

use std::collections::BTreeMap;

use pharos_model::{ComponentId, Status, UnixMs};
use serde::{Deserialize, Serialize};

use super::{Alert, Claim};
use crate::limits::{ALERT_DATED_BACK_MS_MAX, ALERT_RENEWED_SHARE};

/// An alert as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldAlert {
    /// The sender's moment of what was told last.
    pub as_of: UnixMs,
    /// Since when it counts.
    pub since: UnixMs,
    /// When it ended, as far as its sender said so.
    #[serde(default)]
    pub ended_at: Option<UnixMs>,
    /// Until when what was told last counts.
    pub until: UnixMs,
    /// Whether that time has come.
    #[serde(default)]
    pub lapsed: bool,
    /// What it means.
    pub claim: Claim,
}

/// The moments between which what is told now may be dated.
#[derive(Clone, Copy, Debug)]
pub struct Between {
    /// Nothing that is told from now on may be dated before.
    pub earliest: UnixMs,
    /// Now.
    pub now: UnixMs,
}

impl Between {
    fn fit(self, at: UnixMs) -> UnixMs {
        let earliest = self.earliest.max(self.now.minus_ms(ALERT_DATED_BACK_MS_MAX)).min(self.now);
        at.clamp(earliest, self.now)
    }
}

impl HeldAlert {
    /// Whether it fires, as far as anybody knows.
    pub fn is_firing(&self) -> bool {
        self.ended_at.is_none() && !self.lapsed
    }

    /// Whether it speaks for this component at all.
    pub fn concerns(&self, component: &ComponentId) -> bool {
        self.claim.status.is_some() && self.claim.components.contains(component)
    }

    /// How its components are at `at`, as far as it tells: as bad as it says while it fires, and working once that is over. What ought
    /// to fire all the time and does not says nothing.
    pub fn status_at(&self, at: UnixMs) -> Option<Status> {
        if at < self.since || at >= self.until {
            return None;
        }
        match self.ended_at {
            Some(ended) if at >= ended => {
                self.claim.status.filter(|status| *status != Status::Operational).map(|_| Status::Operational)
            }
            _ => self.claim.status,
        }
    }

    /// The moments at which what it tells may change.
    pub fn moments(&self) -> impl Iterator<Item = UnixMs> {
        [Some(self.since), self.ended_at, Some(self.until)].into_iter().flatten()
    }

    /// The same, of which nothing more is heard from `at` on.
    #[must_use]
    pub fn silent(&self, at: UnixMs) -> Self {
        Self { until: self.until.min(at), lapsed: true, ..self.clone() }
    }
}

/// What is kept once `told` is heard; `None` where that changes nothing.
///
/// What bears an earlier moment than what is kept tells nothing new, and of one moment an end outweighs a beginning: so the order in
/// which words arrive does not matter, nor how often each does.
pub fn next(known: Option<&HeldAlert>, told: &Alert, between: Between) -> Option<HeldAlert> {
    let until = between.now.plus_ms(told.counts_ms);
    let Some(known) = known else {
        let claim = told.claim.clone()?;
        let since = between.fit(told.as_of);
        let ended_at = told.ended_at.map(|at| between.fit(at).max(since));
        return Some(HeldAlert { as_of: told.as_of, since, ended_at, until, lapsed: false, claim });
    };
    let is_same_moment = told.as_of == known.as_of;
    let is_over_already = is_same_moment && known.ended_at.is_some();
    if told.as_of < known.as_of || is_over_already {
        return None;
    }
    if let Some(ended) = told.ended_at {
        let since = if known.ended_at.is_none() { known.since } else { between.fit(told.as_of) };
        let ended_at = Some(between.fit(ended).max(since));
        let claim = told.claim.clone().unwrap_or_else(|| known.claim.clone());
        return Some(HeldAlert { as_of: told.as_of, since, ended_at, until, lapsed: false, claim });
    }
    let Some(claim) = told.claim.clone() else {
        // The rules say no more that it means anything.
        return known.is_firing().then(|| known.silent(between.now));
    };
    let since = match known.ended_at {
        Some(ended) => between.fit(told.as_of).max(ended),
        None if known.lapsed => between.now,
        None => known.since,
    };
    let next = HeldAlert { as_of: told.as_of, since, ended_at: None, until, lapsed: false, claim };
    // A word that only says the same once more is not written down each time.
    let is_renewal = HeldAlert { until: known.until, ..next.clone() } == *known;
    let gained_ms = until.since_ms(known.until);
    let is_too_little = is_renewal && gained_ms < told.counts_ms / ALERT_RENEWED_SHARE;
    (!is_too_little).then_some(next)
}

/// What the alerts of one hook come to, for operators and the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Holds {
    /// How many fire.
    pub firing: usize,
    /// The components they speak for, each with the worst that they say.
    pub components: BTreeMap<ComponentId, Status>,
}

impl Holds {
    /// Of these alerts.
    pub fn of<'a>(alerts: impl Iterator<Item = &'a HeldAlert>) -> Self {
        let mut holds = Self::default();
        for alert in alerts.filter(|alert| alert.is_firing()) {
            holds.firing += 1;
            let Some(status) = alert.claim.status else { continue };
            for component in &alert.claim.components {
                let worst = holds.components.entry(component.clone()).or_insert(status);
                *worst = worst.worse(status);
            }
        }
        holds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS_MS: u64 = 8_000;
    const NOW: UnixMs = UnixMs(1_000_000);

    fn between(now: i64) -> Between {
        Between { earliest: UnixMs(0), now: UnixMs(now) }
    }

    fn told(as_of: i64, ended_at: Option<i64>) -> Alert {
        let claim = Claim {
            components: vec![ComponentId::new("api").unwrap()],
            status: Some(Status::MajorOutage),
            words: None,
        };
        Alert {
            name: "a".to_owned(),
            as_of: UnixMs(as_of),
            ended_at: ended_at.map(UnixMs),
            counts_ms: COUNTS_MS,
            claim: Some(claim),
        }
    }

    fn after(words: &[Alert]) -> Option<HeldAlert> {
        let mut kept: Option<HeldAlert> = None;
        for word in words {
            kept = next(kept.as_ref(), word, between(NOW.0)).or(kept);
        }
        kept
    }

    #[test]
    fn a_late_word_of_the_beginning_does_not_bring_back_what_is_over() {
        let (began, ended) = (told(999_000, None), told(999_000, Some(999_500)));
        let kept = after(&[ended.clone(), began.clone()]).unwrap();
        assert_eq!(kept.ended_at, Some(UnixMs(999_500)));
        assert_eq!(after(&[began, ended]).map(|kept| kept.ended_at), Some(kept.ended_at));
    }

    #[test]
    fn what_begins_anew_after_its_end_fires_again() {
        let kept = after(&[told(999_000, Some(999_100)), told(999_200, None)]).unwrap();
        assert!(kept.is_firing());
        assert_eq!(kept.since, UnixMs(999_200));
    }

    #[test]
    fn the_same_word_again_changes_nothing_until_it_keeps_it_for_longer() {
        let first = next(None, &told(999_000, None), between(NOW.0)).unwrap();
        assert_eq!(next(Some(&first), &told(999_000, None), between(NOW.0 + 999)), None);
        let renewed = next(Some(&first), &told(999_000, None), between(NOW.0 + 1_000)).unwrap();
        assert_eq!(renewed.until, NOW.plus_ms(1_000 + COUNTS_MS));
    }

    #[test]
    fn what_fires_is_as_bad_as_it_says_and_what_is_over_works_until_nobody_knows() {
        let kept = after(&[told(999_000, Some(999_500))]).unwrap();
        let at = |at: i64| kept.status_at(UnixMs(at));
        assert_eq!((at(998_999), at(999_000)), (None, Some(Status::MajorOutage)));
        assert_eq!((at(999_500), at(NOW.0 + 7_999)), (Some(Status::Operational), Some(Status::Operational)));
        assert_eq!(at(NOW.0 + 8_000), None);
    }

    #[test]
    fn what_ought_to_fire_all_the_time_says_nothing_when_it_ends() {
        let mut word = told(999_000, Some(999_500));
        word.claim.as_mut().unwrap().status = Some(Status::Operational);
        let kept = after(&[word]).unwrap();
        assert_eq!(kept.status_at(UnixMs(999_100)), Some(Status::Operational));
        assert_eq!(kept.status_at(UnixMs(999_600)), None);
    }

    #[test]
    fn what_fell_silent_speaks_again_from_when_it_is_heard_again() {
        let first = next(None, &told(999_000, None), between(NOW.0)).unwrap();
        let silent = first.silent(first.until);
        assert!(!silent.is_firing());
        let again = next(Some(&silent), &told(999_000, None), between(NOW.0 + 20_000)).unwrap();
        assert!(again.is_firing());
        assert_eq!(again.since, NOW.plus_ms(20_000));
    }

    #[test]
    fn nothing_is_dated_back_further_than_it_may_be() {
        let kept = next(None, &told(-9_000_000_000, None), between(NOW.0)).unwrap();
        assert_eq!(kept.since, UnixMs(0));
        let late = 10 * i64::try_from(ALERT_DATED_BACK_MS_MAX).unwrap();
        let kept = next(None, &told(0, None), between(late)).unwrap();
        assert_eq!(kept.since, UnixMs(late).minus_ms(ALERT_DATED_BACK_MS_MAX));
    }

    #[test]
    fn an_alert_that_no_rule_knows_any_more_is_let_go() {
        let first = next(None, &told(999_000, None), between(NOW.0)).unwrap();
        let unknown = Alert { claim: None, ..told(999_000, None) };
        let kept = next(Some(&first), &unknown, between(NOW.0)).unwrap();
        assert_eq!((kept.is_firing(), kept.status_at(NOW)), (false, None));
        assert_eq!(next(None, &unknown, between(NOW.0)), None);
    }
}
