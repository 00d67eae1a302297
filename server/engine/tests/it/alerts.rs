//! What other systems report: alerts as a source of what is shown, and the incidents of their groups.

use pharos_engine::alerts::{Alert, Claim, Delivery, Words};
use pharos_engine::desk::{Command, NewStatement, Refusal, Subject};
use pharos_engine::limits::ALERTS_FIRING_MAX;
use pharos_engine::{AutoIncident, Config};
use pharos_model::{ComponentId, IncidentStatus, Prose, Status, Transition};
use proptest::prelude::*;

use crate::desk::{says, update};
use crate::film::{Film, config, probe, with_hook, with_policy};

/// How long an alert counts.
const COUNTS_S: u64 = 3_600;

fn page() -> Config {
    with_policy(with_hook(config(&[probe("api/http")])), AutoIncident::Publish, 60)
}

/// What is told of an alert: since when it fires, and until when it did, in seconds.
fn told(
    film: &Film,
    name: &str,
    (component, status): (&str, Status),
    (began, ended): (i64, Option<i64>),
) -> Alert {
    let claim =
        Claim { components: vec![ComponentId::new(component).unwrap()], status: Some(status), words: None };
    Alert {
        name: name.to_owned(),
        as_of: film.moment(began),
        ended_at: ended.map(|ended| film.moment(ended)),
        counts_ms: COUNTS_S * 1_000,
        claim: Some(claim),
    }
}

fn prose(text: &str) -> Prose {
    Prose { source: text.into(), html: format!("<p>{text}</p>").into() }
}

/// The same alert, as one of `group`, which opens an incident.
fn speaking(alert: Alert, group: &str, body: &str) -> Alert {
    let words = Words {
        group: group.to_owned(),
        title: "The queue is slow".into(),
        body: prose(body),
        resolved: Some(prose("It is mended.")),
        impact: None,
    };
    let claim = alert.claim.map(|claim| Claim { words: Some(Box::new(words)), ..claim });
    Alert { claim, ..alert }
}

fn deliver(film: &mut Film, alerts: Vec<Alert>) -> Result<Subject, Refusal> {
    film.command(Command::Deliver(Box::new(Delivery { hook: "mon".to_owned(), alerts })))
}

#[test]
fn an_alert_holds_its_component_from_its_beginning_to_its_end() {
    let mut film = Film::of(page());
    film.pass(100);
    let queue = ("queue", Status::MajorOutage);
    let began = told(&film, "a", queue, (70, None));
    deliver(&mut film, vec![began]).unwrap();
    film.pass(50);
    let ended = told(&film, "a", queue, (70, Some(140)));
    deliver(&mut film, vec![ended]).unwrap();
    assert_eq!(film.spans("queue"), "U0 M70 O140");
}

#[test]
fn of_checks_and_alerts_the_worst_counts() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..")]);
    let degraded = told(&film, "a", ("api", Status::DegradedPerformance), (60, None));
    let major = told(&film, "b", ("api", Status::MajorOutage), (60, None));
    deliver(&mut film, vec![degraded, major]).unwrap();
    film.play(&[("api/http", ".")]);
    let over = told(&film, "b", ("api", Status::MajorOutage), (60, Some(90)));
    deliver(&mut film, vec![over]).unwrap();
    let over = told(&film, "a", ("api", Status::DegradedPerformance), (60, Some(100)));
    film.play(&[("api/http", ".")]);
    deliver(&mut film, vec![over]).unwrap();
    assert_eq!(film.spans("api"), "U0 O30 M60 D90 O100");
}

#[test]
fn an_outage_that_an_alert_tells_of_opens_the_incident_of_its_component() {
    let mut film = Film::of(page());
    film.pass(10);
    let queue = ("queue", Status::MajorOutage);
    let began = told(&film, "a", queue, (5, None));
    deliver(&mut film, vec![began]).unwrap();
    film.pass(10);
    let ended = told(&film, "a", queue, (5, Some(20)));
    deliver(&mut film, vec![ended]).unwrap();
    film.pass(70);
    assert_eq!(
        film.said(),
        ["10 2026-11-23-queue opened", "20 Recovering", "80 Resolved"],
        "{:?}",
        film.spans("queue")
    );
}

