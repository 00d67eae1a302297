//! Importing from Uptime Kuma, from outside: its database becomes a page with a past.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pharos_tests::{Setup, binary, wait_for};
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::wait_for_page;

/// Two days of a site that was out for an hour, what was posted about it, and a monitor that no visitor saw.
const KUMA: &str = "
CREATE TABLE monitor (id INTEGER PRIMARY KEY, name TEXT, active BOOLEAN DEFAULT 1, interval INTEGER, url TEXT, type TEXT, hostname TEXT, port INTEGER,
    maxretries INTEGER DEFAULT 0, accepted_statuscodes_json TEXT DEFAULT '[\"200-299\"]', push_token TEXT);
CREATE TABLE heartbeat (id INTEGER PRIMARY KEY, monitor_id INTEGER, status SMALLINT, msg TEXT, time DATETIME, ping INTEGER);
CREATE TABLE status_page (id INTEGER PRIMARY KEY, slug TEXT, title TEXT, description TEXT, published BOOLEAN DEFAULT 1);
CREATE TABLE \"group\" (id INTEGER PRIMARY KEY, name TEXT, public BOOLEAN, active BOOLEAN DEFAULT 1, weight INTEGER, status_page_id INTEGER);
CREATE TABLE monitor_group (id INTEGER PRIMARY KEY, monitor_id INTEGER, group_id INTEGER, weight INTEGER);
CREATE TABLE incident (id INTEGER PRIMARY KEY, title TEXT, content TEXT, style TEXT, created_date DATETIME, last_updated_date DATETIME, pin BOOLEAN,
    active BOOLEAN DEFAULT 1, status_page_id INTEGER);
INSERT INTO monitor (id, name, interval, url, type) VALUES (1, 'Shop front', 600, 'http://127.0.0.1:1/', 'http'), (3, 'Vault', 600, 'http://127.0.0.1:1/', 'http');
INSERT INTO monitor (id, name, interval, hostname, port, type) VALUES (2, 'Order store', 600, '127.0.0.1', 1, 'port');
INSERT INTO status_page (id, slug, title, description) VALUES (1, 'public', 'Acme status', 'How Acme is doing');
INSERT INTO \"group\" (id, name, public, weight, status_page_id) VALUES (1, 'Front of house', 1, 1, 1), (2, 'Back office', 1, 2, 1);
INSERT INTO monitor_group (monitor_id, group_id, weight) VALUES (1, 1, 1), (2, 2, 1);
WITH RECURSIVE beat(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM beat WHERE n < 287)
    INSERT INTO heartbeat (monitor_id, status, msg, time, ping)
    SELECT 1, iif(n BETWEEN 60 AND 65, 0, 1), iif(n BETWEEN 60 AND 65, 'connect ECONNREFUSED', '200 - OK'),
           strftime('%Y-%m-%d %H:%M:%f', 1767225600 + n * 600, 'unixepoch'), iif(n BETWEEN 60 AND 65, NULL, 120) FROM beat;
INSERT INTO heartbeat (monitor_id, status, msg, time, ping) SELECT 2, 1, '', time, 3 FROM heartbeat WHERE monitor_id = 1;
INSERT INTO incident (title, content, style, created_date, last_updated_date, pin, status_page_id)
    VALUES ('The shop was closed', 'A disk was **full**.', 'danger', '2026-01-01 10:00:00', '2026-01-01 11:00:00', 0, 1);
";

/// Work that comes again: every night, by a rule that is none, and until long ago.
const AGAIN: &str = "
CREATE TABLE maintenance (id INTEGER PRIMARY KEY, title TEXT, description TEXT, active BOOLEAN DEFAULT 1, strategy TEXT, start_date DATETIME,
    end_date DATETIME, interval_day INTEGER, cron TEXT, timezone TEXT, duration INTEGER);
CREATE TABLE monitor_maintenance (id INTEGER PRIMARY KEY, monitor_id INTEGER, maintenance_id INTEGER);
CREATE TABLE maintenance_status_page (id INTEGER PRIMARY KEY, status_page_id INTEGER, maintenance_id INTEGER);
INSERT INTO maintenance (id, title, description, strategy, interval_day, cron, timezone, duration) VALUES
    (1, 'Nightly backup', 'Orders are slow.', 'recurring-interval', 1, '30 2 * * *', 'UTC', 3600),
    (2, 'No rule', '', 'cron', 1, '99 2 * * *', 'UTC', 3600), (3, 'Over', '', 'cron', 1, '0 3 * * *', 'UTC', 3600);
