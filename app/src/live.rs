//! The one event-stream client: keeps the browser's own snapshot in step with the journal, by the one reducer.
//!
//! It is driven by a clock: every second, and whenever the tab is hidden or shown, it looks whether there should be a
//! stream and whether there is a living one. So it comes back after any failure, on any status, and never twice.

use std::cell::RefCell;

use futures_util::StreamExt;
use gloo_net::eventsource::State as StreamState;
use gloo_net::eventsource::futures::{EventSource, EventSourceSubscription};
use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::{ArcRwSignal, Notify, Set, UpdateUntracked, WithUntracked};
use leptos::task::spawn_local;
use pharos_model::{Change, Event, Pulse, Snapshot, UnixMs};

use crate::browser;
use crate::islands::Line;

/// Time between two looks at the stream.
const LOOK_MS: u32 = 1_000;
/// A stream that says nothing for this long is dead: pulses come every five seconds.
const SILENCE_MAX_MS: u64 = 20_000;
/// A stream that does not open within this is given up.
const OPENING_MAX_MS: u64 = 10_000;
/// The pause after the first failure; it doubles with each further one.
const RETRY_MIN_MS: u32 = 500;
/// The longest pause.
const RETRY_MAX_MS: u32 = 30_000;
/// Failures after which the pause no longer grows: 0.5 s doubled six times is past the longest.
const DOUBLINGS_MAX: u32 = 6;
/// Failures after which others are asked too.
const OWN_FAILURES_MAX: u32 = 3;
/// How long a mirror is followed until the page's own server is asked again.
const FOLLOW_MS: u64 = 60_000;
/// How long what was heard waits for more before it is shown.
const PUBLISH_MS: u32 = 8;
/// After a change of the layout, or of what is planned, the page is loaded anew. By then the server has drawn it.
const RELOAD_MS: u32 = 1_500;
/// So that not everybody loads it at once.
const RELOAD_SPREAD_MS: u32 = 3_000;
/// What the server calls its frames, and what the browser calls the beginning and the end of a stream.
const FRAMES: [&str; 5] = ["reset", "change", "pulse", "open", END];
const END: &str = "error";

/// What changes over the life of the page. Shared by all islands.
#[derive(Clone, Default)]
pub struct Live {
    /// The newest snapshot; `None` until the stream brought one.
    pub snapshot: ArcRwSignal<Option<Snapshot>>,
    /// The line about the stream; `None` until there is something to say.
    pub line: ArcRwSignal<Option<Line>>,
    /// What to say aloud.
    pub announcement: ArcRwSignal<String>,
}

#[derive(Default)]
struct Client {
    live: Live,
    /// Dropping it closes it.
    stream: Option<EventSource>,
    /// Counts streams, so that what an earlier one still says is not heard.
    generation: u32,
    /// When the stream last said anything, or was asked for.
    heard_at: UnixMs,
    failures: u32,
    /// Whether the page was loaded anew already.
    is_reloaded: bool,
    /// The mirror whose stream is open or asked for, and since when; empty for the page's own server.
    mirror: (String, UnixMs),
    /// Looks again after the pause.
    retry: Option<Timeout>,
    /// Shows what was heard.
    publishing: Option<Timeout>,
    /// Since when there is no stream, although somebody looks.
    lost_since: Option<UnixMs>,
    pulse: Option<Pulse>,
    /// What must be added to the browser's clock to get the server's.
    clock_offset_ms: i64,
}

thread_local! {
    static CLIENT: RefCell<Client> = RefCell::default();
}

/// What the islands look at.
pub fn live() -> Live {
    CLIENT.with_borrow(|client| client.live.clone())
}

/// Starts the client. It lives as long as the page.
pub fn start(is_reloaded: bool) {
    CLIENT.with_borrow_mut(|client| client.is_reloaded = is_reloaded);
    browser::on_turns(look);
    Interval::new(LOOK_MS, look).forget();
    look();
}

fn look() {
    CLIENT.with_borrow_mut(|client| client.look(browser::now(), browser::is_hidden()));
    tell();
}

