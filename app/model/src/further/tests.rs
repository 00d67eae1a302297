//! What a further page shows and hears of whatever happens on the main one.

use proptest::prelude::*;

use super::*;
use crate::{
    Affected, Announcement, Between, Change, CivilDate, ComponentDefinition, Day, Drill, Event, FailoverKind,
    Impact, IncidentSource, IncidentStatus, Indicator, MaintenanceId, Member, Origin, PageDefinition, Policy,
    Stated, Status, Text,
};

/// Begins every name that a page must not learn.
const HIDDEN: &str = "secret";
/// Components of each kind; those of the first kind are shown.
const COUNT: u8 = 3;

fn id(number: u8) -> ComponentId {
    let kind = if number.is_multiple_of(2) { "shown" } else { HIDDEN };
    ComponentId::new(&format!("{kind}-{}", number / 2 % COUNT)).unwrap()
}

fn text(id: &impl ToString) -> Text {
    Text::from(id.to_string().as_str())
}

fn definition(number: u8) -> ComponentDefinition {
    let group = if number.is_multiple_of(2) { "open" } else { "secret-vault" };
    ComponentDefinition {
        group: Some(GroupId::new(group).unwrap()),
        depends_on: vec![id(number + 1), id(number + 2)],
        ..ComponentDefinition::new(id(number), text(&id(number)))
    }
}

fn board() -> Snapshot {
    let mut board = Snapshot::empty(Origin::new("o").unwrap());
    let group = |name: &str| Group { id: GroupId::new(name).unwrap(), name: name.into() };
    let configured = Change::Configured(PageDefinition {
        page: Page { name: "secret main page".into(), ..Page::default() },
        groups: vec![group("secret-vault"), group("open")],
        components: (0..2 * COUNT).map(definition).collect(),
    });
    for (seq, change) in [(1, day(0)), (2, configured)] {
        board.apply(&Event { seq, after: seq - 1, at: UnixMs(0), change }).unwrap();
    }
    board
}

fn day(number: i32) -> Change {
    Change::DayBegan(Day { date: CivilDate(number), starts_at: UnixMs(i64::from(number) * 1_000) })
}

/// Shows one component by its name and those of a group.
fn page() -> FurtherPage {
    FurtherPage {
        id: PageId::new("partners").unwrap(),
        host: String::new(),
        page: Page { name: "For partners".into(), ..Page::default() },
        components: [id(0)].into(),
        alone: BTreeSet::new(),
        groups: vec![GroupId::new("open").unwrap()],
    }
}

fn view(board: &Snapshot) -> PageView {
    PageView::laid_out(&[], &[page()], (board.seq, board.at)).remove(0)
}

fn name(number: u8) -> IncidentId {
    IncidentId::new(&format!("2026-01-01-{}-no-{}", id(number), number / 4)).unwrap()
}

/// Some of all components, one at least.
fn some(bits: u8) -> Vec<ComponentId> {
    let chosen = (0..2 * COUNT).filter(|number| bits & (1 << number) != 0).map(id);
    chosen.chain([id(bits)]).fold(Vec::new(), |mut all, id| {
        if !all.contains(&id) {
            all.push(id);
        }
        all
    })
}

fn incident(number: u8, components: Vec<ComponentId>, at: i64) -> Incident {
    let mut incident = Incident {
        id: name(number),
        title: Text::default(),
        source: IncidentSource::Automatic,
        status: IncidentStatus::Investigating,
        impact: Impact::Major,
        root: components.first().cloned(),
        components,
        began_at: UnixMs(at),
        resolved_at: None,
        updates: Vec::new(),
        pinned: false,
        taken_over: false,
        impact_stated: false,
        revision: 0,
        edited_at: None,
    };
    incident.updates.push(update(0, at, &[]));
    incident
}

