//! The nodes as operators see them.

use pharos_store::NodeRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::clocks::are_apart;
use super::roster::{Roster, is_live, told};

/// A node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked by itself")]
pub struct NodeView {
    /// Drawn when its process began.
    pub id: String,
    /// What operators call it.
    pub name: String,
    /// Whether it is the one that answers.
    pub answers: bool,
    /// Its version.
    pub version: String,
    /// Whether it was heard of lately.
    pub live: bool,
    /// Whether it leads: watches, decides and writes.
    pub leads: bool,
    /// The how-manieth leadership it is; `null` where it does not lead, or nobody else could.
    pub term: Option<u64>,
    /// For how many seconds it has led.
    pub leads_for_s: Option<u64>,
    /// How far it has read the journal.
    pub seq: u64,
    /// How many entries it is behind the one that has read most.
    pub behind: u64,
    /// Whether its configuration is that of the node that answers; with another one it is given nothing to look at.
    pub same_configuration: bool,
    /// Whether it can reach none of its reference targets; then nothing it sees is believed.
    pub blind: bool,
    /// By how many milliseconds its clock is ahead of the database's, less than 0 where it is behind; `null` where nobody can tell.
    pub clock_ahead_ms: Option<i64>,
    /// For how many seconds it has been there.
    pub up_s: u64,
    /// How many seconds ago it was last heard of.
    pub heard_s: u64,
}

impl NodeView {
    /// All in a roster.
    pub fn all(roster: &Roster, config: &str) -> Vec<Self> {
        let newest = roster.rows.iter().map(|row| row.beat.seq).max().unwrap_or(0);
        let leader = roster.leader().map(|row| row.beat.id);
        let one = |row: &NodeRow| {
            let (beat, told) = (&row.beat, told(row));
            let leads = Some(beat.id) == leader;
            Self {
                id: beat.id.to_string(),
                name: beat.name.clone(),
                answers: Some(beat.id) == roster.me,
                version: beat.version.clone(),
                live: is_live(row),
                leads,
                term: beat.term.filter(|_| leads),
                leads_for_s: told.leads_for_ms.filter(|_| leads).map(|ms| ms / 1_000),
                seq: beat.seq,
                behind: newest.saturating_sub(beat.seq),
                same_configuration: beat.config == config,
                blind: told.blind,
                clock_ahead_ms: told.ahead_ms,
                up_s: row.up.as_secs(),
                heard_s: row.silent.as_secs(),
            }
        };
        roster.rows.iter().map(one).collect()
    }

    /// What it does, in words.
    pub fn role(&self) -> String {
        match (self.leads, self.live) {
            (true, _) => self.leads_for_s.map_or("leads".to_owned(), |s| format!("leads for {}", length(s))),
            (false, true) => "follows".to_owned(),
            (false, false) => "gone".to_owned(),
        }
    }

    /// The how-manieth leadership it is, in words.
    pub fn term(&self) -> String {
        self.term.map_or_else(|| "–".to_owned(), |term| term.to_string())
    }

    /// How far it has read, in words.
    pub fn read(&self) -> String {
        match self.behind {
            0 => self.seq.to_string(),
            behind => format!("{}, {behind} behind", self.seq),
        }
    }

    /// What is to be known of it, in words. What one that is gone last said of itself says nothing any more.
    pub fn notes(&self) -> String {
        let is_gone = !self.leads && !self.live;
        let notes = [
            (self.answers, "answers"),
            (
                !is_gone && !self.same_configuration,
                "has another configuration and is given nothing to look at",
            ),
            (!is_gone && self.blind, "reaches none of its reference targets and is not believed"),
        ];
        let clock = self.clock_ahead_ms.filter(|ms| !is_gone && are_apart(*ms)).map(|ms| {
            let side = if ms > 0 { "ahead of" } else { "behind" };
            format!("has a clock {} {side} the database's", length(ms.unsigned_abs() / 1_000))
        });
        let notes = notes.into_iter().filter(|(is, _)| *is).map(|(_, words)| words.to_owned());
        notes.chain(clock).collect::<Vec<_>>().join("; ")
    }
}

/// Seconds as people read them.
pub fn length(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pharos_store::{Beat, Nonce};

    use super::*;

    #[test]
    fn a_node_that_is_gone_is_not_told_of_as_if_it_were_there() {
        let notes = |silent| {
            let beat = Beat {
                id: Nonce([1; 16]),
                name: "a".to_owned(),
                version: "1".to_owned(),
                config: "old".to_owned(),
                seq: 0,
                term: None,
                told: Vec::new(),
            };
            let row = NodeRow { beat, up: Duration::from_mins(1), silent };
            let roster = Roster { me: None, rows: vec![row], heard: None };
            NodeView::all(&roster, "new").remove(0).notes()
        };
        assert!(notes(Duration::ZERO).starts_with("has another configuration"));
        assert_eq!(notes(Duration::from_secs(30)), "");
    }
}
