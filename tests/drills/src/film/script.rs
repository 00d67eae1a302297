//! The scripts: what happens to each service when, and the truth about it.

use std::thread;
use std::time::{Duration, Instant};

use pharos_engine::simulator::Random;
use pharos_model::{Component, ComponentId, RedundancyState, Status, UnixMs};

use super::upstream::{State, Upstream};
use super::watcher::{Heard, Watcher};

/// The longest that one look takes, in milliseconds: by so much the beginning of one that shows a change may come before it.
pub const LOOK_MS_MAX: u64 = 1_000;
/// The longest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long two members claim to be the primary at most: until it is told, or so long.
const CONFLICT: Duration = Duration::from_secs(8);

/// What really happened.
#[derive(Clone, Debug)]
pub struct Truth {
    /// To which service.
    pub component: ComponentId,
    /// The member that failed or gave up its role.
    pub from: ComponentId,
    /// The one that took over; `None` where nothing had to move.
    pub to: Option<ComponentId>,
    /// When it failed.
    pub t0: UnixMs,
    /// When the service was good again.
    pub t2: UnixMs,
    /// The place of the member whose lag is what was at risk.
    pub lags: Option<usize>,
    /// The places of the member that failed and of the one that made the service good again.
    pub looked_at: (usize, usize),
    /// How long the looks at these two take together, in milliseconds.
    pub looks_ms: u64,
}

/// Two members that both claimed to be the primary.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Of which service.
    pub component: ComponentId,
    /// Since when.
    pub from: UnixMs,
    /// Until when.
    pub until: UnixMs,
}

/// What a script brought about.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Failovers.
    pub truths: Vec<Truth>,
    /// Conflicts.
    pub conflicts: Vec<Conflict>,
    /// What was waited for in vain.
    pub stuck: Vec<String>,
}

/// A service of the film: its members by name, with their places among all members and how long a look at each takes.
#[derive(Clone, Debug)]
pub struct Cast {
    /// The redundant component.
    pub component: ComponentId,
    /// Its members.
    pub members: Vec<(ComponentId, usize, Duration)>,
    /// How often it fails over.
    pub acts: u32,
    /// Whether two members claim to be the primary in the end.
    pub ends_in_conflict: bool,
}

/// What a script works with.
pub struct Stage<'a> {
    /// The members.
    pub upstream: &'a Upstream,
    /// What visitors hear.
    pub watcher: &'a Watcher,
    /// Whether the second claim of a conflict is kept from the server.
    pub hides_conflict: bool,
}

fn is_whole(known: &Component, heard: &Heard) -> bool {
    let state = known.redundancy.as_ref().and_then(|redundancy| redundancy.state);
    let of_it = heard.failovers.values().filter(|failover| failover.component == known.definition.id);
    state == Some(RedundancyState::Full) && of_it.into_iter().all(pharos_model::Failover::is_over)
}

/// Lets time pass: this is the script's own pace, and there is nothing to wait for.
fn pause(random: &mut Random, least_ms: u64, most_ms: u64) {
    let until = Instant::now() + Duration::from_millis(random.between(least_ms, most_ms));
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        thread::park_timeout(left);
    }
}

