//! How this node is: three questions with three answers.
//!
//! `/livez`: does the process answer. `/readyz`: can it serve the page, even an old one; what a load balancer asks.
//! `/health`: are its parts well; a failing part is 503 here and no reason to take the page from visitors.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::header::{ACCEPT, HeaderMap};
use serde_json::{Value, json};

use super::{Services, headers};
use crate::archiving::ArchiveState;
use crate::limits::{HEALTH_MAX_AGE, LOST_TOLD, TICK_INTERVAL, TURN_MAX};

/// What the store is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// To write what was decided.
    Facts,
    /// To write what was seen.
    Samples,
    /// To note that somebody watches.
    Watch,
    /// To hear of other nodes.
    Nodes,
    /// What the node that leads needs it for, as that one says itself.
    Leader,
    /// To follow the journal.
    Journal,
}

/// How the parts of this node are, as they last said themselves.
#[derive(Debug, Default)]
pub struct HealthState {
    /// How archiving is going.
    pub archive: Arc<ArchiveState>,
    failing: Mutex<BTreeSet<Access>>,
    damaged: AtomicBool,
    apart: AtomicBool,
    stepped: Mutex<Option<Instant>>,
    kept: Mutex<Option<Instant>>,
    told: Mutex<Option<Instant>>,
    config_error: Mutex<Option<String>>,
    copy: Mutex<Option<bool>>,
    lost: Mutex<Option<Instant>>,
    reckoned: tokio::sync::Mutex<Option<(Instant, Arc<Health>)>>,
}

/// A reckoned answer.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part that is well or not")]
struct Health {
    database: bool,
    cache: bool,
    watcher: bool,
    configuration: bool,
    blind: bool,
    /// Whether this machine's clock shows what is told, and what that of the database shows.
    clock: bool,
    /// Whether the copy of the page is published; `None` where this node publishes none.
    copy: Option<bool>,
    /// Whether one database host takes writes, and no other; `None` where there is only one.
    primaries: Option<bool>,
    /// Whether the archive is written; `None` where there is none.
    archive: Option<bool>,
    /// Whether the last restore of it on trial was passed, and not long ago; `None` where none are held.
    recovery: Option<bool>,
    /// Down for a while after a failover of the database lost something; `None` where there is none.
    replication: Option<bool>,
    /// Down where the pages of the file have no sums yet; `None` where that is no question.
    sums: Option<bool>,
}

fn word(well: bool) -> &'static str {
    if well { "UP" } else { "DOWN" }
}

impl HealthState {
    /// Notes that something the store is needed for fails, or works again.
    pub fn store(&self, access: Access, works: bool) {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        if works {
            failing.remove(&access);
        } else {
            failing.insert(access);
        }
    }

    fn fails(&self) -> bool {
        !self.failing.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Notes whether anything in the database is damaged.
    pub fn damaged(&self, is_damaged: bool) {
        self.damaged.store(is_damaged, Ordering::Relaxed);
    }

    fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// Notes whether this machine's clock is not that of the database, and tells whether it was not before.
    pub fn clocks(&self, are_apart: bool) -> bool {
        self.apart.swap(are_apart, Ordering::Relaxed)
    }

    /// Whether this machine's clock is not that of the database.
    pub fn has_clocks_apart(&self) -> bool {
        self.apart.load(Ordering::Relaxed)
    }

    /// Notes that the loop that leads or follows came round, whatever came of it.
    pub fn kept(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Notes that the loop that tells how this node is came round, whatever came of it.
    pub fn told(&self) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether the loops that a node lives by come round still. It says nothing of the database, and nothing of who leads.
    pub fn comes_round(&self) -> bool {
        let lately = |turn: &Mutex<Option<Instant>>| {
            turn.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|at| at.elapsed() < TURN_MAX)
        };
        lately(&self.kept) && lately(&self.told)
    }

    /// What is not well, in words for operators.
    pub fn ails(&self) -> Vec<&'static str> {
        let ails = [
            (self.fails(), "the database fails, and the page is served from memory"),
            (self.is_damaged(), "a part of the database is damaged"),
            (!self.fails() && !self.watches(), "nobody watches"),
            (self.is_misconfigured(), "the newest configuration was refused"),
            (self.copies() == Some(false), "the copy of the page is not published"),
            (self.has_lost(), "a failover of the database lost something"),
            (crate::clock::is_doubted(), "this machine's clock jumped"),
            (self.has_clocks_apart(), "this machine's clock is not that of the database"),
        ];
        ails.into_iter().filter(|(is, _)| *is).map(|(_, words)| words).collect()
    }

    /// Whether this node lives and does its work. What a failover lost is told of elsewhere, and a clock that is not believed is not
    /// gone by: neither is a reason to be taken for gone.
    pub fn works(&self) -> bool {
        !self.is_stale() && !self.is_damaged() && !self.is_misconfigured() && self.copies() != Some(false)
    }

