//! A repository of Upptime.

use std::path::Path;

use pharos_model::{MaintenanceStatus, Status};

use crate::shown::{looks, shown};
use crate::{read, refused};

const SETTINGS: &str = r#"
owner: example
repo: status
sites:
  - name: Web site
    url: https://www.example.com
    maxResponseTime: 1500
    assignees: [jane]
  - name: API
    slug: api-of-example
    url: https://$API_HOST/health?key=1
    method: POST
    headers:
      - "Authorization: Bearer $API_TOKEN"
      - "X-Api-Key: k3y"
      - "Accept: application/json"
    body: '{"ping": true}'
    expectedStatusCodes: [200, 401]
    __dangerous__body_down_if_text_missing: pong
    __dangerous__insecure: true
  - name: Hidden
    url: $SECRET_SITE
  - name: Database
    check: tcp-ping
    url: db.example.com
    port: 5432
  - name: Chat
    check: ws
    url: wss://chat.example.com/live
status-website:
  cname: status.example.com
  name: Example
  introMessage: "How **Example** is doing"
  navbar:
    - title: Status
      href: /
workflowSchedule:
  uptime: "*/10 * * * *"
"#;

const SUMMARY: &str = r#"[
  {"name": "Web site", "url": "https://www.example.com", "slug": "web-site", "status": "up", "uptime": "99.9%", "time": 120,
   "dailyMinutesDown": {"2026-01-02": 30, "2026-01-05": 61}},
  {"name": "API", "slug": "api-of-example", "status": "down", "dailyMinutesDown": {}}
]"#;

const ISSUES: &str = r#"[
  {"number": 7, "title": "🛑 Web site is down", "state": "closed", "created_at": "2026-01-05T10:00:00Z", "closed_at": "2026-01-05T11:01:00Z",
   "labels": [{"name": "status"}, {"name": "web-site"}], "comments": 1,
   "body": "In [`abc`](https://github.com/example/status/commit/abc), Web site (https://www.example.com) was **down**:\n- HTTP code: 0"},
  {"number": 8, "title": "⚠️ API has degraded performance", "state": "open", "created_at": "2026-01-09T10:00:00Z", "closed_at": null,
   "labels": ["status", "api-of-example"], "comments": 0, "body": "We look into it."},
  {"number": 9, "title": "New disks", "state": "closed", "created_at": "2026-01-03T08:00:00Z", "closed_at": "2026-01-04T09:00:00Z",
   "labels": [{"name": "maintenance"}], "comments": 0,
   "body": "<!--\nstart: 2026-01-04T08:00:00.000Z\nend: 2026-01-04T10:00:00.000Z\nexpectedDown: web-site, database\n-->\nNo orders meanwhile."},
  {"number": 10, "title": "A feature", "state": "open", "created_at": "2026-01-03T08:00:00Z", "closed_at": null, "labels": [], "body": null},
  {"number": 11, "title": "A change", "pull_request": {}, "created_at": "2026-01-03T08:00:00Z", "closed_at": null, "labels": ["status", "web-site"]}
]"#;

fn history(status: &str, ms: u64, updated: &str) -> String {
    format!(
        "url: https://www.example.com\nstatus: {status}\ncode: 200\nresponseTime: {ms}\nlastUpdated: {updated}\nstartTime: 2026-01-01T00:00:00.000Z\ngenerator: Upptime <https://github.com/upptime/upptime>\n"
    )
}

fn write(folder: &Path, settings: &str, summary: &str, issues: &str) {
    std::fs::create_dir_all(folder.join("history")).unwrap();
    std::fs::write(folder.join(".upptimerc.yml"), settings).unwrap();
    std::fs::write(folder.join("history/summary.json"), summary).unwrap();
    std::fs::write(folder.join("issues.json"), issues).unwrap();
    for (slug, status, ms, updated) in [
        ("web-site", "up", 120, "2026-01-10T00:00:00.000Z"),
        ("api-of-example", "degraded", 1_900, "2026-01-09T10:00:00.000Z"),
        ("database", "up", 3, "2026-01-08T00:00:00.000Z"),
        ("chat", "down", 0, "2026-01-08T00:00:00.000Z"),
    ] {
        std::fs::write(folder.join(format!("history/{slug}.yml")), history(status, ms, updated)).unwrap();
    }
}

#[tokio::test]
async fn a_repository_is_read_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), SETTINGS, SUMMARY, ISSUES);
    let given = folder.path().display().to_string();
    let mut haul = read("upptime", std::slice::from_ref(&given), None).await.unwrap();
    let text = shown(&haul, &given);
    assert!(!text.contains("k3y"), "{text}");
    insta::assert_snapshot!("upptime", format!("{text}{}\n", looks(&mut haul).await.join("\n")));
}

