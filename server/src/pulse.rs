//! The pulse: tells open pages every few seconds that the watcher lives and what it just looked at.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use pharos_model::{ComponentId, Pulse, PulseRow, UnixMs};
use tokio_util::sync::CancellationToken;

use crate::further::FurtherPages;
use crate::http::HealthState;
use crate::limits::{PULSE_INTERVAL, PULSE_ROWS_MAX, TICK_INTERVAL};
use crate::live::Hub;

/// What was looked at since the last pulse.
#[derive(Debug, Default)]
pub struct LastChecked {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    checked_at: Option<UnixMs>,
    /// Since the last pulse.
    rows: BTreeMap<ComponentId, PulseRow>,
    /// Since the last beat to other nodes.
    beaten: BTreeMap<ComponentId, PulseRow>,
}

impl LastChecked {
    /// Notes a look at a component.
    pub fn note(&self, component: &ComponentId, checked_at: UnixMs, latency_ms: Option<u32>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.checked_at = state.checked_at.max(Some(checked_at));
        if state.rows.len() < PULSE_ROWS_MAX || state.rows.contains_key(component) {
            let row = PulseRow { component: component.clone(), checked_at, latency_ms };
            state.rows.insert(component.clone(), row.clone());
            if state.beaten.len() < PULSE_ROWS_MAX || state.beaten.contains_key(component) {
                state.beaten.insert(component.clone(), row);
            }
        }
    }

    /// What other nodes are told: what was looked at since they were told last.
    pub fn since_last_beat(&self) -> (Option<UnixMs>, Vec<PulseRow>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.checked_at, std::mem::take(&mut state.beaten).into_values().collect())
    }

    /// Takes what another node tells.
    pub fn hear(&self, checked_at: Option<UnixMs>, rows: impl Iterator<Item = PulseRow>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.checked_at = state.checked_at.max(checked_at);
        for row in rows {
            if state.rows.len() < PULSE_ROWS_MAX || state.rows.contains_key(&row.component) {
                state.rows.insert(row.component.clone(), row);
            }
        }
    }

    fn take(&self) -> (Option<UnixMs>, Vec<PulseRow>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.checked_at, std::mem::take(&mut state.rows).into_values().collect())
    }

    fn checked_at(&self) -> Option<UnixMs> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).checked_at
    }
}

/// What a new listener is told at once, so that its page need not wait for the next pulse.
pub fn greeting(last: &LastChecked, health: &HealthState) -> Pulse {
    let (at, checked_at) = (crate::clock::wall(), last.checked_at());
    Pulse { at, checked_at, stale: health.is_stale(), rows: Vec::new() }
}

/// Sends pulses until shutdown, and one at once when what is shown may be out of date from then on, or is not any more.
pub async fn run(
    (hub, further, last): (Arc<Hub>, Arc<FurtherPages>, Arc<LastChecked>),
    health: Arc<HealthState>,
    shutdown: CancellationToken,
) {
    let mut ticks = tokio::time::interval(PULSE_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut glances = tokio::time::interval(TICK_INTERVAL);
    glances.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told = false;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
            _ = glances.tick() => if health.is_stale() == told { continue },
        }
        let (checked_at, rows) = last.take();
        told = health.is_stale();
        let pulse = Pulse { at: crate::clock::wall(), checked_at, stale: told, rows };
        hub.pulse(&pulse);
        further.pulse(&pulse);
    }
}
