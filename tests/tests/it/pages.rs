//! Pages as bytes, from outside.

use pharos_tests::{Setup, Target, get, wait_for};

use crate::{one_component, wait_for_page};

#[test]
fn a_page_may_be_asked_for_in_every_encoding_and_only_once() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    wait_for_page(&pharos, "Public API");
    wait_for("the page to rest", || {
        let pages: Vec<_> = ["identity", "br", "gzip", "zstd"]
            .iter()
            .map(|coding| get(pharos.address, "/", &[("accept-encoding", coding)]).unwrap())
            .collect();
        let plain = &pages[0].body;
        let mut unbrotlied = Vec::new();
        brotli::BrotliDecompress(&mut &*pages[1].body, &mut unbrotlied).unwrap();
        let mut ungzipped = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*pages[2].body), &mut ungzipped)
            .unwrap();
        let unzstd = zstd::stream::decode_all(&*pages[3].body).unwrap();
        (unbrotlied == *plain && ungzipped == *plain && unzstd == *plain).then_some(())
    });
    wait_for("the page to rest", || {
        let first = get(pharos.address, "/", &[("accept-encoding", "br")]).unwrap();
        let tag = first.header("etag").unwrap().to_owned();
        let again = get(pharos.address, "/", &[("accept-encoding", "br"), ("if-none-match", &tag)]).unwrap();
        (again.status == 304 && again.body.is_empty()).then_some(())
    });
}

#[test]
fn every_answer_carries_the_strict_headers() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    wait_for_page(&pharos, "Public API");
    for path in
        ["/", "/history", "/components/api", "/nowhere", "/health", "/livez", "/metrics", "/favicon.svg"]
    {
        let answer = pharos.get(path).unwrap();
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy
                .starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("set-cookie"), None, "{path}");
        assert_eq!(answer.header("server"), None, "{path}");
    }
}

#[test]
fn what_is_not_there_is_a_page_that_says_so() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    for path in [
        "/nowhere",
        "/components/nobody",
        "/components/%00",
        "/incidents/2020-01-01-api",
        "/history/2026-13",
        "/history/9999-01",
        "/history/..%2f..",
        "/assets/..%2f..%2fetc%2fpasswd",
        "/assets/manifest.json",
    ] {
        let answer = pharos.get(path).unwrap();
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("<html"), "{path}");
    }
}

#[test]
fn an_outage_is_on_every_page_that_tells_of_it() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    wait_for_page(&pharos, "Public API");
    target.answer(500);
    let page = wait_for_page(&pharos, "Public API is not available");
    let id = page.split("/incidents/").nth(1).unwrap().split('"').next().unwrap();
    for path in [format!("/incidents/{id}"), "/history".to_owned(), "/components/api".to_owned()] {
        assert!(pharos.get(&path).unwrap().text().contains("Public API is not available"), "{path}");
    }
}

#[test]
fn a_head_request_is_answered_like_a_get_without_a_body() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    wait_for_page(&pharos, "Public API");
    let answer = pharos_tests::request(pharos.address, "HEAD", "/", &[]).unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert!(answer.header("etag").is_some());
}
