//! Uptime Kuma: databases of both versions, backups, and hostile ones.

mod backup;
mod hostile;
mod made;
mod many;

use pharos_model::Status;

use crate::shown::{looks, moment, shown};
use crate::{read, refused};
use made::Made;

/// What each kind of monitor looks like in a database of version 1.
const MONITORS: &[&str] = &[
    "INSERT INTO monitor (name, type, url, interval, maxretries, retry_interval, timeout, headers, description, method, body) VALUES \
     ('Web site', 'http', 'https://jane:s3cret@www.example.com/?token=abc&a=1', 60, 2, 30, 48, '{\"X-Api-Key\":\"k3y\",\"Accept\":\"text/html\"}', \
      'the old one', 'POST', '{\"password\":\"x\"}')",
    "INSERT INTO monitor (name, type, url, interval, keyword, invert_keyword, accepted_statuscodes_json) VALUES \
     ('Shop', 'keyword', 'https://shop.example.com/', 20, 'Sorry', 1, '[\"200-202\",\"301\"]')",
    "INSERT INTO monitor (name, type, url, interval, json_path, expected_value, ignore_tls) VALUES \
     ('Queue', 'json-query', 'https://api.example.com/health', 60, 'queue.length', '0', 1)",
    "INSERT INTO monitor (name, type, hostname, port, interval) VALUES ('Database', 'port', 'db.example.com', 5432, 30)",
    "INSERT INTO monitor (name, type, hostname, interval) VALUES ('Router', 'ping', '2001:db8::1', 60)",
    "INSERT INTO monitor (name, type, hostname, port, dns_resolve_type, dns_resolve_server, interval) VALUES \
     ('Name', 'dns', 'example.com', 53, 'MX', '1.1.1.1', 3600)",
    "INSERT INTO monitor (name, type, push_token, interval, maxretries, retry_interval) VALUES ('Backup job', 'push', 'AbCdEfGh12', 86400, 1, 3600)",
    "INSERT INTO monitor (name, type, database_connection_string, database_query, interval) VALUES \
     ('Orders', 'postgres', 'postgres://pharos:s3cret@db.example.com/orders?sslmode=verify-full', 'SELECT 1;', 60)",
    "INSERT INTO monitor (name, type, database_connection_string, interval) VALUES ('Cache', 'redis', 'rediss://:s3cret@cache.example.com:6380', 60)",
    "INSERT INTO monitor (name, type, docker_container, interval) VALUES ('Worker', 'docker', 'worker', 60)",
    "INSERT INTO monitor (name, type, interval, active, url) VALUES ('Old site', 'http', 60, 0, 'https://old.example.com/')",
    "INSERT INTO monitor (name, type, interval, url) VALUES ('Intranet', 'http', 60, 'https://intranet.example.com/')",
];

const PAGE: &[&str] = &[
    "INSERT INTO status_page (slug, title, description, footer_text) VALUES ('public', 'Example', 'All of Example', 'Made with love')",
    "INSERT INTO status_page (slug, title) VALUES ('staff', 'Staff')",
    "INSERT INTO \"group\" (name, public, weight, status_page_id) VALUES ('Services', 1, 2, 1), ('Sites', 1, 1, 1), ('Staff', 1, 1, 2)",
    "INSERT INTO monitor_group (monitor_id, group_id, weight) SELECT id, iif(id < 3 OR id = 11, 2, 1), id FROM monitor WHERE id < 12",
    "INSERT INTO monitor_group (monitor_id, group_id) VALUES (12, 3), (1, 1)",
    "INSERT INTO notification (name, config) VALUES ('Chat', '{\"webhook\":\"https://chat.example.com/s3cret\"}')",
    "INSERT INTO setting (key, value) VALUES ('serverTimezone', '\"Europe/Berlin\"'), ('jwtSecret', '\"s3cret\"')",
];