    fn is_misconfigured(&self) -> bool {
        self.config_error.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Notes whether the copy of the page is published as it should be; `None` where this node publishes none.
    pub fn copy(&self, works: Option<bool>) {
        *self.copy.lock().unwrap_or_else(PoisonError::into_inner) = works;
    }

    /// Notes that a failover of the database lost something.
    pub fn lost(&self) {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn has_lost(&self) -> bool {
        let lost = *self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.is_some_and(|at| at.elapsed() < LOST_TOLD)
    }

    fn copies(&self) -> Option<bool> {
        *self.copy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what is shown may be out of date.
    pub fn is_stale(&self) -> bool {
        self.fails() || !self.watches()
    }

    /// Notes that the core took a step, here or at the node that leads.
    pub fn stepped(&self) {
        *self.stepped.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Notes that a new configuration was refused, or that the one in force is the newest.
    pub fn config(&self, failure: Option<String>) {
        *self.config_error.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    fn watches(&self) -> bool {
        let stepped = *self.stepped.lock().unwrap_or_else(PoisonError::into_inner);
        stepped.is_some_and(|at| at.elapsed() < TICK_INTERVAL * 5)
    }

    async fn reckon(&self, services: &Services) -> Arc<Health> {
        let mut reckoned = self.reckoned.lock().await;
        if let Some((at, health)) = reckoned.as_ref()
            && at.elapsed() < HEALTH_MAX_AGE
        {
            return Arc::clone(health);
        }
        let health = Arc::new(Health {
            database: !self.fails() && !self.is_damaged() && services.store.check().await.is_ok(),
            cache: services.pages.index().is_some(),
            watcher: self.watches(),
            configuration: !self.is_misconfigured(),
            blind: services.metrics.is_blind(),
            clock: !crate::clock::is_doubted() && !self.has_clocks_apart(),
            copy: self.copies(),
            primaries: services.store.is_shared().then(|| services.store.rivals().is_empty()),
            archive: self.archive.is_well(),
            recovery: services.drills.is_well(&services.known.borrow().board.drills),
            replication: services.store.is_shared().then(|| !self.has_lost()),
            sums: services.store.has_sums().filter(|has_sums| !has_sums),
        });
        *reckoned = Some((Instant::now(), Arc::clone(&health)));
        health
    }
}

impl Health {
    fn is_up(&self) -> bool {
        self.database && self.cache && self.watcher
    }

    /// The parts that not every node has. What is shown needs none of them.
    fn optional(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let parts = [
            ("primaries", self.primaries),
            ("archive", self.archive),
            ("recovery", self.recovery),
            ("copy", self.copy),
            ("replication", self.replication),
            ("sums", self.sums),
        ];
        parts.into_iter().filter_map(|(part, well)| Some((part, well?)))
    }

    /// In the shape of `{"status":"UP","database":"UP",…}`.
    fn plain(&self) -> Value {
        let mut document = json!({
            "status": word(self.is_up()),
            "database": word(self.database),
            "cache": word(self.cache),
            "watcher": word(self.watcher),
            "configuration": word(self.configuration),
            "sight": word(!self.blind),
            "clock": word(self.clock),
            "version": env!("CARGO_PKG_VERSION"),
        });
        for (part, well) in self.optional() {
            document[part] = word(well).into();
        }
        document
    }

    /// In the shape of `application/health+json`.
    fn draft(&self) -> Value {
        let check = |well: bool, required: bool| {
            let status = if well {
                "pass"
            } else if required {
                "fail"
            } else {
                "warn"
            };
            json!([{ "componentType": "system", "status": status }])
        };
        let status = if !self.is_up() {
            "fail"
        } else if self.configuration && !self.blind && self.clock && self.optional().all(|(_, well)| well) {
            "pass"
        } else {
            "warn"
        };
        let mut document = json!({
            "status": status,
            "version": "1",
            "releaseId": env!("CARGO_PKG_VERSION"),
            "checks": {
                "database": check(self.database, true),
                "cache": check(self.cache, true),
                "watcher": check(self.watcher, true),
                "configuration": check(self.configuration, false),
                "sight": check(!self.blind, false),
                "clock": check(self.clock, false),
            },
        });
        for (part, well) in self.optional() {
            document["checks"][part] = check(well, false);
        }
        document
    }
}

/// Whether the parts of this node are well.
pub async fn health(State(services): State<Arc<Services>>, request: HeaderMap) -> Response {
    let health = services.health.reckon(&services).await;
    let status = if health.is_up() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let accept = request.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("application/health+json") {
        return headers::json(status, "application/health+json", health.draft().to_string());
    }
    headers::json(status, "application/json", health.plain().to_string())
}

/// Whether the process answers.
pub async fn livez() -> Response {
    headers::plain(StatusCode::OK, "ok\n")
}

/// Whether this node can serve the page.
pub async fn readyz(State(services): State<Arc<Services>>) -> Response {
    if services.pages.index().is_some() && !services.shutdown.is_cancelled() {
        return headers::plain(StatusCode::OK, "ok\n");
    }
    headers::unavailable(1, "This node cannot serve the page now.\n")
}