/// Brings the line about the stream up to date.
fn tell() {
    let (signal, line) = CLIENT.with_borrow(|client| (client.live.line.clone(), client.line()));
    if line.is_some() && signal.with_untracked(|shown| *shown != line) {
        signal.set(line);
    }
}

impl Client {
    fn look(&mut self, now: UnixMs, hidden: bool) {
        if hidden {
            // Nobody looks, so nothing is lost; the stream is taken up where it stopped.
            self.close();
            self.retry = None;
            self.failures = 0;
            self.lost_since = None;
            return;
        }
        if let Some(stream) = &self.stream {
            let silence_max_ms = match stream.state() {
                StreamState::Open => SILENCE_MAX_MS,
                StreamState::Connecting => OPENING_MAX_MS,
                StreamState::Closed => 0,
            };
            if now.since_ms(self.heard_at) > silence_max_ms {
                self.lose(now);
            } else if self.lost_since.is_none() && self.follows() && now.since_ms(self.mirror.1) > FOLLOW_MS {
                // One more failure leads back to the mirror.
                self.failures = OWN_FAILURES_MAX - 1;
                self.close();
            }
        }
        if self.stream.is_none() && self.retry.is_none() {
            self.connect(now);
        }
    }

    fn close(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        self.stream = None;
    }

    fn lose(&mut self, now: UnixMs) {
        self.close();
        self.lost_since.get_or_insert(now);
        let pause_ms = (RETRY_MIN_MS << self.failures.min(DOUBLINGS_MAX)).min(RETRY_MAX_MS);
        self.failures = self.failures.saturating_add(1);
        self.retry = Some(Timeout::new(browser::jittered(pause_ms), || {
            CLIENT.with_borrow_mut(|client| client.retry = None);
            look();
        }));
    }

    fn follows(&self) -> bool {
        !self.mirror.0.is_empty()
    }

    /// Whom to ask: the page's own server, and after some failures the mirrors too, one after the other.
    fn whom(&self) -> String {
        let turn = (self.failures as usize).checked_sub(OWN_FAILURES_MAX as usize);
        let mirrors = turn.map(|_| browser::mirrors()).unwrap_or_default();
        let turn = turn.unwrap_or_default() % (mirrors.len() + 1);
        mirrors.into_iter().nth(turn).unwrap_or_default()
    }

    fn connect(&mut self, now: UnixMs) {
        self.mirror = (self.whom(), now);
        let known = self.live.snapshot.with_untracked(|known| match known {
            Some(snapshot) => format!("/events?since={}.{}", snapshot.origin, snapshot.seq),
            None => "/events".to_owned(),
        });
        let address = [&*self.mirror.0, &*browser::shared_address(&known)].concat();
        self.close();
        self.heard_at = now;
        self.stream = listen(&address, self.generation);
        if self.stream.is_none() {
            self.lose(now);
        }
    }

    /// What the line says; `None` before the first pulse.
    fn line(&self) -> Option<Line> {
        let words = browser::words()?;
        if let Some(since) = self.lost_since {
            let known_at = self.pulse.as_ref().map_or(since, |pulse| self.by_own_clock(pulse.at));
            let text = words.interrupted(&browser::local_moment(since), &browser::local_moment(known_at));
            return Some(Line { text, lost: true });
        }
        let pulse = self.pulse.as_ref()?;
        if pulse.stale {
            return Some(Line { text: words.live().stale.to_owned(), lost: true });
        }
        if self.follows() {
            let host = self.mirror.0.split('/').next_back().unwrap_or_default();
            return Some(Line { text: words.mirrored(host), lost: true });
        }
        let ago_ms = browser::now().since_ms(self.by_own_clock(pulse.checked_at?));
        Some(Line { text: words.checked_ago(ago_ms), lost: false })
    }

    fn by_own_clock(&self, at: UnixMs) -> UnixMs {
        UnixMs(at.0.saturating_sub(self.clock_offset_ms))
    }
}

fn listen(address: &str, generation: u32) -> Option<EventSource> {
    let mut source = EventSource::new(address).ok()?;
    for name in FRAMES {
        spawn_local(hear(source.subscribe(name).ok()?, generation));
    }
    Some(source)
}

