//! `Watch`: a call whose answer goes on, a message for each change of a service's status.
//!
//! What it tells is a hint to look and no finding: how the service is, `Check` says. A connection that ends is a hint too.

use std::time::Duration;

use http::HeaderMap;
use http_body_util::BodyExt;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep, sleep_until};

use super::call::{Begun, STATUS, begin, text};
use super::message::{question, status_of, take_message};
use super::{CODES, GrpcCheck};
use crate::budget::Budget;
use crate::http::{KeepAlive, asks_for_calm, hyper_reason};
use crate::limits::{
    GRPC_MESSAGE_BYTES_MAX, WATCH_ABSENT_PAUSE_MAX, WATCH_CONNECT_MS, WATCH_LASTING_MIN, WATCH_MESSAGES_MAX,
    WATCH_NEWS_PAUSE, WATCH_PAUSE_MAX, WATCH_PAUSE_MIN, WATCH_PING_EVERY, WATCH_PING_EVERY_MAX,
    WATCH_PING_PATIENCE,
};
use crate::outcome::{Look, Reason, ReasonKind};
use crate::prober::Prober;
use crate::random::random;

const WATCH: &str = "/grpc.health.v1.Health/Watch";

/// What is said, once, of a server that has no `Watch`.
const ABSENT: &str = "gRPC: the server does not tell of changes: it has no `Watch`, or what stands before it does not let that \
    through. It is looked at by the interval, and asked again now and then; leave `watch` out if this is to stay so";

/// How patient a watcher is.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The longest until the server begins to answer, in milliseconds.
    pub connect_ms: u64,
    /// Time between two pings on a connection, doubled when a server asks for fewer.
    pub ping_every: Duration,
    /// The longest such time.
    pub ping_every_max: Duration,
    /// How long the answer to a ping may take before the connection is taken for dead.
    pub ping_patience: Duration,
    /// The first pause before another connection, doubled with each that fails.
    pub pause_min: Duration,
    /// The longest such pause.
    pub pause_max: Duration,
    /// The longest such pause where the server says that it has no `Watch`.
    pub absent_pause_max: Duration,
    /// How long a connection that told something must have lasted for the pause to be the first again.
    pub lasting_min: Duration,
    /// The shortest time between two pieces of news; what changes meanwhile is told together.
    pub news_pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            connect_ms: WATCH_CONNECT_MS,
            ping_every: WATCH_PING_EVERY,
            ping_every_max: WATCH_PING_EVERY_MAX,
            ping_patience: WATCH_PING_PATIENCE,
            pause_min: WATCH_PAUSE_MIN,
            pause_max: WATCH_PAUSE_MAX,
            absent_pause_max: WATCH_ABSENT_PAUSE_MAX,
            lasting_min: WATCH_LASTING_MIN,
            news_pause: WATCH_NEWS_PAUSE,
        }
    }
}

/// What a watcher knows of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The server says that it serves.
    Serving,
    /// It says that it does not.
    NotServing,
    /// It does not know whether it does.
    Unsure,
    /// The server does not know such a service.
    ServiceUnknown,
    /// The connection ended, or there is none.
    Lost,
}

impl Heard {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Serving => "SERVING",
            Self::NotServing => "NOT_SERVING",
            Self::Unsure => "UNKNOWN",
            Self::ServiceUnknown => "SERVICE_UNKNOWN",
            Self::Lost => "the connection is lost",
        }
    }

    fn of(status: u64) -> Self {
        match status {
            1 => Self::Serving,
            2 => Self::NotServing,
            3 => Self::ServiceUnknown,
            _ => Self::Unsure,
        }
    }
}

/// Why a call ended.
enum Ended {
    /// The server has no such method.
    Unimplemented,
    /// Nobody listens any more.
    Unheard,
    /// The server says that it is pinged too often.
    Calm,
    /// Anything else, which may get better.
    Lost(Reason),
}

/// What was told last, and when more may be.
struct Teller<'a> {
    news: &'a Sender<Heard>,
    told: Option<Heard>,
    /// Whether the server said anything on this connection.
    has_heard: bool,
    free_at: Instant,
    pause: Duration,
}

impl Teller<'_> {
    /// Tells what is new; `false` when nobody listens.
    async fn tell(&mut self, heard: Heard) -> bool {
        if self.told == Some(heard) {
            return true;
        }
        self.told = Some(heard);
        self.free_at = Instant::now() + self.pause;
        self.news.send(heard).await.is_ok()
    }
}

