//! Damage to the file of the database, from outside: the page stays, says what is not shown, and shows it again once it is mended.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

use pharos_model::Status;
use pharos_tests::{Pharos, Setup, Target, wait_for};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use crate::{one_component, wait_for_page, wait_for_status};

const PAGE_BYTES: usize = 4_096;

fn run(words: &[&str]) -> Output {
    Command::new(pharos_tests::binary()).args(words).output().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat()
}

/// Turns a bit in the first page of a table of a database that nobody has open.
fn damage(setup: &Setup, table: &str) {
    let path = setup.data().join("pharos.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let page: u32 = runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(&path).read_only(true);
        let read = sqlx::query_scalar("SELECT rootpage FROM sqlite_schema WHERE name = $1").bind(table);
        read.fetch_one(&mut options.connect().await.unwrap()).await.unwrap()
    });
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[(usize::try_from(page).unwrap() - 1) * PAGE_BYTES + 2_000] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// Takes what tells where the tables are: all of the first page behind the head of the file.
fn forget_tables(setup: &Setup) {
    let path = setup.data().join("pharos.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..PAGE_BYTES].fill(0xff);
    std::fs::write(path, bytes).unwrap();
}

fn wait_for_health(pharos: &Pharos, database: &str) {
    wait_for(&format!("the database to be {database}"), || {
        let health = pharos.get("/health").ok()?.text();
        health.contains(&format!(r#""database":"{database}""#)).then_some(())
    });
}

#[test]
fn a_server_whose_history_is_damaged_shows_the_rest_says_so_and_is_whole_again_once_it_is_mended() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let mut server = setup.start().unwrap();
    wait_for_status(&server, "api", Status::Operational);
    let (data, archive) =
        (setup.data().display().to_string(), setup.path().join("archive").display().to_string());
    let backup = run(&["backup", "--to", &archive, "--data", &data]);
    assert!(backup.status.success(), "{}", said(&backup));
    server.signal("TERM").unwrap();
    assert!(server.ended().success());
    damage(&setup, "rollups");

    let mut server = setup.start().unwrap();
    wait_for_page(&server, "Public API");
    for (path, heading, what) in [
        ("/components/api", "Part of the history is damaged", "The record of response times was damaged"),
        ("/de/components/api", "Ein Teil des Verlaufs ist beschädigt", "Die Aufzeichnung der Antwortzeiten"),
    ] {
        let page = server.get(path).unwrap();
        assert_eq!(page.status, 503, "{path}");
        assert!(page.text().contains(heading) && page.text().contains(what), "{}", page.text());
    }
    assert_eq!(server.get("/").unwrap().status, 200);
    assert_eq!(server.get("/history").unwrap().status, 200);
    wait_for_health(&server, "DOWN");
    assert_eq!(server.get("/readyz").unwrap().status, 200);
    assert!(server.get("/metrics").unwrap().text().contains("pharos_database_damaged_parts 1\n"));
    wait_for("the log to say it", || {
        server.log().contains("a part of the database is damaged and is not shown").then_some(())
    });
    let beside = run(&["scrub", "--data", &data, "--pause-ms", "0"]);
    assert!(!beside.status.success());
    let told = said(&beside);
    assert!(
        told.contains("damaged: page ") && told.contains("the figures of minutes, hours and days"),
        "{told}"
    );
    server.signal("TERM").unwrap();
    server.ended();

    let mended = run(&["scrub", "--data", &data, "--from", &archive, "--repair"]);
    assert!(mended.status.success(), "{}", said(&mended));
    assert!(said(&mended).contains("rows of rollups lay on pages that are damaged"), "{}", said(&mended));
    let again = run(&["scrub", "--data", &data, "--from", &archive]);
    assert!(again.status.success(), "{}", said(&again));
    let server = setup.start().unwrap();
    wait_for_page(&server, "Public API");
    assert_eq!(server.get("/components/api").unwrap().status, 200);
    wait_for_health(&server, "UP");
}

#[test]
fn a_server_finds_damage_that_nobody_met_by_reading_every_page() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let mut server = setup.start().unwrap();
    wait_for_page(&server, "Public API");
    server.signal("TERM").unwrap();
    assert!(server.ended().success());
    damage(&setup, "maintenances");
    let server = setup.start().unwrap();
    wait_for_page(&server, "Public API");
    wait_for_health(&server, "DOWN");
    wait_for("the log to name the page", || {
        server.log().contains("pages of the database are damaged: look after the disk").then_some(())
    });
    assert_eq!(server.get("/").unwrap().status, 200);
}

#[test]
fn who_asks_to_mend_damage_that_took_the_tables_is_told_what_helps_and_nothing_else() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let mut server = setup.start().unwrap();
    wait_for_status(&server, "api", Status::Operational);
    // In order, so that everything is in the file itself.
    server.signal("TERM").unwrap();
    assert!(server.ended().success());
    let [data, place] = [setup.data(), setup.path().join("archive")].map(|path| path.display().to_string());
    assert!(run(&["backup", "--to", &place, "--data", &data]).status.success());
    forget_tables(&setup);
    let refused = run(&["scrub", "--repair", "--from", &place, "--data", &data]);
    let said = said(&refused);
    assert!(!refused.status.success() && said.contains("restore the database whole"), "{said}");
    assert!(!said.contains("--repair"), "{said}");
}