/// Hears one kind of frame until its stream ends, which is at the first failure: a browser that connects again by
/// itself does so at a time of its own, and on some failures never.
async fn hear(mut frames: EventSourceSubscription, generation: u32) {
    let is_current = || CLIENT.with_borrow(|client| client.generation == generation);
    while let Some(Ok((name, message))) = frames.next().await {
        if !is_current() {
            return;
        }
        if name == END {
            break;
        }
        heard(&name, &message.data().as_string().unwrap_or_default());
    }
    if is_current() {
        CLIENT.with_borrow_mut(|client| client.lose(browser::now()));
        tell();
    }
}

fn heard(name: &str, data: &str) {
    let live = CLIENT.with_borrow_mut(|client| {
        client.heard_at = browser::now();
        client.failures = 0;
        client.lost_since = None;
        client.live.clone()
    });
    match name {
        "reset" => drop(browser::parse(data).map(|snapshot| take_reset(&live, snapshot))),
        // What cannot be read is a change that this half of the page does not know: everything anew tells of it.
        "change" => match browser::parse(data) {
            Some(event) => take_change(&live, &event),
            None => begin_anew(&live),
        },
        "pulse" => drop(browser::parse(data).map(take_pulse)),
        _ => {}
    }
    tell();
}

fn take_reset(live: &Live, snapshot: Snapshot) {
    // The page was drawn before, or after, what is told here; a mirror has a layout of its own.
    let may_reload = CLIENT.with_borrow(|client| !client.follows() && !client.is_reloaded);
    if may_reload && browser::laid_out_at() != snapshot.laid_out_at.0.to_string() {
        reload_soon();
    }
    // What changed between the page and the stream is told by neither.
    browser::renew();
    live.snapshot.update_untracked(|known| *known = Some(snapshot));
    publish_soon();
}

/// Asks for everything anew, at once.
fn begin_anew(live: &Live) {
    live.snapshot.update_untracked(|known| *known = None);
    CLIENT.with_borrow_mut(Client::close);
    look();
}

fn take_change(live: &Live, event: &Event) {
    let applied = live.snapshot.try_update_untracked(|known| known.as_mut().map(|known| known.apply(event)));
    match applied.flatten() {
        // The reset that everything begins with is still to come.
        None => return,
        Some(Ok(())) => publish_soon(),
        // Our copy is not the journal's any more.
        Some(Err(_)) => return begin_anew(live),
    }
    #[cfg(target_family = "wasm")]
    if matches!(event.change, Change::Beside) {
        browser::renew();
    }
    if let Change::StatusChanged { component, status, .. } = &event.change {
        let Some(words) = browser::words() else { return };
        let said = live.snapshot.with_untracked(|snapshot| {
            let component = snapshot.as_ref()?.component(component)?;
            Some(words.component_state(component.definition.name.of(words.tag()), *status))
        });
        live.announcement.set(said.unwrap_or_default());
    }
}

/// Loads the page anew, a moment later, when the server has drawn it.
fn reload_soon() {
    Timeout::new(RELOAD_MS + browser::jittered(RELOAD_SPREAD_MS), browser::reload).forget();
}

/// Shows what was heard, a moment later: what comes together is drawn once.
fn publish_soon() {
    CLIENT.with_borrow_mut(|client| {
        client.publishing.get_or_insert_with(|| Timeout::new(PUBLISH_MS, publish));
    });
}

fn publish() {
    let live = CLIENT.with_borrow_mut(|client| {
        client.publishing = None;
        client.live.clone()
    });
    live.snapshot.with_untracked(|snapshot| {
        if let (Some(snapshot), Some(words)) = (snapshot, browser::words()) {
            browser::show_state(snapshot, words);
        }
    });
    live.snapshot.notify();
}

fn take_pulse(pulse: Pulse) {
    CLIENT.with_borrow_mut(|client| {
        client.clock_offset_ms = pulse.at.0 - browser::now().0;
        client.pulse = Some(pulse);
    });
}
