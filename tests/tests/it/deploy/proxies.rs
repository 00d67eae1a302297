//! nginx and Caddy, as the examples set them up, in front of two nodes on one database.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pharos_model::Status;
use pharos_test_servers::{Postgres, Proxy, free_address};
use pharos_tests::{EventStream, Pharos, Setup, Target, get, request, wait_for};
use tempfile::TempDir;

use super::{file, with};
use crate::{becomes, one_component, wait_for_status};

/// By how much a proxy may hold an event back.
const HELD_BACK_MAX: Duration = Duration::from_secs(1);
/// Where the examples expect the copy.
const COPY: &str = "/var/lib/pharos/copy";
const PULSE: Duration = Duration::from_secs(5);

/// nginx as in the example, in front of two addresses.
fn nginx(nodes: [SocketAddr; 2]) -> Proxy {
    nginx_beside(nodes, COPY)
}

/// The same with a copy in a folder.
fn nginx_beside(nodes: [SocketAddr; 2], copy: &str) -> Proxy {
    let address = free_address();
    let tls = format!("listen {} ssl http2;\n    listen {address};", free_address());
    let words = [
        ("10.0.0.11:8080", nodes[0].to_string()),
        ("10.0.0.12:8080", nodes[1].to_string()),
        ("    server 10.0.0.13:8080 max_fails=1 fail_timeout=5s;\n", String::new()),
        ("listen 80;", format!("listen {};", free_address())),
        ("listen 443 ssl http2;", tls),
        ("/etc/nginx/tls/status.example.com.pem", "certificate.pem".to_owned()),
        ("/etc/nginx/tls/status.example.com.key", "key.pem".to_owned()),
        (COPY, copy.to_owned()),
    ];
    Proxy::nginx(&with(&file("nginx/pharos.conf"), &words), address)
}

/// Caddy as in the example, in front of two addresses.
fn caddy(nodes: [SocketAddr; 2]) -> Proxy {
    caddy_beside(nodes, COPY)
}

/// The same with a copy in a folder.
fn caddy_beside(nodes: [SocketAddr; 2], copy: &str) -> Proxy {
    let address = free_address();
    let words = [
        ("status.example.com {", format!("http://{address} {{")),
        ("10.0.0.11:8080 10.0.0.12:8080 10.0.0.13:8080", format!("{} {}", nodes[0], nodes[1])),
        (COPY, copy.to_owned()),
    ];
    Proxy::caddy(&with(&file("caddy/Caddyfile"), &words), address)
}

/// Two nodes behind a proxy that they are told of.
struct Behind {
    target: Target,
    nodes: Vec<Pharos>,
    proxy: Proxy,
    _setup: Setup,
    _server: Postgres,
}

fn behind(proxy: impl Fn([SocketAddr; 2]) -> Proxy) -> Behind {
    let (target, server) = (Target::start().unwrap(), Postgres::primary());
    let setup = Setup::new(&format!("proxies: [127.0.0.1]\n{}", one_component(&target))).unwrap();
    let address = server.address(&server.database());
    let start = |name| setup.start_with(&["--database", &address, "--node-name", name]).unwrap();
    let nodes = vec![start("node-a"), start("node-b")];
    for node in &nodes {
        wait_for_status(node, "api", Status::Operational);
    }
    let proxy = proxy([nodes[0].address, nodes[1].address]);
    Behind { target, nodes, proxy, _setup: setup, _server: server }
}

fn events_come_at_once(behind: &Behind) {
    let began = Instant::now();
    let through = EventStream::open(behind.proxy.address, None).unwrap();
    let direct = EventStream::open(behind.nodes[1].address, None).unwrap();
    assert_eq!(through.next_fact().unwrap().event, "reset");
    assert!(began.elapsed() < HELD_BACK_MAX, "the first event came after {:?}", began.elapsed());
    direct.next_fact().unwrap();
    behind.target.answer(500);
    direct.until(becomes(Status::MajorOutage)).unwrap();
    let known = Instant::now();
    through.until(becomes(Status::MajorOutage)).unwrap();
    assert!(known.elapsed() < HELD_BACK_MAX, "the proxy held an event back for {:?}", known.elapsed());
    for _ in 0..2 {
        let before = Instant::now();
        wait_for("a pulse", || (through.next_frame().unwrap().event == "pulse").then_some(()));
        assert!(before.elapsed() < PULSE + HELD_BACK_MAX, "a pulse came after {:?}", before.elapsed());
    }
}

