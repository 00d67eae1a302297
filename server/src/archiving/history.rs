//! The history on its way to the archive, at its own pace.

use std::sync::Arc;

use pharos_archive::{Archive, ArchiveError, HistoryWriter};
use pharos_store::Retention;
use tokio_util::sync::CancellationToken;

use super::state::Part;
use super::{Archiving, pause};
use crate::limits::{ARCHIVE_RETRY, HISTORY_INTERVAL};

impl Archiving {
    /// Archives the history until another node does, or the end. Whether this journal may write there is known once it was written.
    pub(super) async fn history(&self, archive: &Archive, ended: &CancellationToken) {
        while !self.state.is_begun() {
            pause(ended, ARCHIVE_RETRY).await;
            if ended.is_cancelled() {
                return;
            }
        }
        let mut writer = None;
        while !ended.is_cancelled() && self.standing.leads() {
            let stepped = self.step(&mut writer, archive).await;
            let wait = match stepped {
                Ok(true) => ARCHIVE_RETRY,
                Ok(false) => HISTORY_INTERVAL,
                Err(error) => {
                    self.state.failed(Part::History, &error);
                    // Whoever wrote there meanwhile is read first.
                    writer = None;
                    HISTORY_INTERVAL
                }
            };
            pause(ended, wait).await;
        }
    }

    /// Writes what is due; returns whether there is more.
    async fn step(
        &self,
        writer: &mut Option<HistoryWriter>,
        archive: &Archive,
    ) -> Result<bool, ArchiveError> {
        let writer = if let Some(writer) = writer {
            writer
        } else {
            let (store, kept) = (Arc::clone(&self.store), Retention::default());
            writer.insert(HistoryWriter::begin(archive.clone(), store, kept).await?)
        };
        let more = writer.step(crate::clock::wall()).await?;
        self.state.history_archived(writer.covers());
        Ok(more)
    }
}
