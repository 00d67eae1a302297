//! What a drill found: figures with their bars, as one line of JSON, as a table and as a row of the record.

use pharos_measure::report::{Budget, Report as Figures};
use serde_json::{Map, Value, json};

use crate::play::Play;

/// All figures of one run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    drill: &'static str,
    seed: u64,
    rounds: u32,
    sabotage: Option<&'static str>,
    figures: Figures,
}

impl Report {
    /// Adds a figure. `name` is for programs and ends with the unit; `title` and `unit` are for readers.
    pub fn add(&mut self, name: &str, title: &str, unit: &'static str, value: f64, bar: Budget) {
        self.figures.add(name, title, unit, value, bar);
    }

    /// Adds a figure that may be at most `most`.
    pub fn at_most(&mut self, (name, title, unit): (&str, &str, &'static str), value: f64, most: f64) {
        self.add(name, title, unit, value, Budget::AtMost(most));
    }

    /// Adds a figure that must be at least `least`.
    pub fn at_least(&mut self, (name, title, unit): (&str, &str, &'static str), value: f64, least: f64) {
        self.add(name, title, unit, value, Budget::AtLeast(least));
    }

    /// Adds a number of things of which there may be none.
    pub fn none(&mut self, name: &str, title: &str, count: u64) {
        self.add(name, title, "", count_of(count), Budget::AtMost(0.0));
    }

    /// Adds a figure that explains the others.
    pub fn note(&mut self, name: &str, title: &str, unit: &'static str, value: f64) {
        self.figures.note(name, title, unit, value);
    }

    /// Says which run it is of.
    pub fn name(&mut self, drill: &'static str, play: &Play) {
        (self.drill, self.figures.name) = (drill, drill);
        (self.seed, self.rounds, self.sabotage) = (play.seed, play.rounds, play.sabotage);
    }

    /// Which drill.
    pub fn drill(&self) -> &'static str {
        self.drill
    }

    /// The seed and the rounds.
    pub fn size(&self) -> (u64, u32) {
        (self.seed, self.rounds)
    }

    /// Whether every figure keeps to its bar, and there is one that has a bar.
    pub fn passes(&self) -> bool {
        self.figures.is_ok() && self.figures.figures.iter().any(|figure| figure.budget != Budget::None)
    }

    /// The command that shows it again.
    pub fn command(&self) -> String {
        let sabotage = self.sabotage.map(|name| format!(" --sabotage {name}")).unwrap_or_default();
        format!("cargo xtask drill {} --seed {} --rounds {}{sabotage}", self.drill, self.seed, self.rounds)
    }

    /// One line of JSON: drill, seed, rounds, figures, bar, pass.
    pub fn json(&self) -> String {
        let (mut figures, mut bars) = (Map::new(), Map::new());
        for figure in &self.figures.figures {
            figures.insert(figure.name.clone(), json!(figure.rounds.last()));
            let bar: Option<Value> = match figure.budget {
                Budget::None => None,
                Budget::AtMost(most) | Budget::WorstAtMost(most) => Some(json!({ "at_most": most })),
                Budget::AtLeast(least) => Some(json!({ "at_least": least })),
            };
            bars.extend(bar.map(|bar| (figure.name.clone(), bar)));
        }
        let (drill, seed, rounds) = (self.drill, self.seed, self.rounds);
        json!({ "drill": drill, "seed": seed, "rounds": rounds, "figures": figures, "bar": bars, "pass": self.passes() })
            .to_string()
    }

    /// A table for people.
    pub fn table(&self) -> String {
        self.figures.table()
    }

    /// Each figure in words, with its bar where it has one: title and value, bar.
    pub fn cells(&self) -> Vec<(String, String)> {
        let cell = |[title, measured, unit, bar, _]: [String; 5]| {
            let with_unit = |text: String| match (text.is_empty(), unit.is_empty()) {
                (true, _) | (_, true) => text,
                _ => format!("{text} {unit}"),
            };
            (format!("{title}: {}", with_unit(measured.clone())), with_unit(bar))
        };
        self.figures.figures.iter().map(|figure| cell(figure.cells())).collect()
    }

    /// The figures that have a bar, in one sentence.
    pub fn words(&self) -> String {
        let held = self.cells().into_iter().filter(|(_, bar)| !bar.is_empty());
        held.map(|(said, _)| said).collect::<Vec<_>>().join("; ")
    }

    /// What misses its bar, in one sentence; empty when nothing does.
    pub fn missed(&self) -> String {
        let cells = self.figures.figures.iter().zip(self.cells());
        let missed = cells.filter(|(figure, _)| !figure.is_within());
        missed.map(|(_, (said, bar))| format!("{said} ({bar})")).collect::<Vec<_>>().join("; ")
    }
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "no drill counts beyond 2^52")]
pub fn count_of(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(mismatches: u64) -> Report {
        let mut report = Report::default();
        report.none("mismatches", "mismatches", mismatches);
        report.at_most(("change_ms", "a change", "ms"), 12.34, 100.0);
        report.note("looks", "looks", "", 7.0);
        report.name("arithmetic", &Play::of_seed(5, 9, None));
        report
    }

    #[test]
    fn the_line_of_json_has_drill_seed_rounds_figures_bar_and_verdict() {
        let value: Value = serde_json::from_str(&report(0).json()).unwrap();
        assert_eq!(
            value,
            json!({ "drill": "arithmetic", "seed": 5, "rounds": 9, "pass": true,
                "figures": { "mismatches": 0.0, "change_ms": 12.34, "looks": 7.0 },
                "bar": { "mismatches": { "at_most": 0.0 }, "change_ms": { "at_most": 100.0 } } })
        );
    }

    #[test]
    fn what_misses_its_bar_is_named_with_it() {
        assert!(!report(3).passes());
        assert_eq!(report(3).missed(), "mismatches: 3 (≤ 0)");
        assert_eq!(report(0).missed(), "");
        assert_eq!(report(0).words(), "mismatches: 0; a change: 12.3 ms");
    }

    #[test]
    fn a_drill_without_a_bar_passes_nothing() {
        assert!(!Report::default().passes());
    }
}
