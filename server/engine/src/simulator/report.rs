//! What a simulated life comes to: its figures, or the rule that it broke and how to see that again.

use std::fmt;

use pharos_model::UnixMs;

/// The figures of a life in which every rule held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Inputs the core took, starts included.
    pub steps: u64,
    /// Facts it recorded.
    pub facts: u64,
    /// Incidents it opened.
    pub incidents: u64,
    /// Times a component was shown as out, partly or wholly.
    pub outages: u64,
    /// Times nobody watched that it wrote down.
    pub gaps: u64,
    /// Jumps of the wall clock.
    pub clock_steps: u64,
    /// Configurations read while it ran.
    pub reconfigurations: u64,
    /// Times the process was started.
    pub starts: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} steps, {} facts, {} incidents, {} outages, {} gaps, {} clock steps, {} reconfigurations, {} starts",
            self.steps,
            self.facts,
            self.incidents,
            self.outages,
            self.gaps,
            self.clock_steps,
            self.reconfigurations,
            self.starts
        )
    }
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The rule, as a sentence that should be true.
    pub rule: &'static str,
    /// What was seen instead.
    pub detail: String,
}

/// Breaks `rule` unless `holds`.
///
/// # Errors
/// When it does not hold.
pub fn hold(holds: bool, rule: &'static str, detail: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken { rule, detail: detail() }) }
}

/// A life in which a rule was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which seed.
    pub seed: u64,
    /// How many days it was to live.
    pub days: u32,
    /// At which step.
    pub step: u64,
    /// What the wall clock showed.
    pub at: UnixMs,
    /// What was broken.
    pub broken: Broken,
    /// The last facts before it, oldest first, as JSON with their places in the journal.
    pub facts: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = jiff::Timestamp::from_millisecond(self.at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        writeln!(f, "this should be true and is not: {}", self.broken.rule)?;
        writeln!(f, "  seen: {}", self.broken.detail)?;
        writeln!(f, "  at step {}, {moment} ({})", self.step, self.at.0)?;
        for fact in &self.facts {
            writeln!(f, "  fact {fact}")?;
        }
        write!(f, "cargo xtask simulate --seed {} --days {}", self.seed, self.days)
    }
}

impl std::error::Error for Failure {}
