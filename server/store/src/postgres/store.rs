//! The contract of a store, kept by PostgreSQL.

use std::sync::PoisonError;
use std::time::Duration;

use async_trait::async_trait;
use pharos_engine::{CheckId, Entry, Fact, Fold};
use pharos_model::{ComponentId, Incident, IncidentId, Maintenance, Origin, Span, UnixMs};
use tokio::sync::watch;
use tokio::time::Instant;

use super::lanes::within;
use super::{
    PostgresStore, accounts, copies, history, journal, lease, missing, query_scalar, rollup, samples,
};
use crate::limits::{LEASE_TIMEOUT, READ_TIMEOUT};
use crate::values::unsigned;
use crate::writer::Job;
use crate::{
    AccountChange, Accounts, Appended, AuditEntry, AuditFilter, Chain, Copies, Fence, Head, Holder,
    JournalRow, LatencyPoint, Lease, Lost, Margin, Mend, Nonce, Once, Parent, Piece, Resolution, Retention,
    RollupRow, Sample, Session, Store, StoreError, StoreHealth, Token, User,
};

/// Reads within a transaction that sees one state.
macro_rules! read {
    ($store:expr, |$connection:ident| $work:expr) => {
        within!(READ_TIMEOUT, $store.readers, |$connection| $work)
    };
}

#[async_trait]
impl Store for PostgresStore {
    fn origin(&self) -> Origin {
        self.origin.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.seen.watch()
    }

    async fn head(&self) -> Result<Head, StoreError> {
        read!(self, |connection| journal::head(connection))
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
        self.following(seq, limit).await
    }

    async fn save_fold(&self, fold: &Fold) -> Result<(), StoreError> {
        let (seq, body) = journal::fold_row(fold);
        self.writer.ask(|reply| Job::SaveFold { seq, body, reply }).await
    }

    async fn load(&self) -> Result<Fold, StoreError> {
        self.fold().await
    }

    async fn renew_watch(&self, at: UnixMs) -> Result<(), StoreError> {
        self.writer.ask(|reply| Job::RenewWatch { at, reply }).await
    }

    async fn last_watch(&self) -> Result<Option<UnixMs>, StoreError> {
        let read = "SELECT renewed_at FROM lease WHERE id = 1";
        let found: Option<i64> =
            read!(self, |connection| async { Ok(query_scalar(read).fetch_optional(connection).await?) })?;
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
        read!(self, |connection| rollup::latency(connection, component, (from, until), width))
    }

