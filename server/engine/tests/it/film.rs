//! A film: one core, its clocks, and a journal that everybody reads.

mod configs;
mod hints;

use std::collections::BTreeMap;

use jiff::Timestamp;
use pharos_engine::desk::{Command, Commanded, Refusal, Subject};
use pharos_engine::{CheckId, Config, Due, Engine, Entry, Fact, Fold, Input, Now, Observation, Output};
use pharos_model::{Change, ComponentId, Failover, Incident, Origin, Role, Status, UnixMs};

pub use configs::{config, heartbeat, in_zone, probe, with_hook, with_needs, with_policy};

/// Seconds between two looks of a check unless it says otherwise.
pub const INTERVAL_S: u64 = 30;

/// The film itself. Times that tests give and get are in seconds since it began.
pub struct Film {
    engine: Engine,
    begin: UnixMs,
    wall: UnixMs,
    mono_ms: u64,
    last_watched: Option<UnixMs>,
    /// What readers of the journal hold.
    pub fold: Fold,
    /// Everything recorded, with its time.
    pub facts: Vec<(u64, Fact)>,
    /// All probes handed out.
    pub probes: Vec<Due>,
    spans: BTreeMap<ComponentId, Vec<(u64, Status)>>,
}

impl Film {
    /// Begins at noon of 23 November 2026, UTC.
    pub fn of(config: Config) -> Self {
        Self::at("2026-11-23T12:00:00Z", config)
    }

    /// Begins at a moment.
    pub fn at(moment: &str, config: Config) -> Self {
        let begin = UnixMs(moment.parse::<Timestamp>().unwrap().as_millisecond());
        let fold = Fold::empty(Origin::new("film").unwrap());
        let (engine, first) = Engine::start(fold.clone(), config, None, Now { wall: begin, mono_ms: 0 });
        let mut film = Self {
            engine,
            begin,
            wall: begin,
            mono_ms: 0,
            last_watched: None,
            fold,
            facts: Vec::new(),
            probes: Vec::new(),
            spans: BTreeMap::new(),
        };
        film.record(first);
        film
    }

    /// Seconds since the film began, by the wall clock.
    pub fn now_s(&self) -> u64 {
        self.wall.since_ms(self.begin) / 1_000
    }

    fn clocks(&self) -> Now {
        Now { wall: self.wall, mono_ms: self.mono_ms }
    }

    fn skip_ms(&mut self, ms: u64) {
        self.wall = self.wall.plus_ms(ms);
        self.mono_ms += ms;
    }

    fn step(&mut self, input: Input) {
        let output = self.engine.step(self.clocks(), input);
        self.last_watched = Some(self.wall);
        self.record(output);
    }

    fn record(&mut self, output: Output) {
        let at_s = output.at.since_ms(self.begin) / 1_000;
        for fact in output.facts {
            let after = fact.public().is_some().then_some(self.fold.board.seq);
            let entry = Entry { seq: self.fold.seq + 1, after, at: output.at, fact };
            self.fold.apply(&entry).unwrap();
            self.note(at_s, &entry.fact);
            self.facts.push((at_s, entry.fact));
        }
        self.probes.extend(output.probes);
    }

    fn note(&mut self, at_s: u64, fact: &Fact) {
        let begin = self.begin;
        let mut push = |component: &ComponentId, from_s: u64, status: Status| {
            let spans = self.spans.entry(component.clone()).or_default();
            while spans.last().is_some_and(|(since, _)| *since >= from_s) {
                spans.pop();
            }
            if spans.last().is_none_or(|(_, last)| *last != status) {
                spans.push((from_s, status));
            }
        };
        match fact.public() {
            Some(Change::Configured(definition)) => {
                for component in &definition.components {
                    if !self.spans.contains_key(&component.id) {
                        self.spans.insert(component.id.clone(), vec![(at_s, Status::Unknown)]);
                    }
                }
            }
            Some(Change::StatusChanged { component, status, from }) => {
                push(component, from.since_ms(begin) / 1_000, *status);
            }
            Some(Change::Unwatched { from, .. }) => {
                for component in &self.fold.board.components {
                    push(&component.definition.id, from.since_ms(begin) / 1_000, Status::Unknown);
                }
            }
            _ => {}
        }
    }

