//! The one event-stream client: keeps the browser's own snapshot in step with the journal, by the one reducer.
//!
//! It is driven by a clock: every second, and whenever the tab is hidden or shown, it looks whether there should be a
//! stream and whether there is a living one. So it comes back after any failure, on any status, and never twice.

use std::cell::RefCell;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::{AbortHandle, abortable};
use futures_util::stream::select;
use gloo_net::eventsource::State as StreamState;
use gloo_net::eventsource::futures::EventSource;
use gloo_timers::callback::Interval;
use leptos::prelude::{ArcRwSignal, GetUntracked, Set, Update};
use leptos::task::spawn_local;
use pharos_model::{Change, Event, Pulse, Snapshot, UnixMs};

use crate::{browser, words};

/// Time between two looks at the stream.
const LOOK_MS: u32 = 1_000;
/// A stream that says nothing for this long is dead: pulses come every five seconds.
const SILENCE_MAX_MS: u64 = 16_000;
/// A stream that does not open within this is given up.
const OPENING_MAX_MS: u64 = 5_000;
/// The first pause after a failure, and the longest.
const RETRY_MIN_MS: u64 = 500;
const RETRY_MAX_MS: u64 = 30_000;

/// What the line about the stream shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Since when there is no stream; `None` while there is one.
    pub lost_since: Option<UnixMs>,
    /// When anything was last looked at, by the server's clock.
    pub checked_at: Option<UnixMs>,
    /// The server says that what it shows may be out of date.
    pub stale: bool,
    /// Now, by the server's clock as far as it is known.
    pub now: UnixMs,
}

/// What changes over the life of the page. Shared by all islands.
#[derive(Clone, Default)]
pub struct Live {
    /// The newest snapshot; `None` until the stream brought one.
    pub snapshot: ArcRwSignal<Option<Arc<Snapshot>>>,
    /// The line about the stream.
    pub line: ArcRwSignal<Line>,
    /// What to say aloud.
    pub announcement: ArcRwSignal<String>,
}

#[derive(Default)]
struct Client {
    live: Live,
    /// What the server drew this page from, when the stream began at the same place.
    base: Option<Arc<Snapshot>>,
    stream: Option<Open>,
    /// Whether the stream has said anything yet.
    opened: bool,
    heard_at: UnixMs,
    failures: u32,
    retry_at: UnixMs,
    clock_offset_ms: i64,
}

/// An open stream; dropping it closes it and ends its task.
struct Open {
    source: EventSource,
    task: AbortHandle,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.task.abort();
    }
}

thread_local! {
    static CLIENT: RefCell<Client> = RefCell::default();
}

/// What the islands look at.
pub fn live() -> Live {
    CLIENT.with_borrow(|client| client.live.clone())
}

/// What the server drew this page from, if it is known.
pub fn base() -> Option<Arc<Snapshot>> {
    CLIENT.with_borrow(|client| client.base.clone())
}

/// Starts the client. It lives as long as the page.
pub fn start() {
    browser::on_visibility_change(look);
    Interval::new(LOOK_MS, look).forget();
    look();
}

fn look() {
    let now = browser::now();
    let line = CLIENT.with_borrow_mut(|client| {
        if browser::is_hidden() {
            // Nobody looks, so nothing is lost; the stream is taken up where it stopped.
            client.stream = None;
            client.retry_at = UnixMs(0);
            return None;
        }
        let dead = client.stream.as_ref().is_some_and(|open| {
            let silent_ms = now.since_ms(client.heard_at);
            // A browser that reconnects by itself says nothing about it: we would rather do it and say so.
            match (open.source.state(), client.opened) {
                (StreamState::Open, _) => silent_ms > SILENCE_MAX_MS,
                (StreamState::Connecting, false) => silent_ms > OPENING_MAX_MS,
                (StreamState::Connecting, true) | (StreamState::Closed, _) => true,
            }
        });
        if dead {
            client.lose(now);
        }
        if client.stream.is_none() && now >= client.retry_at {
            client.connect(now);
        }
        Some(client.live.line.clone())
    });
    if let Some(line) = line {
        let offset_ms = CLIENT.with_borrow(|client| client.clock_offset_ms);
        line.update(|line| line.now = UnixMs(now.0 + offset_ms));
    }
}