/// Watches a service and sends what is new, until nobody listens. A connection that ends is made anew, after pauses that grow up to
/// a bound. So is one to a server that says that it has no `Watch`: it may say so only while it is renewed.
pub async fn watch(prober: &Prober, check: &GrpcCheck, pace: &Pace, news: Sender<Heard>) {
    let mut teller =
        Teller { news: &news, told: None, has_heard: false, free_at: Instant::now(), pause: pace.news_pause };
    let (mut pause, mut ping_every) = (pace.pause_min, pace.ping_every);
    let mut is_absence_said = false;
    loop {
        let begun = Instant::now();
        teller.has_heard = false;
        let keep_alive = KeepAlive { every: ping_every, patience: pace.ping_patience };
        let ended = tokio::select! {
            () = news.closed() => return,
            ended = listen(prober, check, (pace.connect_ms, keep_alive), &mut teller) => ended,
        };
        let mut pause_max = pace.pause_max;
        match ended {
            Ended::Unheard => return,
            Ended::Unimplemented => {
                if !is_absence_said {
                    tracing::warn!(url = check.url, service = check.service, "{ABSENT}");
                }
                is_absence_said = true;
                pause_max = pace.absent_pause_max;
            }
            Ended::Calm => {
                ping_every = (ping_every * 2).min(pace.ping_every_max);
                tracing::debug!(?ping_every, "a watch was ended for its pings");
            }
            Ended::Lost(reason) => tracing::debug!(why = reason.sentence, "a watch ended"),
        }
        // One that never was is no news, and what was not told yet is told by the look.
        if teller.told.is_some() && !teller.tell(Heard::Lost).await {
            return;
        }
        // One that is cut off again and again must not be asked, and looked at, all the time.
        let was_good = teller.has_heard && begun.elapsed() >= pace.lasting_min;
        if was_good {
            (pause, is_absence_said) = (pace.pause_min, false);
        }
        pause = pause.min(pause_max);
        tokio::select! {
            () = news.closed() => return,
            () = sleep(spread(pause)) => {}
        }
        pause = (pause * 2).min(pause_max);
    }
}

/// Between half and all of a pause, so that watchers do not come back together.
fn spread(pause: Duration) -> Duration {
    let [byte] = random::<1>().unwrap_or([0]);
    pause / 2 + pause / 2 * u32::from(byte) / 255
}

/// One call, until it ends.
async fn listen(
    prober: &Prober,
    check: &GrpcCheck,
    (connect_ms, keep_alive): (u64, KeepAlive),
    teller: &mut Teller<'_>,
) -> Ended {
    let (budget, mut look) = (Budget::start(connect_ms), Look::default());
    let call = (WATCH, question(&check.service), Some(keep_alive));
    let mut begun = match begin(prober, check, call, &budget, &mut look).await {
        Ok(begun) => begun,
        // What is no gRPC method answers so behind some proxies.
        Err(_) if look.facts.status == Some(404) => return Ended::Unimplemented,
        Err(reason) => return Ended::Lost(reason),
    };
    if let Some(ended) = status(&begun.head, &begun) {
        return ended;
    }
    let (mut buffer, mut latest) = (Vec::new(), None);
    let (mut count, mut counted_from) = (0_usize, Instant::now());
    loop {
        let waits = latest.is_some() && latest != teller.told;
        let frame = tokio::select! {
            biased;
            () = sleep_until(teller.free_at), if waits => {
                if let Some(heard) = latest && !teller.tell(heard).await {
                    return Ended::Unheard;
                }
                continue;
            }
            frame = begun.body.frame() => frame,
        };
        let frame = match frame {
            None => return lost("gRPC: the answer ended without a grpc-status"),
            Some(Err(error)) if asks_for_calm(&error) || begun.driver.was_asked_for_calm().await => {
                return Ended::Calm;
            }
            Some(Err(error)) => return Ended::Lost(hyper_reason(&error)),
            Some(Ok(frame)) => frame,
        };
        let data = match frame.into_data() {
            Ok(data) => data,
            Err(other) => match other.into_trailers() {
                Ok(trailers) => {
                    let ended = status(&trailers, &begun);
                    return ended.unwrap_or_else(|| lost("gRPC: the answer ended without a grpc-status"));
                }
                Err(_) => continue,
            },
        };
        buffer.extend_from_slice(&data);
        if counted_from.elapsed() >= teller.pause {
            (count, counted_from) = (0, Instant::now());
        }
        loop {
            match take_message(&mut buffer) {
                Ok(None) => break,
                Ok(Some(message)) => match status_of(&message) {
                    Some(status) => (latest, teller.has_heard) = (Some(Heard::of(status)), true),
                    None => {
                        return lost("gRPC: the answer cannot be read: it is not what a health service says");
                    }
                },
                Err(why) => return lost(&format!("gRPC: the answer cannot be read: {why}")),
            }
            count += 1;
        }
        if buffer.len() > GRPC_MESSAGE_BYTES_MAX + 5 || count > WATCH_MESSAGES_MAX {
            return lost("gRPC: the server says more than it may");
        }
    }
}

fn lost(sentence: &str) -> Ended {
    Ended::Lost(Reason::new(ReasonKind::WrongAnswer, sentence))
}

/// What the status of a call says of its end; `None` where there is none.
fn status(fields: &HeaderMap, begun: &Begun) -> Option<Ended> {
    let code = text(fields, STATUS, &begun.shown)?;
    if code == "12" {
        return Some(Ended::Unimplemented);
    }
    let name = code.parse().ok().and_then(|code: usize| CODES.get(code)).copied().unwrap_or(&code);
    Some(lost(&format!("gRPC: the watch ended with the status {name}")))
}
