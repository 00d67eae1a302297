//! PostgreSQL: a primary, its standbys, and what may befall them.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Place, Running, port, wait_until};

/// The file that sets the clock of a server that has one of its own.
const CLOCK: &str = "clock";

/// The password of the users of a server that knows every way to log in.
pub const PASSWORD: &str = "canary-of-postgres";

/// A server.
#[derive(Debug)]
pub struct Postgres {
    running: Option<Running>,
    /// Its folder.
    pub place: Place,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// Variables that it is started with.
    environment: Vec<(String, String)>,
}

impl Postgres {
    /// A primary that lets everybody in.
    #[must_use]
    pub fn primary() -> Self {
        Self::initialised("fsync = off\n").started()
    }

    /// A primary with these settings beside.
    #[must_use]
    pub fn with_settings(settings: &str) -> Self {
        Self::initialised(settings).started()
    }

    /// A primary with these settings beside, and a clock of its own: `library` is libfaketime's.
    #[must_use]
    pub fn with_clock(settings: &str, library: &Path) -> Self {
        let mut server = Self::initialised(settings);
        server.place.write(CLOCK, "+0\n");
        let clock = server.place.path(CLOCK);
        server.environment = faketime(library, &clock, true);
        server.started()
    }

    /// Sets the clock of its own, in seconds from the right time.
    ///
    /// # Errors
    /// When the file that says so cannot be written.
    pub fn set_clock(&self, seconds: i64) -> std::io::Result<()> {
        std::fs::write(self.place.path(CLOCK), format!("{seconds:+}\n"))
    }

    /// A primary with a user for each way to log in, and with a certificate and its key where there are any.
    #[must_use]
    pub fn with_logins(files: Option<(String, String)>) -> Self {
        let ssl = if files.is_some() { "ssl = on\n" } else { "" };
        let server = Self::initialised(&format!("fsync = off\n{ssl}"));
        if let Some((certificate, key)) = files {
            server.place.write("data/server.crt", &certificate);
            server.place.write("data/server.key", &key);
        }
        server.place.write(
            "data/pg_hba.conf",
            "local all postgres trust\n\
             host replication postgres 127.0.0.1/32 trust\n\
             host all trusted 127.0.0.1/32 trust\n\
             host all legacy 127.0.0.1/32 md5\n\
             host all plain 127.0.0.1/32 password\n\
             host all all 127.0.0.1/32 scram-sha-256\n",
        );
        let server = server.started();
        server.sql(
            "postgres",
            &format!(
                "create role pharos login password '{PASSWORD}' in role pg_monitor;
                 create role stranger login password '{PASSWORD}';
                 create role plain login password '{PASSWORD}';
                 create role trusted login;
                 set password_encryption = md5;
                 create role legacy login password '{PASSWORD}';
                 create table notes (text text);
                 grant all on notes to pharos;"
            ),
        );
        server
    }

    /// A primary for all tests of this process.
    #[must_use]
    pub fn until_exit() -> Self {
        let mut server = Self::initialised("fsync = off\nmax_connections = 400\n");
        let (sockets, port) = server.reached();
        let is_ready = || server.is_ready();
        let arguments = arguments(&sockets, &port);
        let running = server.place.serve_until_exit("postgres", &arguments, "QUIT", is_ready);
        server.running = Some(running);
        server
    }

