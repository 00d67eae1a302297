//! What an import is going to make, or made: for people in sentences, for programs as JSON.

use pharos_import::Haul;
use pharos_store::Head;
use serde::Serialize;

use super::configuration::Made;
use super::fill::{Filled, State};
use super::journal::Past;
use crate::http::written;

/// How much of what is left is told to people one by one.
const LEFT_SHOWN_MAX: usize = 100;

/// The plan.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// From what.
    source: String,
    /// `planned`, `done`, or `there` where nothing was left to do.
    state: &'static str,
    configuration: Configuration,
    /// `null` where the source tells of no past.
    history: Option<History>,
    /// Variables of the environment that must be set.
    secrets: Vec<Variable>,
    /// What could not be carried.
    left: Vec<Left>,
    /// How much more of that there is.
    left_more: u64,
    #[serde(skip)]
    place: String,
}

#[derive(Debug, Serialize)]
struct Configuration {
    file: String,
    /// Whether the same is there already.
    there: bool,
    /// Whether it is written beside another that stays as it is.
    beside: bool,
    components: usize,
    groups: usize,
    checks: usize,
}

#[derive(Debug, Serialize)]
struct History {
    /// Whether it is in the database already.
    there: bool,
    from: String,
    until: String,
    changes: usize,
    incidents: usize,
    open_incidents: usize,
    maintenances: usize,
    /// Maintenances that come again and again.
    series: usize,
    /// Entries of the journal that it makes.
    entries: u64,
    /// Looks that the source tells of.
    looks: u64,
    /// What was put in, once it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    filled: Option<Filled>,
}

#[derive(Debug, Serialize)]
struct Variable {
    name: String,
    place: String,
    what: String,
}

#[derive(Debug, Serialize)]
struct Left {
    place: String,
    what: String,
    why: String,
}

impl Plan {
    /// What a haul is going to become.
    pub fn of(source: &str, haul: &Haul, made: &Made, past: Option<(&Past, Head)>) -> Self {
        let engine = &made.loaded.engine;
        let history = past.map(|(past, head)| History {
            there: false,
            from: written(past.begin()),
            until: written(past.covers()),
            changes: haul.turns.len(),
            incidents: haul.incidents.len(),
            open_incidents: past.open_incidents(),
            maintenances: haul.maintenances.len(),
            series: haul.series.len(),
            entries: head.seq,
            looks: haul.looks_count,
            filled: None,
        });
        let variable = |(variable, secret): (&String, &pharos_import::Secret)| Variable {
            name: variable.clone(),
            place: secret.spot.to_string(),
            what: secret.what.clone(),
        };
        let left = |left: &pharos_import::Left| Left {
            place: left.spot.to_string(),
            what: left.what.clone(),
            why: left.why.clone(),
        };
        Self {
            source: source.to_owned(),
            state: "planned",
            configuration: Configuration {
                file: made.path.display().to_string(),
                there: made.is_there,
                beside: made.is_beside,
                components: engine.definition.components.len(),
                groups: engine.definition.groups.len(),
                checks: engine.checks.len(),
            },
            history,
            secrets: haul.secrets.iter().map(variable).collect(),
            left: haul.left.iter().map(left).collect(),
            left_more: haul.left_more,
            place: String::new(),
        }
    }

    /// Notes what the database holds, and what it is called.
    pub fn note_state(&mut self, state: State, place: &str) {
        place.clone_into(&mut self.place);
        if let Some(history) = &mut self.history {
            history.there = state == State::Same;
        }
        if self.configuration.there && self.history.as_ref().is_none_or(|history| history.there) {
            self.state = "there";
        }
    }

    /// Notes what was put in.
    pub fn filled(&mut self, filled: Filled) {
        if let Some(history) = &mut self.history {
            history.filled = Some(filled);
        }
    }

    /// Notes that it was carried out.
    pub fn carried_out(&mut self) {
        if self.state == "planned" {
            self.state = "done";
        }
    }

    /// Prints it.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    #[expect(clippy::print_stdout, reason = "this command's answer")]
    pub fn print(&self, as_json: bool) -> anyhow::Result<()> {
        if as_json {
            println!("{}", serde_json::to_string_pretty(self)?);
        } else {
            println!("{}", self.told());
        }
        Ok(())
    }

    /// The sentences.
    fn told(&self) -> String {
        let mut lines = vec![self.told_of_configuration()];
        lines.extend(self.history.as_ref().map(|history| self.told_of_history(history)));
        if !self.secrets.is_empty() {
            lines.push("Set these variables of the environment before you use the file:".to_owned());
            let variable =
                |secret: &Variable| format!("  {}: {} ({})", secret.name, secret.what, secret.place);
            lines.extend(self.secrets.iter().map(variable));
        }
        let count = self.left.len() as u64 + self.left_more;
        if count > 0 {
            lines.push(format!("Not carried ({count}):"));
            let left = |left: &Left| format!("  {}: {}: {}", left.place, left.what, left.why);
            lines.extend(self.left.iter().take(LEFT_SHOWN_MAX).map(left));
            if count > LEFT_SHOWN_MAX as u64 {
                lines.push(format!("  and {} more; --json tells all", count - LEFT_SHOWN_MAX as u64));
            }
        }
        lines.push(
            match self.state {
                "planned" => "Nothing was done: this is the plan. Run it again with --yes to carry it out.",
                "there" => "All of this is there already. Nothing was changed.",
                _ => "Done. Start the server on it: pharos serve",
            }
            .to_owned(),
        );
        lines.join("\n")
    }

    fn told_of_configuration(&self) -> String {
        let made = &self.configuration;
        let what = format!(
            "{}, {}, {}",
            counted(made.components, "component"),
            counted(made.groups, "group"),
            counted(made.checks, "check")
        );
        let how = match (made.there, made.beside) {
            (true, _) => "which is there already",
            (false, true) => "beside the file that is there, which stays as it is",
            (false, false) => "a new file",
        };
        format!("Configuration: {what}; {}, {how}", made.file)
    }

    fn told_of_history(&self, history: &History) -> String {
        let looks = match (&history.filled, history.looks) {
            (Some(filled), _) => format!(" {} looks, {} figures.", filled.looks, filled.rollups),
            (None, 0) => String::new(),
            (None, looks) => format!(" {looks} looks."),
        };
        let how = if history.there { "which has it already" } else { "which must be empty" };
        let again = match history.series {
            0 => String::new(),
            count => format!(", {count} series of it"),
        };
        format!(
            "History: {} ({} open), {}{again} and {} from {} to {}: {} entries.{looks} Into {}, {how}",
            counted(history.incidents, "incident"),
            history.open_incidents,
            counted(history.maintenances, "maintenance"),
            counted(history.changes, "change of status"),
            history.from,
            history.until,
            history.entries,
            self.place,
        )
    }
}

fn counted(number: usize, what: &str) -> String {
    match (number, what.split_once(' ')) {
        (1, _) => format!("1 {what}"),
        (_, Some((first, rest))) => format!("{number} {first}s {rest}"),
        (_, None) => format!("{number} {what}s"),
    }
}
