//! Maintenance that comes again and again, in the page's zone.

use pharos_engine::desk::{Command, Refusal, Series, Subject};
use pharos_model::{MaintenanceId, MaintenanceStatus, Prose};

use super::{component, field, page};
use crate::film::{Film, in_zone};

fn series(cron: &str) -> Series {
    Series {
        id: MaintenanceId::default(),
        title: "Backups".into(),
        description: pharos_model::Text::default(),
        components: vec![component("api")],
        cron: cron.into(),
        duration_ms: 3_600_000,
        from: None,
        until: None,
        verified_by_hand: false,
        skipped: std::collections::BTreeSet::new(),
        revision: 0,
    }
}

fn save(film: &mut Film, series: Series) -> Result<MaintenanceId, Refusal> {
    match film.command(Command::SaveSeries(Box::new(series)))? {
        Subject::Series(id) => Ok(id),
        other => panic!("saving a series made {other:?}"),
    }
}

/// What is announced and has not begun, in UTC.
fn ahead(film: &Film) -> Vec<String> {
    let scheduled =
        film.fold.board.maintenances.iter().filter(|known| known.status == MaintenanceStatus::Scheduled);
    let moment = |ms: i64| jiff::Timestamp::from_millisecond(ms).unwrap().to_string();
    scheduled.map(|known| moment(known.scheduled_start.0)).collect()
}

#[test]
fn the_hour_stays_where_it_is_when_the_clocks_change() {
    let mut film = Film::at("2027-03-15T12:00:00Z", in_zone(page(), "Europe/Berlin"));
    save(&mut film, series("0 1 * * SUN")).unwrap();
    assert_eq!(ahead(&film)[..3], ["2027-03-21T00:00:00Z", "2027-03-28T00:00:00Z", "2027-04-03T23:00:00Z"]);
}

#[test]
fn a_time_that_the_clocks_leave_out_takes_place_once_all_the_same() {
    let mut film = Film::at("2027-03-27T12:00:00Z", in_zone(page(), "Europe/Berlin"));
    save(&mut film, series("30 2 * * *")).unwrap();
    let ahead = ahead(&film);
    // On 28 March there is no half past two; on the day after it is two hours ahead of UTC.
    assert!(ahead[0].starts_with("2027-03-28T0"), "{ahead:?}");
    assert_eq!(ahead[1], "2027-03-29T00:30:00Z");
}

#[test]
fn a_time_that_comes_twice_takes_place_once() {
    let mut film = Film::at("2027-10-30T12:00:00Z", in_zone(page(), "Europe/Berlin"));
    save(&mut film, series("30 2 * * *")).unwrap();
    assert_eq!(ahead(&film)[..2], ["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"]);
}

#[test]
fn occurrences_are_announced_as_time_goes_on_and_each_once() {
    let mut film = Film::of(page());
    save(&mut film, series("0 * * * *")).unwrap();
    assert_eq!(ahead(&film).len(), 8);
    // One begins on the hour; that another is then missing is seen a little later.
    film.pass_quietly(2 * 3_600 + 18);
    assert_eq!(ahead(&film).len(), 8);
    let mut ids: Vec<_> = film.fold.board.maintenances.iter().map(|known| known.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), film.fold.board.maintenances.len());
    assert_eq!(ids[0].as_str(), "2026-11-23-backups-1300");
}

#[test]
fn an_occurrence_that_is_called_off_does_not_come_back() {
    let mut film = Film::of(page());
    save(&mut film, series("0 2 * * *")).unwrap();
    let first = film.fold.board.maintenances[0].id.clone();
    let (status, body) = (Some(MaintenanceStatus::Cancelled), Prose::default());
    film.command(Command::UpdateMaintenance { id: first, revision: None, status, body }).unwrap();
    film.pass(20);
    assert_eq!(ahead(&film)[0], "2026-11-25T02:00:00Z");
}

#[test]
fn a_plan_that_changes_changes_what_is_announced() {
    let mut film = Film::of(page());
    let id = save(&mut film, series("0 2 * * *")).unwrap();
    let next = Series { id: id.clone(), title: "Backups and more".into(), ..series("0 3 * * *") };
    save(&mut film, next).unwrap();
    assert_eq!(ahead(&film)[0], "2026-11-24T03:00:00Z");
    assert!(ahead(&film).iter().all(|at| at.ends_with("T03:00:00Z")));
    film.command(Command::DropSeries { id }).unwrap();
    film.pass(5);
    assert_eq!(ahead(&film).len(), 0);
}

#[test]
fn a_plan_that_changes_back_announces_what_it_called_off() {
    let mut film = Film::of(page());
    let id = save(&mut film, series("0 2 * * *")).unwrap();
    save(&mut film, Series { id: id.clone(), ..series("0 3 * * *") }).unwrap();
    save(&mut film, Series { id, revision: 1, ..series("0 2 * * *") }).unwrap();
    assert_eq!(ahead(&film)[0], "2026-11-24T02:00:00Z");
}

#[test]
fn a_plan_that_stays_as_it_is_announces_nothing_again() {
    let mut film = Film::of(page());
    let id = save(&mut film, series("0 2 * * *")).unwrap();
    film.pass(120);
    assert_eq!(film.count("maintenance_changed"), 8);
    save(&mut film, Series { id, title: "More backups".into(), ..series("0 2 * * *") }).unwrap();
    film.pass(120);
    assert_eq!(film.count("maintenance_changed"), 16);
    let known = &film.fold.board.maintenances[0];
    assert_eq!((known.announced_at, known.changed_at), (Some(film.moment(0)), Some(film.moment(120))));
}

#[test]
fn a_rule_that_is_none_or_never_comes_is_refused() {
    let mut film = Film::of(page());
    for cron in ["", "often", "0 2 * *", "* * * * * *", "61 2 * * *", "0 0 30 2 *"] {
        assert_eq!(field(save(&mut film, series(cron))), "cron", "{cron}");
    }
    let short = Series { duration_ms: 1, ..series("0 2 * * *") };
    assert_eq!(field(save(&mut film, short)), "duration");
}