#[tokio::test]
async fn without_issues_outages_are_known_by_the_day() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), SETTINGS, SUMMARY, "[]");
    let given = folder.path().display().to_string();
    let haul = read("upptime", &[given], None).await.unwrap();
    let outages: Vec<String> = haul
        .turns
        .iter()
        .filter(|turn| turn.component.as_str() == "web-site" && turn.status.is_outage())
        .map(|turn| crate::shown::moment(turn.from))
        .collect();
    assert_eq!(outages, ["2026-01-02T00:00:00Z", "2026-01-05T00:00:00Z"]);
    assert!(haul.left.iter().any(|left| left.what == "the times of some outages"), "{:?}", haul.left);
}

#[tokio::test]
async fn of_two_sites_of_one_name_the_second_stands_under_another_and_without_a_past() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "sites:\n  - {name: Web site, url: https://a.example}\n  - {name: Web Site, url: https://b.example}\n";
    write(folder.path(), settings, SUMMARY, "[]");
    let haul = read("upptime", &[folder.path().display().to_string()], None).await.unwrap();
    let ids: Vec<&str> = haul.components.iter().map(|part| part.id.as_str()).collect();
    assert_eq!(ids, ["web-site", "web-site-2"]);
    assert!(haul.turns.iter().all(|turn| turn.component.as_str() == "web-site"));
    let left: Vec<&str> = haul.left.iter().map(|left| left.what.as_str()).collect();
    assert!(left.contains(&"the past of `web-site-2`"), "{left:?}");
}

#[tokio::test]
async fn maintenance_whose_issue_was_closed_ahead_of_its_time_was_called_off() {
    let folder = tempfile::tempdir().unwrap();
    let issues = ISSUES.replace("2026-01-04T09:00:00Z", "2026-01-03T20:00:00Z");
    write(folder.path(), SETTINGS, SUMMARY, &issues);
    let haul = read("upptime", &[folder.path().display().to_string()], None).await.unwrap();
    let known = &haul.maintenances[0];
    assert_eq!((known.status, known.started_at), (MaintenanceStatus::Cancelled, None));
    assert_eq!(known.ended_at.map(crate::shown::moment).as_deref(), Some("2026-01-03T20:00:00Z"));
    assert!(haul.turns.iter().all(|turn| turn.status != Status::UnderMaintenance));
}

#[tokio::test]
async fn mistakes_are_told_with_their_places() {
    let bad_history = history("sideways", 1, "2026-01-10T00:00:00.000Z");
    for (settings, summary, issues, wanted) in [
        ("sites: 7\n", "[]", "[]", "FOLDER/.upptimerc.yml:1:8 (sites): a list is expected here, not `7`"),
        ("a: 1\n", "[]", "[]", "FOLDER/.upptimerc.yml:1:1: `sites` is missing"),
        ("sites:\n  - name: A\n", "[]", "[]", "FOLDER/.upptimerc.yml:2:5 (sites[0]): `url` is missing"),
        (
            "sites:\n  - name: A\n    url: https://a.example\n    expectedStatusCodes: [9999]\n",
            "[]",
            "[]",
            "FOLDER/.upptimerc.yml:4:27 (sites[0].expectedStatusCodes[0]): 9999 is no status",
        ),
        (
            "sites:\n  - {name: \"A\\0\", url: https://a.example}\n",
            "[]",
            "[]",
            "FOLDER/.upptimerc.yml:2:12 (sites[0].name): this text holds the control character U+0000",
        ),
        (SETTINGS, "{}", "[]", "FOLDER/history/summary.json: a list is expected here, not a section of keys"),
        (
            SETTINGS,
            "[]",
            "[{\"number\": -1, \"title\": \"x\"}]",
            "FOLDER/issues.json ([0].number): `-1` is no whole number",
        ),
        (SETTINGS, "[]", "[{", "FOLDER/issues.json:1:2: it is not JSON"),
        ("sites:\n  - name: Web site\n    url: &a [*a]\n", "[]", "[]", "FOLDER/.upptimerc.yml:3:"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), settings, summary, issues);
        let given = folder.path().display().to_string();
        let error = refused("upptime", std::slice::from_ref(&given), None).await;
        assert!(error.starts_with(&wanted.replace("FOLDER", &given)), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), SETTINGS, SUMMARY, ISSUES);
    std::fs::write(folder.path().join("history/web-site.yml"), bad_history).unwrap();
    let error = refused("upptime", &[folder.path().display().to_string()], None).await;
    assert!(
        error.contains("history/web-site.yml:2:9 (status): it is none of up, degraded and down"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &"#".repeat(10 * 1024 * 1024 + 1), "[]", "[]");
    let error = refused("upptime", &[folder.path().display().to_string()], None).await;
    assert!(error.contains("it is larger than 10 MiB"), "{error}");
}
