//! Databases that are none, are damaged, or were made to do harm: each is refused with its place.

use std::fs::OpenOptions;

use crate::kuma::made::{self, Made};
use crate::{read, refused};

/// A page with one monitor, and then `statements`.
async fn with(statements: &[&str]) -> (tempfile::TempDir, String) {
    let mut made = Made::first().await;
    made.run(&[
        "INSERT INTO monitor (name, type, hostname) VALUES ('API', 'ping', 'example.com')",
        "INSERT INTO status_page (slug, title) VALUES ('public', 'Example')",
        "INSERT INTO \"group\" (name, public, status_page_id) VALUES ('All', 1, 1)",
        "INSERT INTO monitor_group (monitor_id, group_id) VALUES (1, 1)",
        "INSERT INTO heartbeat (monitor_id, time, status, ping) VALUES (1, '2026-01-01 00:00:00.000', 1, 12)",
    ])
    .await;
    made.run(statements).await;
    made.done().await
}

#[track_caller]
fn begins(error: &str, wanted: &str) {
    assert!(error.starts_with(wanted), "{error}");
}

#[tokio::test]
async fn a_wrong_value_is_told_with_its_row_and_column() {
    for (statement, wanted) in [
        ("UPDATE monitor SET interval = 'soon'", "(monitor[1].interval): \"soon\" is no number of seconds"),
        ("UPDATE monitor SET interval = 1e300", "(monitor[1].interval): 1e+300 is no number of seconds"),
        ("UPDATE monitor SET hostname = x'00ff'", "(monitor[1].hostname): [] is no text"),
        ("UPDATE heartbeat SET time = 'noon'", "(heartbeat[1].time): \"noon\" is no moment"),
        ("UPDATE heartbeat SET time = x'00'", "(heartbeat[1].time): it is no text"),
        ("UPDATE heartbeat SET status = 9", "(heartbeat[1].status): 9 is none of 0, 1, 2 and 3"),
        ("UPDATE heartbeat SET status = 'up'", "(heartbeat[1].status): it is no whole number"),
        (
            "INSERT INTO incident (title, content, created_date, status_page_id) VALUES ('x', '', 'noon', 1)",
            "(incident[1].created_date): \"noon\" is no moment",
        ),
        (
            "UPDATE monitor SET name = printf('%.*c', 10000000, 'x')",
            "(monitor[1].name): it is longer than 100000 characters",
        ),
    ] {
        let (_folder, path) = with(&[statement]).await;
        begins(&refused("kuma", std::slice::from_ref(&path), None).await, &format!("{path} {wanted}"));
    }
}

#[tokio::test]
async fn huge_numbers_are_held_within_what_pharos_takes() {
    let (_folder, path) = with(&[
        "UPDATE monitor SET interval = 999999999, maxretries = 9223372036854775807, port = 99999999",
        "INSERT INTO heartbeat (monitor_id, time, status, ping) VALUES (1, '9998-01-01 00:00:00', 1, 9e99), (1, '9999-01-01 00:00:00', 1, -5)",
    ])
    .await;
    let mut haul = read("kuma", &[path], None).await.unwrap();
    let rules = &haul.components[0].checks[0].rules;
    assert_eq!((rules.interval_ms, rules.down_after), (Some(86_400_000), Some(100)));
    let looks = crate::shown::looks(&mut haul).await;
    assert!(looks[1..].iter().all(|look| look.ends_with(" operational None None")), "{looks:?}");
}

#[tokio::test]
async fn characters_that_show_nothing_are_left_out_of_names() {
    // A text ends with a character of value 0, as SQLite reads it.
    for (name, wanted) in
        [("'A' || char(7) || char(10) || 'PI' || char(27)", "A PI"), ("'API' || char(0) || 'x'", "API")]
    {
        let (_folder, path) = with(&[&format!("UPDATE monitor SET name = {name}")]).await;
        let haul = read("kuma", &[path], None).await.unwrap();
        assert_eq!(haul.components[0].name, wanted);
    }
}

#[tokio::test]
async fn groups_that_hold_one_another_are_left() {
    let (_folder, path) = with(&[
        "INSERT INTO monitor (name, type, parent) VALUES ('One', 'group', 3), ('Two', 'group', 2)",
        "INSERT INTO monitor_group (monitor_id, group_id) VALUES (2, 1), (3, 1)",
    ])
    .await;
    let haul = read("kuma", &[path], None).await.unwrap();
    let ids: Vec<&str> = haul.components.iter().map(|part| part.id.as_str()).collect();
    assert_eq!(ids, ["api"]);
}

#[tokio::test]
async fn what_is_no_database_of_kuma_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("dump.sql"), "-- MariaDB dump 10.19\n").unwrap();
    std::fs::write(at("half.json"), "{\"monitorList\": [").unwrap();
    std::fs::write(at("other.json"), "{\"a\": 1}").unwrap();
    std::fs::write(at("begin.db"), b"SQLite format 3\0 and nothing else").unwrap();
    for (name, wanted) in [
        ("dump.sql", "it is a dump of MariaDB or MySQL, which is not read; "),
        ("half.json", "it is not JSON: "),
        ("other.json", "it is no backup of Uptime Kuma: `monitorList` is missing; "),
        ("begin.db", "it cannot be read as a database: "),
        ("nothing.db", "it cannot be read: "),
    ] {
        let error = refused("kuma", &[at(name)], None).await;
        assert!(error.starts_with(&at(name)) && error.contains(wanted), "{error}");
    }
    std::fs::write(at("db-config.json"), r#"{"type":"mariadb","hostname":"db"}"#).unwrap();
    let error = refused("kuma", &[folder.path().display().to_string()], None).await;
    assert!(error.contains("this Uptime Kuma keeps its data in MariaDB"), "{error}");
}

#[tokio::test]
async fn a_database_that_was_cut_is_refused() {
    let (folder, path) = with(&[
        "WITH RECURSIVE beat(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM beat WHERE n < 5000) \
         INSERT INTO heartbeat (monitor_id, time, status) SELECT 1, datetime(1767225600 + n * 60, 'unixepoch'), 1 FROM beat",
    ])
    .await;
    let file = OpenOptions::new().write(true).open(made::path(folder.path())).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length / 4096 / 2 * 4096).unwrap();
    let error = refused("kuma", std::slice::from_ref(&path), None).await;
    assert!(error.starts_with(&path) && error.contains("malformed"), "{error}");
}

#[tokio::test]
async fn a_view_in_the_place_of_a_table_is_not_read() {
    let (_folder, path) = with(&[
        "ALTER TABLE heartbeat RENAME TO kept",
        "CREATE VIEW heartbeat AS WITH RECURSIVE beat(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM beat) SELECT id, 1 AS monitor_id FROM beat",
    ])
    .await;
    begins(
        &refused("kuma", std::slice::from_ref(&path), None).await,
        &format!("{path}: it has no tables `monitor` and `heartbeat`; "),
    );
}
