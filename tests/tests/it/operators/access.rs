//! Who is let in where. Every route of the document is asked by everybody who must not be.

use pharos_tests::{Operator, PASSWORD};
use serde_json::{Value, json};

use super::node;

/// What each route takes to change something, in the words of the API. A route of the document that is not here fails the
/// test, and so does one here that is not in the document.
const ROUTES: &[(&str, &str, &str)] = &[
    ("GET", "/page", "read"),
    ("GET", "/reminders", "read"),
    ("POST", "/preview", "read"),
    ("GET", "/components", "read"),
    ("POST", "/components", "configuration"),
    ("GET", "/components/{id}", "read"),
    ("PUT", "/components/{id}", "configuration"),
    ("DELETE", "/components/{id}", "configuration"),
    ("GET", "/export", "configuration"),
    ("POST", "/apply", "configuration"),
    ("PUT", "/components/{id}/statement", "components"),
    ("DELETE", "/components/{id}/statement", "components"),
    ("GET", "/checks", "read"),
    ("GET", "/checks/{id}", "read"),
    ("GET", "/checks/{id}/observations", "read"),
    ("POST", "/checks/{id}/pause", "checks"),
    ("POST", "/checks/{id}/resume", "checks"),
    ("POST", "/checks/{id}/run", "checks"),
    ("GET", "/exports/incidents", "read"),
    ("GET", "/exports/components/{id}/spans", "read"),
    ("GET", "/exports/checks/{id}/samples", "read"),
    ("GET", "/incidents", "read"),
    ("POST", "/incidents", "incidents"),
    ("GET", "/incidents/{id}", "read"),
    ("PATCH", "/incidents/{id}", "incidents"),
    ("DELETE", "/incidents/{id}", "incidents"),
    ("POST", "/incidents/{id}/merge", "incidents"),
    ("POST", "/incidents/{id}/updates", "incidents"),
    ("PATCH", "/incidents/{id}/updates/{number}", "incidents"),
    ("GET", "/incidents/{id}/updates/{number}/revisions", "read"),
    ("GET", "/maintenances", "read"),
    ("POST", "/maintenances", "maintenances"),
    ("GET", "/maintenances/{id}", "read"),
    ("PATCH", "/maintenances/{id}", "maintenances"),
    ("POST", "/maintenances/{id}/updates", "maintenances"),
    ("GET", "/series", "read"),
    ("POST", "/series", "maintenances"),
    ("GET", "/series/{id}", "read"),
    ("PUT", "/series/{id}", "maintenances"),
    ("DELETE", "/series/{id}", "maintenances"),
    ("GET", "/failovers", "read"),
    ("GET", "/error-budgets", "read"),
    ("GET", "/nodes", "read"),
    ("GET", "/archive", "read"),
    ("GET", "/drills", "read"),
    ("POST", "/drills", "configuration"),
    ("GET", "/announcements", "read"),
    ("POST", "/announcements", "announcements"),
    ("GET", "/announcements/{id}", "read"),
    ("PATCH", "/announcements/{id}", "announcements"),
    ("DELETE", "/announcements/{id}", "announcements"),
    ("GET", "/templates", "read"),
    ("POST", "/templates", "incidents"),
    ("GET", "/templates/{id}", "read"),
    ("PUT", "/templates/{id}", "incidents"),
    ("DELETE", "/templates/{id}", "incidents"),
    ("POST", "/templates/{id}/filled", "read"),
    ("GET", "/drafts", "read"),
    ("POST", "/drafts", "incidents"),
    ("GET", "/drafts/{id}", "read"),
    ("DELETE", "/drafts/{id}", "incidents"),
    ("POST", "/drafts/{id}/publish", "incidents"),
    ("GET", "/me", "read"),
    ("GET", "/users", "accounts"),
    ("POST", "/users", "accounts"),
    ("GET", "/users/{name}", "accounts"),
    ("PATCH", "/users/{name}", "accounts"),
    ("DELETE", "/users/{name}", "accounts"),
    ("GET", "/tokens", "accounts"),
    ("POST", "/tokens", "accounts"),
    ("DELETE", "/tokens/{id}", "accounts"),
    ("GET", "/audit", "accounts"),
];