const SAID: &[&str] = &[
    "INSERT INTO incident (title, content, style, created_date, last_updated_date, pin, status_page_id) VALUES \
     ('Slow today', 'We **look** into it.', 'danger', '2026-01-01 00:10:00', '2026-01-01 00:20:00', 1, 1), \
     ('Slow yesterday', 'It is over.', 'info', '2025-12-31 10:00:00', '2025-12-31 12:00:00', 0, 1), \
     ('For staff', 'x', 'info', '2025-12-31 10:00:00', NULL, 0, 2)",
    "INSERT INTO maintenance (title, description, strategy, start_date, end_date, timezone, cron, duration) VALUES \
     ('New disks', 'No orders.', 'single', '2025-12-31 22:00:00', '2025-12-31 23:00:00', 'Europe/Berlin', NULL, NULL), \
     ('New racks', '', 'single', '2026-02-01 22:00:00', '2026-02-01 23:00:00', 'UTC', NULL, NULL), \
     ('Updates', '', 'recurring-weekday', NULL, NULL, 'UTC', '0 2 * * 2', 3600), \
     ('Backups', 'It is slow.', 'cron', '2026-01-01 00:00:00', NULL, 'SAME_AS_SERVER', '30 3 * * *', 1800)",
    "INSERT INTO monitor_maintenance (monitor_id, maintenance_id) VALUES (4, 1), (4, 2), (4, 3), (4, 4), (12, 1)",
    "INSERT INTO maintenance_status_page (status_page_id, maintenance_id) VALUES (1, 1), (1, 2), (1, 3), (1, 4)",
];

const BEATS: &[&str] = &["INSERT INTO heartbeat (monitor_id, time, status, ping, msg) VALUES \
     (1, '2026-01-01 00:00:00.000', 1, 120, '200 - OK'), (12, '2026-01-01 00:00:01.000', 0, NULL, 'secret intranet'), \
     (4, '2026-01-01 00:00:02.500', 3, NULL, ''), (1, '2026-01-01 00:01:00.000', 2, NULL, 'timeout'), \
     (1, '2026-01-01 00:01:30.000', 0, NULL, 'timeout'), (4, '2026-01-01 00:01:31.000', 1, 3, ''), \
     (1, '2026-01-01 00:02:30.000', 1, 90, '200 - OK'), (1, '2026-01-01 01:00:00.000', 1, 95, '200 - OK')"];

async fn whole() -> Made {
    let mut made = Made::first().await;
    for statements in [MONITORS, PAGE, SAID, BEATS] {
        made.run(statements).await;
    }
    made
}