#[test]
fn an_alert_outlives_a_restart() {
    let mut film = Film::of(page());
    film.pass(10);
    let began = told(&film, "a", ("queue", Status::PartialOutage), (5, None));
    deliver(&mut film, vec![began]).unwrap();
    film.restart_after(60, page());
    film.pass(5);
    assert_eq!(film.spans("queue"), "U0 P5 U10 P70");
}

#[test]
fn what_nobody_speaks_of_any_more_is_unknown_where_nothing_looks_and_what_checks_find_elsewhere() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..")]);
    let queue = told(&film, "a", ("queue", Status::MajorOutage), (60, None));
    let api = told(&film, "b", ("api", Status::MajorOutage), (60, None));
    deliver(&mut film, vec![queue, api]).unwrap();
    film.answer_all(COUNTS_S + 5);
    assert_eq!(film.spans("queue"), format!("U0 M60 U{}", 60 + COUNTS_S));
    assert_eq!(film.spans("api"), format!("U0 O30 M60 O{}", 60 + COUNTS_S));
}

#[test]
fn what_fires_all_the_time_while_all_is_well_makes_its_component_well_until_it_stops() {
    let mut film = Film::of(page());
    film.pass(10);
    let watchdog = told(&film, "w", ("queue", Status::Operational), (5, None));
    deliver(&mut film, vec![watchdog]).unwrap();
    film.pass(10);
    let trouble = told(&film, "a", ("queue", Status::DegradedPerformance), (15, None));
    deliver(&mut film, vec![trouble]).unwrap();
    film.pass(10);
    let watchdog = told(&film, "w", ("queue", Status::Operational), (5, Some(28)));
    let trouble = told(&film, "a", ("queue", Status::DegradedPerformance), (15, Some(25)));
    deliver(&mut film, vec![trouble]).unwrap();
    deliver(&mut film, vec![watchdog]).unwrap();
    film.pass(COUNTS_S + 5);
    assert_eq!(film.spans("queue"), format!("U0 O5 D15 O25 U{}", 30 + COUNTS_S));
}

#[test]
fn alerts_of_a_hook_that_is_no_more_are_let_go() {
    let mut film = Film::of(page());
    film.pass(10);
    let began = told(&film, "a", ("queue", Status::MajorOutage), (5, None));
    deliver(&mut film, vec![began.clone()]).unwrap();
    film.pass(10);
    let mut without = page();
    without.hooks.clear();
    film.configure(without);
    assert_eq!(film.spans("queue"), "U0 M5 U20");
    assert!(matches!(deliver(&mut film, vec![began]), Err(Refusal::NotFound { .. })));
}

#[test]
fn the_same_words_again_are_written_down_once() {
    let mut film = Film::of(page());
    film.pass(10);
    let began = told(&film, "a", ("queue", Status::MajorOutage), (5, None));
    deliver(&mut film, vec![began.clone(), began.clone()]).unwrap();
    let facts = film.facts.len();
    deliver(&mut film, vec![began]).unwrap();
    assert_eq!((film.facts.len(), film.count("alert_held")), (facts, 1));
}

#[test]
fn more_alerts_than_there_may_be_are_refused_as_a_whole() {
    let mut film = Film::of(page());
    film.pass(10);
    let queue = ("queue", Status::MajorOutage);
    let alerts: Vec<Alert> =
        (0..=ALERTS_FIRING_MAX).map(|number| told(&film, &number.to_string(), queue, (5, None))).collect();
    assert!(matches!(deliver(&mut film, alerts), Err(Refusal::Full { .. })));
}

#[test]
fn a_statement_made_in_the_face_of_an_alert_counts_before_it_and_an_older_one_does_not() {
    let mut film = Film::of(page());
    film.pass(10);
    let state = |film: &mut Film, status| {
        let statement = NewStatement { status, reason: "We looked.".into(), until: None };
        let component = ComponentId::new("queue").unwrap();
        film.command(Command::State { component, statement: Some(Box::new(statement)) }).unwrap();
    };
    state(&mut film, Status::Operational);
    film.pass(10);
    let began = told(&film, "a", ("queue", Status::MajorOutage), (15, None));
    deliver(&mut film, vec![began]).unwrap();
    film.pass(10);
    state(&mut film, Status::DegradedPerformance);
    assert_eq!(film.spans("queue"), "U0 O10 M15 D30");
}