    /// Lets time pass, a tick a second.
    pub fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.skip_ms(1_000);
            self.step(Input::Tick);
        }
    }

    /// Lets time pass in steps of nine seconds.
    pub fn pass_quietly(&mut self, seconds: u64) {
        for _ in 0..seconds / 9 {
            self.skip_ms(9_000);
            self.step(Input::Tick);
        }
    }

    /// Lets time pass while every probe that is handed out comes back well within the second.
    pub fn answer_all(&mut self, seconds: u64) {
        for _ in 0..seconds {
            let before = self.probes.len();
            self.pass(1);
            for index in before..self.probes.len() {
                let due = self.probes[index].clone();
                self.answer(&due);
            }
        }
    }

    fn answer(&mut self, due: &Due) {
        let observation = Observation {
            check: due.check.clone(),
            scheduled_at: due.scheduled_at,
            at: self.wall,
            status: Status::Operational,
            latency_us: Some(20_000),
            reason: None,
            role: None,
            lag_ms: None,
        };
        self.step(Input::Observed(observation));
    }

    /// A clean end: the process notes until when it watched.
    pub fn sign_off(&mut self) {
        self.last_watched = Some(self.engine.watched_until());
    }

    /// Forgets when somebody last watched, as if that was never noted.
    pub fn forget_sign_of_life(&mut self) {
        self.last_watched = None;
    }

    /// One look that begins and ends now.
    pub fn look(&mut self, check: &str, letter: char) {
        self.look_begun_at(check, letter, self.now_s());
    }

    /// One look that ends now.
    pub fn look_begun_at(&mut self, check: &str, letter: char, began_s: u64) {
        let at = self.begin.plus_ms(began_s * 1_000);
        let slow = letter == 's';
        let observation = Observation {
            check: CheckId(check.to_owned()),
            scheduled_at: at,
            at,
            status: if slow { Status::Operational } else { status_of(letter) },
            latency_us: (!status_of(letter).is_outage()).then_some(if slow { 900_000 } else { 20_000 }),
            reason: None,
            role: match letter {
                '1' | 'q' => Some(Role::Primary),
                '2' => Some(Role::Standby),
                _ => None,
            },
            lag_ms: matches!(letter, '2' | 'l').then_some(400),
        };
        self.step(Input::Observed(observation));
    }

    /// Looks of several checks, a letter every 30 s: `.` works, `s` slow, `d` degraded, `p` partly out, `X` out,
    /// `?` could not look, `-` no look, `1` works as the primary, `2` stands by and lags by 400 ms, `l` only lags,
    /// `q` works in part as the primary.
    pub fn play(&mut self, rows: &[(&str, &str)]) {
        let length = rows.iter().map(|(_, letters)| letters.len()).max().unwrap();
        for index in 0..length {
            self.pass(INTERVAL_S);
            for (check, letters) in rows {
                if let Some(letter) = letters.chars().nth(index).filter(|letter| *letter != '-') {
                    self.look(check, letter);
                }
            }
        }
    }

    /// SIGSTOP and SIGCONT: both clocks go on, the process does not.
    pub fn freeze(&mut self, seconds: u64) {
        self.skip_ms(seconds * 1_000);
    }

    /// Moves the wall clock.
    pub fn move_clock(&mut self, seconds: i64) {
        self.wall = UnixMs(self.wall.0 + seconds * 1_000);
    }

    /// Ends the process, waits, and begins another from the journal.
    pub fn restart_after(&mut self, seconds: u64, config: Config) {
        self.wall = self.wall.plus_ms(seconds * 1_000);
        self.mono_ms = 5;
        let (engine, first) = Engine::start(self.fold.clone(), config, self.last_watched, self.clocks());
        self.engine = engine;
        self.record(first);
    }

    /// Reads another configuration.
    pub fn configure(&mut self, config: Config) {
        self.step(Input::Configured(Box::new(config)));
    }

    /// An operator asks for something.
    pub fn command(&mut self, command: Command) -> Result<Subject, Refusal> {
        let recalled = None;
        let output =
            self.engine.step(self.clocks(), Input::Commanded(Box::new(Commanded { command, recalled })));
        let answer = output.answer.clone();
        let facts = output.facts.len();
        self.record(output);
        let answer = answer.unwrap();
        assert!(answer.is_ok() || facts == 0, "a command that was refused left something behind");
        assert_eq!(
            self.engine.fold().desk,
            self.fold.desk,
            "the core and the readers of the journal disagree"
        );
        answer
    }

    /// So many seconds after the film began.
    pub fn moment(&self, second: i64) -> UnixMs {
        UnixMs(self.begin.0 + second * 1_000)
    }

    /// What the page says of a component, from when on: `O`perational, `D`egraded, `P`artly or `M`ostly out, `U`nknown.
    pub fn spans(&self, component: &str) -> String {
        let spans = &self.spans[&ComponentId::new(component).unwrap()];
        let words: Vec<String> =
            spans.iter().map(|(at_s, status)| format!("{}{at_s}", letter(*status))).collect();
        words.join(" ")
    }

    /// The incident of this name.
    pub fn incident(&self, id: &str) -> &Incident {
        self.fold.board.incidents.iter().find(|incident| incident.id.as_str() == id).unwrap()
    }

    /// What was said about incidents, and when.
    pub fn said(&self) -> Vec<String> {
        let lines = self.facts.iter().filter_map(|(at_s, fact)| match fact.public()? {
            Change::IncidentOpened(incident) => Some(format!("{at_s} {} opened", incident.id)),
            Change::IncidentUpdated { update, .. } => Some(format!("{at_s} {:?}", update.transition)),
            Change::IncidentChanged(incident) => Some(format!("{at_s} {} changed", incident.id)),
            _ => None,
        });
        lines.collect()
    }

    /// What is recorded of failovers, the oldest first: its kind, who gave it to whom, and t0 to t3, each as the seconds
    /// between which it lies.
    pub fn failovers(&self) -> Vec<String> {
        let second = |at: UnixMs| at.since_ms(self.begin) / 1_000;
        let line = |known: &Failover| {
            let restored = known.restored.map(|at| format!(" t2 {}-{}", second(at.after), second(at.by)));
            let redundant = known.redundant_at.map(|at| format!(" t3 {}", second(at)));
            format!(
                "{} {}>{} t0 {}-{} t1 {}{}{}{}{}",
                known.kind.as_str(),
                known.from,
                known.to.as_ref().map_or("?", ComponentId::as_str),
                second(known.failed.after),
                second(known.failed.by),
                second(known.confirmed_at),
                restored.unwrap_or_default(),
                redundant.unwrap_or_default(),
                known.lag_ms.map(|lag_ms| format!(" lag {lag_ms}")).unwrap_or_default(),
                if known.service_lost { " lost" } else { "" },
            )
        };
        let mut lines: Vec<String> = self.fold.failovers().map(line).collect();
        lines.reverse();
        lines
    }

    /// How many facts of this kind were recorded.
    pub fn count(&self, kind: &str) -> usize {
        self.facts.iter().filter(|(_, fact)| fact.kind() == kind).count()
    }
}

fn status_of(letter: char) -> Status {
    match letter {
        '.' | '1' | '2' | 'l' => Status::Operational,
        'd' => Status::DegradedPerformance,
        'p' | 'q' => Status::PartialOutage,
        'X' => Status::MajorOutage,
        _ => Status::Unknown,
    }
}

fn letter(status: Status) -> char {
    match status {
        Status::Operational => 'O',
        Status::UnderMaintenance => 'W',
        Status::DegradedPerformance => 'D',
        Status::PartialOutage => 'P',
        Status::MajorOutage => 'M',
        Status::Unknown => 'U',
    }
}
