//! The journal on its way to the archive: as soon as something is committed, and now and then without news.

use std::sync::Arc;

use pharos_archive::{Archive, ArchiveError, Writer};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::state::Part;
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
                self.cannot_begin(&error);
                return ended.cancel();
            }
        };
        // What the node that led before left behind. Where that cannot be read, nothing is written either.
        let left = self.store.entries_after(writer.manifest().seq, 1).await.unwrap_or_default();
        self.state.waits_from(left.first().map(|entry| entry.at));
        tracing::info!(place = archive.place(), seq = writer.manifest().seq, "the archive goes on from here");
        let (mut rest_at, mut garbage_at) = (Instant::now(), Instant::now() + GARBAGE_INTERVAL);
        // Since when something waits that is not in the archive.
        let mut waits = None;
        while !ended.is_cancelled() && self.standing.leads() {
            // What is committed by now is written now.
            committed.borrow_and_update();
            let written = self.round(&mut writer, archive, (&mut rest_at, &mut garbage_at)).await;
            if written.is_ok()
                && let Some(since) = waits.take()
            {
                self.metrics.archived(writer.manifest().seq, Instant::now() - since);
            }
            let wait = match written {
                Ok(()) => ARCHIVE_IDLE,
                // Another node leads by now, or an operator began another archive here.
                Err(error @ (ArchiveError::Overtaken { .. } | ArchiveError::Foreign { .. })) => {
                    self.state.failed(Part::Journal, &error);
                    break;
                }
                Err(error) => {
                    self.state.failed(Part::Journal, &error);
                    ARCHIVE_RETRY
                }
            };
            tokio::select! {
                () = ended.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
                // What comes at once is written at once; but not to a place that fails.
                changed = committed.changed(), if waits.is_none() => {
                    if changed.is_err() {
                        break;
                    }
                    waits = Some(Instant::now());
                    self.state.waits(crate::clock::wall());
                    pause(ended, if wait == ARCHIVE_IDLE { ARCHIVE_COLLECTS } else { wait }).await;
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

    /// Notes that it is not known what is in the archive: everything that comes waits from now on.
    pub(super) fn cannot_begin(&self, error: &ArchiveError) {
        self.state.failed(Part::Journal, error);
        self.state.waits(crate::clock::wall());
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
        writer.journal(crate::clock::wall()).await?;
        self.state.archived(writer.manifest());
        // The journal goes on although what comes beside it fails.
        if *rest_at <= Instant::now() {
            *rest_at = Instant::now() + ARCHIVE_REST_INTERVAL;
            match writer.rest().await {
                Ok(()) => self.state.works(Part::Accounts),
                Err(error @ ArchiveError::Overtaken { .. }) => return Err(error),
                Err(error) => self.state.failed(Part::Accounts, &error),
            }
        }
        if *garbage_at <= Instant::now() {
            *garbage_at = Instant::now() + GARBAGE_INTERVAL;
            match archive.remove_garbage().await {
                Ok(removed) => tracing::debug!(removed, "objects of the archive that nothing refers to"),
                Err(error) => tracing::warn!(%error, "what the archive no longer needs could not be removed"),
            }
        }
        Ok(())
    }
}