#[test]
fn a_group_of_alerts_has_one_incident_from_its_first_to_some_time_after_its_last() {
    let mut film = Film::of(page());
    film.pass(10);
    let queue = ("queue", Status::PartialOutage);
    let of = |film: &Film, name: &str, body: &str, times| speaking(told(film, name, queue, times), "g", body);
    let first = of(&film, "a", "One is slow.", (5, None));
    deliver(&mut film, vec![first]).unwrap();
    film.pass(10);
    let second = of(&film, "b", "Another is slow.", (15, None));
    deliver(&mut film, vec![second]).unwrap();
    film.pass(10);
    let over = vec![of(&film, "a", "", (5, Some(25))), of(&film, "b", "", (15, Some(25)))];
    deliver(&mut film, over).unwrap();
    film.pass(70);
    assert_eq!(film.fold.board.incidents.len(), 1);
    let incident = film.incident("2026-11-23-the-queue-is-slow");
    let said: Vec<String> = incident
        .updates
        .iter()
        .map(|update| match &update.transition {
            Transition::Written(prose) => prose.source.plain().to_owned(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(said, ["One is slow.", "Another is slow.", "Recovering", "It is mended."]);
    assert_eq!(incident.resolved_at, Some(film.moment(90)));
    assert!(film.fold.desk.alerted.is_empty());
}

#[test]
fn an_incident_that_a_person_took_over_is_theirs() {
    let mut film = Film::of(page());
    film.pass(10);
    let queue = ("queue", Status::PartialOutage);
    let began = speaking(told(&film, "a", queue, (5, None)), "g", "It is slow.");
    deliver(&mut film, vec![began]).unwrap();
    let id = film.fold.board.incidents[0].id.clone();
    update(&mut film, &id, says(IncidentStatus::Identified, &[])).unwrap();
    let over = speaking(told(&film, "a", queue, (5, Some(10))), "g", "");
    deliver(&mut film, vec![over]).unwrap();
    film.pass(600);
    assert_eq!(film.fold.board.incidents[0].status, IncidentStatus::Identified);
    update(&mut film, &id, says(IncidentStatus::Resolved, &[])).unwrap();
    film.pass(5);
    assert!(film.fold.desk.alerted.is_empty(), "what is over makes room for the next");
}

#[test]
fn an_incident_that_a_person_ended_is_not_opened_again_by_the_alerts_it_was_about() {
    let mut film = Film::of(page());
    film.pass(10);
    let began = speaking(told(&film, "a", ("queue", Status::PartialOutage), (5, None)), "g", "It is slow.");
    deliver(&mut film, vec![began]).unwrap();
    let id = film.fold.board.incidents[0].id.clone();
    update(&mut film, &id, says(IncidentStatus::Resolved, &[])).unwrap();
    film.pass(600);
    assert_eq!(film.fold.board.incidents.len(), 1);
}

/// One step of a hostile or merely unlucky sender: which alert, which of its episodes, and whether its end is told.
fn words() -> impl Strategy<Value = Vec<(usize, i64, bool)>> {
    proptest::collection::vec((0..3_usize, 0..4_i64, any::<bool>()), 1..12)
}

proptest! {
    #[test]
    fn any_order_of_the_same_deliveries_ends_in_the_same(
        words in words(),
        order in proptest::collection::vec(any::<proptest::sample::Index>(), 24),
    ) {
        let statuses = [Status::DegradedPerformance, Status::PartialOutage, Status::MajorOutage];
        let end = |words: &[(usize, i64, bool)]| {
            let mut film = Film::of(page());
            film.pass(200);
            for (alert, episode, is_over) in words {
                let began = 10 + episode * 40;
                let times = (began, is_over.then_some(began + 20));
                let word = told(&film, &alert.to_string(), ("queue", statuses[*alert]), times);
                deliver(&mut film, vec![word]).unwrap();
            }
            let shown = film.fold.board.components.iter().find(|known| known.definition.id.as_str() == "queue");
            (shown.unwrap().status, film.fold.desk.holds("mon"))
        };
        // Some are told twice, and all in another order.
        let mut shuffled: Vec<_> = order.iter().map(|index| *index.get(&words)).collect();
        shuffled.extend(words.iter().rev());
        prop_assert_eq!(end(&words), end(&shuffled));
    }
}
