//! What a measurement says: figures with their budgets, as one line of JSON and as a table.

use serde_json::{Value, json};

use crate::console;
use crate::statistics::Spread;

/// What a figure may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Nothing is asked of it: it explains the others.
    None,
    /// It may be at most this.
    AtMost(f64),
    /// It must be at least this.
    AtLeast(f64),
    /// Even the worst round may be at most this.
    WorstAtMost(f64),
}

/// One figure.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What it is called in the JSON, with its unit last.
    pub name: String,
    /// What it is called in the table.
    pub title: String,
    /// The unit in the table.
    pub unit: &'static str,
    /// Its rounds.
    pub rounds: Vec<f64>,
    /// What it may be.
    pub budget: Budget,
}

impl Figure {
    /// Whether it is within its budget. A figure that has one and was not measured is not.
    pub fn is_within(&self) -> bool {
        match (self.budget, Spread::of(&self.rounds)) {
            (Budget::None, _) => true,
            (_, None) => false,
            (Budget::AtMost(most), Some(spread)) => spread.median <= most,
            (Budget::AtLeast(least), Some(spread)) => spread.median >= least,
            (Budget::WorstAtMost(most), Some(spread)) => spread.max <= most,
        }
    }

    fn budget_text(&self) -> String {
        match self.budget {
            Budget::None => String::new(),
            Budget::AtMost(most) | Budget::WorstAtMost(most) => format!("≤ {}", number(most)),
            Budget::AtLeast(least) => format!("≥ {}", number(least)),
        }
    }

    fn measured_text(&self) -> String {
        match (self.budget, Spread::of(&self.rounds)) {
            (_, None) => "not measured".to_owned(),
            (Budget::WorstAtMost(_), Some(spread)) => number(spread.max),
            (_, Some(spread)) if number(spread.min) == number(spread.max) => number(spread.median),
            (_, Some(spread)) => {
                format!("{} [{}–{}]", number(spread.median), number(spread.min), number(spread.max))
            }
        }
    }

    fn verdict(&self) -> &'static str {
        match (self.budget, self.is_within()) {
            (Budget::None, _) => "",
            (_, true) => "within",
            (_, false) => "OVER",
        }
    }

    /// Title, measured, unit, budget, verdict.
    pub fn cells(&self) -> [String; 5] {
        let unit = self.unit.to_owned();
        [self.title.clone(), self.measured_text(), unit, self.budget_text(), self.verdict().to_owned()]
    }
}

/// All figures of one measurement.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The measurement, as on the command line.
    pub name: &'static str,
    /// Its figures, in the order of the table.
    pub figures: Vec<Figure>,
}

impl Report {
    /// A report without figures yet.
    pub fn new(name: &'static str) -> Self {
        Self { name, figures: Vec::new() }
    }

    /// Adds one round to a figure, and the figure where it is new. `name` is for programs and ends with the unit, as in
    /// `first_200_ms`; `title` and `unit` are for readers.
    pub fn add(&mut self, name: &str, title: &str, unit: &'static str, value: f64, budget: Budget) {
        match self.figures.iter_mut().find(|figure| figure.name == name) {
            Some(figure) => figure.rounds.push(value),
            None => self.figures.push(Figure {
                name: name.to_owned(),
                title: title.to_owned(),
                unit,
                rounds: vec![value],
                budget,
            }),
        }
    }

    /// Adds one round to a figure that has no budget.
    pub fn note(&mut self, name: &str, title: &str, unit: &'static str, value: f64) {
        self.add(name, title, unit, value, Budget::None);
    }

    /// Whether every figure is within its budget.
    pub fn is_ok(&self) -> bool {
        self.figures.iter().all(Figure::is_within)
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        let mut figures = serde_json::Map::new();
        let mut budgets = serde_json::Map::new();
        for figure in &self.figures {
            figures.insert(figure.name.clone(), json!(Spread::of(&figure.rounds)));
            let budget: Option<Value> = match figure.budget {
                Budget::None => None,
                Budget::AtMost(most) => Some(json!({ "at_most": most })),
                Budget::AtLeast(least) => Some(json!({ "at_least": least })),
                Budget::WorstAtMost(most) => Some(json!({ "worst_at_most": most })),
            };
            budgets.extend(budget.map(|budget| (figure.name.clone(), budget)));
        }
        json!({ "name": self.name, "figures": figures, "budget": budgets, "ok": self.is_ok() }).to_string()
    }

    /// A table for people.
    pub fn table(&self) -> String {
        let rows: Vec<Vec<String>> = self.figures.iter().map(|figure| figure.cells().to_vec()).collect();
        console::table(&[self.name, "measured", "unit", "budget", "verdict"], &rows)
    }
}

/// A number with as many digits as it deserves: three that count, none behind the point above a hundred.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 100.0 || value.fract().abs() < f64::EPSILON {
        return grouped(value);
    }
    let decimals = if size >= 10.0 { 1 } else { 2 };
    let text = format!("{value:.decimals$}");
    if size > 0.0 && size < 0.1 { format!("{value:.3}") } else { text }
}

/// A whole number with a comma between thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < -0.5 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(rounds: &[f64], budget: Budget) -> Figure {
        Figure { name: "a_ms".into(), title: "A".into(), unit: "ms", rounds: rounds.to_vec(), budget }
    }

    #[test]
    fn the_median_is_held_against_the_budget_and_the_worst_where_it_says_so() {
        assert!(figure(&[1.0, 2.0, 90.0], Budget::AtMost(2.0)).is_within());
        assert!(!figure(&[1.0, 2.0, 90.0], Budget::WorstAtMost(2.0)).is_within());
        assert!(!figure(&[1.0, 2.0, 90.0], Budget::AtLeast(3.0)).is_within());
    }

    #[test]
    fn a_budget_that_was_not_measured_is_not_kept() {
        assert!(!figure(&[], Budget::AtMost(2.0)).is_within());
        assert!(!figure(&[f64::NAN], Budget::AtLeast(2.0)).is_within());
        assert!(figure(&[], Budget::None).is_within());
    }

    #[test]
    fn the_line_of_json_has_name_figures_budget_and_verdict() {
        let mut report = Report::new("page");
        report.add("ratio", "Ratio", "x", 1.5, Budget::AtLeast(1.3));
        report.note("rate", "Rate", "1/s", 7.0);
        let value: Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!(value["name"], "page");
        assert_eq!(value["ok"], true);
        assert_eq!(value["figures"]["ratio"]["median"], 1.5);
        assert_eq!(value["budget"], json!({ "ratio": { "at_least": 1.3 } }));
    }

    #[test]
    fn numbers_are_short_and_large_ones_grouped() {
        for (value, text) in [
            (52_487.4, "52,487"),
            (1_000_000.0, "1,000,000"),
            (147.0, "147"),
            (12.34, "12.3"),
            (1.743, "1.74"),
            (0.0731, "0.073"),
            (0.0, "0"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