#[tokio::test]
async fn a_database_of_version_1_is_read_as_a_whole() {
    let (folder, path) = whole().await.done().await;
    let mut haul = read("kuma", &[path], None).await.unwrap();
    let text = shown(&haul, &folder.path().display().to_string());
    let told = format!("{text}{}\n", looks(&mut haul).await.join("\n"));
    for secret in ["s3cret", "k3y", "AbCdEfGh12", "intranet.example", "secret intranet"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    insta::assert_snapshot!("version_1", told);
}

#[tokio::test]
async fn another_page_is_read_where_it_is_named() {
    let (_folder, path) = whole().await.done().await;
    let haul = read("kuma", std::slice::from_ref(&path), Some("Staff")).await.unwrap();
    let ids: Vec<&str> = haul.components.iter().map(|part| part.id.as_str()).collect();
    assert_eq!((haul.page.name.as_deref(), ids.as_slice()), (Some("Staff"), &["intranet"][..]));
    let error = refused("kuma", std::slice::from_ref(&path), Some("nowhere")).await;
    assert_eq!(error, format!("{path}: it has no status page `nowhere`; choose one of: public, staff"));
}

#[tokio::test]
async fn a_folder_stands_for_the_database_in_it() {
    let (folder, _) = whole().await.done().await;
    let haul = read("kuma", &[folder.path().display().to_string()], None).await.unwrap();
    assert_eq!(haul.page.name.as_deref(), Some("Example"));
}

#[tokio::test]
async fn the_same_database_says_the_same_always() {
    let (folder, path) = whole().await.done().await;
    let folder = folder.path().display().to_string();
    let first = shown(&read("kuma", std::slice::from_ref(&path), None).await.unwrap(), &folder);
    assert_eq!(shown(&read("kuma", &[path], None).await.unwrap(), &folder), first);
}

#[tokio::test]
async fn kinds_of_version_2_become_checks_where_there_are_such() {
    let mut made = Made::second().await;
    made.run(&[
        "INSERT INTO monitor (name, type, hostname, port, smtp_security) VALUES ('Mail', 'smtp', 'mail.example.com', 465, 'secure')",
        "INSERT INTO monitor (name, type, url, ws_subprotocol) VALUES ('Chat', 'websocket-upgrade', 'wss://chat.example.com/live', 'chat')",
        "INSERT INTO monitor (name, type, grpc_url, grpc_service_name, grpc_method, grpc_enable_tls) VALUES ('Orders', 'grpc-keyword', 'orders.example.com:8443', 'Health', 'check', 1)",
        "INSERT INTO monitor (name, type, grpc_url, grpc_service_name, grpc_method) VALUES ('Other call', 'grpc-keyword', 'orders.example.com:8443', 'Orders', 'list')",
        "INSERT INTO monitor (name, type, database_connection_string, database_query) VALUES ('Shop', 'mysql', 'mysql://pharos:s3cret@db.example.com/shop', 'DELETE FROM orders')",
        "INSERT INTO monitor (name, type, url, json_path, json_path_operator, expected_value) VALUES ('Load', 'json-query', 'https://a.example.com/', '$.load[0]', '<', '4')",
        "INSERT INTO monitor (name, type, url, auth_method) VALUES ('Single sign-on', 'http', 'https://b.example.com/', 'oauth2-cc')",
        "UPDATE monitor SET interval = 60",
        "INSERT INTO status_page (slug, title) VALUES ('public', 'Example')",
        "INSERT INTO \"group\" (name, public, status_page_id) VALUES ('All', 1, 1)",
        "INSERT INTO monitor_group (monitor_id, group_id) SELECT id, 1 FROM monitor",
    ])
    .await;
    let (folder, path) = made.done().await;
    let haul = read("kuma", &[path], None).await.unwrap();
    let text = shown(&haul, &folder.path().display().to_string());
    assert!(!text.contains("s3cret"), "{text}");
    insta::assert_snapshot!("version_2", text);
}

/// Four days of a monitor of version 2: of the first two and a half, figures are left and the heartbeats that changed something.
async fn thinned() -> Made {
    let mut made = Made::second().await;
    made.run(&[
        "INSERT INTO monitor (name, type, url, interval) VALUES ('API', 'http', 'https://api.example.com/', 60)",
        "INSERT INTO status_page (slug, title) VALUES ('public', 'Example')",
        "INSERT INTO \"group\" (name, public, status_page_id) VALUES ('All', 1, 1)",
        "INSERT INTO monitor_group (monitor_id, group_id) VALUES (1, 1)",
        // 1 January: a tenth of the day was out, and no heartbeat is left of it.
        "INSERT INTO stat_daily (monitor_id, timestamp, ping, up, down) VALUES (1, 1767225600, 50.5, 1296, 144)",
        "INSERT INTO stat_daily (monitor_id, timestamp, ping, up, down) VALUES (1, 1767312000, 50, 1430, 10), (1, 1767398400, 40, 720, 0)",
        // From 2 January on by the hour; nobody looked between 6:00 and 9:00.
        "WITH RECURSIVE hour(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM hour WHERE n < 35) \
         INSERT INTO stat_hourly (monitor_id, timestamp, ping, up, down) SELECT 1, 1767312000 + n * 3600, 40, 60, 0 FROM hour WHERE n NOT IN (6, 7, 8)",
        "INSERT INTO heartbeat (monitor_id, time, status, important, ping) VALUES (1, '2026-01-02 00:00:00', 1, 1, 40), \
         (1, '2026-01-02 12:00:00', 0, 1, NULL), (1, '2026-01-02 12:10:00', 1, 1, 41)",
        // The last two hours are all there.
        "WITH RECURSIVE minute(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM minute WHERE n < 119) \
         INSERT INTO heartbeat (monitor_id, time, status, ping) SELECT 1, datetime(1767434400 + n * 60, 'unixepoch'), 1, 42 FROM minute",
    ])
    .await;
    made
}

#[tokio::test]
async fn where_version_2_threw_heartbeats_away_its_figures_tell() {
    let (_folder, path) = thinned().await.done().await;
    let mut haul = read("kuma", &[path], None).await.unwrap();
    let turns: Vec<(String, Status)> =
        haul.turns.iter().map(|turn| (moment(turn.from), turn.status)).collect();
    let wanted = [
        ("2026-01-01T00:00:00Z", Status::MajorOutage),
        ("2026-01-01T02:24:00Z", Status::Operational),
        ("2026-01-02T06:00:00Z", Status::Unknown),
        ("2026-01-02T09:00:00Z", Status::Operational),
        ("2026-01-02T12:00:00Z", Status::MajorOutage),
        ("2026-01-02T12:10:00Z", Status::Operational),
    ];
    assert_eq!(turns, wanted.map(|(at, status)| (at.to_owned(), status)));
    let looks = looks(&mut haul).await;
    assert_eq!(looks[0], "2026-01-01T00:00:00Z api Day 1440 looks, 144 failed, Some(50500)");
    assert_eq!(looks[1], "2026-01-02T00:00:00Z api Hour 60 looks, 0 failed, Some(40000)");
    // One day, 34 hours without those in which nobody looked, and two hours of single looks.
    assert_eq!(looks.len(), 1 + 31 + 120);
    assert_eq!(
        looks.last().map(String::as_str),
        Some("2026-01-03T11:59:00Z api/http operational Some(42000) None")
    );
    assert!(
        haul.left
            .iter()
            .any(|left| left.why.contains("each outage stands at the beginning of its hour or day"))
    );
}

#[tokio::test]
async fn what_is_not_in_the_file_itself_yet_is_read_too_and_nothing_is_written() {
    let mut made = whole().await;
    made.run(&["PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0"]).await;
    made.run(&["UPDATE status_page SET title = 'Newer' WHERE id = 1"]).await;
    let path = made::path(made.folder.path());
    let wal = path.with_extension("db-wal");
    let before = (std::fs::read(&path).unwrap(), std::fs::read(&wal).unwrap());
    let haul = read("kuma", &[path.display().to_string()], None).await.unwrap();
    assert_eq!(haul.page.name.as_deref(), Some("Newer"));
    drop(haul);
    assert_eq!((std::fs::read(&path).unwrap(), std::fs::read(&wal).unwrap()), before);
}

#[tokio::test]
async fn a_group_of_monitors_that_are_all_public_is_a_component_that_needs_them_all() {
    let mut made = Made::first().await;
    made.run(&[
        "INSERT INTO monitor (name, type, parent) VALUES ('Pair', 'group', NULL), ('Left', 'ping', 1), ('Right', 'ping', 1), ('Half', 'group', NULL), ('Hidden', 'ping', 4)",
        "UPDATE monitor SET hostname = 'example.com'",
        "INSERT INTO status_page (slug, title) VALUES ('public', 'Example')",
        "INSERT INTO \"group\" (name, public, status_page_id) VALUES ('All', 1, 1)",
        "INSERT INTO monitor_group (monitor_id, group_id) VALUES (1, 1), (2, 1), (3, 1), (4, 1)",
    ])
    .await;
    let (_folder, path) = made.done().await;
    let haul = read("kuma", &[path], None).await.unwrap();
    let told: Vec<(&str, String)> = haul
        .components
        .iter()
        .map(|part| {
            (part.id.as_str(), part.more.get("redundancy").map(ToString::to_string).unwrap_or_default())
        })
        .collect();
    let all = r#"{"degraded_without":false,"members":["left","right"],"policy":"all"}"#;
    assert_eq!(told, [("pair", all.to_owned()), ("left", String::new()), ("right", String::new())]);
    assert!(haul.left.iter().any(|left| left.what == "the monitor `half`"), "{:?}", haul.left);
    assert!(haul.left.iter().any(|left| left.what == "the monitor \"Hidden\""), "{:?}", haul.left);
}
