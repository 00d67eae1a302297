//! Watches the configuration file and reads it again when what it holds has changed, or when SIGHUP asks for it.

use std::path::{Path, PathBuf};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use super::error::Finding;
use super::limits::{POLL_INTERVAL, QUIET, QUIET_WAIT_MAX, REPORTS_WAITING_MAX};
use super::loaded::Digest;
use super::{ConfigError, Loaded, fingerprint, load_bytes, read};

/// What the watcher reports: a configuration to put in force, or why the one in force stays.
type Report = Result<Loaded, ConfigError>;

/// Watches one configuration file, and the files it names.
///
/// The folder is watched rather than the file, because editors and config maps replace a file instead of writing to
/// it. Touching the file without changing it does nothing; SIGHUP always reads it.
#[derive(Debug)]
pub struct ConfigWatcher {
    path: PathBuf,
    /// The files that the configuration in force names.
    beside: Vec<PathBuf>,
    seen: Seen,
    reports: mpsc::Sender<Report>,
}

/// What the file was when it was last looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Holding(Digest),
    Unreadable(Finding),
}

impl ConfigWatcher {
    /// Begins to watch the file at `path`, of which `in_force` was put in force, and the files that it names. Must be called within a runtime.
    ///
    /// Watching ends when the receiver is dropped. It never fails: where a file system tells of no changes, the file
    /// is looked at every so often.
    pub fn spawn(path: PathBuf, in_force: &Loaded) -> mpsc::Receiver<Report> {
        let (reports, receiver) = mpsc::channel(REPORTS_WAITING_MAX);
        let (beside, seen) = (in_force.beside.clone(), Seen::Holding(in_force.digest));
        let watcher = Self { path, beside, seen, reports };
        let (told, changes) = mpsc::channel(1);
        let source = watch_folders(&watcher.path, told);
        tokio::spawn(watcher.run(source, changes));
        receiver
    }

    async fn run(mut self, source: Option<RecommendedWatcher>, mut changes: mpsc::Receiver<()>) {
        let mut hangups = Hangups::new();
        let mut poll = interval(POLL_INTERVAL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let asked = tokio::select! {
                () = self.reports.closed() => break,
                () = hangups.next() => true,
                _ = poll.tick() => {
                    // Perhaps somebody is writing just now.
                    if self.find().await.1 != self.seen {
                        come_to_rest(&mut changes).await;
                    }
                    false
                }
                // The sender lives as long as `source`; without one, only the poll and SIGHUP are left.
                Some(()) = changes.recv(), if source.is_some() => {
                    come_to_rest(&mut changes).await;
                    false
                }
            };
            if !self.look(asked).await {
                break;
            }
        }
    }

    /// Reads the file.
    async fn find(&self) -> (Result<Vec<u8>, Finding>, Seen) {
        let (path, beside) = (self.path.clone(), self.beside.clone());
        let look = move || {
            let found = read(&path);
            let seen = match &found {
                Ok(bytes) => Seen::Holding(fingerprint(bytes, &beside)),
                Err(finding) => Seen::Unreadable(finding.clone()),
            };
            (found, seen)
        };
        tokio::task::spawn_blocking(look).await.unwrap_or_else(|_| {
            let finding = Finding::of_file("the file could not be read");
            (Err(finding.clone()), Seen::Unreadable(finding))
        })
    }

    /// Looks at the file and reports if it has changed, or if `asked` to; `false` when nobody listens any more.
    async fn look(&mut self, asked: bool) -> bool {
        let (found, seen) = self.find().await;
        if seen == self.seen && !asked {
            return true;
        }
        self.seen = seen;
        let report = match found {
            Ok(bytes) => load_bytes(&self.path, &bytes),
            Err(finding) => Err(ConfigError::of_file(&self.path.display().to_string(), finding)),
        };
        if let Ok(loaded) = &report {
            // It may name other files than the one before.
            self.beside.clone_from(&loaded.beside);
            self.seen = Seen::Holding(loaded.digest);
        }
        self.reports.send(report).await.is_ok()
    }
}

/// Waits until nothing has changed for a moment, but not for ever.
async fn come_to_rest(changes: &mut mpsc::Receiver<()>) {
    let latest = Instant::now() + QUIET_WAIT_MAX;
    while let Ok(Some(())) = timeout_at(latest.min(Instant::now() + QUIET), changes.recv()).await {
        if Instant::now() >= latest {
            break;
        }
    }
}

/// Watches the folder of the file, and that of what it links to.
fn watch_folders(path: &Path, told: mpsc::Sender<()>) -> Option<RecommendedWatcher> {
    let heard = move |event: notify::Result<notify::Event>| {
        // Reading the file is an event too, and must not lead to reading it again.
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // A full channel says already that something has changed.
            let _ = told.try_send(());
        }
    };
    let mut watcher = notify::recommended_watcher(heard)
        .map_err(
            |error| tracing::warn!(%error, "changes of the configuration file are found by looking only"),
        )
        .ok()?;
    let folder = |path: &Path| match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_path_buf(),
        None => path.to_path_buf(),
    };
    let mut folders = vec![folder(path)];
    folders.extend(path.canonicalize().ok().map(|target| folder(&target)));
    for folder in folders {
        if let Err(error) = watcher.watch(&folder, RecursiveMode::NonRecursive) {
            tracing::warn!(%error, folder = %folder.display(), "a folder of the configuration cannot be watched");
        }
    }
    Some(watcher)
}

/// The signal that asks for the configuration to be read again; never, where there is none.
struct Hangups {
    #[cfg(unix)]
    signals: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    #[cfg(unix)]
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = signal(SignalKind::hangup())
            .map_err(|error| tracing::warn!(%error, "SIGHUP cannot be heard"))
            .ok();
        Self { signals }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self {}
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signals) = &mut self.signals
            && signals.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
