//! Which of the hosts is the one to write to: no standby, and none that a newer one has taken over from.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use sqlx::{ConnectOptions, PgConnection, Row};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::address::{Host, PostgresAddress};
use crate::StoreError;
use crate::limits::{CONNECT_TIMEOUT, NEWER_HOST_GRACE};

/// Asks a host for its role, its timeline, and which server it is. What the control file says of the timeline is behind right after a
/// promotion.
const LOOK: &str = "SELECT pg_is_in_recovery() AS standby, CASE WHEN pg_is_in_recovery() THEN NULL \
     ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline, \
     pg_postmaster_start_time()::text AS server";
/// Asks a service that has no such functions, or lets nobody call them.
const LOOK_ELSEWHERE: &str = "SHOW transaction_read_only";
/// No such function, no permission, not supported.
const LACKING: [&str; 4] = ["42883", "42501", "0A000", "55000"];

/// A connection to the host that can be written to.
pub struct Link {
    /// The connection.
    pub connection: PgConnection,
    /// The host's timeline; `None` where it tells none.
    timeline: Option<u32>,
    generation: u64,
}

/// What a host says that can be written to.
struct Looked {
    connection: PgConnection,
    /// `None` where it tells none.
    timeline: Option<u32>,
    /// When the server began, to the microsecond: the same behind two names that lead to one server.
    server: Option<String>,
}

/// What is known of the hosts.
#[derive(Default)]
struct Standing {
    current: Option<usize>,
    /// The highest timeline seen.
    timeline: u32,
    /// Moves on whenever a connection was found to be bad, so that those made before are not trusted either.
    generation: u64,
}

impl Standing {
    /// Notes a timeline that was seen. Tells whether it is newer than one that was seen before.
    fn rises_to(&mut self, timeline: Option<u32>) -> bool {
        let before = self.timeline;
        self.timeline = before.max(timeline.unwrap_or(0));
        before > 0 && self.timeline > before
    }
}

/// The hosts of a database.
pub struct Hosts {
    address: PostgresAddress,
    standing: Mutex<Standing>,
    told_lacking: AtomicBool,
    failovers: watch::Sender<u64>,
}

impl Hosts {
    /// Of an address.
    pub fn new(address: PostgresAddress) -> Self {
        let (standing, failovers) = (Mutex::default(), watch::channel(0).0);
        Self { address, standing, told_lacking: AtomicBool::new(false), failovers }
    }

    /// How often what is written to changed: what was committed before may be gone.
    pub fn failovers(&self) -> watch::Receiver<u64> {
        self.failovers.subscribe()
    }

    /// What was committed may be gone.
    pub fn failed_over(&self) {
        self.failovers.send_modify(|count| *count += 1);
    }

    /// Connects to the host that can be written to: to that of the last time, or to whichever it is by now.
    ///
    /// # Errors
    /// When there is none.
    pub async fn connect(&self) -> Result<Link, StoreError> {
        let (current, generation) = {
            let standing = self.standing();
            (standing.current, standing.generation)
        };
        if let Some(host) = current.and_then(|index| self.address.hosts().get(index))
            && let Ok(Looked { connection, timeline, .. }) = look(host.clone()).await
            && self.admits(timeline).is_ok()
        {
            // Behind one name there may be another host by now.
            if self.standing().rises_to(timeline) {
                self.failed_over();
            }
            return Ok(self.link(connection, timeline, generation));
        }
        self.find().await
    }