UPDATE maintenance SET end_date = '2025-02-01 00:00:00' WHERE id = 3;
INSERT INTO monitor_maintenance (monitor_id, maintenance_id) SELECT 1, id FROM maintenance;
INSERT INTO maintenance_status_page (status_page_id, maintenance_id) SELECT 1, id FROM maintenance;
";

/// A folder in which nothing of Pharos is, and a database of Kuma.
fn place() -> (Setup, PathBuf) {
    place_with(KUMA)
}

fn place_with(tables: &str) -> (Setup, PathBuf) {
    let setup = Setup::new("").unwrap();
    std::fs::remove_file(setup.config()).unwrap();
    let path = setup.path().join("kuma.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(tables.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    (setup, path)
}

fn import(setup: &Setup, path: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(["import", "kuma"]).arg(path).args(more);
    command.arg("--config").arg(setup.config()).arg("--data").arg(setup.data());
    command.output().unwrap()
}

#[track_caller]
fn done(output: &Output) -> String {
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn a_database_of_kuma_becomes_a_page_with_names_groups_uptime_and_incidents() {
    let (setup, path) = place();
    let before = std::fs::read(&path).unwrap();
    let plan: Value = serde_json::from_slice(&import(&setup, &path, &["--json"]).stdout).unwrap();
    let history = &plan["history"];
    assert_eq!((history["looks"].as_u64(), history["incidents"].as_u64()), (Some(576), Some(1)), "{plan}");
    assert!(plan["left"].to_string().contains("Vault"), "{plan}");
    done(&import(&setup, &path, &["--yes"]));
    assert_eq!(std::fs::read(&path).unwrap(), before);

    let pharos = setup.start().unwrap();
    let page = wait_for_page(&pharos, "Shop front");
    for words in ["Acme status", "How Acme is doing", "Front of house", "Back office", "Order store"] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("Vault"));
    let incident = pharos.get("/incidents/2026-01-01-the-shop-was-closed").unwrap();
    assert!(incident.text().contains("A disk was <strong>full</strong>."), "{}", incident.text());
    let spans = pharos.get("/components/shop-front/spans.csv").unwrap().text();
    assert!(spans.contains("2026-01-01T00:00:00.000Z,2026-01-01T10:00:00.000Z,operational"), "{spans}");
    assert!(spans.contains("2026-01-01T10:00:00.000Z,2026-01-01T11:00:00.000Z,major_outage"), "{spans}");
}

#[test]
fn work_that_comes_again_is_announced_by_the_server_and_what_never_comes_is_told_before() {
    let (setup, path) = place_with(&[KUMA, AGAIN].concat());
    let told = done(&import(&setup, &path, &["--yes"]));
    assert!(told.contains("0 maintenances, 1 series of it and"), "{told}");
    for left in ["the series \"No rule\"", "the series \"Over\""] {
        assert!(told.contains(left), "{left}: {told}");
    }
    let pharos = setup.start().unwrap();
    let calendar = wait_for("the nights to come", || {
        let calendar = pharos.get("/calendar.ics").unwrap().text();
        (calendar.matches("BEGIN:VEVENT").count() == 8).then_some(calendar)
    });
    assert_eq!(calendar.matches("SUMMARY:Nightly backup").count(), 8, "{calendar}");
    assert_eq!(calendar.matches("T023000Z").count(), 8, "{calendar}");
}

#[test]
fn a_damaged_database_leaves_nothing_behind() {
    let (setup, path) = place();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 4096 / 2 * 4096]).unwrap();
    let output = import(&setup, &path, &["--yes"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("malformed"), "{said}");
    assert!(!setup.config().exists() && !setup.data().exists());
}

#[test]
fn a_second_import_of_the_same_database_changes_nothing() {
    let (setup, path) = place();
    done(&import(&setup, &path, &["--yes"]));
    let told = done(&import(&setup, &path, &["--yes"]));
    assert!(told.contains("All of this is there already. Nothing was changed."), "{told}");
}
