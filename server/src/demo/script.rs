//! The script of the demo: one thing fails, and recovers, every half minute or so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::targets::Switches;

/// One failure.
struct Scene {
    what: &'static str,
    switch: fn(&Switches) -> &AtomicBool,
    lasts: Duration,
}

/// All is well for this long before the first scene.
const OPENING: Duration = Duration::from_secs(12);
/// All is well for this long between two scenes.
const INTERLUDE: Duration = Duration::from_secs(14);

const SCENES: &[Scene] = &[
    Scene {
        what: "the order database in the north is gone, and the one in the south takes over",
        switch: |s| &s.pair.north_down,
        lasts: Duration::from_secs(18),
    },
    Scene { what: "the API loses its cache", switch: |s| &s.cache_down, lasts: Duration::from_secs(18) },
    Scene { what: "the web site is slow", switch: |s| &s.website_slow, lasts: Duration::from_secs(14) },
    Scene {
        what: "the message broker hangs up, and the queue worker has nothing to do",
        switch: |s| &s.broker_down,
        lasts: Duration::from_secs(18),
    },
    Scene {
        what: "whoever takes payments says that it is out, and payments cannot be reached",
        switch: |s| &s.payments_down,
        lasts: Duration::from_secs(18),
    },
    Scene {
        what: "the order database in the south is gone, and the service goes back to the north",
        switch: |s| &s.pair.south_down,
        lasts: Duration::from_secs(18),
    },
    Scene { what: "the queue worker is stuck", switch: |s| &s.worker_down, lasts: Duration::from_secs(20) },
    Scene { what: "the web site is down", switch: |s| &s.website_down, lasts: Duration::from_secs(18) },
    Scene {
        what: "the API loses its database",
        switch: |s| &s.database_down,
        lasts: Duration::from_secs(18),
    },
    Scene { what: "the image service fails", switch: |s| &s.images_down, lasts: Duration::from_secs(18) },
];

/// Plays the scenes in turn until shutdown.
pub async fn run(switches: Arc<Switches>, shutdown: CancellationToken) {
    let play = async {
        tokio::time::sleep(OPENING).await;
        for scene in SCENES.iter().cycle() {
            tracing::info!("demo: {}", scene.what);
            (scene.switch)(&switches).store(true, Ordering::Relaxed);
            tokio::time::sleep(scene.lasts).await;
            (scene.switch)(&switches).store(false, Ordering::Relaxed);
            tracing::info!("demo: over: {}", scene.what);
            tokio::time::sleep(INTERLUDE).await;
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = play => {}
    }
}