/// Asks for the page again and again, and tells how often and with what else than the page.
fn readers(address: SocketAddr, done: &AtomicBool) -> (usize, Vec<String>) {
    let (mut asked, mut failed) = (0, Vec::new());
    while !done.load(Ordering::SeqCst) {
        asked += 1;
        match get(address, "/", &[]) {
            Ok(answer) if answer.status == 200 && answer.text().contains("Public API") => {}
            Ok(answer) => failed.push(answer.status.to_string()),
            Err(error) => failed.push(format!("{error:#}")),
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    (asked, failed)
}

fn a_killed_node_costs_no_page(mut behind: Behind) {
    let (done, address) = (AtomicBool::new(false), behind.proxy.address);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4).map(|_| scope.spawn(|| readers(address, &done))).collect();
        let waited = Instant::now();
        wait_for("readers to come", || (waited.elapsed() > Duration::from_millis(500)).then_some(()));
        behind.nodes.remove(0).kill().unwrap();
        let killed = Instant::now();
        wait_for("more readers", || (killed.elapsed() > Duration::from_secs(7)).then_some(()));
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            let (asked, failed) = reader.join().unwrap();
            assert!(asked > 50, "only {asked} pages were asked for");
            assert_eq!(failed, Vec::<String>::new());
        }
    });
}

fn says_nothing_of_the_nodes(behind: &Behind) {
    for path in ["/health", "/livez", "/readyz", "/metrics"] {
        assert_eq!(get(behind.proxy.address, path, &[]).unwrap().status, 404, "{path}");
        assert_eq!(behind.nodes[0].get(path).unwrap().status, 200, "{path}");
    }
    // What the proxy says of who asks is believed.
    for node in &behind.nodes {
        assert!(!node.log().contains("is not believed"), "{}", node.log());
    }
}

/// A folder that the proxies' users may read, with the copy of a page whose node was killed.
fn copy_of_the_dead() -> TempDir {
    let (target, folder) = (Target::start().unwrap(), TempDir::new().unwrap());
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let to = folder.path().join("copy");
    let setup = Setup::new(&format!("copy: {{ to: {} }}\n{}", to.display(), one_component(&target))).unwrap();
    let node = setup.start().unwrap();
    wait_for_status(&node, "api", Status::Operational);
    let first = to.join("index.html");
    wait_for("the copy to show it", || {
        let page = std::fs::read_to_string(&first).ok()?;
        page.contains("All systems operational").then_some(())
    });
    wait_for("the copy to be whole", || to.join("copy.json").is_file().then_some(()));
    node.kill().unwrap();
    folder
}

fn the_copy_stands_in(proxy: impl Fn([SocketAddr; 2], &str) -> Proxy) {
    let folder = copy_of_the_dead();
    let proxy = proxy([free_address(), free_address()], &folder.path().join("copy").display().to_string());
    for path in ["/", "/history", "/components/api", "/components/api/days", "/de/", "/de/components/api"] {
        let answer = get(proxy.address, path, &[]).unwrap();
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.text().contains("class=\"notice copied\""), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert!(answer.header("content-type").unwrap().starts_with("text/html"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
    }
    let summary = get(proxy.address, "/embed/summary.json", &[]).unwrap();
    assert!(summary.text().contains("\"indicator\":\"unknown\""), "a widget takes it for no news");
    for path in ["/api/v1/incidents", "/admin", "/events"] {
        let status = get(proxy.address, path, &[]).unwrap().status;
        assert!((502..=504).contains(&status), "{path}: {status}");
    }
}

fn programs_are_given_the_documents_of_the_copy(proxy: impl Fn([SocketAddr; 2], &str) -> Proxy) {
    let folder = copy_of_the_dead();
    let proxy = proxy([free_address(), free_address()], &folder.path().join("copy").display().to_string());
    for (path, media_type) in [
        ("/api/v2/summary.json", "application/json"),
        ("/calendar.ics", "text/calendar"),
        ("/components/api/spans.csv", "text/csv; charset=utf-8"),
    ] {
        let answer = get(proxy.address, path, &[]).unwrap();
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(media_type)), "{path}");
    }
}

