//! Backups of version 1.

use crate::shown::shown;
use crate::{read, refused};

const BACKUP: &str = r#"{
  "version": "1.23.11",
  "notificationList": [{"id": 1, "name": "Chat", "config": "{\"webhook\":\"https://chat.example.com/s3cret\"}", "active": true}],
  "proxyList": [],
  "monitorList": [
    {"id": 1, "name": "Sites", "type": "group", "active": true, "parent": null, "childrenIDs": [2]},
    {"id": 2, "name": "Web site", "url": "https://www.example.com/", "method": "GET", "hostname": null, "port": null, "maxretries": 1,
     "weight": 2000, "active": true, "type": "http", "timeout": 48, "interval": 60, "retryInterval": 60, "keyword": null,
     "expiryNotification": false, "ignoreTls": false, "upsideDown": true, "maxredirects": 3, "accepted_statuscodes": ["200-299"],
     "parent": 1, "headers": null, "body": null, "basic_auth_user": "jane", "basic_auth_pass": "s3cret", "pushToken": null,
     "tags": [], "notificationIDList": {"1": true}},
    {"id": 3, "name": "Job", "type": "push", "interval": 3600, "active": true, "pushToken": "s3crets3crets3crets3crets3crets3"},
    {"id": 4, "name": "Broker", "type": "mqtt", "hostname": "mqtt.example.com", "mqttPassword": "s3cret", "interval": 60}
  ]
}"#;

fn saved(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backup.json");
    std::fs::write(&path, text).unwrap();
    (folder, path.display().to_string())
}

#[tokio::test]
async fn a_backup_makes_every_monitor_a_component() {
    let (folder, path) = saved(BACKUP);
    let haul = read("kuma", &[path], None).await.unwrap();
    let text = shown(&haul, &folder.path().display().to_string());
    assert!(!text.contains("s3cret"), "{text}");
    insta::assert_snapshot!("backup", text);
}

#[tokio::test]
async fn a_wrong_value_of_a_backup_is_told_with_its_place() {
    for (from, to, wanted) in [
        ("\"interval\": 60,", "\"interval\": {},", "(monitorList[1].interval): {} is no number of seconds"),
        ("\"method\": \"GET\"", "\"method\": [1]", "(monitorList[1].method): [1] is no text"),
        ("\"monitorList\": [", "\"monitorList\": 7, \"x\": [", "(monitorList): it is no list"),
        (
            "[\"200-299\"]",
            "[\"good\"]",
            "(monitorList[1].accepted_statuscodes_json): `good` is no status and no range of statuses",
        ),
    ] {
        assert!(BACKUP.contains(from));
        let (_folder, path) = saved(&BACKUP.replacen(from, to, 1));
        let error = refused("kuma", std::slice::from_ref(&path), None).await;
        assert!(error.starts_with(&format!("{path} {wanted}")), "{error}");
    }
}

#[tokio::test]
async fn a_backup_has_no_pages_to_choose_from() {
    let (_folder, path) = saved(BACKUP);
    let error = refused("kuma", std::slice::from_ref(&path), Some("public")).await;
    assert_eq!(
        error,
        format!(
            "{path}: it tells of no status pages, and so of none called `public`; import the file `kuma.db` instead"
        )
    );
}
