//! An agent: looks from where it runs at what a page asks it to look at, and hands in what it saw. It opens connections and
//! takes none; while nobody answers it goes on by its last assignment.

mod buffer;
mod rounds;
mod servers;
mod sight;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pharos_model::{Status, UnixMs};
use pharos_probe::{ProbeResult, Prober};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock;
use crate::finding::Finding;
use crate::limits::{
    AGENT_FAREWELL, AGENT_RETRY_MAX, ASSIGNMENT_INTERVAL, HAND_IN_INTERVAL, PROBES_MAX, TICK_INTERVAL,
};
use crate::vantage::Assignment;
use buffer::Buffer;
use rounds::{Look, Rounds};
pub use servers::Servers;
use sight::Sight;

/// A look that came back.
struct Landed {
    look: Look,
    at: UnixMs,
    result: ProbeResult,
}

/// What waits to be handed in.
type Waiting = Arc<Mutex<Buffer>>;

/// Looks and hands in until `shutdown`, then hands in what waits.
pub async fn run(servers: Servers, prober: Arc<Prober>, shutdown: CancellationToken) {
    let servers = Arc::new(servers);
    let waiting = Waiting::default();
    let (assign, assigned) = mpsc::channel(1);
    let tasks = TaskTracker::new();
    tasks.spawn(keep_asking(Arc::clone(&servers), assign, shutdown.clone()));
    let looked = Arc::new(Notify::new());
    let looking = look(prober, assigned, (Arc::clone(&waiting), Arc::clone(&looked)), shutdown.clone());
    tasks.spawn(looking);
    keep_handing_in(&servers, (&waiting, &looked), &shutdown).await;
    tasks.close();
    let farewell = async {
        tasks.wait().await;
        hand_in_all(&servers, &waiting).await
    };
    if tokio::time::timeout(AGENT_FAREWELL, farewell).await == Ok(true) {
        tracing::info!("ended; everything that was seen is handed in");
    } else {
        tracing::warn!(lost = locked(&waiting).len(), "ended; what waits could not be handed in");
    }
}

fn locked(waiting: &Waiting) -> std::sync::MutexGuard<'_, Buffer> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks at what is assigned, by the same grid of the wall clock as a node.
async fn look(
    prober: Arc<Prober>,
    mut assigned: mpsc::Receiver<Assignment>,
    (waiting, looked): (Waiting, Arc<Notify>),
    shutdown: CancellationToken,
) {
    let (sender, mut landed) = mpsc::channel::<Landed>(PROBES_MAX);
    let (mut rounds, mut sight) = (Rounds::default(), Sight::default());
    loop {
        let pause = rounds.pause(clock::wall()).min(TICK_INTERVAL);
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            Some(assignment) = assigned.recv() => {
                rounds.assign(assignment, clock::wall());
                sight.expect(rounds.references());
            }
            Some(landed) = landed.recv() => take(landed, (&mut rounds, &mut sight), (&waiting, &looked)),
            () = tokio::time::sleep(pause) => {}
        }
        for look in rounds.due(clock::wall()) {
            let (prober, sender) = (Arc::clone(&prober), sender.clone());
            tokio::spawn(async move {
                let at = clock::wall();
                let result = prober.probe(&look.spec, look.timeout_ms).await;
                // Who took it goes away at the end only.
                let _gone = sender.send(Landed { look, at, result }).await;
            });
        }
    }
}

/// Takes what a look saw: of a reference target whether there is sight, of a check what is handed in.
fn take(landed: Landed, (rounds, sight): (&mut Rounds, &mut Sight), (waiting, looked): (&Waiting, &Notify)) {
    let Landed { look, at, result } = landed;
    rounds.landed(&look);
    let mut finding = Finding::of(&look.due(), at, &result);
    let Some(seen) = &mut finding.seen else { return };
    if look.is_reference {
        sight.note(&look.check, seen.status);
        return;
    }
    if sight.is_blind() {
        seen.status = Status::Unknown;
        seen.reason = Some("Could not tell: every reference target failed at this vantage".to_owned());
    }
    locked(waiting).push(finding, clock::wall());
    looked.notify_one();
}

/// Asks again and again what to look at.
async fn keep_asking(servers: Arc<Servers>, assign: mpsc::Sender<Assignment>, shutdown: CancellationToken) {
    let mut known = None;
    let mut pause = HAND_IN_INTERVAL;
    while !shutdown.is_cancelled() {
        let asked = async { servers.assignment(known.as_deref()).await };
        let answer = tokio::select! {
            () = shutdown.cancelled() => return,
            answer = asked => answer,
        };
        pause = if answer.is_ok() { ASSIGNMENT_INTERVAL } else { (pause * 2).min(AGENT_RETRY_MAX) };
        if let Ok(Some((assignment, tag))) = answer {
            tracing::info!(
                checks = assignment.checks.len(),
                references = assignment.references.len(),
                "assigned what to look at"
            );
            known = tag;
            if assign.send(assignment).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(jittered(pause)) => {}
        }
    }
}

/// Hands in what waits about once a second; while that fails, ever more seldom.
async fn keep_handing_in(
    servers: &Servers,
    (waiting, looked): (&Waiting, &Notify),
    shutdown: &CancellationToken,
) {
    let mut pause = HAND_IN_INTERVAL;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(jittered(pause)) => {}
        }
        let is_quiet = locked(waiting).is_empty();
        if is_quiet {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = looked.notified() => {}
            }
        }
        let handed_in = tokio::select! {
            () = shutdown.cancelled() => return,
            handed_in = hand_in_all(servers, waiting) => handed_in,
        };
        pause = if handed_in { HAND_IN_INTERVAL } else { (pause * 2).min(AGENT_RETRY_MAX) };
    }
}

/// Hands in everything that waits, the oldest first; `false` when a part of it could not be.
async fn hand_in_all(servers: &Servers, waiting: &Waiting) -> bool {
    loop {
        let batch = locked(waiting).batch(clock::wall());
        if batch.results.is_empty() {
            return true;
        }
        match servers.hand_in(&batch).await {
            Ok(taken) => {
                for refused in &taken.refused {
                    let check = batch.results.get(refused.index).map(|result| result.check.0.as_str());
                    tracing::warn!(check, reason = refused.reason, "a result was refused");
                }
                locked(waiting).done(&batch);
            }
            Err(()) => return false,
        }
    }
}

/// About this long: agents that were cut off together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let draw = getrandom::u32().unwrap_or(u32::MAX / 2);
    pause.mul_f64(0.8 + 0.4 * f64::from(draw) / f64::from(u32::MAX))
}
