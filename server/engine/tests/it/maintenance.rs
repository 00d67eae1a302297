//! Maintenance: announced ahead, begun and ended in its time, and no outage whatever the checks find.

use pharos_engine::{AutoIncident, Config, PlannedMaintenance};
use pharos_model::{ComponentId, MaintenanceId, MaintenanceStatus, Text, UnixMs};

use crate::film::{Film, config, probe, with_policy};

const NOON: i64 = 1_795_435_200_000;

/// Work on `api` from one second of the film to another.
fn work(id: &str, (from_s, until_s): (i64, i64)) -> PlannedMaintenance {
    PlannedMaintenance {
        id: MaintenanceId::new(id).unwrap(),
        title: "Work".into(),
        description: Text::default(),
        components: vec![ComponentId::new("api").unwrap()],
        scheduled_start: UnixMs(NOON + from_s * 1_000),
        scheduled_end: UnixMs(NOON + until_s * 1_000),
    }
}

fn planned(works: &[PlannedMaintenance]) -> Config {
    let config = config(&[probe("api/http"), probe("web/http")]);
    let config = with_policy(config, AutoIncident::Publish, 60);
    Config { maintenances: works.to_vec(), ..config }
}

fn stands(film: &Film, id: &str) -> MaintenanceStatus {
    film.fold.board.maintenances.iter().find(|known| known.id.as_str() == id).unwrap().status
}

#[test]
fn what_is_announced_is_shown_ahead_and_begins_and_ends_in_its_time() {
    let mut film = Film::of(planned(&[work("db", (100, 200))]));
    assert_eq!(stands(&film, "db"), MaintenanceStatus::Scheduled);
    film.play(&[("api/http", "..........")]);
    assert_eq!(film.spans("api"), "U0 O30 W100 O200");
    assert_eq!(stands(&film, "db"), MaintenanceStatus::Completed);
    let known = &film.fold.board.maintenances[0];
    assert_eq!((known.started_at, known.ended_at), (Some(known.scheduled_start), Some(known.scheduled_end)));
}

#[test]
fn an_outage_of_what_is_worked_on_is_maintenance_and_of_the_rest_an_incident() {
    let mut film = Film::of(planned(&[work("db", (60, 300))]));
    film.play(&[("api/http", "..XXXX..."), ("web/http", "..XXXX...")]);
    assert_eq!(film.spans("api"), "U0 O30 W60");
    assert_eq!(film.said()[0], "120 2026-11-23-web opened");
    assert_eq!(film.count("incident_opened"), 1);
}

#[test]
fn an_outage_that_outlasts_the_work_is_shown_from_its_end_on_and_opens_an_incident() {
    let mut film = Film::of(planned(&[work("db", (60, 200))]));
    film.play(&[("api/http", "..XXXXXX")]);
    assert_eq!(film.spans("api"), "U0 O30 W60 M200");
    assert_eq!(film.said(), ["200 2026-11-23-api opened"]);
}

#[test]
fn what_was_found_in_the_last_moment_of_the_work_is_not_shown_of_its_time() {
    // The second failure confirms at second 200 what began at 170, within the work that ends at that very second.
    let mut film = Film::of(planned(&[work("db", (60, 210))]));
    film.play(&[("api/http", ".....XX.")]);
    assert_eq!(film.spans("api"), "U0 O30 W60 M210");
}

#[test]
fn an_outage_found_as_the_work_begins_is_shown_up_to_there() {
    let mut film = Film::of(planned(&[work("db", (121, 200))]));
    film.play(&[("api/http", "..XX....")]);
    assert_eq!(film.spans("api"), "U0 O30 M90 W121 O200");
}

#[test]
fn an_incident_that_is_open_when_the_work_begins_waits_for_its_end() {
    let mut film = Film::of(planned(&[work("db", (200, 400))]));
    film.play(&[("api/http", "..XX..............")]);
    assert_eq!(film.said(), ["120 2026-11-23-api opened", "180 Recovering", "460 Resolved"]);
}