fn update(kind: u8, at: i64, components: &[ComponentId]) -> IncidentUpdate {
    let (status, transition) = match kind % 6 {
        0 => (IncidentStatus::Investigating, Transition::Detected(Status::MajorOutage)),
        1 => (IncidentStatus::Identified, Transition::Changed(Status::PartialOutage)),
        2 => (IncidentStatus::Monitoring, Transition::Recovering),
        3 => (IncidentStatus::Resolved, Transition::Resolved),
        4 => (IncidentStatus::Monitoring, Transition::Joined(name(kind))),
        _ => (IncidentStatus::Resolved, Transition::Merged(name(kind))),
    };
    let affected =
        |component: &ComponentId| Affected { component: component.clone(), status: Status::PartialOutage };
    let mut update = IncidentUpdate::new(UnixMs(at), status, transition);
    update.components = components.iter().map(affected).collect();
    update.next_update_by = kind.is_multiple_of(2).then_some(UnixMs(at + 5));
    update
}

fn redundancy(bits: u8, at: i64) -> Redundancy {
    let member = |component: ComponentId| Member {
        component,
        status: Status::Operational,
        weight: 1,
        role: None,
        serves: false,
        lag_below_ms: None,
    };
    Redundancy {
        policy: Policy::Any,
        state: None,
        since: UnixMs(at),
        common_cause_ppm: 0,
        bare_since: None,
        longest_bare: None,
        members: some(bits).into_iter().map(member).collect(),
    }
}

fn failover(a: u8, b: u8, at: i64) -> Failover {
    Failover {
        number: 1 + u32::from(b),
        component: id(a),
        kind: FailoverKind::Failover,
        from: id(b),
        to: Some(id(a ^ b)),
        failed: Between { after: UnixMs(at), by: UnixMs(at) },
        confirmed_at: UnixMs(at),
        restored: None,
        redundant_at: None,
        lag_ms: None,
        rto_objective_ms: None,
        rpo_objective_ms: None,
        service_lost: false,
        incident: Some(name(a)),
    }
}