    async fn spans(
        &self,
        component: &ComponentId,
        from: UnixMs,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<Span>, StoreError> {
        read!(self, |connection| history::spans(connection, component, (from, until), limit))
    }

    async fn incidents_between(
        &self,
        from: UnixMs,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<Incident>, StoreError> {
        read!(self, |connection| history::incidents_between(connection, from, until, limit))
    }

    async fn incidents_of_component(
        &self,
        component: &ComponentId,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<Incident>, StoreError> {
        read!(self, |connection| history::incidents_of_component(connection, component, until, limit))
    }

    async fn incidents_page(
        &self,
        before: Option<(UnixMs, IncidentId)>,
        filter: (Option<ComponentId>, Option<bool>),
        limit: usize,
    ) -> Result<Vec<Incident>, StoreError> {
        read!(self, |connection| history::incidents_page(connection, before, filter, limit))
    }

    async fn maintenances_page(
        &self,
        before: Option<(UnixMs, String)>,
        limit: usize,
    ) -> Result<Vec<Maintenance>, StoreError> {
        read!(self, |connection| history::maintenances_page(connection, before, limit))
    }

    async fn observations_before(
        &self,
        check: &CheckId,
        before: Option<UnixMs>,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        read!(self, |connection| samples::newest(connection, check, before, limit))
    }

    async fn incident(&self, id: &IncidentId) -> Result<Option<Incident>, StoreError> {
        read!(self, |connection| history::incident(connection, id))
    }

    async fn retain(&self, now: UnixMs, retention: Retention) -> Result<(), StoreError> {
        for _ in 0..crate::limits::RETAIN_STEPS_MAX {
            if self.writer.ask(|reply| Job::Retain { now, retention, reply }).await? == 0 {
                break;
            }
        }
        Ok(())
    }

    fn has_diverged(&self) -> bool {
        self.seen.is_diverged()
    }

    fn life(&self) -> u64 {
        self.seen.life()
    }

    fn take_lost(&self) -> Option<Lost> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn failovers(&self) -> watch::Receiver<u64> {
        self.hosts.failovers()
    }

    async fn missing(&self, recorded: &[(CheckId, UnixMs)]) -> Result<Vec<(CheckId, UnixMs)>, StoreError> {
        if recorded.is_empty() {
            return Ok(Vec::new());
        }
        read!(self, |connection| missing::missing(connection, recorded))
    }

    fn rivals(&self) -> Vec<String> {
        self.rivals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn time(&self) -> Option<(UnixMs, Instant)> {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn close(&self) -> Result<(), StoreError> {
        Self::close(self).await
    }

    async fn check(&self) -> Result<StoreHealth, StoreError> {
        let head = self.head().await?;
        let size = "SELECT pg_database_size(current_database())";
        // A service without such a function is well all the same.
        let size: Result<i64, StoreError> =
            read!(self, |connection| async { Ok(query_scalar(size).fetch_one(connection).await?) });
        let size_bytes = size.map_or(0, unsigned);
        Ok(StoreHealth { head, size_bytes })
    }
}

#[async_trait]
impl Accounts for PostgresStore {
    async fn change_accounts(
        &self,
        changes: Vec<AccountChange>,
        audit: Vec<AuditEntry>,
    ) -> Result<(), StoreError> {
        self.writer.ask(|reply| Job::Accounts { changes, audit, reply }).await
    }

    async fn users(&self) -> Result<Vec<User>, StoreError> {
        read!(self, |connection| accounts::users(connection))
    }

    async fn user(&self, name: &str) -> Result<Option<User>, StoreError> {
        read!(self, |connection| accounts::user(connection, false, name))
    }

    async fn user_of_subject(&self, subject: &str) -> Result<Option<User>, StoreError> {
        read!(self, |connection| accounts::user(connection, true, subject))
    }

    async fn session(&self, hash: &[u8; 32]) -> Result<Option<(Session, User)>, StoreError> {
        read!(self, |connection| accounts::session(connection, hash))
    }

    async fn sessions_of(&self, user: &str) -> Result<Vec<Session>, StoreError> {
        read!(self, |connection| accounts::sessions_of(connection, user))
    }

    async fn token(&self, hash: &[u8; 32]) -> Result<Option<(Token, User)>, StoreError> {
        read!(self, |connection| accounts::token(connection, hash))
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        read!(self, |connection| accounts::tokens(connection))
    }

    async fn audit(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        read!(self, |connection| accounts::audit(connection, filter, limit))
    }

    async fn once(&self, actor: &str, key: &str) -> Result<Option<Once>, StoreError> {
        read!(self, |connection| accounts::once(connection, actor, key))
    }
}

#[async_trait]
impl Copies for PostgresStore {
    async fn rows_after(&self, seq: u64, limit: usize) -> Result<Vec<JournalRow>, StoreError> {
        read!(self, |connection| copies::rows_after(connection, seq, limit))
    }

    async fn chain_at(&self, seq: u64) -> Result<Option<Chain>, StoreError> {
        read!(self, |connection| copies::chain_at(connection, seq))
    }

    async fn samples_between(
        &self,
        from: UnixMs,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        read!(self, |connection| copies::samples_between(connection, (from, until), limit))
    }

    async fn rollups_between(
        &self,
        resolution: Resolution,
        from: UnixMs,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<RollupRow>, StoreError> {
        read!(self, |connection| copies::rollups_between(connection, resolution, (from, until), limit))
    }

    async fn count_samples(&self, from: UnixMs, until: UnixMs) -> Result<u64, StoreError> {
        read!(self, |connection| copies::count_samples(connection, (from, until)))
    }

    async fn oldest(&self, resolution: Option<Resolution>) -> Result<Option<UnixMs>, StoreError> {
        read!(self, |connection| copies::oldest(connection, resolution))
    }

    async fn rolled_up_until(&self) -> Result<Option<UnixMs>, StoreError> {
        read!(self, |connection| rollup::rolled_up_until(connection))
    }

    async fn audit_after(&self, id: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        read!(self, |connection| copies::audit_after(connection, id, limit))
    }

    async fn parent(&self) -> Result<Option<Parent>, StoreError> {
        read!(self, |connection| copies::parent(connection))
    }

    async fn fill(&self, piece: Piece) -> Result<(), StoreError> {
        self.writer.ask(|reply| Job::Fill { piece: Box::new(piece), reply }).await
    }

    async fn mend(&self, mend: Mend) -> Result<(), StoreError> {
        self.writer.ask(|reply| Job::Mend { mend: Box::new(mend), reply }).await
    }
}

#[async_trait]
impl Lease for PostgresStore {
    fn is_shared(&self) -> bool {
        true
    }

    async fn acquire_or_renew(
        &self,
        holder: &str,
        nonce: Nonce,
        ttl: Duration,
    ) -> Result<Option<u64>, StoreError> {
        within!(LEASE_TIMEOUT, self.leasing, |connection| lease::acquire(connection, holder, nonce, ttl))
    }

    async fn release(&self, nonce: Nonce) -> Result<(), StoreError> {
        within!(LEASE_TIMEOUT, self.leasing, |connection| lease::release(connection, nonce))
    }

    async fn holder(&self) -> Result<Option<Holder>, StoreError> {
        within!(LEASE_TIMEOUT, self.leasing, |connection| lease::holder(connection))
    }

    fn set_fence(&self, fence: Option<Fence>) {
        self.writer.set_fence(fence);
    }
}
