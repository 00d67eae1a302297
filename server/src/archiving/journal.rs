//! The journal on its way to the archive: as soon as something is committed, and now and then without news.

use std::sync::Arc;
use std::time::Duration;

use pharos_archive::{Archive, ArchiveError, Writer};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::{Archiving, pause};
use crate::limits::{
    ARCHIVE_COLLECTS, ARCHIVE_FAREWELL, ARCHIVE_IDLE, ARCHIVE_REST_INTERVAL, ARCHIVE_RETRY, GARBAGE_INTERVAL,
};

impl Archiving {
    /// Archives the journal until another node does, or the end.
    pub(super) async fn journal(&self, archive: &Archive, ended: &CancellationToken) {
        let mut committed = self.store.watch();
        let mut writer = match self.begun(archive).await {
            Ok(writer) => writer,
            Err(error) => {
                self.state.failed(&error);
                return ended.cancel();
            }
        };
        tracing::info!(place = archive.place(), seq = writer.manifest().seq, "the archive goes on from here");
        let (mut rest_at, mut garbage_at) = (Instant::now(), Instant::now() + GARBAGE_INTERVAL);
        while !ended.is_cancelled() && self.standing.leads() {
            let written = self.round(&mut writer, archive, (&mut rest_at, &mut garbage_at)).await;
            let wait = match written {
                Ok(()) => ARCHIVE_IDLE,
                // Another node leads by now, or an operator began another archive here.
                Err(error @ (ArchiveError::Overtaken { .. } | ArchiveError::Foreign { .. })) => {
                    self.state.failed(&error);
                    break;
                }
                Err(error) => {
                    self.state.failed(&error);
                    ARCHIVE_RETRY
                }
            };
            tokio::select! {
                () = ended.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
                // What comes at once is written at once.
                changed = committed.changed(), if wait == ARCHIVE_IDLE => {
                    if changed.is_err() {
                        break;
                    }
                    pause(ended, ARCHIVE_COLLECTS).await;
                }
            }
        }
        // What was decided last, where this node is told to end.
        if ended.is_cancelled() && self.standing.leads() {
            let farewell = timeout(ARCHIVE_FAREWELL, writer.journal(crate::clock::wall())).await;
            if !matches!(farewell, Ok(Ok(()))) {
                tracing::warn!("the end of the journal could not be archived");
            }
        }
        ended.cancel();
    }

    async fn begun(&self, archive: &Archive) -> Result<Writer, ArchiveError> {
        // Of a file there is one process, which leads without a term.
        let term = self.standing.fence().map_or(0, |fence| fence.term);
        Writer::begin(archive.clone(), Arc::clone(&self.store), term).await
    }

    async fn round(
        &self,
        writer: &mut Writer,
        archive: &Archive,
        (rest_at, garbage_at): (&mut Instant, &mut Instant),
    ) -> Result<(), ArchiveError> {
        let (now, before) = (crate::clock::wall(), writer.manifest().seq);
        let started = Instant::now();
        writer.journal(now).await?;
        self.state.archived(writer.manifest());
        let seq = writer.manifest().seq;
        self.metrics.archived(seq, started.elapsed() + collected(seq > before));
        if *rest_at <= Instant::now() {
            writer.rest().await?;
            *rest_at = Instant::now() + ARCHIVE_REST_INTERVAL;
        }
        if *garbage_at <= Instant::now() {
            let removed = archive.remove_garbage().await?;
            tracing::debug!(removed, "objects of the archive that nothing refers to were removed");
            *garbage_at = Instant::now() + GARBAGE_INTERVAL;
        }
        Ok(())
    }
}

/// How long what was written waited at least to be collected.
fn collected(is_news: bool) -> Duration {
    if is_news { ARCHIVE_COLLECTS } else { Duration::ZERO }
}