    /// Asks all hosts at once; of several that can be written to the newest is the one, and of those the first in the list.
    async fn find(&self) -> Result<Link, StoreError> {
        let generation = self.standing().generation;
        let mut looks = JoinSet::new();
        for (index, host) in self.address.hosts().iter().cloned().enumerate() {
            looks.spawn(async move { (index, look(host).await) });
        }
        let mut refusals: Vec<Option<String>> = vec![None; self.address.hosts().len()];
        let mut best: Option<(usize, PgConnection, Option<u32>)> = None;
        let mut until = Instant::now() + CONNECT_TIMEOUT * 2;
        while let Ok(Some(looked)) = timeout_at(until, looks.join_next()).await {
            let Ok((index, looked)) = looked else { continue };
            match looked.and_then(|looked| self.admits(looked.timeline).map(|()| looked)) {
                Err(why) => refusals[index] = Some(why),
                Ok(Looked { connection, timeline, .. }) => {
                    if best.as_ref().is_none_or(|(other, _, known)| (timeline, *other) > (*known, index)) {
                        best = Some((index, connection, timeline));
                    }
                    until = until.min(Instant::now() + NEWER_HOST_GRACE);
                }
            }
        }
        let Some((index, connection, timeline)) = best else {
            let said = self.address.hosts().iter().zip(refusals);
            let said = said.map(|(host, why)| {
                format!("{} {}", host.name, why.unwrap_or_else(|| "did not answer in time".to_owned()))
            });
            return Err(StoreError::Unreachable { tried: said.collect::<Vec<_>>().join("; ") });
        };
        let (before, rose) = {
            let mut standing = self.standing();
            (standing.current.replace(index), standing.rises_to(timeline))
        };
        if rose || before.is_some_and(|before| before != index) {
            self.failed_over();
        }
        if before != Some(index) {
            tracing::info!(
                host = self.address.hosts()[index].name,
                timeline,
                "this database host is written to"
            );
        }
        Ok(self.link(connection, timeline, generation))
    }

    /// Asks all hosts again whether they take writes, and tells of those that are not written to. One that is newer than the one written
    /// to takes its place. Behind one name, too, another host may stand by now: connections through a pooler outlive that.
    pub async fn rivals(&self) -> Vec<String> {
        let (current, generation) = {
            let standing = self.standing();
            (standing.current, standing.generation)
        };
        let mut looks = JoinSet::new();
        for (index, host) in self.address.hosts().iter().cloned().enumerate() {
            looks.spawn(async move { (index, look(host).await) });
        }
        let (mut own, mut others) = (None, Vec::new());
        while let Some(looked) = looks.join_next().await {
            let Ok((index, Ok(Looked { timeline: Some(timeline), server, .. }))) = looked else { continue };
            let mut standing = self.standing();
            if standing.current != current {
                // It changed meanwhile: what was found means nothing.
                return Vec::new();
            }
            let (is_own, name) = (Some(index) == current, &self.address.hosts()[index].name);
            if timeline > standing.timeline {
                (standing.timeline, standing.current) = (timeline, Some(index));
                drop(standing);
                self.failed_over();
                tracing::warn!(
                    host = name,
                    timeline,
                    "this database host has taken over; it is written to from now on"
                );
                return Vec::new();
            }
            if is_own && timeline < standing.timeline {
                drop(standing);
                self.suspect(generation);
            }
            if is_own {
                own = server;
            } else {
                others.push((index, server, format!("{name} takes writes on timeline {timeline}")));
            }
        }
        // Where the own one does not answer there are no two.
        others.retain(|(_, server, _)| own.is_some() && *server != own);
        others.sort_unstable();
        others.into_iter().map(|(_, _, said)| said).collect()
    }

    /// How one gets into the host that is written to.
    pub fn current(&self) -> Option<sqlx::postgres::PgConnectOptions> {
        let current = self.standing().current?;
        self.address.hosts().get(current).map(|host| host.options.clone())
    }

