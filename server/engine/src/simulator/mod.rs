//! The seeded simulator: months of outages, absences, clock steps and changed minds, with every step judged.
//!
//! A seed makes a world: services with moods, a network that loses packets, a machine that is killed, stopped and
//! told another time, an operator who changes the configuration. The core runs in it as in the server, its facts go
//! through their written form into a journal, and a server and two browsers read that. Beside it stand a
//! [`chronicle`] that keeps every span in full and a [`witness`] that keeps every look: second opinions, written
//! without the core's code. Whatever the two sides do not agree on is a [`Failure`].

mod chronicle;
mod clocks;
mod faults;
mod journal;
mod life;
mod plan;
mod random;
mod report;
mod rules;
mod sabotage;
mod step;
mod targets;
mod witness;

pub use random::Random;
pub use report::{Broken, Failure, Report};

use sabotage::Sabotage;

/// Lives `days` days of the world of `seed`, and then until a calm world is shown as calm.
///
/// # Errors
/// When a rule was broken: which, when, and the command that shows it again.
pub fn run(seed: u64, days: u32) -> Result<Report, Failure> {
    life::live(seed, days, Sabotage::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_holds_in_many_worlds() {
        for seed in 0..12 {
            if let Err(failure) = run(seed, 3) {
                panic!("{failure}");
            }
        }
    }

    #[test]
    fn a_seed_lives_the_same_life_twice() {
        assert_eq!(run(5, 2), run(5, 2));
    }

    /// Some world in which the core makes this mistake breaks this rule.
    fn check(sabotage: Sabotage, rule: &str) {
        let broken = |seed| life::live(seed, 2, sabotage).err().map(|failure| failure.broken.rule);
        let found: Vec<&str> = (0..8).filter_map(broken).collect();
        assert!(found.contains(&rule), "{sabotage:?} breaks only {found:?}");
    }

    #[test]
    fn every_deliberate_mistake_about_time_is_found() {
        check(Sabotage::HideAbsence, "time in which nobody watched is recorded");
        check(Sabotage::ShortenAbsence, "time in which nobody watched is unknown");
        check(Sabotage::NoBackdating, "a status is dated to the first look that showed it");
        check(Sabotage::EarlyGreen, "a status begins within the span that it ends");
        check(Sabotage::TimeRunsBack, "an entry never bears an earlier time than the one before");
        check(Sabotage::HideDays, "the board's last day is today");
    }

    #[test]
    fn every_deliberate_mistake_about_truth_is_found() {
        check(Sabotage::KeepGreen, "green is shown only with fresh evidence of every check");
        check(Sabotage::DoubleIncident, "a component never has two open automatic incidents");
        check(Sabotage::NoResolution, "a component never has two open automatic incidents");
        check(Sabotage::RepeatStatus, "a status is recorded only when it changed");
    }

    #[test]
    fn every_deliberate_mistake_about_readers_and_probes_is_found() {
        check(Sabotage::LoseEntry, "a verdict follows when enough was seen");
        check(Sabotage::LoseEvent, "every entry fits what came before");
        check(Sabotage::DoubleProbe, "no slot of a check is probed twice");
        check(Sabotage::StarveProbes, "every check is probed again and again");
    }

    #[test]
    fn a_failure_tells_how_to_see_it_again() {
        let failure = (0..40).find_map(|seed| life::live(seed, 2, Sabotage::HideAbsence).err()).unwrap();
        let text = failure.to_string();
        let command = format!("cargo xtask simulate --seed {} --days 2", failure.seed);
        assert!(text.ends_with(&command), "{text}");
        assert!(text.contains(failure.broken.rule) && text.contains("  fact "), "{text}");
    }
}