/// Pages of the admin that take somebody who is signed in.
const PAGES: &[&str] = &[
    "/admin",
    "/admin/incidents",
    "/admin/incidents/new",
    "/admin/incidents/x",
    "/admin/maintenances",
    "/admin/maintenances/x",
    "/admin/announcements",
    "/admin/components",
    "/admin/components/api",
    "/admin/checks/api%2Fhttp",
    "/admin/templates",
    "/admin/users",
    "/admin/tokens",
    "/admin/hooks",
    "/admin/nodes",
    "/admin/audit",
    "/admin/me",
];

fn status(operator: &Operator, method: &str, path: &str) -> u16 {
    let path = path.replace("{id}", "x").replace("{name}", "nobody").replace("{number}", "1");
    let body = (method != "GET" && method != "DELETE").then(|| json!({}));
    operator.api(method, &path, body.as_ref()).unwrap().status
}

#[test]
fn every_route_is_in_the_table_and_the_table_holds_no_other() {
    let (_setup, pharos, _target, _anna) = node();
    let document: Value = serde_json::from_slice(&pharos.get("/api/v1/openapi.json").unwrap().body).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let mut found: Vec<(String, String)> = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let methods = methods.as_object().unwrap().keys().filter(|key| *key != "parameters");
        found.extend(methods.map(|method| (method.to_uppercase(), path.clone())));
    }
    let mut known: Vec<(String, String)> =
        ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    found.sort();
    known.sort();
    assert_eq!(found, known);
}

#[test]
fn nobody_is_let_in_with_nothing_with_nonsense_or_with_what_has_expired() {
    let (_setup, pharos, _target, anna) = node();
    let soon = "2099-01-01T00:00:00Z";
    let revoked = anna.add_token("anna", &["read", "incidents", "accounts"], Some(soon)).unwrap();
    let tokens = anna.read("/tokens").unwrap();
    let id = tokens[0]["id"].as_str().unwrap().to_owned();
    anna.act("DELETE", &format!("/tokens/{id}"), &json!({})).unwrap();
    let nobody = Operator::nobody(&pharos);
    for (method, path, _) in ROUTES {
        assert_eq!(status(&nobody, method, path), 401, "{method} {path}");
        assert_eq!(status(&nobody.with_token(&revoked), method, path), 401, "{method} {path}");
    }
    let expired = anna.add_token("anna", &["read"], Some("2020-01-01T00:00:00Z"));
    assert!(expired.unwrap_err().to_string().contains("has passed already"));
}

#[test]
fn a_token_is_good_until_its_end_and_no_longer() {
    let (_setup, pharos, _target, anna) = node();
    let first = anna.act("POST", "/tokens", &json!({ "name": "test", "scopes": ["read"] })).unwrap();
    let made: jiff::Timestamp = first["created_at"].as_str().unwrap().parse().unwrap();
    let end = (made + jiff::SignedDuration::from_secs(2)).to_string();
    let token = Operator::nobody(&pharos).with_token(&anna.add_token("anna", &["read"], Some(&end)).unwrap());
    assert_eq!(status(&token, "GET", "/me"), 200);
    pharos_tests::wait_for("the token to end", || (status(&token, "GET", "/me") == 401).then_some(()));
}

#[test]
fn a_token_or_a_user_does_no_more_than_it_may() {
    let (_setup, pharos, _target, anna) = node();
    anna.add_user("vera", "viewer").unwrap();
    anna.add_user("rita", "responder").unwrap();
    let nobody = Operator::nobody(&pharos);
    let with = |user: &str, scopes: &[&str]| nobody.with_token(&anna.add_token(user, scopes, None).unwrap());
    let all = [
        "read",
        "incidents",
        "maintenances",
        "announcements",
        "components",
        "checks",
        "configuration",
        "accounts",
    ];
    let reader = with("anna", &["read"]);
    let speaker = with("anna", &["incidents"]);
    let viewer = with("vera", &all);
    let responder = with("rita", &all);
    let (vera, rita) =
        (Operator::sign_in(&pharos, "vera").unwrap(), Operator::sign_in(&pharos, "rita").unwrap());
    for (method, path, scope) in ROUTES {
        let is_read = *scope == "read";
        let is_account = ["accounts", "configuration"].contains(scope);
        for (who, operator, allowed) in [
            ("a token to read", &reader, is_read),
            ("a token to speak", &speaker, *scope == "incidents"),
            ("a viewer's token", &viewer, is_read),
            ("a responder's token", &responder, !is_account),
            ("a viewer", &vera, is_read),
            ("a responder", &rita, !is_account),
            ("an admin", &anna, true),
        ] {
            let answer = status(operator, method, path);
            assert_eq!(answer != 403, allowed, "{who}: {method} {path} gives {answer}");
            assert_ne!(answer, 401, "{who}: {method} {path}");
            assert!(answer < 500, "{who}: {method} {path} gives {answer}");
        }
    }
}

