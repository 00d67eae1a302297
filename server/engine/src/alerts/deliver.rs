//! Alerts as a source of what is shown: taken in, fallen silent, and let go with their hook.

use pharos_model::{ComponentId, UnixMs};

use super::held::{Between, HeldAlert, Holds, next};
use super::{Alert, AlertId, Delivery};
use crate::desk::{Desk, Refusal, Subject, check_source};
use crate::engine::{Output, Touched};
use crate::limits::{ALERT_REMEMBERED_MS, ALERTS_FIRING_MAX, ALERTS_KEPT_MAX, TITLE_CHARS_MAX};
use crate::{Engine, Fact};

impl Engine {
    /// Takes what a hook was told.
    pub(crate) fn deliver(
        &mut self,
        delivery: &Delivery,
        touched: &mut Touched,
        out: &mut Output,
    ) -> Result<Subject, Refusal> {
        if !self.config.hooks.contains(&delivery.hook) {
            return Err(Refusal::not_found("hook", &delivery.hook));
        }
        let is_new = |alert: &&Alert| {
            let known = self.fold.desk.alerts.get(&AlertId::of(&delivery.hook, &alert.name));
            let fires = alert.ended_at.is_none() && alert.claim.is_some();
            fires && !known.is_some_and(HeldAlert::is_firing)
        };
        let firing = self.fold.desk.alerts.values().filter(|alert| alert.is_firing()).count();
        if firing + delivery.alerts.iter().filter(is_new).count() > ALERTS_FIRING_MAX {
            return Err(Refusal::Full { what: "alerts that fire".into(), max: ALERTS_FIRING_MAX });
        }
        delivery.alerts.iter().try_for_each(readable)?;
        let between = Between { earliest: self.resumed_at, now: out.at };
        for alert in &delivery.alerts {
            let id = AlertId::of(&delivery.hook, &alert.name);
            let known = self.fold.desk.alerts.get(&id);
            if let Some(next) = next(known, alert, between) {
                self.hold_alert(id, next, touched, out);
            }
        }
        self.follow_alerted(touched, out);
        Ok(Subject::Hook(delivery.hook.clone()))
    }

    /// What follows from time alone: what nobody spoke of for too long says nothing any more.
    pub(crate) fn lapse_alerts(&mut self, touched: &mut Touched, out: &mut Output) {
        let is_over = |alert: &HeldAlert| !alert.lapsed && alert.until <= out.at;
        let over = self.fold.desk.alerts.iter().filter(|(_, alert)| is_over(alert));
        let over: Vec<(AlertId, HeldAlert)> =
            over.map(|(id, alert)| (id.clone(), alert.silent(alert.until))).collect();
        for (id, alert) in over {
            self.hold_alert(id, alert, touched, out);
        }
        self.follow_alerted(touched, out);
    }

    /// Lets go of the alerts of hooks that are configured no more.
    pub(crate) fn release_alerts(&mut self, out: &mut Output) {
        let hooks = &self.config.hooks;
        let stray = self.fold.desk.alerts.iter();
        let stray = stray.filter(|(id, alert)| !alert.lapsed && !hooks.contains(id.hook()));
        let stray: Vec<(AlertId, HeldAlert)> =
            stray.map(|(id, alert)| (id.clone(), alert.silent(out.at))).collect();
        for (id, alert) in stray {
            // All components are brought in line afterwards in any case.
            self.hold_alert(id, alert, &mut Touched::new(), out);
        }
    }

    fn hold_alert(&mut self, id: AlertId, next: HeldAlert, touched: &mut Touched, out: &mut Output) {
        let before = self.fold.desk.alerts.get(&id);
        let was = before.map_or(&[][..], |before| &before.claim.components[..]).to_vec();
        let begins = before.is_none_or(|before| before.since != next.since);
        let from = match next.ended_at {
            _ if begins => next.since,
            _ if next.lapsed => next.until.min(out.at),
            Some(ended) => ended,
            None => out.at,
        };
        for component in was.iter().chain(&next.claim.components) {
            let earliest = touched.entry(component.clone()).or_insert(from);
            *earliest = from.min(*earliest);
        }
        self.record(out, Fact::AlertHeld { id, alert: Box::new(next) });
    }

    /// The alerts that speak for a component.
    pub(crate) fn alerts_of(&self, component: &ComponentId) -> Vec<&HeldAlert> {
        self.fold.desk.alerts.values().filter(|alert| alert.concerns(component)).collect()
    }

    /// Whether what is stated by hand of a component at which nothing looks was said in the face of everything that fires.
    pub(crate) fn is_stated_despite(&self, component: &ComponentId, alerts: &[&HeldAlert]) -> bool {
        let Some(statement) = self.fold.desk.statements.get(component) else { return false };
        let mut firing = alerts.iter().filter(|alert| alert.is_firing()).peekable();
        firing.peek().is_some() && firing.all(|alert| alert.since <= statement.since)
    }

    /// Components of which alerts speak at `at`.
    pub(crate) fn alerted_components(&self, at: UnixMs) -> impl Iterator<Item = &ComponentId> {
        let speaking = self.fold.desk.alerts.values().filter(move |alert| alert.status_at(at).is_some());
        speaking.flat_map(|alert| &alert.claim.components)
    }
}

impl Desk {
    /// Keeps an alert, and lets go of those that were over long ago, and of too many the one that is over for longest.
    pub(crate) fn note_alert(&mut self, at: UnixMs, id: &AlertId, alert: &HeldAlert) {
        self.alerts.insert(id.clone(), alert.clone());
        let horizon = at.minus_ms(ALERT_REMEMBERED_MS);
        self.alerts.retain(|_, alert| !alert.lapsed || alert.until >= horizon);
        while self.alerts.len() > ALERTS_KEPT_MAX {
            let over = self.alerts.iter().filter(|(_, alert)| !alert.is_firing());
            let eldest = over.min_by_key(|(_, alert)| alert.as_of).map(|(id, _)| id.clone());
            let Some(eldest) = eldest else { return };
            self.alerts.remove(&eldest);
        }
    }

    /// What the alerts of a hook come to.
    pub fn holds(&self, hook: &str) -> Holds {
        Holds::of(self.alerts.iter().filter(|(id, _)| id.hook() == hook).map(|(_, alert)| alert))
    }
}

/// Whether what is said to readers is as short as what people may say.
fn readable(alert: &Alert) -> Result<(), Refusal> {
    let Some(words) = alert.claim.as_ref().and_then(|claim| claim.words.as_deref()) else { return Ok(()) };
    if words.title.all().any(|title| title.chars().count() > TITLE_CHARS_MAX) {
        let hint = format!("at most {TITLE_CHARS_MAX} characters are kept");
        return Err(Refusal::invalid("title", "is too long", hint));
    }
    check_source("message", &words.body.source)?;
    words.resolved.as_ref().map_or(Ok(()), |prose| check_source("resolved", &prose.source))
}
