//! PostgreSQL: a primary with a user for each way to log in, and standbys that follow it.

use crate::{Place, Running, port};

/// The users' password.
pub const PASSWORD: &str = "canary-of-postgres";

/// A server, and what it is reached with.
pub struct Postgres {
    running: Option<Running>,
    /// Its folder.
    pub place: Place,
    /// Where it listens.
    pub port: u16,
}

impl Postgres {
    /// A primary with a user for each way to log in.
    pub fn primary() -> Self {
        Self::with_certificate(None)
    }

    /// The same, with a certificate and its key where there are any.
    pub fn with_certificate(files: Option<(String, String)>) -> Self {
        let place = Place::new();
        place.run("initdb", &["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]);
        let mut settings = String::from("fsync = off\nwal_level = replica\nshared_buffers = '16MB'\n");
        if let Some((certificate, key)) = files {
            place.write("data/server.crt", &certificate);
            place.write("data/server.key", &key);
            settings.push_str("ssl = on\n");
        }
        place.write("data/postgresql.auto.conf", &settings);
        place.write(
            "data/pg_hba.conf",
            "local all postgres trust\n\
             host replication postgres 127.0.0.1/32 trust\n\
             host all trusted 127.0.0.1/32 trust\n\
             host all legacy 127.0.0.1/32 md5\n\
             host all plain 127.0.0.1/32 password\n\
             host all all 127.0.0.1/32 scram-sha-256\n",
        );
        let server = Self { running: None, place, port: port() }.started();
        server.sql(&format!(
            "create role pharos login password '{PASSWORD}' in role pg_monitor;
             create role stranger login password '{PASSWORD}';
             create role plain login password '{PASSWORD}';
             create role trusted login;
             set password_encryption = md5;
             create role legacy login password '{PASSWORD}';
             create table notes (text text);
             grant all on notes to pharos;"
        ));
        server
    }

    /// A standby that follows this one.
    #[must_use]
    pub fn standby(&self) -> Self {
        let place = Place::new();
        let port_text = self.port.to_string();
        place.run(
            "pg_basebackup",
            &[
                "-h",
                "127.0.0.1",
                "-p",
                &port_text,
                "-U",
                "postgres",
                "-D",
                "data",
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync",
            ],
        );
        Self { running: None, place, port: port() }.started()
    }

    fn started(mut self) -> Self {
        self.start();
        self
    }

    /// Starts it where it was.
    pub fn start(&mut self) {
        let (sockets, port) = (self.place.path("").display().to_string(), self.port.to_string());
        let arguments = ["-D", "data", "-h", "127.0.0.1", "-p", &port, "-k", &sockets];
        let is_ready = || self.place.succeeds("pg_isready", &["-h", &sockets, "-p", &port, "-q"]);
        let running = self.place.serve("postgres", &arguments, is_ready);
        self.running = Some(running);
    }

    /// Ends it without a warning, as a crash would, and keeps its data.
    pub fn stop(&mut self) {
        // Killed outright, its children would go on for a moment.
        let _ = self.place.succeeds("pg_ctl", &["-D", "data", "stop", "-m", "immediate"]);
        drop(self.running.take());
    }

    /// Makes a standby a primary.
    pub fn promote(&self) {
        self.place.run("pg_ctl", &["-D", "data", "promote", "-w"]);
    }

    /// Runs statements as the superuser.
    pub fn sql(&self, text: &str) -> String {
        let (sockets, port) = (self.place.path("").display().to_string(), self.port.to_string());
        let arguments =
            ["-h", &sockets, "-p", &port, "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-Atc", text];
        self.place.run("psql", &arguments).trim().to_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}
