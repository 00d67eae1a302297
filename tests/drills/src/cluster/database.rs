//! The database of a cluster: a primary and a standby that follows it, in one of two ways.

use anyhow::Result;
use pharos_test_servers::{Postgres, wait_until};

/// The database within a server that all nodes use.
pub const DATABASE: &str = "postgres";

/// How a standby follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replication {
    /// A commit is answered before the standby has it.
    Async,
    /// A commit is answered when the standby has it.
    Sync,
}

/// A primary and its standby.
pub struct Pair {
    /// The one that is written to at first.
    pub primary: Postgres,
    /// The one that follows.
    pub standby: Postgres,
}

impl Pair {
    /// Starts both.
    pub fn start(replication: Replication) -> Self {
        let primary = Postgres::with_settings(
            "fsync = off\nmax_connections = 200\nwal_retrieve_retry_interval = 200\n",
        );
        let standby = primary.standby();
        if replication == Replication::Sync {
            primary.sql(DATABASE, "alter system set synchronous_standby_names = '*'");
            primary.sql(DATABASE, "select pg_reload_conf()");
            let state = "select count(*) from pg_stat_replication where sync_state = 'sync'";
            wait_until("the standby to be waited for", || primary.sql(DATABASE, state) == "1");
        }
        Self { primary, standby }
    }

    /// Both ports, that of the first primary first.
    pub fn ports(&self) -> [u16; 2] {
        [self.primary.port, self.standby.port]
    }
}

/// The address of the database on several ports of 127.0.0.1, as `serve --database` takes it.
pub fn address(ports: impl IntoIterator<Item = u16>) -> String {
    let hosts: Vec<String> = ports.into_iter().map(|port| format!("127.0.0.1:{port}")).collect();
    format!("postgres://postgres@{}/{DATABASE}?sslmode=disable", hosts.join(","))
}

/// A number that a server tells.
///
/// # Errors
/// When it tells none.
pub fn count(server: &Postgres, query: &str) -> Result<u64> {
    Ok(server.sql(DATABASE, query).parse()?)
}
