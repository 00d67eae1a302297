//! The examples for a page below a path: proxies that pass addresses on with it, and what is seen through one that takes it off.

use std::net::SocketAddr;

use pharos_model::Status;
use pharos_test_servers::{Proxy, free_address};
use pharos_tests::{EventStream, Pharos, Setup, Target, get, wait_for};

use super::{file, with};
use crate::{becomes, one_component};

/// The example for nginx with these words in place of others.
fn nginx(node: SocketAddr, more: &[(&str, String)]) -> Proxy {
    let address = free_address();
    let words = [
        ("10.0.0.11:8080", node.to_string()),
        ("    server 10.0.0.12:8080 max_fails=1 fail_timeout=5s;\n", String::new()),
        ("listen 80;", format!("listen {address};")),
        ("root /srv/www;", "root .;".to_owned()),
    ];
    Proxy::nginx(&with(&with(&file("nginx/below-a-path.conf"), &words), more), address)
}

/// The example for Caddy with these words in place of others.
fn caddy(node: SocketAddr, more: &[(&str, String)]) -> Proxy {
    let address = free_address();
    let words = [
        ("www.example.com {", format!("http://{address} {{")),
        ("10.0.0.11:8080 10.0.0.12:8080", node.to_string()),
        ("root * /srv/www", "root * .".to_owned()),
    ];
    Proxy::caddy(&with(&with(&file("caddy/below-a-path.Caddyfile"), &words), more), address)
}

/// A node whose page is below `/status`.
fn node(target: &Target) -> (Setup, Pharos) {
    let page = one_component(target).replace("name: Example", "name: Example, base_path: /status");
    let setup = Setup::new(&format!("proxies: [127.0.0.1]\n{page}")).unwrap();
    let node = setup.start().unwrap();
    wait_for("the page", || node.get("/status/").ok()?.text().contains("operational").then_some(()));
    (setup, node)
}

fn the_page_is_below_its_path(proxy: impl Fn(SocketAddr, &[(&str, String)]) -> Proxy) {
    let target = Target::start().unwrap();
    let (_setup, node) = node(&target);
    let proxy = proxy(node.address, &[]);
    for (path, status) in [
        ("/status", 308),
        ("/status/", 200),
        ("/status/de/components/api", 200),
        ("/status/admin/sign-in", 200),
        ("/status/api/v2/summary.json", 200),
        ("/status/health", 404),
        ("/statuses", 404),
        ("/history", 404),
    ] {
        assert_eq!(get(proxy.address, path, &[]).unwrap().status, status, "{path}");
    }
    let stream = EventStream::open_at(proxy.address, "/status/events").unwrap();
    assert_eq!(stream.next_fact().unwrap().event, "reset");
    target.answer(500);
    stream.until(becomes(Status::MajorOutage)).unwrap();
}

fn who_takes_the_path_off_is_told_so(proxy: Proxy) {
    let answer = get(proxy.address, "/status/", &[]).unwrap();
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("If a proxy in front of it takes that path off"), "{}", answer.text());
}

#[test]
fn nginx_passes_a_page_below_a_path_on() {
    the_page_is_below_its_path(nginx);
}

#[test]
fn caddy_passes_a_page_below_a_path_on() {
    the_page_is_below_its_path(caddy);
}

#[test]
fn through_proxies_that_take_the_path_off_the_page_says_what_is_wrong() {
    let target = Target::start().unwrap();
    let (_setup, node) = node(&target);
    let location = "location /status/ {\n        proxy_pass http://pharos;";
    let strips = (location, location.replace("pharos;", "pharos/;"));
    who_takes_the_path_off_is_told_so(nginx(node.address, &[strips]));
    let handle = "@status path /status /status/*\n\thandle @status {";
    let strips = (handle, "handle_path /status/* {".to_owned());
    who_takes_the_path_off_is_told_so(caddy(node.address, &[strips]));
}
