//! How the machine misbehaves: it is killed, stopped, restarted, cut off, told another time, and configured anew.

use super::life::{DAY_MS, HOUR_MS, Life, MINUTE_MS, SECOND_MS};
use super::report::Broken;
use crate::{Engine, Input};

impl Life {
    /// Lets one thing go wrong, or an operator do something.
    ///
    /// # Errors
    /// When a rule is broken by it.
    pub fn misbehave(&mut self) -> Result<(), Broken> {
        match self.random.between(0, 11) {
            0 | 1 => self.kill(),
            2 => self.restart(),
            3 => {
                let pauses =
                    [SECOND_MS, 9 * SECOND_MS, 11 * SECOND_MS, 65 * SECOND_MS, 10 * MINUTE_MS, 3 * HOUR_MS];
                let pause_ms = *self.random.pick(&pauses);
                self.clocks.advance_to(self.clocks.true_ms + pause_ms);
                Ok(())
            }
            4 => {
                self.move_clock();
                Ok(())
            }
            5 => {
                let ppm = *self.random.pick(&[-500, -50, 0, 50, 500]);
                self.clocks.drift(ppm);
                Ok(())
            }
            6 | 7 => {
                let cut_ms = *self.random.pick(&[30 * SECOND_MS, 5 * MINUTE_MS, 2 * HOUR_MS]);
                self.targets.cut_until_ms = self.clocks.true_ms + cut_ms;
                Ok(())
            }
            _ => self.reconfigure(),
        }
    }

    fn move_clock(&mut self) {
        let second = 1_000;
        let usual = [-3_600, -60, -5, -2, -1, 1, 2, 5, 60, 3_600];
        let rare = [-86_400, -21_600, 86_400, 3 * 86_400];
        let by_s: i64 =
            if self.random.chance(150_000) { *self.random.pick(&rare) } else { *self.random.pick(&usual) };
        let odd_ms = i64::try_from(self.random.between(0, 999)).unwrap_or(0);
        self.clocks.step(by_s * second + odd_ms);
        self.report.clock_steps += 1;
    }

    /// SIGKILL: what was decided last may not have been written, and nobody noted until when it watched.
    fn kill(&mut self) -> Result<(), Broken> {
        if self.random.chance(300_000) {
            let unwritten = self.engine.step(self.clocks.now(), Input::Tick);
            drop(unwritten);
        }
        let downtimes = [
            SECOND_MS,
            4 * SECOND_MS,
            9 * SECOND_MS,
            30 * SECOND_MS,
            10 * MINUTE_MS,
            5 * HOUR_MS,
            if self.random.chance(100_000) { 3 * DAY_MS } else { HOUR_MS },
        ];
        let downtime_ms = *self.random.pick(&downtimes);
        self.come_back(downtime_ms)
    }

    /// A clean restart: the process says until when it watched.
    fn restart(&mut self) -> Result<(), Broken> {
        self.last_watched = Some(self.engine.watched_until());
        let downtime_ms = self.random.between(100, 9 * SECOND_MS);
        self.come_back(downtime_ms)
    }

    fn come_back(&mut self, downtime_ms: u64) -> Result<(), Broken> {
        self.process += 1;
        self.sleep_through(downtime_ms);
        if self.random.chance(100_000) {
            self.move_clock();
        }
        let moved = self.random.chance(300_000) && self.change_plan();
        self.clocks.restart();
        let fold = self.journal.load()?;
        let (engine, first) =
            Engine::start(fold, self.plan.config.clone(), self.last_watched, self.clocks.now());
        self.engine = engine;
        self.started(first, moved)
    }

    fn reconfigure(&mut self) -> Result<(), Broken> {
        if self.change_plan() {
            self.chronicle.zone_moved(self.clocks.wall().max(self.journal.fold.at));
        }
        self.report.reconfigurations += 1;
        self.step(Input::Configured(Box::new(self.plan.config.clone())))
    }

    /// Changes the plan; tells whether the page's zone is another now.
    fn change_plan(&mut self) -> bool {
        let before = self.plan.config.definition.page.time_zone.clone();
        self.plan.change();
        self.wake_jobs();
        self.plan.config.definition.page.time_zone != before
    }
}
