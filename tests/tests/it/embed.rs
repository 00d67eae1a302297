//! What other sites are told, from outside.

use pharos_tests::{Setup, Target, get, wait_for};
use sqlx::{Connection, SqliteConnection};

use crate::{one_component, wait_for_page};

#[test]
fn every_site_may_read_the_summary_and_the_widget_and_nobody_gets_a_cookie() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "All systems operational");
    for path in ["/widget.js", "/embed/summary.json", "/fr/embed/summary.json", "/embed/pill"] {
        let answer = get(pharos.address, path, &[("origin", "https://elsewhere.example")]).unwrap();
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("cross-origin"), "{path}");
        assert_eq!(answer.header("set-cookie"), None, "{path}");
    }
    let german = pharos.get("/de/embed/summary.json").unwrap().text();
    assert!(german.contains("\"sentence\":\"Alle Systeme funktionieren\""), "{german}");
    assert!(german.contains("\"url\":\"/de/\""), "{german}");
}

#[test]
fn how_to_embed_a_page_is_told_in_json_and_in_nothing_else() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "Public API");
    let asked = format!("/oembed?url=http://{}/components/api", pharos.address);
    let answer = pharos.get(&asked).unwrap();
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(pharos.get(&(asked + "&format=xml")).unwrap().status, 501);
}

#[test]
fn who_may_not_embed_what_they_ask_for_is_told_why_and_may_read_it() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "Public API");
    let own = format!("/oembed?url=http://{}", pharos.address);
    for (asked, status, told) in [
        ("/oembed".to_owned(), 400, "Name its address as `url`"),
        (own.clone() + "/&maxwidth=wide", 400, "as whole numbers"),
        (own.clone() + "/&format=xml", 501, "Only the format json"),
        (own + "/nothing", 404, "no such page"),
        ("/oembed?url=http://elsewhere.example/".to_owned(), 404, "not one of this page's"),
    ] {
        let answer = pharos.get(&asked).unwrap();
        assert_eq!(answer.status, status, "{asked}");
        assert!(answer.text().contains(told), "{asked}: {}", answer.text());
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{asked}");
    }
}

#[test]
fn only_what_is_meant_to_be_framed_may_be_framed() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "Public API");
    let framed = pharos.get("/embed/banner").unwrap();
    assert!(framed.header("content-security-policy").unwrap().contains("frame-ancestors *"));
    assert_eq!(framed.header("x-frame-options"), None);
    for path in ["/", "/embed", "/components/api", "/embed/nothing"] {
        let answer = pharos.get(path).unwrap();
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert!(
            answer.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"),
            "{path}"
        );
    }
}

#[test]
fn a_summary_tells_of_the_incident_that_is_open() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "All systems operational");
    target.answer(500);
    wait_for("the summary to tell of the outage", || {
        let summary = pharos.get("/embed/summary.json").unwrap().text();
        let told =
            ["\"indicator\":\"critical\"", "\"status\":\"major_outage\"", "Public API is not available"];
        told.iter().all(|text| summary.contains(text)).then_some(())
    });
}

/// Somebody else writes to the node's journal and does not end: nothing can be recorded until they do.
#[tokio::test]
async fn a_node_that_cannot_record_tells_other_sites_nothing_until_it_can_again() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "All systems operational");
    let file = format!("sqlite://{}", setup.data().join("pharos.db").display());
    let mut other = SqliteConnection::connect(&file).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    target.answer(500);
    let answer = wait_for("the summary to be refused", || {
        Some(pharos.get("/embed/summary.json").unwrap()).filter(|answer| answer.status == 503)
    });
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    wait_for("the summary to tell of the outage", || {
        let summary = pharos.get("/embed/summary.json").unwrap();
        (summary.status == 200 && summary.text().contains("major_outage")).then_some(())
    });
}