fn what_is_not_in_the_copy_is_answered_by_its_own_page(proxy: impl Fn([SocketAddr; 2], &str) -> Proxy) {
    let folder = copy_of_the_dead();
    let copy = folder.path().join("copy");
    let proxy = proxy([free_address(), free_address()], &copy.display().to_string());
    let answer = get(proxy.address, "/no-such-page", &[]).unwrap();
    assert_eq!(answer.status, 404);
    assert!(answer.header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(answer.text(), std::fs::read_to_string(copy.join("404.html")).unwrap());
}

fn without_a_copy_nobody_answers(proxy: &Proxy) {
    for path in ["/", "/no-such-page", "/api/v2/summary.json"] {
        let status = get(proxy.address, path, &[]).unwrap().status;
        assert!((502..=504).contains(&status), "{path}: {status}");
    }
}

/// Something that says it can serve the page, and hangs up when it is asked for anything.
fn hangs_up() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut head = [0; 4_096];
            let read = stream.read(&mut head).unwrap_or_default();
            if head[..read].starts_with(b"GET /readyz ") {
                // Whoever asked may be gone.
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            } else if read > 0 {
                count.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    (address, asked)
}

fn only_what_reads_is_asked_again(proxy: impl Fn([SocketAddr; 2]) -> Proxy) {
    let ((first, asked_first), (second, asked_second)) = (hangs_up(), hangs_up());
    let asked = || asked_first.load(Ordering::SeqCst) + asked_second.load(Ordering::SeqCst);
    let proxy = proxy([first, second]);
    let answer = request(proxy.address, "POST", "/api/v1/incidents", &[("content-length", "0")]).unwrap();
    assert_eq!((answer.status, asked()), (502, 1));
    // The node that hung up is left alone for a while; the other is asked, and then there is nobody more.
    wait_for("another node to be asked for a page", || {
        let answer = get(proxy.address, "/", &[]).unwrap();
        assert!(answer.status >= 500, "{}", answer.status);
        (asked_first.load(Ordering::SeqCst) > 0 && asked_second.load(Ordering::SeqCst) > 0).then_some(())
    });
}

#[test]
fn through_nginx_every_event_comes_at_once() {
    let behind = behind(nginx);
    events_come_at_once(&behind);
    says_nothing_of_the_nodes(&behind);
}

#[test]
fn when_no_node_answers_nginx_shows_the_copy() {
    the_copy_stands_in(nginx_beside);
}

#[test]
fn when_no_node_answers_caddy_shows_the_copy() {
    the_copy_stands_in(caddy_beside);
}

#[test]
fn when_no_node_answers_nginx_gives_programs_the_documents_of_the_copy() {
    programs_are_given_the_documents_of_the_copy(nginx_beside);
}

#[test]
fn when_no_node_answers_caddy_gives_programs_the_documents_of_the_copy() {
    programs_are_given_the_documents_of_the_copy(caddy_beside);
}

#[test]
fn nginx_answers_what_is_not_in_the_copy_with_its_own_page() {
    what_is_not_in_the_copy_is_answered_by_its_own_page(nginx_beside);
}

#[test]
fn caddy_answers_what_is_not_in_the_copy_with_its_own_page() {
    what_is_not_in_the_copy_is_answered_by_its_own_page(caddy_beside);
}

#[test]
fn where_no_node_answers_and_there_is_no_copy_nobody_answers() {
    let absent = TempDir::new().unwrap().path().join("copy").display().to_string();
    without_a_copy_nobody_answers(&nginx_beside([free_address(), free_address()], &absent));
    without_a_copy_nobody_answers(&caddy_beside([free_address(), free_address()], &absent));
}

#[test]
fn through_caddy_every_event_comes_at_once() {
    let behind = behind(caddy);
    events_come_at_once(&behind);
    says_nothing_of_the_nodes(&behind);
}

#[test]
fn behind_nginx_a_node_that_is_killed_costs_no_reader_a_page() {
    a_killed_node_costs_no_page(behind(nginx));
}

#[test]
fn behind_caddy_a_node_that_is_killed_costs_no_reader_a_page() {
    a_killed_node_costs_no_page(behind(caddy));
}

#[test]
fn nginx_sends_no_request_twice_that_may_have_been_done() {
    only_what_reads_is_asked_again(nginx);
}

#[test]
fn caddy_sends_no_request_twice_that_may_have_been_done() {
    only_what_reads_is_asked_again(caddy);
}
