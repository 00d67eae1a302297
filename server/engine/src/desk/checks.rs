//! Checks that people pause, resume and run.

use pharos_model::Status;

use super::{Refusal, Subject, Work};
use crate::watch::Dates;
use crate::{CheckId, Engine, Fact, Source};

impl Engine {
    pub(super) fn pause_check(
        &mut self,
        check: &CheckId,
        paused: bool,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let Some(watch) = self.watches.get(check) else { return Err(Refusal::not_found("check", check)) };
        if self.fold.desk.paused.contains(check) == paused {
            let (why, hint) = if paused {
                ("the check is paused already", "resume it to look again")
            } else {
                ("the check is not paused", "nothing needs to be done")
            };
            return Err(Refusal::not_allowed(why, hint));
        }
        let (component, source) = (watch.check.component.clone(), watch.check.source);
        self.record(work.out, Fact::CheckPaused { check: check.clone(), paused });
        let now = work.now;
        if let (false, Source::Probe { interval_ms, .. }) = (paused, source) {
            self.schedule.remove(check);
            self.schedule.start(check, interval_ms, now.wall);
        }
        if !paused {
            return Ok(Subject::Check(check.clone()));
        }
        let dates = Dates { earliest: self.resumed_at, latest: work.out.at };
        let verdict = self.fold.verdicts.get(check).map_or(Status::Unknown, |verdict| verdict.status);
        let watch = self.watches.get_mut(check);
        let evidence = watch.and_then(|watch| watch.rest(verdict, dates));
        if let (Some(evidence), Some(component)) = (evidence, component) {
            self.believe(component, evidence, work.touched, work.out);
        }
        Ok(Subject::Check(check.clone()))
    }

    pub(super) fn run_check(&mut self, check: &CheckId, work: &mut Work<'_>) -> Result<Subject, Refusal> {
        let Some(watch) = self.watches.get(check) else { return Err(Refusal::not_found("check", check)) };
        match watch.check.source {
            Source::Probe { .. } => {}
            Source::Heartbeat { .. } => {
                let hint = "the job reports by itself";
                return Err(Refusal::not_allowed("a heartbeat cannot be looked at", hint));
            }
            Source::Remote { .. } => {
                let hint = "its agent looks by its interval";
                return Err(Refusal::not_allowed(
                    "a check of another vantage cannot be looked at from here",
                    hint,
                ));
            }
            Source::Part { .. } => {
                let hint = "run the check that reads the whole document";
                return Err(Refusal::not_allowed("a part of a document cannot be looked at alone", hint));
            }
        }
        if !self.look_now(check, work.now, work.out) {
            let hint = "wait for its result";
            return Err(Refusal::not_allowed("the check is being looked at already", hint));
        }
        Ok(Subject::Check(check.clone()))
    }
}
