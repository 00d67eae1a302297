//! The event stream, from outside.

use pharos_model::{Change, Pulse, Snapshot, Status};
use pharos_tests::{EventStream, Setup, Target};

use crate::{becomes, one_component};

#[test]
fn a_new_listener_hears_everything_anew_and_then_each_change() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    let stream = EventStream::open(pharos.address, None).unwrap();
    assert!(stream.head.contains("content-type: text/event-stream; charset=utf-8\r\n"), "{}", stream.head);
    assert!(stream.head.contains("x-accel-buffering: no\r\n"));
    let first = stream.next_fact().unwrap();
    assert_eq!(first.event, "reset");
    assert!(first.retry_ms.is_some());
    let mut snapshot: Snapshot = first.snapshot().unwrap();
    target.answer(503);
    for event in stream.until(becomes(Status::MajorOutage)).unwrap() {
        snapshot.apply(&event).unwrap();
    }
    assert_eq!(snapshot.components[0].status, Status::MajorOutage);
    let opened = stream.until(|event| matches!(event.change, Change::IncidentOpened(_))).unwrap();
    snapshot.apply(opened.last().unwrap()).unwrap();
    assert_eq!(snapshot.open_incidents().count(), 1);
}

#[test]
fn one_who_was_cut_off_hears_exactly_what_was_missed_even_over_a_killed_server() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    let stream = EventStream::open(pharos.address, None).unwrap();
    let mut snapshot = stream.next_fact().unwrap().snapshot().unwrap();
    for event in stream.until(becomes(Status::Operational)).unwrap() {
        snapshot.apply(&event).unwrap();
    }
    drop(stream);
    target.answer(500);
    let other = EventStream::open(pharos.address, None).unwrap();
    other.next_fact().unwrap();
    other.until(|event| matches!(event.change, Change::IncidentOpened(_))).unwrap();
    pharos.kill().unwrap();

    let pharos = setup.start().unwrap();
    let last = format!("{}.{}", snapshot.origin, snapshot.seq);
    let stream = EventStream::open(pharos.address, Some(&last)).unwrap();
    target.answer(200);
    // Applying refuses gaps, and every event must move the snapshot on: nothing missed, nothing twice.
    for event in stream.until(becomes(Status::Operational)).unwrap() {
        assert!(event.seq > snapshot.seq, "heard twice: {event:?}");
        snapshot.apply(&event).unwrap();
    }
    let whole = EventStream::open(pharos.address, None).unwrap().next_fact().unwrap().snapshot().unwrap();
    assert_eq!(whole.incidents.len(), 1);
    assert_eq!(whole.incidents[0].id, snapshot.incidents[0].id);
}

#[test]
fn a_listener_to_another_journal_hears_everything_anew() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    for last in ["elsewhere.1", "nonsense", ".", "elsewhere.99999999999999999999"] {
        let stream = EventStream::open(pharos.address, Some(last)).unwrap();
        assert_eq!(stream.next_fact().unwrap().event, "reset", "{last}");
    }
}

#[test]
fn streams_say_that_they_live_although_nothing_changes() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    let stream = EventStream::open(pharos.address, None).unwrap();
    let pulse = loop {
        let frame = stream.next_frame().unwrap();
        if frame.event == "pulse" && frame.data.contains("\"component\":\"api\"") {
            break frame;
        }
    };
    assert_eq!(pulse.id, "");
}

#[test]
fn one_who_missed_nothing_is_told_at_once_that_the_watcher_lives() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    let stream = EventStream::open(pharos.address, None).unwrap();
    let origin = stream.next_fact().unwrap().snapshot().unwrap().origin;
    let heard = stream.until(becomes(Status::Operational)).unwrap();
    let place = format!("{origin}.{}", heard.last().unwrap().seq);
    let greeting = EventStream::open(pharos.address, Some(&place)).unwrap().next_frame().unwrap();
    assert!(greeting.retry_ms.is_some(), "{greeting:?} was not the first thing said");
    let pulse: Pulse = serde_json::from_str(&greeting.data).unwrap();
    assert!(pulse.checked_at.is_some(), "{pulse:?}");
}

#[test]
fn streams_end_at_once_when_the_server_is_told_to_end() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let mut pharos = pharos.start().unwrap();
    let streams: Vec<_> = (0..20).map(|_| EventStream::open(pharos.address, None).unwrap()).collect();
    for stream in &streams {
        assert_eq!(stream.next_fact().unwrap().event, "reset");
    }
    let started = std::time::Instant::now();
    pharos.signal("TERM").unwrap();
    for stream in &streams {
        while stream.next_fact().unwrap().event != "closing" {}
    }
    assert!(pharos.ended().success());
    assert!(started.elapsed() < std::time::Duration::from_secs(4), "took {:?}", started.elapsed());
}
