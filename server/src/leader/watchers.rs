//! Servers that tell of changes by themselves, and the looks that follow what they tell.
//!
//! What is told is a hint: it has the check looked at, at once and then a second apart, until what is seen no longer contradicts
//! what is held, or a bound is reached. So truth comes from looking and from damping as ever, only sooner.

use std::collections::BTreeMap;
use std::sync::Arc;

use pharos_engine::{CheckId, Input};
use pharos_model::UnixMs;
use pharos_probe::{Prober, Spec, grpc};
use pharos_store::Margin;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{Instrument, info_span};

use super::{Ending, Leader};
use crate::config::Loaded;
use crate::limits::{FOLLOWED_LOOKS_MAX, FOLLOWED_PAUSE, NEWS_WAITING_MAX, WATCHERS_MAX};

/// Who listens, and what is followed.
pub struct Watchers {
    tasks: JoinSet<()>,
    sender: mpsc::Sender<CheckId>,
    news: mpsc::Receiver<CheckId>,
    followed: BTreeMap<CheckId, Follow>,
}

/// Looks that follow what a server told.
#[derive(Clone, Copy, Debug)]
struct Follow {
    /// When it was told: a look that began before knows nothing of it.
    since: UnixMs,
    /// When the next look is to be.
    next: Instant,
    /// How many there may still be.
    left: u32,
}

impl Default for Watchers {
    fn default() -> Self {
        let (sender, news) = mpsc::channel(NEWS_WAITING_MAX);
        Self { tasks: JoinSet::new(), sender, news, followed: BTreeMap::new() }
    }
}

impl Watchers {
    /// Listens as the configuration says, and to nobody else.
    pub fn equip(&mut self, loaded: &Loaded, prober: &Arc<Prober>) {
        // A task that is dropped ends with its connection.
        self.tasks = JoinSet::new();
        self.followed.retain(|check, _| loaded.probes.contains_key(check));
        let watched = loaded.probes.iter().filter_map(|(check, probe)| match &probe.spec {
            Spec::Grpc(settings) if settings.watch => Some((check, settings)),
            _ => None,
        });
        for (index, (check, settings)) in watched.enumerate() {
            if index >= WATCHERS_MAX {
                tracing::warn!(
                    "more than {WATCHERS_MAX} checks have `watch`: the others are looked at by their intervals"
                );
                break;
            }
            let task = watch(check.clone(), settings.clone(), Arc::clone(prober), self.sender.clone());
            self.tasks.spawn(task);
        }
    }

    /// The next check of which something was told.
    pub async fn hinted(&mut self) -> CheckId {
        match self.news.recv().await {
            Some(check) => check,
            // There is always a sender: the one kept here.
            None => std::future::pending().await,
        }
    }

    /// Follows what was told of a check at `now`; `false` when its next look is due soon anyway.
    pub fn follow(&mut self, check: &CheckId, now: UnixMs) -> bool {
        let at = Instant::now();
        if let Some(follow) = self.followed.get_mut(check) {
            (follow.since, follow.left) = (now, FOLLOWED_LOOKS_MAX);
            return false;
        }
        let follow = Follow { since: now, next: at + FOLLOWED_PAUSE, left: FOLLOWED_LOOKS_MAX };
        self.followed.insert(check.clone(), follow);
        true
    }

    /// When the next look is to be.
    pub fn next(&self) -> Option<Instant> {
        self.followed.values().map(|follow| follow.next).min()
    }

    /// The checks that are to be looked at again now.
    pub fn due(&mut self) -> Vec<CheckId> {
        let now = Instant::now();
        let mut due = Vec::new();
        for (check, follow) in &mut self.followed {
            if follow.next <= now {
                (follow.next, follow.left) = (now + FOLLOWED_PAUSE, follow.left.saturating_sub(1));
                due.push(check.clone());
            }
        }
        self.followed.retain(|_, follow| follow.left > 0);
        due
    }

    /// Takes note of a look that began at `began` and left the check in doubt or not.
    pub fn looked(&mut self, check: &CheckId, began: UnixMs, in_doubt: bool) {
        if !in_doubt && self.followed.get(check).is_some_and(|follow| began >= follow.since) {
            self.followed.remove(check);
        }
    }
}

impl Leader {
    /// Looks again at what servers told of, where it is time to.
    pub(super) async fn follow(&mut self, ending: &Ending<'_>) {
        for check in self.watchers.due() {
            let output = self.engine.step(self.tools.clock.now(), Input::Hinted(check));
            self.carry_out(output, Margin::default(), ending).await;
        }
    }
}

/// Listens to one server, for as long as anybody wants to know.
async fn watch(check: CheckId, settings: grpc::GrpcCheck, prober: Arc<Prober>, hints: mpsc::Sender<CheckId>) {
    let (sender, mut news) = mpsc::channel::<grpc::Heard>(1);
    let pace = grpc::Pace::default();
    let listening = info_span!("watch", %check);
    let passing = async move {
        while let Some(heard) = news.recv().await {
            tracing::info!(%check, told = heard.as_str(), "a server told of a change");
            if hints.send(check.clone()).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(grpc::watch(&prober, &settings, &pace, sender).instrument(listening), passing);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> CheckId {
        CheckId("orders/grpc".to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_told_is_followed_a_second_apart_up_to_a_bound() {
        let mut watchers = Watchers::default();
        assert!(watchers.follow(&check(), UnixMs(0)));
        let mut looks = 0;
        let begun = Instant::now();
        while let Some(next) = watchers.next() {
            tokio::time::sleep_until(next).await;
            looks += watchers.due().len();
        }
        assert_eq!(looks, usize::try_from(FOLLOWED_LOOKS_MAX).unwrap());
        assert_eq!(begun.elapsed(), FOLLOWED_PAUSE * FOLLOWED_LOOKS_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_without_doubt_ends_it_unless_it_began_before() {
        let mut watchers = Watchers::default();
        watchers.follow(&check(), UnixMs(1_000));
        watchers.looked(&check(), UnixMs(999), false);
        assert!(watchers.next().is_some());
        watchers.looked(&check(), UnixMs(1_000), true);
        assert!(watchers.next().is_some());
        watchers.looked(&check(), UnixMs(1_000), false);
        assert!(watchers.next().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_told_again_brings_no_look_forward() {
        let mut watchers = Watchers::default();
        watchers.follow(&check(), UnixMs(0));
        let next = watchers.next();
        tokio::time::advance(FOLLOWED_PAUSE / 2).await;
        assert!(!watchers.follow(&check(), UnixMs(500)));
        assert_eq!(watchers.next(), next);
        watchers.looked(&check(), UnixMs(499), false);
        assert!(watchers.next().is_some(), "a look that began before what was told ended it");
    }
}