    fn initialised(settings: &str) -> Self {
        let place = Place::new();
        place.run("initdb", &["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]);
        let settings = format!("wal_level = replica\nshared_buffers = '16MB'\n{settings}");
        place.write("data/postgresql.auto.conf", &settings);
        Self { running: None, place, port: port(), environment: Vec::new() }
    }

    /// A standby that follows this one, and is up to date.
    #[must_use]
    pub fn standby(&self) -> Self {
        let place = Place::new();
        let from = self.port.to_string();
        let copy = ["-h", "127.0.0.1", "-p", &from, "-U", "postgres", "-D", "data", "-R", "-X", "stream"];
        place.run("pg_basebackup", &[&copy[..], &["-c", "fast", "--no-sync"]].concat());
        let standby = Self { running: None, place, port: port(), environment: Vec::new() }.started();
        wait_until("the standby to follow", || self.followers("streaming") > 0);
        standby
    }

    /// How many standbys are in a state.
    #[must_use]
    pub fn followers(&self, state: &str) -> usize {
        let count = format!("select count(*) from pg_stat_replication where state = '{state}'");
        self.sql("postgres", &count).parse().unwrap()
    }

    /// Waits until a standby has everything that was committed so far.
    pub fn wait_for(&self, standby: &Self) {
        let end = self.sql("postgres", "select pg_current_wal_lsn()");
        let caught_up = format!("select pg_last_wal_replay_lsn() >= '{end}'");
        wait_until("the standby to catch up", || standby.sql("postgres", &caught_up) == "t");
    }

    /// Stops sending to standbys, as a broken network does: what is committed from now on is lost with this server.
    pub fn freeze_senders(&self) {
        for pid in self.sql("postgres", "select pid from pg_stat_replication").lines() {
            signal("STOP", pid);
        }
    }

    /// Lets senders that were stopped go on.
    pub fn thaw_senders(&self) {
        for pid in self.sql("postgres", "select pid from pg_stat_replication").lines() {
            signal("CONT", pid);
        }
    }

    fn started(mut self) -> Self {
        self.start();
        self
    }

    /// Starts it, again if it was stopped.
    pub fn start(&mut self) {
        let (sockets, port) = self.reached();
        let is_ready = || self.is_ready();
        let program = ("postgres", &arguments(&sockets, &port)[..]);
        let running = self.place.serve_in(&self.environment, program, is_ready);
        self.running = Some(running);
    }

    fn reached(&self) -> (String, String) {
        (self.place.path("").display().to_string(), self.port.to_string())
    }

    fn is_ready(&self) -> bool {
        let (sockets, port) = self.reached();
        self.place.succeeds("pg_isready", &["-h", &sockets, "-p", &port, "-q"])
    }

    /// Ends it without a warning, as a power cut would.
    pub fn crash(&mut self) {
        // The one whose walsender is frozen ends too: nothing outlives SIGKILL, which its children are sent one by one.
        let pids = std::fs::read_to_string(self.place.path("data/postmaster.pid")).unwrap_or_default();
        if let Some(postmaster) = pids.lines().next() {
            let listed = Command::new("ps").args(["-o", "pid=", "--ppid", postmaster]).output().unwrap();
            signal("KILL", postmaster);
            for child in String::from_utf8_lossy(&listed.stdout).split_whitespace() {
                signal("KILL", child);
            }
        }
        self.running = None;
    }

    /// Ends it at once and keeps its data.
    pub fn stop(&mut self) {
        if self.running.is_some() {
            // Killed outright, its children would go on for a moment.
            let _ = self.place.succeeds("pg_ctl", &["-D", "data", "stop", "-m", "immediate"]);
        }
        drop(self.running.take());
    }

    /// Stops the server process of each connection to a database in its tracks, as a hanging disk does; they go on with `CONT`.
    pub fn signal_backends(&self, name: &str, database: &str) {
        let pids = format!(
            "select pid from pg_stat_activity where datname = '{database}' and pid <> pg_backend_pid()"
        );
        self.sql("postgres", &pids).lines().for_each(|pid| signal(name, pid));
    }

    /// Makes a standby the primary.
    pub fn promote(&self) {
        self.place.run("pg_ctl", &["-D", "data", "promote", "-w"]);
    }

    /// Runs statements as the superuser and returns what they say.
    #[expect(clippy::must_use_candidate, reason = "it is run for what it does")]
    pub fn sql(&self, database: &str, text: &str) -> String {
        let (sockets, port) = self.reached();
        let to = ["-h", &sockets, "-p", &port, "-U", "postgres", "-d", database];
        let arguments = [&to[..], &["-v", "ON_ERROR_STOP=1", "-Atc", text]].concat();
        self.place.run("psql", &arguments).trim().to_owned()
    }

    /// Makes an empty database of a name that nobody else has.
    #[must_use]
    pub fn database(&self) -> String {
        self.database_with("")
    }

    /// Makes an empty database with these options of `CREATE DATABASE`.
    #[must_use]
    pub fn database_with(&self, options: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("pharos_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("create database {name} {options}"));
        name
    }

    /// The address of a database, for one who needs no password.
    #[must_use]
    pub fn address(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What tells a program the time of a file, in seconds from the right one: `library` is libfaketime's. Where `is_steady` the clock that
/// measures time goes on.
#[must_use]
pub fn faketime(library: &Path, file: &Path, is_steady: bool) -> Vec<(String, String)> {
    let keeps = if is_steady { "1" } else { "0" };
    let set = [
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
        ("FAKETIME_CACHE_DURATION", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", keeps.to_owned()),
        ("DONT_FAKE_MONOTONIC", keeps.to_owned()),
    ];
    set.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

fn arguments<'a>(sockets: &'a str, port: &'a str) -> [&'a str; 8] {
    ["-D", "data", "-h", "127.0.0.1", "-p", port, "-k", sockets]
}

/// Sends a signal by name.
fn signal(name: &str, pid: &str) {
    // It may have ended meanwhile.
    let _ = Command::new("kill").args([&format!("-{name}"), pid]).status();
}
