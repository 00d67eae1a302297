//! A page below a path of a host that is not its own, from outside.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::process::Command;

use pharos_model::Status;
use pharos_tests::{PASSWORD, Pharos, Response, Setup, Target, binary, get, send, wait_for};
use tempfile::TempDir;

use crate::crawler::{Crawler, named, path};
use crate::one_component;

/// Where the page is on its host, and the host as the public knows it.
const BASE: &str = "/about/status";
const HOST: &str = "http://www.example.com";

fn configuration(target: &Target, page: &str) -> String {
    one_component(target).replace("page: { name: Example", &format!("page: {{ name: Example, {page}"))
}

fn below(target: &Target) -> Setup {
    let page = format!(
        "base_path: {BASE}, url: \"{HOST}\", wires: {{ security_contact: \"mailto:security@example.com\" }}"
    );
    let config = configuration(target, &page);
    Setup::new(&(config + "groups: [{ id: core, name: Core }]\n")).unwrap()
}

/// Waits until the first page says so.
fn first_page(pharos: &Pharos, text: &str) {
    wait_for(&format!("the page to say {text:?}"), || {
        pharos.get(&[BASE, "/"].concat()).ok()?.text().contains(text).then_some(())
    });
}

fn crawler<'a>(pharos: &Pharos, headers: &'a [(&'a str, &'a str)]) -> Crawler<'a> {
    Crawler { address: pharos.address, base: BASE, url: HOST, headers }
}

#[test]
fn no_document_leads_out_of_the_path() {
    let target = Target::start().unwrap();
    let setup = below(&target);
    let pharos = setup.start().unwrap();
    target.answer(500);
    first_page(&pharos, "Major outage");
    let starts = [
        "/",
        "/llms.txt",
        "/robots.txt",
        "/sitemap.xml",
        "/.well-known/security.txt",
        "/api/v2/summary.json",
    ];
    let (known, strays) = crawler(&pharos, &[]).crawled(&starts);
    assert_eq!(strays, BTreeSet::new());
    let failed: Vec<_> =
        known.iter().filter(|(_, answer)| answer.status >= 400).map(|(path, _)| path).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let is_there = |part: &str| known.keys().any(|path| path.contains(part));
    for part in ["/ja/history", "/incidents/", "card.png", "/calendar.ics", "/oembed?url=", "/widget.js"] {
        assert!(is_there(part), "{part} is not among {:?}", known.keys());
    }
    assert!(known.len() > 200, "only {} documents", known.len());
}

#[test]
fn what_is_beside_the_path_is_not_the_page_and_says_what_may_be_wrong() {
    let target = Target::start().unwrap();
    let setup = below(&target);
    let pharos = setup.start().unwrap();
    first_page(&pharos, "Public API");
    for path in ["/", "/history", "/admin", "/about", "/about/statuses/"] {
        let answer = pharos.get(path).unwrap();
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("this page is below /about/status/"), "{path}: {}", answer.text());
    }
    for path in ["/livez", "/readyz", "/health", "/metrics"] {
        assert!([200, 503].contains(&pharos.get(path).unwrap().status), "{path}");
    }
    let led = |path: &str, language| {
        let answer = get(pharos.address, path, &[("accept-language", language)]).unwrap();
        answer.header("location").map(str::to_owned)
    };
    assert_eq!(led("/about/status", "en").as_deref(), Some("/about/status/"));
    assert_eq!(led("/about/status/de", "en").as_deref(), Some("/about/status/de/"));
    assert_eq!(led("/about/status/history", "fr").as_deref(), Some("/about/status/fr/history"));
    assert_eq!(
        led("/about/status/api/v2/summary", "en").as_deref(),
        Some("/about/status/api/v2/summary.json")
    );
}

/// Sends a form as a browser does that is on a page of ours.
fn form(pharos: &Pharos, path: &str, body: &str) -> Response {
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    send(pharos.address, "POST", &[BASE, path].concat(), (&headers, Some(body))).unwrap()
}

