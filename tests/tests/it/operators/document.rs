//! The API is what its document says: asked everything that it allows, and much that it does not.

use std::process::Command;

use serde_json::json;

use super::{node, open};

const MISSING: &str = "SCHEMATHESIS is not set: run these tests by `cargo xtask test`";

#[test]
fn no_request_that_the_document_allows_breaks_the_server_or_its_promises() {
    let (_setup, pharos, _target, anna) = node();
    // Something to be found, so that requests come further than to what is not there.
    open(&anna);
    anna.act("POST", "/announcements", &json!({ "title": "New address" })).unwrap();
    let template = json!({ "name": "t", "title": "{{x}}", "body": "y" });
    anna.act("POST", "/templates", &template).unwrap();
    let scopes = [
        "read",
        "incidents",
        "maintenances",
        "announcements",
        "components",
        "checks",
        "configuration",
        "accounts",
    ];
    let secret = anna.add_token("anna", &scopes, None).unwrap();
    let program = std::env::var_os("SCHEMATHESIS").expect(MISSING);
    let mut command = Command::new(program);
    command
        .args(["run", &format!("http://{}/api/v1/openapi.json", pharos.address)])
        .args(["--header", &format!("Authorization: Bearer {secret}")])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ])
        .args([
            "--max-examples",
            "20",
            "--workers",
            "1",
            "--suppress-health-check",
            "all",
            "--seed",
            "4",
            "--no-color",
        ])
        // It would take its own token away, and every password costs a moment.
        .args(["--exclude-operation-id", "remove_token", "--exclude-operation-id", "remove_user"])
        .args(["--exclude-operation-id", "add_user", "--exclude-operation-id", "change_user"]);
    let output = command.current_dir(std::env::temp_dir()).output().unwrap();
    let told = super::in_words(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", super::in_words(&output.stderr));
    assert!(told.contains("passed"), "{told}");
    // Whatever was asked: visitors still have their page.
    let page = pharos.get("/").unwrap();
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Checkout is slow") || page.text().contains("Website"));
}

#[test]
fn people_find_the_reference_with_and_without_a_slash_at_the_end() {
    let (_setup, pharos, _target, _anna) = node();
    let page = pharos.get("/api/v1").unwrap();
    assert_eq!(page.status, 200);
    assert!(page.text().contains("openapi.json"));
    let slash = pharos.get("/api/v1/").unwrap();
    assert_eq!((slash.status, slash.header("location")), (308, Some("/api/v1")));
}
