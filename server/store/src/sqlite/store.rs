//! The contract of a store, kept by SQLite.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use pharos_engine::{CheckId, Entry, Fact, Fold};
use pharos_model::{ComponentId, Incident, IncidentId, Maintenance, Origin, Span, UnixMs};
use tokio::sync::watch;

use super::{SqliteStore, accounts, copies, damage, history, journal, lease, rollup, samples};
use crate::journal::fold_on;
use crate::limits::LOAD_ENTRIES;
use crate::writer::Job;
use crate::{
    AccountChange, Accounts, Appended, AuditEntry, AuditFilter, Chain, Copies, Fence, Head, Holder,
    JournalRow, LatencyPoint, Lease, Margin, Mend, Nodes, Nonce, Once, PagesRead, Parent, Part, Piece,
    Resolution, Retention, RollupRow, Sample, Session, Store, StoreError, StoreHealth, Token, User,
};

#[async_trait]
impl Store for SqliteStore {
    fn origin(&self) -> Origin {
        self.origin.clone()
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.head.clone()
    }

    async fn head(&self) -> Result<Head, StoreError> {
        self.damage.noted(Part::Journal, journal::head(&mut *self.reader().await?).await)
    }

    async fn append_with(
        &self,
        at: UnixMs,
        facts: Vec<Fact>,
        margin: Margin,
    ) -> Result<Appended, StoreError> {
        self.writer.ask(|reply| Job::Append { at, facts, margin: Box::new(margin), reply }).await
    }

    async fn entries_after(&self, seq: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let read = journal::entries_after(&mut *self.reader().await?, seq, limit).await;
        Ok(self.damage.noted(Part::Journal, read)?.0)
    }

    async fn save_fold(&self, fold: &Fold) -> Result<(), StoreError> {
        let (seq, body) = journal::fold_row(fold);
        self.writer.ask(|reply| Job::SaveFold { seq, body, reply }).await
    }

    async fn load(&self) -> Result<Fold, StoreError> {
        let connection = &mut *self.reader().await?;
        let latest = self.damage.noted(Part::Rest, journal::latest_fold(connection, &self.origin).await)?;
        let mut fold = latest.unwrap_or_else(|| Fold::empty(self.origin()));
        loop {
            let read = journal::entries_after(connection, fold.seq, LOAD_ENTRIES).await;
            let (entries, _) = self.damage.noted(Part::Journal, read)?;
            if entries.is_empty() {
                break;
            }
            fold_on(&mut fold, &entries)?;
        }
        Ok(fold)
    }

    async fn renew_watch(&self, at: UnixMs) -> Result<(), StoreError> {
        self.writer.ask(|reply| Job::RenewWatch { at, reply }).await
    }

    async fn last_watch(&self) -> Result<Option<UnixMs>, StoreError> {
        let found: Option<i64> = sqlx::query_scalar("SELECT renewed_at FROM lease WHERE id = 1")
            .fetch_optional(&self.readers)
            .await?;
        Ok(found.map(UnixMs))
    }

    async fn record(&self, samples: Vec<Sample>) -> Result<(), StoreError> {
        if samples.is_empty() {
            return Ok(());
        }
        self.writer.ask(|reply| Job::Record { samples, reply }).await
    }

    async fn roll_up(&self, now: UnixMs) -> Result<(), StoreError> {
        while self.writer.ask(|reply| Job::RollUp { now, reply }).await? {}
        Ok(())
    }

    async fn import_rollups(&self, rows: Vec<RollupRow>) -> Result<(), StoreError> {
        self.writer.ask(|reply| Job::ImportRollups { rows, reply }).await
    }

    async fn latency(
        &self,
        component: &ComponentId,
        from: UnixMs,
        until: UnixMs,
        resolution: Resolution,
        merged: u32,
    ) -> Result<Vec<LatencyPoint>, StoreError> {
        let width = (resolution, merged);
        self.damage.noted(
            Part::Rollups,
            rollup::latency(&mut *self.reader().await?, component, (from, until), width).await,
        )
    }