#[test]
fn no_page_of_operators_leads_out_of_the_path() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&configuration(&target, &format!("base_path: {BASE}"))).unwrap();
    let pharos = setup.start().unwrap();
    first_page(&pharos, "Public API");
    let (link, code) = wait_for("the link for the first operator", || {
        let log = pharos.log();
        let (before, code) = log.split_once("/admin/setup?code=")?;
        let code: String =
            code.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
        Some((before.to_owned(), code))
    });
    assert!(link.ends_with(BASE), "{link}");
    let body = format!("code={code}&name=anna&password={}", PASSWORD.replace(' ', "+"));
    let made = form(&pharos, "/admin/setup", &body);
    assert_eq!((made.status, made.header("location")), (303, Some("/about/status/admin")), "{}", made.text());
    let cookie = made.header("set-cookie").unwrap();
    assert!(cookie.contains("; Path=/about/status;"), "{cookie}");
    let session = cookie.split(';').next().unwrap();
    let headers = [("cookie", session), ("sec-fetch-site", "same-origin")];
    let json = [("cookie", session), ("sec-fetch-site", "same-origin"), ("content-type", "application/json")];
    let incident = serde_json::json!({
        "title": "Uploads are slow",
        "body": "We know of it.",
        "components": [{ "component": "api", "status": "partial_outage" }],
    });
    let opened = send(
        pharos.address,
        "POST",
        &[BASE, "/api/v1/incidents"].concat(),
        (&json, Some(&incident.to_string())),
    );
    let opened = opened.unwrap();
    assert_eq!(opened.status, 201, "{}", opened.text());
    assert!(opened.header("location").unwrap().starts_with("/about/status/api/v1/incidents/"));
    let (known, strays) = crawler(&pharos, &headers).crawled(&["/admin", "/api/v1"]);
    assert_eq!(strays, BTreeSet::new());
    let of_operators = known.keys().filter(|path| path.contains("/admin/")).count();
    assert!(of_operators > 15, "{:?}", known.keys());
    let document = get(pharos.address, &[BASE, "/api/v1/openapi.json"].concat(), &[]).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&document.body).unwrap();
    assert_eq!(document["servers"][0]["url"], "/about/status/api/v1");
    let token = serde_json::json!({ "name": "pipeline", "scopes": ["read"], "user": "anna" }).to_string();
    let made =
        send(pharos.address, "POST", &[BASE, "/api/v1/tokens"].concat(), (&json, Some(&token))).unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.body).unwrap();
    let mut listed = Command::new(binary());
    listed.args(["incident", "list", "--server", &format!("http://{}{BASE}/", pharos.address)]);
    let listed = listed.env("PHAROS_TOKEN", made["secret"].as_str().unwrap()).output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains("Uploads are slow"), "{listed:?}");
    let asked = get(pharos.address, &[BASE, "/admin/audit"].concat(), &[]).unwrap();
    assert_eq!(asked.header("location"), Some("/about/status/admin/sign-in?next=%2Fadmin%2Faudit"));
}

#[test]
fn a_page_moves_when_its_path_is_changed() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    crate::wait_for_status(&pharos, "api", Status::Operational);
    setup.configure(&configuration(&target, &format!("base_path: {BASE}"))).unwrap();
    pharos.signal("HUP").unwrap();
    first_page(&pharos, "href=\"/about/status/history\"");
    assert_eq!(pharos.get("/history").unwrap().status, 404);
}

#[test]
fn a_copy_has_everything_below_the_same_path() {
    let (target, folder) = (Target::start().unwrap(), TempDir::new().unwrap());
    let to = folder.path().join("copy");
    let page = configuration(&target, &format!("base_path: {BASE}"));
    let setup = Setup::new(&format!("copy: {{ to: {} }}\n{page}", to.display())).unwrap();
    let node = setup.start().unwrap();
    let read = |path: &str| std::fs::read_to_string(to.join(path)).ok();
    wait_for("the copy to be whole", || read("copy.json").filter(|list| list.contains("calendar")));
    node.kill().unwrap();
    let page = read("about/status/de/components/api/index.html").unwrap();
    let addresses = named(HOST, "text/html", &page);
    assert!(addresses.len() > 10, "{addresses:?}");
    for address in addresses {
        let path = to.join(path(HOST, &address).split('?').next().unwrap().trim_start_matches('/'));
        // Tables of spans are not in a copy.
        let is_there = path.is_file() || path.join("index.html").is_file() || address.ends_with("spans.csv");
        assert!(is_there, "{address} is not there");
    }
    assert!(read("index.html").is_none());
}
