//! Further pages of one process, from outside: each tells of its own components and of nothing else.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use pharos_model::{Snapshot, Status};
use pharos_tests::{EventStream, Operator, Pharos, Response, Setup, Target, get, request, send, wait_for};
use serde_json::json;
use tempfile::TempDir;

use crate::crawler::Crawler;
use crate::{wait_for_page, wait_for_status};

const URL: &str = "http://www.example.com";
const SHOP: &str = "shop.example.com";
const PAGES: &str = "pages:
  - { id: partners, path: /partners, name: For partners, components: [kestrel, \"group:waders\"] }
  - { id: shop, host: shop.example.com, name: The shop, components: [lapwing] }
";
/// What is public of a page and no address of another leads to.
const STARTS: [&str; 7] =
    ["/", "/llms.txt", "/robots.txt", "/sitemap.xml", "/api/v2/summary.json", "/history.atom", "/resilience"];

/// Four components of which the first needs the last, which is on no further page.
struct Scene {
    kestrel: Target,
    zander: Target,
    setup: Setup,
}

impl Scene {
    fn new(pages: &str) -> Self {
        let [kestrel, zander] = [(); 2].map(|()| Target::start().unwrap());
        let setup = Setup::new(&configuration((&kestrel, &zander), pages)).unwrap();
        Self { kestrel, zander, setup }
    }

    fn configure(&self, pages: &str) {
        self.setup.configure(&configuration((&self.kestrel, &self.zander), pages)).unwrap();
    }
}

fn configuration((kestrel, zander): (&Target, &Target), pages: &str) -> String {
    let component = |id: &str, name: &str, target: &Target, more: &str| {
        format!(
            "  - id: {id}\n    name: {name}\n{more}    incidents: {{ resolve_after: 1s }}\n    checks:\n      - http: {{ url: \"http://{}/\" }}\n        interval: 1s\n        timeout: 900ms\n",
            target.address
        )
    };
    let components = [
        component("kestrel", "Kestrel", kestrel, "    depends_on: [zander]\n"),
        component("lapwing", "Lapwing", kestrel, "    group: waders\n"),
        component("zander", "Zander", zander, "    group: gilled\n"),
        component("quokka", "Quokka", zander, "    group: gilled\n"),
    ];
    format!(
        "page: {{ name: Whole menagerie, url: \"{URL}\" }}\ngroups: [{{ id: gilled, name: Gilled }}, {{ id: waders, name: Waders }}]\n{pages}components:\n{}",
        components.concat()
    )
}

/// Waits until a document of a page says so.
fn wait_for_document(pharos: &Pharos, (host, path): (&str, &str), text: &str) -> Response {
    wait_for(&format!("{host}{path} to say {text:?}"), || {
        let answer = get(pharos.address, path, &[("host", host)]).ok()?;
        answer.text().contains(text).then_some(answer)
    })
}

/// Everything that happens on the main page: an outage of the hidden root that took a component along, words of operators on what
/// is shown and what is not, work, and an announcement.
fn eventful(pharos: &Pharos, scene: &Scene) {
    wait_for_page(pharos, "All systems operational");
    scene.zander.answer(500);
    wait_for_status(pharos, "zander", Status::MajorOutage);
    scene.kestrel.answer(500);
    wait_for_status(pharos, "kestrel", Status::MajorOutage);
    let anna = Operator::first(pharos).unwrap();
    let incident = |title: &str, components: &[&str]| {
        let affected = |id: &&str| json!({ "component": id, "status": "partial_outage" });
        let components: Vec<_> = components.iter().map(affected).collect();
        let body = json!({ "title": title, "body": "We look into it.", "components": components });
        anna.act("POST", "/incidents", &body).unwrap();
    };
    incident("Gilly business", &["zander", "quokka"]);
    incident("Waders are wet", &["lapwing", "quokka"]);
    incident("A word on nothing in particular", &[]);
    anna.act("POST", "/announcements", &json!({ "title": "A feast is near", "body": "Soon." })).unwrap();
    let at = EventStream::open(pharos.address, None).unwrap().next_fact().unwrap().snapshot().unwrap().at;
    let at = |hours: i64| jiff::Timestamp::from_millisecond(at.0 + hours * 3_600_000).unwrap().to_string();
    for (title, components) in [("Clean the pond", ["quokka"]), ("Mow the meadow", ["lapwing"])] {
        let work = json!({ "title": title, "description": "As planned.", "components": components,
            "scheduled_start": at(24), "scheduled_end": at(25) });
        anna.act("POST", "/maintenances", &work).unwrap();
    }
    wait_for_page(pharos, "Clean the pond");
    wait_for_document(pharos, (SHOP, "/"), "Mow the meadow");
    wait_for_document(pharos, ("example.com", "/partners/"), "Kestrel is not available");
}

/// What no document of a page may hold.
#[track_caller]
fn holds_nothing_of(known: &std::collections::BTreeMap<String, Response>, hidden: &[&str]) {
    for (path, answer) in known {
        let text = [path.as_str(), &answer.text()].concat().to_lowercase();
        for word in hidden {
            assert!(!text.contains(&word.to_lowercase()), "{path} holds {word}");
        }
    }
}

#[test]
fn each_page_tells_of_its_components_and_of_nothing_else() {
    let scene = Scene::new(PAGES);
    let pharos = scene.setup.start().unwrap();
    eventful(&pharos, &scene);
    let everywhere =
        ["zander", "quokka", "gilled", "menagerie", "Gilly", "nothing in particular", "feast", "clean the"];
    let partners = Crawler { address: pharos.address, base: "/partners", url: URL, headers: &[] };
    let (known, strays) = partners.crawled(&STARTS);
    assert_eq!(strays, [].into());
    let failed: Vec<_> =
        known.iter().filter(|(_, answer)| answer.status >= 400).map(|(path, _)| path).collect();
    assert!(failed.is_empty(), "{failed:?}");
    holds_nothing_of(&known, &everywhere);
    assert!(known.len() > 200, "only {} documents", known.len());
    let of_incidents: Vec<_> = known.keys().filter(|path| path.starts_with("/partners/incidents/")).collect();
    assert!(of_incidents.len() > 5, "{of_incidents:?}");
    let page = known["/partners/"].text();
    for told in
        ["For partners", "Kestrel", "Lapwing", "Waders are wet", "Mow the meadow", "Kestrel is not available"]
    {
        assert!(page.contains(told), "{told} is not on {page}");
    }

    let headers = [("host", SHOP)];
    let shop =
        Crawler { address: pharos.address, base: "", url: "http://shop.example.com", headers: &headers };
    let (known, strays) = shop.crawled(&STARTS);
    assert_eq!(strays, [].into());
    holds_nothing_of(&known, &everywhere);
    holds_nothing_of(&known, &["kestrel", "partners"]);
    let robots = known["/robots.txt"].text();
    assert!(robots.contains("Sitemap: http://shop.example.com/sitemap.xml"), "{robots}");
    let summary: serde_json::Value = serde_json::from_slice(&known["/api/v2/summary.json"].body).unwrap();
    assert_eq!(
        (&summary["page"]["name"], &summary["page"]["url"]),
        (&json!("The shop"), &json!("http://shop.example.com"))
    );
    assert_eq!(summary["components"].as_array().unwrap().len(), 2, "{summary}");
    // The main page tells of everything, and not that there are others.
    let main = pharos.get("/").unwrap().text();
    assert!(["Zander", "Quokka", "Gilly", "feast"].iter().all(|told| main.contains(told)), "{main}");
    let stream = EventStream::open(pharos.address, None).unwrap().next_fact().unwrap().data;
    assert!(!stream.contains("partners") && !stream.contains(SHOP), "{stream}");
}

#[test]
fn an_incident_is_found_on_a_page_by_the_code_that_its_documents_give_it() {
    let scene = Scene::new(PAGES);
    let pharos = scene.setup.start().unwrap();
    eventful(&pharos, &scene);
    for (host, base) in [("www.example.com", "/partners"), (SHOP, "")] {
        let ask = |path: &str| get(pharos.address, &[base, path].concat(), &[("host", host)]).unwrap();
        let known: serde_json::Value = serde_json::from_slice(&ask("/api/v2/incidents.json").body).unwrap();
        let known = known["incidents"].as_array().unwrap();
        assert!(known.iter().any(|incident| incident["resolved_at"].is_null()), "{known:?}");
        for incident in known {
            let code = incident["id"].as_str().unwrap();
            let path = format!("/incidents/{code}");
            for document in [format!("/api/v2{path}.json"), format!("{path}.json"), format!("{path}.md")] {
                assert_eq!(ask(&document).status, 200, "{host}{base}{document}");
            }
            let name = incident["shortlink"].as_str().unwrap().rsplit('/').next().unwrap();
            let to = format!("{base}/incidents/{name}");
            let led = ask(&path);
            assert_eq!((led.status, led.header("location")), (308, Some(&*to)));
            assert_eq!(ask(&format!("/incidents/{name}")).status, 200, "{to}");
        }
        for path in ["/events", "/incidents/x.json", "/embed/summary.json"] {
            let answer = request(pharos.address, "OPTIONS", &[base, path].concat(), &[("host", host)]);
            assert_eq!(answer.unwrap().status, 204, "{host}{base}{path}");
        }
        let robots = ask("/robots.txt").text();
        assert!(robots.contains("/events") && !robots.contains("/metrics"), "{robots}");
    }
}

#[test]
fn what_a_page_does_not_show_is_not_there_whoever_asks_for_it_by_name() {
    let scene = Scene::new(PAGES);
    let pharos = scene.setup.start().unwrap();
    eventful(&pharos, &scene);
    let snapshot = EventStream::open(pharos.address, None).unwrap().next_fact().unwrap().snapshot().unwrap();
    let incidents = snapshot.incidents.iter().flat_map(|known| {
        ["", ".json", ".md", "/card.png"].map(|end| format!("/incidents/{}{end}", known.id))
    });
    let of_zander = [
        "/components/zander",
        "/components/zander.md",
        "/components/zander/7d",
        "/components/zander/days",
        "/components/zander/calendar",
        "/components/zander/spans.csv",
        "/components/zander/history.atom",
        "/components/zander/calendar.ics",
        "/groups/gilled/feed.json",
        "/badge/zander.svg",
        "/badge/zander/latency.json",
        "/groups/gilled/badge.svg",
        "/uptime/zander.json",
        "/metrics-display/zander/day.json",
        "/oembed?url=http://www.example.com/partners/components/zander",
        "/oembed?url=http://shop.example.com/components/zander",
    ];
    let of_operators = [
        "/admin",
        "/admin/sign-in",
        "/api/v1",
        "/api/v1/incidents",
        "/api/v1/openapi.json",
        "/metrics",
        "/agent/assignment",
        "/push/anything",
        "/mcp",
    ];
    let all: Vec<String> =
        incidents.chain(of_zander.iter().chain(&of_operators).map(|path| (*path).to_owned())).collect();
    for (host, base) in [("www.example.com", "/partners"), (SHOP, "")] {
        for path in &all {
            let answer = get(pharos.address, &[base, path].concat(), &[("host", host)]).unwrap();
            assert_eq!(answer.status, 404, "{host}{base}{path}");
        }
        for path in ["/mcp", "/hooks/any", "/push/any", "/api/v1/incidents", "/admin/sign-in"] {
            let answer =
                send(pharos.address, "POST", &[base, path].concat(), (&[("host", host)], Some("{}")));
            let status = answer.unwrap().status;
            assert!([404, 405].contains(&status), "{host}{base}{path}: {status}");
        }
    }
    for path in ["/livez", "/readyz", "/health"] {
        let answer = get(pharos.address, path, &[("host", SHOP)]).unwrap();
        assert!([200, 503].contains(&answer.status), "{path}");
    }
}

/// Applies what is heard, of which nothing may be missing and which may name nothing hidden, until the page is as `wanted`; gives back
/// how often everything came anew.
fn followed(snapshot: &mut Snapshot, stream: &EventStream, wanted: impl Fn(&Snapshot) -> bool) -> usize {
    let mut resets = 0;
    while !wanted(snapshot) {
        let frame = stream.next_frame().unwrap();
        assert!(!frame.data.contains("zander") && !frame.data.contains("Zander"), "{}", frame.data);
        match frame.event.as_str() {
            "reset" => {
                *snapshot = frame.snapshot().unwrap();
                resets += 1;
            }
            "change" => {
                let event = frame.change().unwrap();
                assert_eq!(event.after, snapshot.seq, "{event:?}");
                snapshot.apply(&event).unwrap();
            }
            _ => {}
        }
    }
    resets
}

fn kestrel_is(status: Status) -> impl Fn(&Snapshot) -> bool {
    move |snapshot| snapshot.components[0].status == status
}

/// What a new listener to the partners' page is told first.
fn whole(pharos: &Pharos) -> Snapshot {
    let stream = EventStream::open_at(pharos.address, "/partners/events").unwrap();
    stream.next_fact().unwrap().snapshot().unwrap()
}

#[test]
fn the_stream_of_a_page_is_a_chain_of_its_own_changes_over_reconnects_and_a_killed_server() {
    let scene = Scene::new(PAGES);
    let pharos = scene.setup.start().unwrap();
    wait_for_page(&pharos, "All systems operational");
    let stream = EventStream::open_at(pharos.address, "/partners/events").unwrap();
    let mut snapshot = stream.next_fact().unwrap().snapshot().unwrap();
    assert_eq!(snapshot.components.len(), 2);
    scene.zander.answer(500);
    wait_for_status(&pharos, "zander", Status::MajorOutage);
    scene.kestrel.answer(500);
    assert_eq!(followed(&mut snapshot, &stream, kestrel_is(Status::MajorOutage)), 0);
    // The root of the first stands on no page but the main one.
    assert_eq!(followed(&mut snapshot, &stream, |snapshot| snapshot.open_incidents().count() == 2), 0);
    drop(stream);
    scene.zander.answer(200);
    wait_for_status(&pharos, "zander", Status::Operational);
    scene.kestrel.answer(200);
    wait_for_status(&pharos, "kestrel", Status::Operational);
    let last = format!("{}.{}", snapshot.origin, snapshot.seq);
    let stream = EventStream::resumed(pharos.address, "/partners/events", Some(&last)).unwrap();
    assert_eq!(followed(&mut snapshot, &stream, kestrel_is(Status::Operational)), 0);
    followed(&mut snapshot, &stream, |snapshot| snapshot.open_incidents().count() == 0);
    assert_eq!(snapshot, whole(&pharos));
    let last = format!("{}.{}", snapshot.origin, snapshot.seq);
    pharos.kill().unwrap();

    let pharos = scene.setup.start().unwrap();
    let stream = EventStream::resumed(pharos.address, "/partners/events", Some(&last)).unwrap();
    scene.kestrel.answer(500);
    followed(&mut snapshot, &stream, kestrel_is(Status::MajorOutage));
    followed(&mut snapshot, &stream, |snapshot| snapshot.open_incidents().count() == 2);
    let fresh = whole(&pharos);
    assert_eq!((fresh.seq, fresh.components.len()), (snapshot.seq, 2));
}

#[test]
fn what_happens_elsewhere_changes_no_byte_of_a_page() {
    let scene = Scene::new(PAGES);
    let pharos = scene.setup.start().unwrap();
    wait_for_page(&pharos, "All systems operational");
    wait_for_document(&pharos, (SHOP, "/"), "All systems operational");
    let tag = || get(pharos.address, "/", &[("host", SHOP)]).unwrap().header("etag").unwrap().to_owned();
    let before = tag();
    scene.zander.answer(500);
    wait_for_page(&pharos, "Zander is not available");
    assert_eq!(tag(), before);
}

#[test]
fn pages_come_and_go_with_the_configuration() {
    let scene = Scene::new("");
    let pharos = scene.setup.start().unwrap();
    wait_for_page(&pharos, "All systems operational");
    assert_eq!(pharos.get("/partners/").unwrap().status, 404);
    scene.configure(PAGES);
    pharos.signal("HUP").unwrap();
    wait_for_document(&pharos, ("example.com", "/partners/"), "For partners");
    let stream = EventStream::open_at(pharos.address, "/partners/events").unwrap();
    assert_eq!(stream.next_fact().unwrap().event, "reset");
    assert_eq!(pharos.get("/partners").unwrap().header("location"), Some("/partners/"));
    scene.configure(&PAGES.replace("For partners", "For friends"));
    pharos.signal("HUP").unwrap();
    wait_for_document(&pharos, ("example.com", "/partners/"), "For friends");
    let end = std::iter::from_fn(|| stream.next_fact().ok()).find(|frame| frame.event == "closing");
    assert!(end.is_some(), "the stream of the page before did not end");
    scene.configure("");
    pharos.signal("HUP").unwrap();
    wait_for("the page to be gone", || (pharos.get("/partners/").ok()?.status == 404).then_some(()));
    wait_for_document(&pharos, (SHOP, "/"), "Whole menagerie");
}

#[test]
fn a_copy_has_each_page_below_its_path_or_in_a_folder_of_its_host() {
    let (folder, pages) = (TempDir::new().unwrap(), PAGES);
    let to = folder.path().join("copy");
    let scene = Scene::new(&format!("copy: {{ to: {} }}\n{pages}", to.display()));
    let pharos = scene.setup.start().unwrap();
    wait_for_page(&pharos, "All systems operational");
    let well = |path: &str| {
        wait_for(&format!("{path} of the copy to say that all is well"), || {
            let page = std::fs::read_to_string(to.join(path)).ok()?;
            page.contains("systems").then_some(page.to_lowercase())
        })
    };
    for folder in ["partners", "hosts/shop.example.com"] {
        for path in ["index.html", "embed/summary.json"] {
            let text = well(&[folder, "/", path].concat());
            assert!(!text.contains("zander") && !text.contains("menagerie"), "{folder}/{path}");
        }
    }
    assert!(well("partners/index.html").contains("href=\"/partners/components/lapwing\""));
    assert!(well("hosts/shop.example.com/index.html").contains("href=\"/components/lapwing\""));
    assert!(well("index.html").contains("zander"));
}
