//! Databases with the tables of Uptime Kuma, made for tests.

use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};
use tempfile::TempDir;

/// The columns of a monitor that both versions have.
const MONITOR: &str = "CREATE TABLE monitor (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR(150), active BOOLEAN DEFAULT 1 NOT NULL, \
    user_id INTEGER, interval INTEGER DEFAULT 20 NOT NULL, url TEXT, type VARCHAR(20), weight INTEGER DEFAULT 2000, hostname VARCHAR(255), \
    port INTEGER, created_date DATETIME DEFAULT (DATETIME('now')) NOT NULL, keyword VARCHAR(255), maxretries INTEGER NOT NULL DEFAULT 0, \
    ignore_tls BOOLEAN NOT NULL DEFAULT 0, upside_down BOOLEAN NOT NULL DEFAULT 0, maxredirects INTEGER NOT NULL DEFAULT 10, \
    accepted_statuscodes_json TEXT NOT NULL DEFAULT '[\"200-299\"]', dns_resolve_type VARCHAR(5), dns_resolve_server VARCHAR(255), \
    retry_interval INTEGER NOT NULL DEFAULT 0, push_token VARCHAR(20), method TEXT NOT NULL DEFAULT 'GET', body TEXT, headers TEXT, \
    basic_auth_user TEXT, basic_auth_pass TEXT, docker_container VARCHAR(255), docker_host INTEGER, proxy_id INTEGER, \
    mqtt_topic TEXT, database_connection_string VARCHAR(2000), database_query TEXT, auth_method VARCHAR(250), grpc_url VARCHAR(255), \
    grpc_service_name TEXT, grpc_method TEXT, grpc_enable_tls BOOLEAN NOT NULL DEFAULT 0, grpc_metadata TEXT, \
    http_body_encoding VARCHAR(25), description TEXT, parent INTEGER, invert_keyword BOOLEAN NOT NULL DEFAULT 0, json_path TEXT, \
    expected_value VARCHAR(255), timeout DOUBLE NOT NULL DEFAULT 0)";

/// The other tables that both versions have.
const TABLES: &[&str] = &[
    "CREATE TABLE heartbeat (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, important BOOLEAN NOT NULL DEFAULT 0, monitor_id INTEGER NOT NULL, \
     status SMALLINT NOT NULL, msg TEXT, time DATETIME NOT NULL, ping INTEGER, duration INTEGER NOT NULL DEFAULT 0, down_count INTEGER NOT NULL DEFAULT 0)",
    "CREATE INDEX monitor_time_index ON heartbeat (monitor_id, time)",
    "CREATE TABLE status_page (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, slug VARCHAR(255) NOT NULL UNIQUE, title VARCHAR(255) NOT NULL, \
     description TEXT, icon VARCHAR(255) NOT NULL DEFAULT '', theme VARCHAR(30) NOT NULL DEFAULT 'auto', published BOOLEAN NOT NULL DEFAULT 1, \
     password VARCHAR, footer_text TEXT, custom_css TEXT)",
    "CREATE TABLE \"group\" (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR(255) NOT NULL, public BOOLEAN NOT NULL DEFAULT 0, \
     active BOOLEAN NOT NULL DEFAULT 1, weight INTEGER NOT NULL DEFAULT 1000, status_page_id INTEGER)",
    "CREATE TABLE monitor_group (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, monitor_id INTEGER NOT NULL, group_id INTEGER NOT NULL, \
     weight INTEGER NOT NULL DEFAULT 1000, send_url BOOLEAN NOT NULL DEFAULT 0)",
    "CREATE TABLE incident (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, title VARCHAR(255) NOT NULL, content TEXT NOT NULL, \
     style VARCHAR(30) NOT NULL DEFAULT 'warning', created_date DATETIME NOT NULL, last_updated_date DATETIME, pin BOOLEAN NOT NULL DEFAULT 1, \
     active BOOLEAN NOT NULL DEFAULT 1, status_page_id INTEGER)",
    "CREATE TABLE maintenance (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, title VARCHAR(150) NOT NULL, description TEXT NOT NULL, \
     user_id INTEGER, active BOOLEAN NOT NULL DEFAULT 1, strategy VARCHAR(50) NOT NULL DEFAULT 'single', start_date DATETIME, end_date DATETIME, \
     start_time TIME, end_time TIME, weekdays VARCHAR(250), days_of_month TEXT, interval_day INTEGER, cron TEXT, timezone VARCHAR(255), duration INTEGER)",
    "CREATE TABLE monitor_maintenance (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, monitor_id INTEGER NOT NULL, maintenance_id INTEGER NOT NULL)",
    "CREATE TABLE maintenance_status_page (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, status_page_id INTEGER NOT NULL, maintenance_id INTEGER NOT NULL)",
    "CREATE TABLE notification (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR(255), config VARCHAR(255), active BOOLEAN NOT NULL DEFAULT 1, \
     user_id INTEGER, is_default BOOLEAN NOT NULL DEFAULT 0)",
    "CREATE TABLE setting (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, key VARCHAR(200) NOT NULL UNIQUE, value TEXT, type VARCHAR(20))",
    "CREATE TABLE user (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, username VARCHAR(255) NOT NULL UNIQUE, password VARCHAR(255))",
];