#[test]
fn works_that_overlap_are_one_time_of_maintenance() {
    let mut film = Film::of(planned(&[work("a", (60, 200)), work("b", (150, 270))]));
    film.play(&[("api/http", "..XXXX....")]);
    assert_eq!(film.spans("api"), "U0 O30 W60 O270");
    assert_eq!(film.said(), Vec::<String>::new());
}

#[test]
fn what_is_taken_from_the_configuration_is_cancelled_or_ends() {
    let mut film = Film::of(planned(&[work("now", (30, 300)), work("later", (600, 900))]));
    film.play(&[("api/http", "....")]);
    film.configure(planned(&[]));
    assert_eq!(stands(&film, "now"), MaintenanceStatus::Completed);
    assert_eq!(stands(&film, "later"), MaintenanceStatus::Cancelled);
    film.play(&[("api/http", "..")]);
    assert_eq!(film.spans("api"), "U0 W30 O120");
}

#[test]
fn what_was_moved_begins_at_its_new_time() {
    let mut film = Film::of(planned(&[work("db", (100, 200))]));
    film.configure(planned(&[work("db", (160, 220))]));
    film.play(&[("api/http", "........")]);
    assert_eq!(film.spans("api"), "U0 O30 W160 O220");
    assert_eq!(film.fold.board.maintenances.len(), 1);
}

#[test]
fn what_is_over_stays_over_and_may_be_announced_for_another_time() {
    let mut film = Film::of(planned(&[work("db", (30, 60))]));
    film.play(&[("api/http", "...")]);
    let recorded = film.count("maintenance_changed");
    film.configure(planned(&[work("db", (30, 60))]));
    assert_eq!(film.count("maintenance_changed"), recorded);
    film.configure(planned(&[work("db", (600, 700))]));
    assert_eq!(stands(&film, "db"), MaintenanceStatus::Scheduled);
}

#[test]
fn what_is_past_when_it_is_first_read_is_not_announced() {
    let film = Film::of(planned(&[work("old", (-900, -600))]));
    assert!(film.fold.board.maintenances.is_empty());
}

#[test]
fn a_restart_in_the_midst_of_the_work_goes_on_with_it() {
    let works = [work("db", (60, 600))];
    let mut film = Film::of(planned(&works));
    film.play(&[("api/http", "...")]);
    film.restart_after(100, planned(&works));
    film.play(&[("api/http", "...")]);
    // Nobody watched for a while, and that is said; from then on it is maintenance again.
    assert_eq!(film.spans("api"), "U0 O30 W60 U90 W190");
    assert_eq!(stands(&film, "db"), MaintenanceStatus::InProgress);
}

#[test]
fn work_that_nobody_watched_is_over_when_somebody_watches_again() {
    let works = [work("db", (60, 120))];
    let mut film = Film::of(planned(&works));
    film.play(&[("api/http", ".")]);
    film.restart_after(300, planned(&works));
    film.play(&[("api/http", "..")]);
    assert_eq!(stands(&film, "db"), MaintenanceStatus::Completed);
    assert_eq!(film.spans("api"), "U0 O360");
}

#[test]
fn what_was_taken_back_and_put_back_takes_place_and_the_time_between_stands() {
    let works = [work("now", (30, 300)), work("later", (600, 900))];
    let mut film = Film::of(planned(&works));
    film.play(&[("api/http", "....")]);
    film.configure(planned(&[]));
    film.play(&[("api/http", "..")]);
    film.configure(planned(&works));
    film.play(&[("api/http", ".....")]);
    assert_eq!(stands(&film, "later"), MaintenanceStatus::Scheduled);
    assert_eq!(film.spans("api"), "U0 W30 O120 W180 O300");
}

#[test]
fn work_that_is_announced_while_its_time_runs_begins_then_and_hides_no_outage_before() {
    let mut film = Film::of(planned(&[]));
    film.play(&[("api/http", "..XX.")]);
    film.play(&[("api/http", "XXX")]);
    film.configure(planned(&[work("db", (60, 600))]));
    film.play(&[("api/http", "XX")]);
    assert_eq!(film.spans("api"), "U0 O30 M90 W240");
    let known = &film.fold.board.maintenances[0];
    assert_eq!(known.started_at, Some(UnixMs(NOON + 240_000)));
}
