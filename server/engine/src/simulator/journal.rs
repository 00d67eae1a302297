//! The journal as the store will keep it, and those who read it: the server, a browser, and a browser that came late.

use std::collections::VecDeque;

use pharos_model::{Event, Origin, Snapshot, UnixMs};

use super::report::{Broken, hold};
use crate::{Entry, Fact, Fold, Output};

/// Entries between two stored folds.
const FOLD_EVERY: u64 = 1_000;
/// Entries between two full comparisons of boards; each time the cheap parts are compared.
pub const FULL_EVERY: u64 = 16;
/// Facts told with a failure.
const FACTS_TOLD: usize = 12;

#[derive(Clone, Debug)]
struct Row {
    seq: u64,
    after: Option<u64>,
    at: UnixMs,
    json: String,
}

impl Row {
    fn entry(&self) -> Result<Entry, Broken> {
        let fact = serde_json::from_str(&self.json).map_err(unreadable)?;
        Ok(Entry { seq: self.seq, after: self.after, at: self.at, fact })
    }
}

fn unreadable(error: impl std::fmt::Display) -> Broken {
    Broken { rule: "what is written can be read again", detail: error.to_string() }
}

fn unfit(error: impl std::fmt::Display) -> Broken {
    Broken { rule: "every entry fits what came before", detail: error.to_string() }
}

/// The journal with its readers.
#[derive(Clone, Debug)]
pub struct Journal {
    rows: Vec<Row>,
    stored_fold: String,
    stored_seq: u64,
    /// What the server makes of it.
    pub fold: Fold,
    browser: Snapshot,
    latecomer: Snapshot,
    lose_event: bool,
    recent: VecDeque<String>,
}

impl Journal {
    /// An empty journal. With `lose_event` the browser misses some.
    ///
    /// # Errors
    /// When an empty fold cannot be written.
    pub fn new(origin: Origin, lose_event: bool) -> Result<Self, Broken> {
        let fold = Fold::empty(origin);
        let stored_fold = serde_json::to_string(&fold).map_err(unreadable)?;
        let (browser, latecomer) = (fold.board.clone(), fold.board.clone());
        Ok(Self {
            rows: Vec::new(),
            stored_fold,
            stored_seq: 0,
            fold,
            browser,
            latecomer,
            lose_event,
            recent: VecDeque::new(),
        })
    }

    /// How many entries there are.
    pub fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// The last facts, oldest first.
    pub fn recent(&self) -> Vec<String> {
        self.recent.iter().cloned().collect()
    }

    /// Appends the facts of one step, each through its written form, and lets everybody read them. With `reset` the
    /// latecomer fetches the whole board first.
    ///
    /// # Errors
    /// When one does not survive the trip or does not fit.
    pub fn append(&mut self, out: &Output, reset: bool) -> Result<Vec<Entry>, Broken> {
        let mut entries = Vec::with_capacity(out.facts.len());
        for fact in &out.facts {
            let last_at = self.rows.last().map_or(out.at, |row| row.at);
            hold(out.at >= last_at, "an entry never bears an earlier time than the one before", || {
                format!("{} after {}", out.at.0, last_at.0)
            })?;
            let entry = self.write(out.at, fact)?;
            self.fold.apply(&entry).map_err(unfit)?;
            if let Some(event) = entry.event() {
                self.tell(&event)?;
            }
            entries.push(entry);
        }
        if reset {
            let board = serde_json::to_string(&self.fold.board).map_err(unreadable)?;
            self.latecomer = serde_json::from_str(&board).map_err(unreadable)?;
        }
        self.check_browsers(reset || self.len().is_multiple_of(FULL_EVERY))?;
        if self.len() >= self.stored_seq + FOLD_EVERY {
            self.stored_fold = serde_json::to_string(&self.fold).map_err(unreadable)?;
            self.stored_seq = self.len();
        }
        Ok(entries)
    }

    /// Compares what the browsers show with what the server does: the banner and all statuses, or with `full`
    /// everything.
    ///
    /// # Errors
    /// When they do not agree.
    pub fn check_browsers(&self, full: bool) -> Result<(), Broken> {
        let board = &self.fold.board;
        let same = |other: &Snapshot| {
            let statuses =
                |board: &Snapshot| board.components.iter().map(|c| (c.status, c.since)).collect::<Vec<_>>();
            (other.seq, other.at) == (board.seq, board.at)
                && statuses(other) == statuses(board)
                && (!full || other == board)
        };
        hold(same(&self.browser) && same(&self.latecomer), "the browser's board is the server's", || {
            format!(
                "browser at {}, latecomer at {}, server at {}",
                self.browser.seq, self.latecomer.seq, board.seq
            )
        })
    }

    fn write(&mut self, at: UnixMs, fact: &Fact) -> Result<Entry, Broken> {
        let json = serde_json::to_string(fact).map_err(unreadable)?;
        let after = fact.public().is_some().then_some(self.fold.board.seq);
        let row = Row { seq: self.len() + 1, after, at, json };
        let entry = row.entry()?;
        hold(entry.fact == *fact, "a fact reads as it was written", || row.json.clone())?;
        self.recent.push_back(format!("{} at {}: {}", row.seq, row.at.0, row.json));
        if self.recent.len() > FACTS_TOLD {
            self.recent.pop_front();
        }
        self.rows.push(row);
        Ok(entry)
    }

    fn tell(&mut self, event: &Event) -> Result<(), Broken> {
        if self.lose_event && event.seq.is_multiple_of(11) {
            return Ok(());
        }
        let frame = serde_json::to_string(event).map_err(unreadable)?;
        let event: Event = serde_json::from_str(&frame).map_err(unreadable)?;
        self.browser.apply(&event).map_err(unfit)?;
        self.latecomer.apply(&event).map_err(unfit)
    }

    /// What a start finds: the stored fold and the entries after it.
    ///
    /// # Errors
    /// When they cannot be read or do not fit.
    pub fn load(&self) -> Result<Fold, Broken> {
        let stored = serde_json::from_str(&self.stored_fold).map_err(unreadable)?;
        self.replay(stored)
    }

    /// Replays everything from the first entry on.
    ///
    /// # Errors
    /// When that does not lead to the same fold.
    pub fn check_replay(&self) -> Result<(), Broken> {
        let replayed = self.replay(Fold::empty(self.fold.board.origin.clone()))?;
        hold(replayed == self.fold, "replaying the whole journal gives the same fold", || {
            format!("{} entries", self.rows.len())
        })
    }

    fn replay(&self, mut fold: Fold) -> Result<Fold, Broken> {
        let first = usize::try_from(fold.seq).unwrap_or(usize::MAX);
        for row in self.rows.iter().skip(first) {
            fold.apply(&row.entry()?).map_err(unfit)?;
        }
        Ok(fold)
    }
}