/// What version 2 has beside them.
const SECOND: &[&str] = &[
    "ALTER TABLE monitor ADD json_path_operator VARCHAR(255)",
    "ALTER TABLE monitor ADD conditions TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE monitor ADD smtp_security VARCHAR(255)",
    "ALTER TABLE monitor ADD ws_subprotocol VARCHAR(255)",
    "ALTER TABLE heartbeat ADD end_time DATETIME",
    "ALTER TABLE heartbeat ADD retries INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE stat_hourly (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, monitor_id INTEGER NOT NULL, timestamp INTEGER NOT NULL, ping FLOAT NOT NULL, \
     ping_min FLOAT NOT NULL DEFAULT 0, ping_max FLOAT NOT NULL DEFAULT 0, up SMALLINT NOT NULL, down SMALLINT NOT NULL, extras TEXT)",
    "CREATE TABLE stat_daily (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, monitor_id INTEGER NOT NULL, timestamp INTEGER NOT NULL, ping FLOAT NOT NULL, \
     ping_min FLOAT NOT NULL DEFAULT 0, ping_max FLOAT NOT NULL DEFAULT 0, up SMALLINT NOT NULL, down SMALLINT NOT NULL, extras TEXT)",
];

/// A database that is being made.
pub struct Made {
    pub folder: TempDir,
    pub connection: SqliteConnection,
}

impl Made {
    /// One of version 1, with nothing in it.
    pub async fn first() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options =
            SqliteConnectOptions::new().filename(folder.path().join("kuma.db")).create_if_missing(true);
        let connection = options.connect().await.unwrap();
        let mut made = Self { folder, connection };
        made.run(&[MONITOR]).await;
        made.run(TABLES).await;
        made
    }

    /// One of version 2.
    pub async fn second() -> Self {
        let mut made = Self::first().await;
        made.run(SECOND).await;
        made
    }

    /// Runs statements.
    pub async fn run(&mut self, statements: &[&str]) {
        for statement in statements {
            sqlx::raw_sql(AssertSqlSafe(*statement)).execute(&mut self.connection).await.unwrap();
        }
    }

    /// Closes it; gives its folder, and its path as it is given on a command line.
    pub async fn done(self) -> (TempDir, String) {
        self.connection.close().await.unwrap();
        let path = path(self.folder.path());
        (self.folder, path.display().to_string())
    }
}

/// Where the database is in a folder.
pub fn path(folder: &Path) -> PathBuf {
    folder.join("kuma.db")
}
