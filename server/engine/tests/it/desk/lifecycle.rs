//! Whatever operators do in whatever order: what must always be true of incidents and maintenance is true.

use pharos_engine::desk::{Command, IncidentEdit, NewMaintenance, NewStatement, UpdateEdit};
use pharos_model::{Impact, IncidentId, IncidentStatus, MaintenanceStatus, Prose, Snapshot, Status, UnixMs};
use proptest::prelude::*;

use super::{component, incident, page, prose, says};
use crate::film::Film;

/// One thing that happens. Numbers choose among what there is.
#[expect(
    clippy::option_option,
    reason = "an impact is left as it is, let follow from the components, or set"
)]
#[derive(Clone, Debug)]
enum Deed {
    Open(IncidentStatus, Option<Status>),
    Update(usize, IncidentStatus, Option<Status>, bool),
    Edit(usize, Option<Option<Impact>>, bool),
    EditUpdate(usize, usize, i64),
    Hide(usize),
    Merge(usize, usize),
    Plan(i64, i64, bool),
    Turn(usize, MaintenanceStatus),
    State(Option<(Status, i64)>),
    Look(&'static str, char),
    Pass(u64),
    Restart(u64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let incident_status = prop::sample::select(vec![
        IncidentStatus::Investigating,
        IncidentStatus::Identified,
        IncidentStatus::Monitoring,
        IncidentStatus::Resolved,
        IncidentStatus::Postmortem,
    ]);
    let status = prop::option::of(prop::sample::select(Status::ALL.to_vec()));
    let impact =
        prop::option::of(prop::option::of(prop::sample::select(vec![Impact::None, Impact::Critical])));
    let maintenance = prop::sample::select(vec![
        MaintenanceStatus::Scheduled,
        MaintenanceStatus::InProgress,
        MaintenanceStatus::Verifying,
        MaintenanceStatus::Completed,
        MaintenanceStatus::Cancelled,
    ]);
    let stated = prop::option::of((prop::sample::select(Status::ALL.to_vec()), 1..400_i64));
    let looks =
        (prop::sample::select(vec!["api/http", "web/http"]), prop::sample::select(vec!['.', 'X', 'd', 'p']));
    prop_oneof![
        2 => (incident_status.clone(), status.clone()).prop_map(|(at, of)| Deed::Open(at, of)),
        4 => (0..8_usize, incident_status, status, any::<bool>()).prop_map(|(n, at, of, b)| Deed::Update(n, at, of, b)),
        1 => (0..8_usize, impact, any::<bool>()).prop_map(|(n, impact, over)| Deed::Edit(n, impact, over)),
        1 => (0..8_usize, 0..5_usize, -50..50_i64).prop_map(|(n, u, at)| Deed::EditUpdate(n, u, at)),
        1 => (0..8_usize).prop_map(Deed::Hide),
        1 => (0..8_usize, 0..8_usize).prop_map(|(one, other)| Deed::Merge(one, other)),
        1 => (0..300_i64, 1..300_i64, any::<bool>()).prop_map(|(start, length, hand)| Deed::Plan(start, length, hand)),
        2 => (0..4_usize, maintenance).prop_map(|(n, status)| Deed::Turn(n, status)),
        1 => stated.prop_map(Deed::State),
        8 => looks.prop_map(|(check, letter)| Deed::Look(check, letter)),
        6 => (1..60_u64).prop_map(Deed::Pass),
        1 => (1..60_u64).prop_map(Deed::Restart),
    ]
}

fn chosen(film: &Film, number: usize) -> IncidentId {
    let known = film.fold.board.incidents.get(number).map(|incident| incident.id.clone());
    known.unwrap_or_else(|| IncidentId::new("nobody").unwrap())
}

/// Does it. What is refused is refused; that nothing is left behind is held by the film.
fn happen(film: &mut Film, deed: &Deed) {
    let of = |status: Option<Status>| status.map(|status| ("web", status));
    let command = match deed.clone() {
        Deed::Open(at, status) => {
            let affected: Vec<_> = of(status).into_iter().collect();
            Command::OpenIncident(Box::new(incident("Slow", says(at, &affected))))
        }
        Deed::Update(number, at, status, annotates) => {
            let affected: Vec<_> = of(status).into_iter().collect();
            let update = Box::new(super::NewUpdate { annotates, ..says(at, &affected) });
            Command::UpdateIncident { id: chosen(film, number), revision: None, update }
        }
        Deed::Edit(number, impact, over) => {
            let edit = Box::new(IncidentEdit { impact, taken_over: Some(over), ..IncidentEdit::default() });
            Command::EditIncident { id: chosen(film, number), revision: None, edit }
        }
        Deed::EditUpdate(incident, number, by_s) => {
            let at = i64::try_from(film.now_s()).unwrap() + by_s;
            let edit = UpdateEdit { body: Some(prose("x")), at: Some(film.moment(at)), next_update_by: None };
            Command::EditUpdate { id: chosen(film, incident), number, revision: None, edit: Box::new(edit) }
        }
        Deed::Hide(number) => Command::HideIncident { id: chosen(film, number), revision: None },
        Deed::Merge(one, other) => {
            Command::MergeIncident { id: chosen(film, one), revision: None, into: chosen(film, other) }
        }
        Deed::Plan(start, length, verified_by_hand) => {
            let now = i64::try_from(film.now_s()).unwrap();
            Command::PlanMaintenance(Box::new(NewMaintenance {
                title: "Work".into(),
                description: "".into(),
                components: vec![component("api")],
                scheduled_start: Some(film.moment(now + start)),
                scheduled_end: film.moment(now + start + length),
                verified_by_hand,
            }))
        }
        Deed::Turn(number, status) => {
            let Some(known) = film.fold.board.maintenances.get(number) else { return };
            let (id, body) = (known.id.clone(), Prose::default());
            Command::UpdateMaintenance { id, revision: None, status: Some(status), body }
        }
        Deed::State(stated) => {
            let now = i64::try_from(film.now_s()).unwrap();
            let statement = stated.map(|(status, length)| {
                Box::new(NewStatement { status, reason: "r".into(), until: Some(film.moment(now + length)) })
            });
            Command::State { component: component("web"), statement }
        }
        Deed::Look(check, letter) => return film.look(check, letter),
        Deed::Pass(seconds) => return film.pass(seconds),
        Deed::Restart(seconds) => return film.restart_after(seconds, page()),
    };
    // Whether it is refused is not what is asked here.
    let _answer = film.command(command);
}

fn holds(board: &Snapshot, now: UnixMs) {
    for incident in &board.incidents {
        assert_eq!(incident.is_open(), incident.resolved_at.is_none(), "{incident:?}");
        assert_eq!(incident.updates.last().unwrap().status, incident.status);
        assert!(incident.updates.is_sorted_by_key(|update| update.at), "{incident:?}");
        assert!(incident.updates.iter().all(|update| update.at <= now), "{incident:?}");
    }
    let began: Vec<UnixMs> = board.incidents.iter().map(|incident| incident.began_at).collect();
    assert!(board.incidents.len() < 2 || began.iter().all(|at| *at <= now));
    for known in &board.maintenances {
        let over = known.status.is_over();
        assert_eq!(over, known.ended_at.is_some(), "{known:?}");
        assert!(known.scheduled_start < known.scheduled_end || over, "{known:?}");
        assert!(!known.status.is_active() || known.started_at.is_some(), "{known:?}");
    }
    for component in &board.components {
        let shown = component.status;
        // A status that contradicts the checks is never shown without saying so.
        if let Some(stated) = &component.stated {
            assert!(stated.measured != shown || stated.until.is_some(), "{component:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_deeds_breaks_an_incident_or_a_maintenance(deeds in prop::collection::vec(deed(), 1..40)) {
        let mut film = Film::of(page());
        for deed in &deeds {
            happen(&mut film, deed);
            holds(&film.fold.board, film.fold.at);
        }
    }
}