    async fn spans(
        &self,
        component: &ComponentId,
        from: UnixMs,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<Span>, StoreError> {
        self.damage.noted(
            Part::Spans,
            history::spans(&mut *self.reader().await?, component, (from, until), limit).await,
        )
    }

    async fn incidents_between(
        &self,
        from: UnixMs,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<Incident>, StoreError> {
        self.damage.noted(
            Part::Incidents,
            history::incidents_between(&mut *self.reader().await?, from, until, limit).await,
        )
    }

    async fn incidents_of_component(
        &self,
        component: &ComponentId,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<Incident>, StoreError> {
        self.damage.noted(
            Part::Incidents,
            history::incidents_of_component(&mut *self.reader().await?, component, until, limit).await,
        )
    }

    async fn incidents_page(
        &self,
        before: Option<(UnixMs, IncidentId)>,
        filter: (Option<ComponentId>, Option<bool>),
        limit: usize,
    ) -> Result<Vec<Incident>, StoreError> {
        self.damage.noted(
            Part::Incidents,
            history::incidents_page(&mut *self.reader().await?, before, filter, limit).await,
        )
    }

    async fn maintenances_page(
        &self,
        before: Option<(UnixMs, String)>,
        limit: usize,
    ) -> Result<Vec<Maintenance>, StoreError> {
        self.damage.noted(
            Part::Maintenances,
            history::maintenances_page(&mut *self.reader().await?, before, limit).await,
        )
    }

    async fn observations_before(
        &self,
        check: &CheckId,
        before: Option<UnixMs>,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        self.damage
            .noted(Part::Samples, samples::newest(&mut *self.reader().await?, check, before, limit).await)
    }

    async fn incident(&self, id: &IncidentId) -> Result<Option<Incident>, StoreError> {
        self.damage.noted(Part::Incidents, history::incident(&mut *self.reader().await?, id).await)
    }

    async fn retain(&self, now: UnixMs, retention: Retention) -> Result<(), StoreError> {
        for _ in 0..crate::limits::RETAIN_STEPS_MAX {
            if self.writer.ask(|reply| Job::Retain { now, retention, reply }).await? == 0 {
                break;
            }
        }
        Ok(())
    }

    fn damage(&self) -> watch::Receiver<BTreeSet<Part>> {
        self.damage.watch()
    }

    fn has_sums(&self) -> Option<bool> {
        Some(self.has_sums)
    }

    async fn read_pages(&self, pause: Duration) -> Result<Option<PagesRead>, StoreError> {
        let read = damage::read(&self.database, &self.reading, pause).await?;
        if let Some(read) = &read {
            self.damage.set(&read.parts);
        }
        Ok(read)
    }

    async fn close(&self) -> Result<(), StoreError> {
        Self::close(self).await
    }

    async fn check(&self) -> Result<StoreHealth, StoreError> {
        let head = self.head().await?;
        let size_bytes = std::fs::metadata(&self.database).map_or(0, |data| data.len());
        Ok(StoreHealth { head, size_bytes })
    }
}

impl Nodes for SqliteStore {}

#[async_trait]
impl Copies for SqliteStore {
    async fn rows_after(&self, seq: u64, limit: usize) -> Result<Vec<JournalRow>, StoreError> {
        self.damage.noted(Part::Journal, copies::rows_after(&mut *self.reader().await?, seq, limit).await)
    }

    async fn chain_at(&self, seq: u64) -> Result<Option<Chain>, StoreError> {
        self.damage.noted(Part::Journal, copies::chain_at(&mut *self.reader().await?, seq).await)
    }

    async fn samples_between(
        &self,
        from: UnixMs,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        self.damage.noted(
            Part::Samples,
            copies::samples_between(&mut *self.reader().await?, (from, until), limit).await,
        )
    }

    async fn rollups_between(
        &self,
        resolution: Resolution,
        from: UnixMs,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<RollupRow>, StoreError> {
        self.damage.noted(
            Part::Rollups,
            copies::rollups_between(&mut *self.reader().await?, resolution, (from, until), limit).await,
        )
    }

    async fn count_samples(&self, from: UnixMs, until: UnixMs) -> Result<u64, StoreError> {
        self.damage
            .noted(Part::Samples, copies::count_samples(&mut *self.reader().await?, (from, until)).await)
    }

    async fn oldest(&self, resolution: Option<Resolution>) -> Result<Option<UnixMs>, StoreError> {
        let part = resolution.map_or(Part::Samples, |_| Part::Rollups);
        self.damage.noted(part, copies::oldest(&mut *self.reader().await?, resolution).await)
    }

    async fn rolled_up_until(&self) -> Result<Option<UnixMs>, StoreError> {
        self.damage.noted(Part::Rest, rollup::rolled_up_until(&mut *self.reader().await?).await)
    }

    async fn audit_after(&self, id: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.damage.noted(Part::Audit, copies::audit_after(&mut *self.reader().await?, id, limit).await)
    }

    async fn parent(&self) -> Result<Option<Parent>, StoreError> {
        self.damage.noted(Part::Rest, copies::parent(&mut *self.reader().await?).await)
    }

    async fn fill(&self, piece: Piece) -> Result<(), StoreError> {
        let is_end = matches!(piece, Piece::End { .. });
        self.writer.ask(|reply| Job::Fill { piece: Box::new(piece), reply }).await?;
        self.is_filled.fetch_or(is_end, Ordering::SeqCst);
        Ok(())
    }

    async fn mend(&self, mend: Mend) -> Result<(), StoreError> {
        self.writer.ask(|reply| Job::Mend { mend: Box::new(mend), reply }).await
    }
}

#[async_trait]
impl Accounts for SqliteStore {
    async fn change_accounts(
        &self,
        changes: Vec<AccountChange>,
        audit: Vec<AuditEntry>,
    ) -> Result<(), StoreError> {
        self.writer.ask(|reply| Job::Accounts { changes, audit, reply }).await
    }

    async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.damage.noted(Part::Accounts, accounts::users(&mut *self.reader().await?).await)
    }

    async fn user(&self, name: &str) -> Result<Option<User>, StoreError> {
        self.damage.noted(Part::Accounts, accounts::user(&mut *self.reader().await?, false, name).await)
    }

    async fn user_of_subject(&self, subject: &str) -> Result<Option<User>, StoreError> {
        self.damage.noted(Part::Accounts, accounts::user(&mut *self.reader().await?, true, subject).await)
    }

    async fn session(&self, hash: &[u8; 32]) -> Result<Option<(Session, User)>, StoreError> {
        self.damage.noted(Part::Accounts, accounts::session(&mut *self.reader().await?, hash).await)
    }

    async fn sessions_of(&self, user: &str) -> Result<Vec<Session>, StoreError> {
        self.damage.noted(Part::Accounts, accounts::sessions_of(&mut *self.reader().await?, user).await)
    }

    async fn token(&self, hash: &[u8; 32]) -> Result<Option<(Token, User)>, StoreError> {
        self.damage.noted(Part::Accounts, accounts::token(&mut *self.reader().await?, hash).await)
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.damage.noted(Part::Accounts, accounts::tokens(&mut *self.reader().await?).await)
    }

    async fn audit(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.damage.noted(Part::Audit, accounts::audit(&mut *self.reader().await?, filter, limit).await)
    }

    async fn once(&self, actor: &str, key: &str) -> Result<Option<Once>, StoreError> {
        self.damage.noted(Part::Accounts, accounts::once(&mut *self.reader().await?, actor, key).await)
    }
}

#[async_trait]
impl Lease for SqliteStore {
    async fn acquire_or_renew(
        &self,
        holder: &str,
        nonce: Nonce,
        ttl: Duration,
    ) -> Result<Option<u64>, StoreError> {
        let holder = holder.to_owned();
        self.writer.ask(|reply| Job::Acquire { holder, nonce, ttl, reply }).await
    }

    async fn release(&self, nonce: Nonce) -> Result<(), StoreError> {
        self.writer.ask(|reply| Job::Release { nonce, reply }).await
    }

    async fn holder(&self) -> Result<Option<Holder>, StoreError> {
        self.damage.noted(Part::Rest, lease::holder(&mut *self.reader().await?).await)
    }

    fn set_fence(&self, fence: Option<Fence>) {
        self.writer.set_fence(fence);
    }
}