/// Any change; those of what is not there are refused by the board.
fn change((kind, a, b): (u8, u8, u8), at: i64) -> Change {
    let secret = || text(&HIDDEN);
    match kind % 14 {
        0 => Change::StatusChanged {
            component: id(a),
            status: Status::ALL[usize::from(b) % 5],
            from: UnixMs(at),
        },
        1 => Change::IncidentOpened(incident(a, some(b), at)),
        2 | 3 => Change::IncidentUpdated {
            id: name(a),
            update: update(b, at, &some(a ^ b)[..usize::from(b % 2)]),
            impact: Impact::Critical,
        },
        4 => Change::IncidentChanged(Box::new(incident(a, some(b), at))),
        5 => Change::IncidentHidden { id: name(a) },
        6 => Change::MaintenanceChanged(Box::new(Maintenance {
            id: MaintenanceId::new(&format!("work-{}", a % 4)).unwrap(),
            components: some(b),
            scheduled_start: UnixMs(at),
            scheduled_end: UnixMs(at + 9),
            ..Maintenance::default()
        })),
        7 => Change::RedundancyChanged { component: id(a), redundancy: Some(Box::new(redundancy(b, at))) },
        8 => Change::FailoverChanged(Box::new(failover(a, b, at))),
        9 => day(i32::from(a)),
        10 => Change::Unwatched { from: UnixMs(at), until: UnixMs(at) },
        11 => {
            Change::Stated { component: id(a), stated: Some(Box::new(Stated::default())), from: UnixMs(at) }
        }
        12 => {
            Change::AnnouncementChanged(Box::new(Announcement { title: secret(), ..Announcement::default() }))
        }
        _ if b.is_multiple_of(2) => Change::Checkpoint,
        _ => Change::DrillHeld(Box::new(Drill {
            began_at: UnixMs(at),
            passed: true,
            took_ms: 0,
            at_risk_ms: None,
            entries: 0,
            observations: 0,
            rto_objective_ms: None,
            rpo_objective_ms: None,
        })),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

proptest! {
    /// Whoever folds what a page hears has what the page shows, and neither names anything that it does not show.
    #[test]
    fn what_is_heard_leads_to_what_is_shown_and_nothing_hidden_is_named(
        wanted in proptest::collection::vec(any::<(u8, u8, u8)>(), 1..60),
    ) {
        let mut board = board();
        let mut view = view(&board);
        let mut follower = view.seen(&board);
        for (index, kind) in wanted.into_iter().enumerate() {
            let at = i64::try_from(index).unwrap() * 10;
            let seq = board.seq + 1 + u64::from(kind.0 % 3);
            let event = Event { seq, after: board.seq, at: UnixMs(at), change: change(kind, at) };
            let before = Before::of(&board, &event.change);
            if board.apply(&event).is_err() {
                continue;
            }
            let place = view.seq;
            match view.hear(&event, &before, &board) {
                Told::Nothing => prop_assert_eq!(view.seq, place),
                Told::Event(told) => {
                    prop_assert_eq!((told.seq, told.after), (seq, place));
                    prop_assert!(!json(&told).contains(HIDDEN), "{}", json(&told));
                    follower.apply(&told).unwrap();
                }
                Told::Anew => follower = view.seen(&board),
            }
            let seen = view.seen(&board);
            prop_assert!(!json(&seen).contains(HIDDEN), "{}", json(&seen));
            prop_assert_eq!(&follower, &seen);
        }
    }
}

fn applied(board: &mut Snapshot, change: Change) -> Snapshot {
    board.apply_change(UnixMs(9), &change).unwrap();
    view(board).seen(board)
}

fn status(number: u8, status: Status) -> Change {
    Change::StatusChanged { component: id(number), status, from: UnixMs(5) }
}

#[test]
fn the_banner_is_that_of_what_is_shown() {
    let mut board = board();
    for number in 0..2 * COUNT {
        applied(&mut board, status(number, Status::Operational));
    }
    assert_eq!(applied(&mut board, status(1, Status::MajorOutage)).indicator(), Indicator::None);
    let hidden = Change::IncidentOpened(incident(1, vec![id(1)], 6));
    assert_eq!(applied(&mut board, hidden).indicator(), Indicator::None);
    let both = Change::IncidentOpened(incident(3, vec![id(3), id(2)], 7));
    let seen = applied(&mut board, both);
    assert_eq!((seen.indicator(), seen.incidents.len()), (Indicator::Major, 1));
    for number in [0, 2, 4] {
        applied(&mut board, status(number, Status::MajorOutage));
    }
    let seen = applied(&mut board, Change::Checkpoint);
    assert_eq!(seen.indicator(), Indicator::Critical);
}

#[test]
fn what_is_found_of_a_hidden_component_is_not_said_of_one_that_is_shown() {
    let mut board = board();
    let mut known = incident(1, vec![id(1), id(0)], 6);
    known.follow(&update(0, 7, &[id(0)]));
    known.follow(&update(1, 8, &[]));
    known.follow(&update(3, 9, &[]));
    let seen = applied(&mut board, Change::IncidentOpened(known));
    let said: Vec<_> = seen.incidents[0].updates.iter().map(|update| update.at.0).collect();
    assert_eq!(said, [7, 9]);
    assert_eq!((seen.incidents[0].components.as_slice(), &seen.incidents[0].root), (&[id(0)][..], &None));
}

#[test]
fn a_member_of_what_is_not_shown_speaks_for_itself() {
    let mut board = board();
    board.components[0].definition.is_member = true;
    assert_eq!(view(&board).seen(&board).listed().count(), 2);
    let mut view = view(&board);
    view.definition.alone.insert(id(0));
    assert_eq!(view.seen(&board).listed().count(), 3);
}

#[test]
fn a_page_that_is_configured_as_before_stays_where_it_is() {
    let known = [view(&board())];
    let other = FurtherPage { host: "example.com".to_owned(), ..page() };
    let place = |wanted: FurtherPage| PageView::laid_out(&known, &[wanted], (70, UnixMs(7))).remove(0).seq;
    assert_eq!((place(page()), place(other)), (2, 70));
}