    fn link(&self, connection: PgConnection, timeline: Option<u32>, generation: u64) -> Link {
        if timeline.is_none() && !self.told_lacking.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "this database tells no timeline; after a failover it cannot be told whether a host is behind another"
            );
        }
        Link { connection, timeline, generation }
    }

    /// Whether a host with this timeline may be written to.
    fn admits(&self, timeline: Option<u32>) -> Result<(), String> {
        let seen = self.standing().timeline;
        match timeline {
            Some(timeline) if timeline < seen => Err(format!(
                "is on timeline {timeline}, and {seen} was seen: another host has taken over from it"
            )),
            _ => Ok(()),
        }
    }

    /// Whether a connection made before may still be used.
    pub fn trusts(&self, link: &Link) -> bool {
        let standing = self.standing();
        link.generation == standing.generation
            && link.timeline.is_none_or(|timeline| timeline >= standing.timeline)
    }

    /// A connection was found to be bad: those made no later are not trusted any more.
    pub fn suspect(&self, generation: u64) {
        let mut standing = self.standing();
        if standing.generation == generation {
            standing.generation += 1;
        }
    }

    fn standing(&self) -> std::sync::MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Link {
    /// Its place in the order in which connections were trusted.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

/// Connects to a host and asks how it is.
async fn look(host: Host) -> Result<Looked, String> {
    let looked = async {
        let mut connection = host.options.connect().await?;
        let looked = sqlx::raw_sql(LOOK).fetch_one(&mut connection).await;
        let (standby, timeline, server) = match looked {
            Ok(row) => (
                row.try_get("standby")?,
                row.try_get::<Option<String>, _>("timeline")?,
                Some(row.try_get("server")?),
            ),
            Err(error) if lacks(&error) => {
                let row = sqlx::raw_sql(LOOK_ELSEWHERE).fetch_one(&mut connection).await?;
                (row.try_get::<String, _>(0)? == "on", None, None)
            }
            Err(error) => return Err(error),
        };
        let timeline = timeline.and_then(|digits| u32::from_str_radix(&digits, 16).ok());
        Ok((standby, Looked { connection, timeline, server }))
    };
    match timeout(CONNECT_TIMEOUT, looked).await {
        Err(_) => Err("did not answer in time".to_owned()),
        Ok(Err(error)) => Err(format!("cannot be used: {error}")),
        Ok(Ok((true, _))) => Err("is a standby".to_owned()),
        Ok(Ok((false, looked))) => Ok(looked),
    }
}

fn lacks(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| LACKING.contains(&&*code))
}

#[cfg(test)]
mod tests {
    use pharos_test_servers::Postgres;

    use super::*;

    async fn connected(ports: &[u16]) -> (Hosts, Link) {
        let hosts: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let address = format!("postgres://postgres@{}/postgres?sslmode=disable", hosts.join(","));
        let hosts = Hosts::new(PostgresAddress::parse(&address).unwrap());
        let link = hosts.connect().await.unwrap();
        (hosts, link)
    }

    #[tokio::test]
    async fn two_names_of_one_server_are_no_two_primaries() {
        let server = Postgres::primary();
        let (hosts, link) = connected(&[server.port, server.port]).await;
        assert_eq!(hosts.rivals().await, Vec::<String>::new());
        assert!(hosts.trusts(&link));
    }

    #[tokio::test]
    async fn connections_are_not_trusted_when_an_old_primary_stands_behind_the_same_name() {
        let server = Postgres::primary();
        let (hosts, link) = connected(&[server.port]).await;
        hosts.rivals().await;
        assert!(hosts.trusts(&link));
        // As if a pooler had led to its successor meanwhile, and leads back.
        hosts.standing().timeline = 7;
        let link = Link { timeline: Some(7), ..link };
        hosts.rivals().await;
        assert!(!hosts.trusts(&link));
        assert!(matches!(hosts.connect().await, Err(StoreError::Unreachable { .. })));
    }

    #[tokio::test]
    async fn a_successor_behind_the_same_name_is_noticed_although_connections_stay_open() {
        let primary = Postgres::primary();
        let successor = primary.standby();
        successor.promote();
        let (hosts, link) = connected(&[successor.port]).await;
        // As if a pooler had led to its predecessor until now.
        hosts.standing().timeline = 1;
        let (link, failovers) = (Link { timeline: Some(1), ..link }, hosts.failovers());
        assert_eq!(hosts.rivals().await, Vec::<String>::new());
        assert!(failovers.has_changed().unwrap());
        assert!(!hosts.trusts(&link));
    }
}
