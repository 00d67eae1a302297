//! Components beside those of the file: kept in the store, exported and applied with a plan.

use std::process::Command;

use pharos_tests::{Operator, Pharos, Target, binary, wait_for};
use serde_json::{Value, json};

use super::{in_words, node};
use crate::wait_for_page;

fn shop(target: &Target) -> Value {
    json!({
        "id": "shop",
        "name": "Shop",
        "checks": [{ "http": { "url": format!("http://{}/shop", target.address) }, "interval": "1s", "timeout": "900ms" }],
    })
}

#[test]
fn a_component_is_kept_watched_changed_and_let_go() {
    let (setup, pharos, target, anna) = node();
    let made = anna.act("POST", "/components", &shop(&target)).unwrap();
    assert_eq!((made["managed_by"].as_str(), made["checks"][0].as_str()), (Some("admin"), Some("shop/http")));
    assert_eq!(anna.read("/components/web").unwrap()["managed_by"], "file");
    wait_for("the shop to be watched", || {
        (anna.read("/components/shop").ok()?["status"] == "operational").then_some(())
    });
    wait_for_page(&pharos, ">Shop<");
    pharos.kill().unwrap();
    let pharos = setup.start().unwrap();
    let anna = Operator::sign_in(&pharos, "anna").unwrap();
    wait_for_page(&pharos, ">Shop<");
    let changed = json!({ "id": "shop", "name": "Great shop", "checks": [] });
    let stale = anna.with("if-match", "\"r7\"").api("PUT", "/components/shop", Some(&changed)).unwrap();
    assert_eq!(stale.status, 412, "{}", stale.text());
    anna.act("PUT", "/components/shop", &changed).unwrap();
    wait_for_page(&pharos, ">Great shop<");
    assert_eq!(anna.api("DELETE", "/components/shop", None).unwrap().status, 204);
    wait_for("the shop to leave the page", || {
        (!pharos.get("/").ok()?.text().contains("Great shop")).then_some(())
    });
}

#[test]
fn what_stands_in_the_file_or_is_not_good_is_refused() {
    let (_setup, _pharos, target, anna) = node();
    let mut of_file = shop(&target);
    of_file["id"] = json!("web");
    let answer = anna.api("POST", "/components", Some(&of_file)).unwrap();
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert_eq!(anna.api("DELETE", "/components/web", None).unwrap().status, 409);
    for definition in [
        json!({ "id": "shop", "name": "Shop" }),
        json!({ "id": "shop", "name": "Shop", "checks": [{ "http": { "url": "${HOME}" } }] }),
        json!({ "id": "Shop", "name": "Shop", "checks": [] }),
        json!({ "id": "shop", "name": "Shop", "checks": [], "group": "nowhere" }),
    ] {
        let answer = anna.api("POST", "/components", Some(&definition)).unwrap();
        assert_eq!(answer.status, 422, "{definition}: {}", answer.text());
    }
}

fn run(pharos: &Pharos, token: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(binary());
    command.args(arguments).env("PHAROS_TOKEN", token);
    let output = command.env("PHAROS_SERVER", format!("http://{}", pharos.address)).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", in_words(&output.stderr));
    in_words(&output.stdout)
}

#[test]
fn a_file_is_applied_with_a_plan_first_and_the_whole_is_exported() {
    let (setup, pharos, _target, anna) = node();
    let token = anna.add_token("anna", &["configuration", "read"], None).unwrap();
    let file = setup.path().join("more.yaml");
    let path = file.to_string_lossy().into_owned();
    std::fs::write(
        &file,
        "components:\n  - { id: shop, name: Shop, checks: [] }\n  - { id: web, name: Other, checks: [] }\n",
    )
    .unwrap();
    let plan = run(&pharos, &token, &["apply", &path, "--dry-run"]);
    assert!(
        plan.contains("shop  is added")
            && plan.contains("web   stands in the server's file")
            && plan.contains("this is the plan"),
        "{plan}"
    );
    assert_eq!(anna.api("GET", "/components/shop", None).unwrap().status, 404);
    run(&pharos, &token, &["apply", &path]);
    assert_eq!(anna.read("/components/shop").unwrap()["name"], "Shop");
    assert!(run(&pharos, &token, &["apply", &path, "--dry-run"]).contains("shop  is so already"));
    let exported = run(&pharos, &token, &["export"]);
    let whole = setup.path().join("whole.yaml");
    std::fs::write(&whole, &exported).unwrap();
    let checked = Command::new(binary()).arg("check").arg(&whole).output().unwrap();
    assert!(
        in_words(&checked.stdout).contains("good: 3 components"),
        "{exported}\n{}",
        in_words(&checked.stderr)
    );
    std::fs::write(&file, "components: []\n").unwrap();
    assert!(run(&pharos, &token, &["apply", &path, "--prune"]).contains("shop  is removed"));
    assert_eq!(anna.api("GET", "/components/shop", None).unwrap().status, 404);
}

#[test]
fn a_page_may_begin_with_no_component_at_all() {
    let setup = pharos_tests::Setup::new("page: { name: Example }\ncomponents: []\n").unwrap();
    let pharos = setup.start().unwrap();
    assert!(pharos.get("/").unwrap().text().contains("No component is configured yet."));
    let anna = Operator::first(&pharos).unwrap();
    anna.act("POST", "/components", &json!({ "id": "shop", "name": "Shop", "checks": [] })).unwrap();
    let body = json!({ "status": "operational", "reason": "We look ourselves" });
    anna.act("PUT", "/components/shop/statement", &body).unwrap();
    wait_for_page(&pharos, "Stated by the operators: We look ourselves");
}
