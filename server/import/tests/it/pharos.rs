//! What `pharos export --to` writes.

use std::path::Path;

use pharos_import::pharos::piece;
use serde_json::{Value, json};

use crate::{read, refused};

const CONFIGURATION: &str = "page: { name: Acme }\ncomponents:\n  - { id: api, name: API, checks: [] }\n";

fn incident(number: usize, body: &str) -> Value {
    json!({
        "id": format!("incident-{number}"), "title": "Slow", "source": "operator", "status": "resolved",
        "impact": "minor", "components": ["api"], "began_at": "2026-01-01T00:00:00.000Z",
        "updates": [{
            "at": "2026-01-01T00:00:00.000Z", "status": "resolved", "kind": "written", "body": body,
        }],
    })
}

fn span(at: &str, status: &str) -> Value {
    json!({ "from": at, "until": null, "status": status, "measured": null })
}

/// An export of which each list is in these pieces.
fn write(folder: &Path, about: &Value, incidents: &[Value], spans: &[Value]) {
    let put = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    std::fs::create_dir(folder.join("spans")).unwrap();
    put("pharos.yaml", CONFIGURATION.to_owned());
    put("export.json", about.to_string());
    put("maintenances.json", "[]".to_owned());
    for (stem, pieces) in [("incidents", incidents), ("spans/api", spans)] {
        for (number, list) in (1..).zip(pieces) {
            put(&piece(stem, number), list.to_string());
        }
    }
}

#[tokio::test]
async fn a_list_in_several_files_is_read_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let body = "x".repeat(6 * 1024 * 1024);
    let incidents = [json!([incident(1, &body), incident(2, "")]), json!([incident(3, &body)])];
    let spans = [
        json!([span("2026-01-03T00:00:00.000Z", "operational")]),
        json!([span("2026-01-02T00:00:00.000Z", "major_outage")]),
        json!([span("2026-01-01T00:00:00.000Z", "operational")]),
    ];
    let about = json!({
        "exported_at": "2026-02-01T00:00:00.000Z", "pieces": { "incidents": 2, "maintenances": 1, "spans/api": 3 },
    });
    write(folder.path(), &about, &incidents, &spans);
    let haul = read("pharos", &[folder.path().display().to_string()], None).await.unwrap();
    assert_eq!((haul.incidents.len(), haul.turns.len()), (3, 3));
}

#[tokio::test]
async fn an_export_that_tells_of_no_pieces_has_one_file_of_each_list() {
    let folder = tempfile::tempdir().unwrap();
    let about = json!({ "exported_at": "2026-02-01T00:00:00.000Z" });
    let spans = [json!([span("2026-01-01T00:00:00.000Z", "operational")])];
    write(folder.path(), &about, &[json!([incident(1, "")])], &spans);
    let haul = read("pharos", &[folder.path().display().to_string()], None).await.unwrap();
    assert_eq!((haul.incidents.len(), haul.turns.len()), (1, 1));
}

#[tokio::test]
async fn an_export_of_which_a_piece_is_gone_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let about = json!({ "exported_at": "2026-02-01T00:00:00.000Z", "pieces": { "incidents": 2 } });
    write(folder.path(), &about, &[json!([incident(1, "")])], &[json!([])]);
    let error = refused("pharos", &[folder.path().display().to_string()], None).await;
    assert!(error.contains("incidents.2.json: it cannot be read"), "{error}");
}