impl Client {
    fn lose(&mut self, now: UnixMs) {
        self.stream = None;
        self.failures = self.failures.saturating_add(1);
        let longest_ms = RETRY_MIN_MS.saturating_mul(1 << self.failures.min(6)).min(RETRY_MAX_MS);
        self.retry_at = now.plus_ms(jittered(longest_ms));
        self.live.line.update(|line| {
            line.lost_since.get_or_insert(now);
        });
    }

    fn connect(&mut self, now: UnixMs) {
        let known = self.live.snapshot.get_untracked().or_else(|| self.base.clone());
        let address = match known {
            Some(snapshot) => format!("/events?since={}.{}", snapshot.origin, snapshot.seq),
            None => "/events".to_owned(),
        };
        self.heard_at = now;
        self.opened = false;
        match listen(&address) {
            Some(open) => self.stream = Some(open),
            None => self.lose(now),
        }
    }
}

/// Half of `ms`, and a random part of the other half: so that not everybody comes back at once.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]
fn jittered(ms: u64) -> u64 {
    ms / 2 + (browser::random() * (ms / 2) as f64) as u64
}

fn listen(address: &str) -> Option<Open> {
    let mut source = EventSource::new(address).ok()?;
    let resets = source.subscribe("reset").ok()?;
    let changes = source.subscribe("change").ok()?;
    let pulses = source.subscribe("pulse").ok()?;
    let mut frames = select(select(resets, changes), pulses);
    let (task, handle) = abortable(async move {
        while let Some(frame) = frames.next().await {
            match frame {
                Ok((name, message)) => heard(&name, &message.data().as_string().unwrap_or_default()),
                Err(_) => break,
            }
        }
        CLIENT.with_borrow_mut(|client| client.lose(browser::now()));
    });
    spawn_local(async {
        // Aborted when the stream is dropped.
        let _ended = task.await;
    });
    Some(Open { source, task: handle })
}

fn heard(name: &str, data: &str) {
    let now = browser::now();
    let live = CLIENT.with_borrow_mut(|client| {
        client.heard_at = now;
        client.opened = true;
        client.failures = 0;
        client.live.clone()
    });
    if live.line.get_untracked().lost_since.is_some() {
        live.line.update(|line| line.lost_since = None);
    }
    // What cannot be read is not for this version of the page: the next reset will be.
    match name {
        "reset" => drop(browser::parse(data).map(take_reset)),
        "change" => drop(browser::parse(data).map(|event| take_change(&event))),
        _ => drop(browser::parse(data).map(take_pulse)),
    }
}

fn take_reset(snapshot: Snapshot) {
    let snapshot = Arc::new(snapshot);
    let same = browser::drawn_at() == Some(format!("{}.{}", snapshot.origin, snapshot.seq));
    let live = live();
    let first = live.snapshot.get_untracked().is_none();
    if first && same {
        CLIENT.with_borrow_mut(|client| client.base = Some(Arc::clone(&snapshot)));
    }
    browser::show_state(snapshot.indicator(), &snapshot.page.name);
    live.snapshot.set(Some(snapshot));
}

fn take_change(event: &Event) {
    let live = live();
    let Some(mut snapshot) = live.snapshot.get_untracked() else { return };
    if Arc::make_mut(&mut snapshot).apply(event).is_err() {
        // Our copy is not the journal's any more: begin anew.
        live.snapshot.set(None);
        CLIENT.with_borrow_mut(|client| {
            client.base = None;
            client.stream = None;
            client.retry_at = UnixMs(0);
        });
        return;
    }
    if let Change::StatusChanged { component, status, .. } = &event.change
        && let Some(component) = snapshot.component(component)
    {
        live.announcement.set(words::announcement(&component.definition.name, *status));
    }
    browser::show_state(snapshot.indicator(), &snapshot.page.name);
    live.snapshot.set(Some(snapshot));
}

fn take_pulse(pulse: Pulse) {
    let now = browser::now();
    CLIENT.with_borrow_mut(|client| client.clock_offset_ms = pulse.at.0 - now.0);
    live().line.update(|line| {
        line.now = pulse.at;
        line.checked_at = pulse.checked_at.or(line.checked_at);
        line.stale = pulse.stale;
    });
}