impl Stage<'_> {
    fn wait(
        &self,
        cast: &Cast,
        what: &str,
        played: &mut Played,
        holds: impl Fn(&Component, &Heard) -> bool,
    ) -> bool {
        let came = self.watcher.wait(&cast.component, PATIENCE, holds);
        if !came {
            played.stuck.push(format!("{} waited in vain {what}", cast.component));
        }
        came
    }

    /// A pair: the one that serves fails or steps down, the other takes over, and the first comes back to stand by.
    pub fn play_pair(&self, cast: &Cast, random: &mut Random) -> Played {
        let mut played = Played::default();
        let (mut serving, mut waiting) = (0, 1);
        for _ in 0..cast.acts {
            if !self.wait(cast, "for full redundancy", &mut played, is_whole) {
                return played;
            }
            pause(random, 1_100, 2_500);
            let (old, new) = (&cast.members[serving], &cast.members[waiting]);
            let steps_down = random.chance(250_000);
            let fate = if steps_down { State::Standby } else { State::Failing };
            let t0 = self.upstream.set(&[(old.1, fate)]);
            pause(random, 700, 6_000);
            let t2 = self.upstream.set(&[(new.1, State::Primary)]);
            played.truths.push(Truth {
                component: cast.component.clone(),
                from: old.0.clone(),
                to: Some(new.0.clone()),
                t0,
                t2,
                lags: Some(new.1),
                looked_at: (old.1, new.1),
                looks_ms: millis(old.2 + new.2),
            });
            let serves = |known: &Component, _: &Heard| {
                let serving = known.redundancy.as_ref().and_then(|redundancy| redundancy.serving());
                serving.is_some_and(|member| member.component == new.0)
            };
            if !self.wait(cast, "for the other member to serve", &mut played, serves) {
                return played;
            }
            pause(random, 500, 2_500);
            self.upstream.set(&[(old.1, State::Standby)]);
            (serving, waiting) = (waiting, serving);
        }
        if cast.ends_in_conflict && self.wait(cast, "for full redundancy", &mut played, is_whole) {
            let from = if self.hides_conflict {
                crate::clock::now()
            } else {
                self.upstream.set(&[(cast.members[waiting].1, State::Primary)])
            };
            let is_told = |_: &Component, heard: &Heard| {
                let is_new = |since: UnixMs| since.plus_ms(LOOK_MS_MAX) >= from;
                heard
                    .conflicts
                    .iter()
                    .any(|(component, since)| *component == cast.component && is_new(*since))
            };
            self.watcher.wait(&cast.component, CONFLICT, is_told);
            let until = self.upstream.set(&[(cast.members[waiting].1, State::Standby)]);
            played.conflicts.push(Conflict { component: cast.component.clone(), from, until });
        }
        played
    }

    /// Three of five: two members fail, then a third, so that the service is out until one of them is back.
    pub fn play_quorum(&self, cast: &Cast, random: &mut Random) -> Played {
        let mut played = Played::default();
        for _ in 0..cast.acts {
            if !self.wait(cast, "for full redundancy", &mut played, is_whole) {
                return played;
            }
            pause(random, 1_100, 2_500);
            let mut places: Vec<usize> = (0..cast.members.len()).collect();
            let mut draw = || places.swap_remove(random.index(places.len() - 1));
            let (first, second, third) = (draw(), draw(), draw());
            let at = |place: usize, state: State| (cast.members[place].1, state);
            let early = self.upstream.set(&[at(first, State::Failing), at(second, State::Failing)]);
            pause(random, 1_000, 4_000);
            let late = self.upstream.set(&[at(third, State::Failing)]);
            let is_out = |known: &Component, _: &Heard| known.status == Status::MajorOutage;
            if !self.wait(cast, "to be out", &mut played, is_out) {
                return played;
            }
            pause(random, 500, 3_000);
            let back = *random.pick(&[first, second, third]);
            let t2 = self.upstream.set(&[at(back, State::Standby)]);
            for (place, t0) in [(first, early), (second, early), (third, late)] {
                let looks_ms = millis(cast.members[place].2 + cast.members[back].2);
                let from = cast.members[place].0.clone();
                let component = cast.component.clone();
                let looked_at = (cast.members[place].1, cast.members[back].1);
                let truth = Truth { component, from, to: None, t0, t2, lags: None, looked_at, looks_ms };
                played.truths.push(truth);
            }
            let is_back = |known: &Component, _: &Heard| !known.status.is_outage();
            if !self.wait(cast, "to be back", &mut played, is_back) {
                return played;
            }
            pause(random, 500, 2_500);
            let all = [first, second, third].map(|place| at(place, State::Standby));
            self.upstream.set(&all);
        }
        self.wait(cast, "for full redundancy", &mut played, is_whole);
        played
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