#[test]
fn a_form_or_a_request_of_another_site_does_nothing() {
    let (_setup, _pharos, _target, anna) = node();
    let mut other = anna.clone();
    other.headers.retain(|(name, _)| name != "sec-fetch-site");
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("x-nothing", "1")]
    {
        let other = other.with(name, value);
        let answer = other.api("POST", "/incidents", Some(&super::slow())).unwrap();
        assert_eq!(answer.status, 403, "{name}: {value}");
        assert!(answer.text().contains("cross_site"), "{}", answer.text());
    }
    let without_its_secret =
        anna.form("/admin/incidents/new", "action=open&title=x&body=y&status=investigating").unwrap();
    assert_eq!(without_its_secret.status, 403);
    assert_eq!(anna.read("/incidents").unwrap()["incidents"].as_array().unwrap().len(), 0);
}

#[test]
fn pages_lead_those_who_are_not_signed_in_to_where_they_can() {
    let (_setup, pharos, _target, anna) = node();
    anna.add_user("vera", "viewer").unwrap();
    let vera = Operator::sign_in(&pharos, "vera").unwrap();
    for page in PAGES {
        let answer = pharos.get(page).unwrap();
        let next = answer.header("location").unwrap_or_default().to_owned();
        assert_eq!(answer.status, 303, "{page}");
        assert!(next.starts_with("/admin/sign-in?next="), "{page}: {next}");
        let closed = ["/admin/users", "/admin/tokens", "/admin/audit", "/admin/incidents/new"].contains(page);
        assert_eq!(vera.page(page).unwrap().status == 403, closed, "{page}");
    }
    let answer = anna.page("/admin").unwrap();
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(
        answer.header("content-security-policy").unwrap().contains("script-src 'self'; style-src 'self'")
    );
}

#[test]
fn no_public_answer_sets_a_cookie_or_names_the_admin() {
    let (_setup, pharos, _target, anna) = node();
    super::open(&anna);
    for path in ["/", "/history", "/components/web", "/embed/summary.json", "/widget.js"] {
        let answer = pharos.get(path).unwrap();
        assert_eq!(answer.header("set-cookie"), None, "{path}");
        assert!(!answer.text().contains("/admin"), "{path}");
    }
}

#[test]
fn a_token_brings_nobody_about_who_may_do_more_than_itself() {
    let (_setup, pharos, _target, anna) = node();
    anna.add_user("vera", "viewer").unwrap();
    anna.add_user("bert", "admin").unwrap();
    let nobody = Operator::nobody(&pharos);
    let some = nobody.with_token(&anna.add_token("anna", &["read", "accounts"], None).unwrap());
    let new = |name: &str, role: &str| json!({ "name": name, "role": role, "password": PASSWORD });
    let refused = |method: &str, path: &str, body: &Value| {
        let answer = some.api(method, path, Some(body)).unwrap();
        assert_eq!(answer.status, 403, "{method} {path} {body}: {}", answer.text());
        assert!(answer.text().contains("hint"), "{}", answer.text());
    };
    refused("POST", "/users", &new("mallory", "admin"));
    refused("POST", "/users", &new("mallory", "responder"));
    refused("PATCH", "/users/vera", &json!({ "role": "admin" }));
    for patch in
        [json!({ "password": PASSWORD }), json!({ "second_factor": false }), json!({ "disabled": false })]
    {
        refused("PATCH", "/users/bert", &patch);
        refused("PATCH", "/users/anna", &patch);
        some.act("PATCH", "/users/vera", &patch).unwrap();
    }
    // A change of both must not begin with the password of one who is still an admin.
    refused("PATCH", "/users/bert", &json!({ "password": PASSWORD, "role": "viewer" }));
    some.act("POST", "/users", &new("victor", "viewer")).unwrap();
    some.act("PATCH", "/users/bert", &json!({ "disabled": true })).unwrap();
    let all = [
        "read",
        "incidents",
        "maintenances",
        "announcements",
        "components",
        "checks",
        "configuration",
        "accounts",
    ];
    let all = nobody.with_token(&anna.add_token("anna", &all, None).unwrap());
    all.act("POST", "/users", &new("mallory", "admin")).unwrap();
}
