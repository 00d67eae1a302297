//! Days, years, ranges and the download, from outside.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use pharos_model::{CivilDate, Snapshot, Span, Status, Tally, UnixMs};
use pharos_tests::{EventStream, Pharos, Setup, Target, wait_for};

use crate::{becomes, one_component, wait_for_page};

/// A page whose component worked and then failed.
fn failing(target: &Target) -> (Setup, Pharos) {
    let setup = Setup::new(&one_component(target)).unwrap();
    let pharos = setup.start().unwrap();
    let stream = EventStream::open(pharos.address, None).unwrap();
    stream.next_fact().unwrap();
    stream.until(becomes(Status::Operational)).unwrap();
    target.answer(500);
    wait_for_page(&pharos, "Public API is not available");
    (setup, pharos)
}

fn page(pharos: &Pharos, path: &str) -> String {
    let answer = pharos.get(path).unwrap();
    assert_eq!(answer.status, 200, "{path}");
    answer.text()
}

fn snapshot(pharos: &Pharos) -> Snapshot {
    EventStream::open(pharos.address, None).unwrap().next_fact().unwrap().snapshot().unwrap()
}

/// Today, as the page has it.
fn today(pharos: &Pharos) -> CivilDate {
    snapshot(pharos).days.last().unwrap().date
}

/// Reads `2026-11-23T14:03:05.123Z`.
fn moment(text: &str) -> UnixMs {
    let date = CivilDate::parse(&text[..10]).unwrap();
    assert!(text.len() == 24 && &text[10..11] == "T" && text.ends_with('Z'), "{text}");
    let number = |range: std::ops::Range<usize>| text[range].parse::<i64>().unwrap();
    let minutes = i64::from(date.0) * 1_440 + number(11..13) * 60 + number(14..16);
    UnixMs((minutes * 60 + number(17..19)) * 1_000 + number(20..23))
}

/// Reads the download.
fn spans(csv: &str) -> Vec<Span> {
    let mut lines = csv.split_terminator("\r\n");
    assert_eq!(lines.next(), Some("from,until,status,measured"));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let [from, until, status, measured] = fields[..] else { panic!("{line}") };
            let known = |word: &str| Status::ALL.into_iter().find(|known| known.as_str() == word);
            Span {
                starts_at: moment(from),
                ends_at: (!until.is_empty()).then(|| moment(until)),
                status: known(status).unwrap(),
                measured: known(measured),
            }
        })
        .collect()
}

#[test]
fn the_page_of_today_tells_of_the_outage_that_lasts() {
    let target = Target::start().unwrap();
    let (_setup, pharos) = failing(&target);
    let path = format!("/components/api/days/{}", today(&pharos));
    let day = page(&pharos, &path);
    assert!(day.contains("Major outage") && day.contains("it lasts"), "{day}");
    assert!(day.contains("/incidents/") && day.contains("Public API is not available"));
    let days = page(&pharos, "/components/api/days");
    assert!(days.contains(&path) && days.contains("Major outage"), "{days}");
    let year = page(&pharos, "/components/api/calendar");
    assert!(year.contains(&path) && year.contains(": major outage"));
    let component = page(&pharos, "/components/api");
    for path in ["/components/api/days", "/components/api/calendar"] {
        assert!(component.contains(&format!("href=\"{path}\"")), "{path}");
    }
}

#[test]
fn anyone_can_reckon_the_figures_from_the_download() {
    let target = Target::start().unwrap();
    let (_setup, pharos) = failing(&target);
    target.answer(200);
    let answer = pharos.get("/components/api/spans.csv").unwrap();
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"api-spans.csv\""));
    wait_for("the download and the snapshot to tell the same", || {
        let snapshot = snapshot(&pharos);
        let csv = page(&pharos, "/components/api/spans.csv");
        let spans = spans(&csv);
        assert!(spans.windows(2).all(|pair| pair[0].ends_at == Some(pair[1].starts_at)), "{csv}");
        assert!(spans.iter().rev().skip(1).all(|span| span.ends_at.is_some()), "{csv}");
        let api = &snapshot.components[0];
        assert_eq!(spans[0].starts_at, api.began);
        let reckoned = Tally::of_spans(&spans, api.began, snapshot.at);
        let told = api.tally(&snapshot.days, snapshot.days.len(), snapshot.at);
        (reckoned == told && told.of(Status::MajorOutage) > 0 && api.status == Status::Operational)
            .then_some(())
    });
}

#[test]
fn of_days_before_the_component_began_nothing_is_known_and_days_to_come_are_not_there() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "Public API");
    let today = today(&pharos);
    let before = page(&pharos, &format!("/components/api/days/{}", CivilDate(today.0 - 40)));
    assert!(before.contains("Nothing is known of this day."), "{before}");
    // Tomorrow may begin meanwhile; the day after it does not.
    let year = today.ymd().0;
    for path in [
        format!("/components/api/days/{}", CivilDate(today.0 + 2)),
        format!("/components/api/calendar/{}", year + 2),
        format!("/components/api/calendar/{}", year - 1),
        "/components/api/days/2026-02-30".to_owned(),
        "/components/api/days/1999-12-31".to_owned(),
        "/components/api/days/today".to_owned(),
        "/components/api/calendar/26".to_owned(),
        "/components/api/8d".to_owned(),
        "/components/api/24h".to_owned(),
        "/components/nobody/days".to_owned(),
        "/components/nobody/7d".to_owned(),
        "/components/nobody/calendar".to_owned(),
        format!("/components/nobody/days/{today}"),
        "/history/2026-01/nobody".to_owned(),
        "/history/2026-01/%3Cscript%3E".to_owned(),
    ] {
        let answer = pharos.get(&path).unwrap();
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("<html"), "{path}");
    }
}

#[test]
fn a_component_has_a_page_for_every_range_in_every_language() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "Public API");
    for prefix in ["", "/en"] {
        for range in ["", "/7d", "/30d", "/90d"] {
            let path = format!("{prefix}/components/api{range}");
            let component = page(&pharos, &path);
            assert!(component.contains(&format!("href=\"{path}#latency\" aria-current=\"page\"")), "{path}");
        }
        assert!(
            page(&pharos, &format!("{prefix}/components/api/days"))
                .contains(&format!("{prefix}/components/api/days/"))
        );
    }
}

#[test]
fn the_history_of_one_component_holds_its_incidents_and_no_others() {
    let target = Target::start().unwrap();
    let other = "  - id: web
    name: Web site
    checks:
      - push: { token: 0123456789abcdef0123456789abcdef, period: 1h }
";
    let setup = Setup::new(&(one_component(&target) + other)).unwrap();
    let pharos = setup.start().unwrap();
    target.answer(500);
    wait_for_page(&pharos, "Public API is not available");
    let month = today(&pharos).to_string()[..7].to_owned();
    assert!(page(&pharos, &format!("/history/{month}/api")).contains("Public API is not available"));
    let web = page(&pharos, &format!("/history/{month}/web"));
    assert!(web.contains("No incidents in this month.") && !web.contains("is not available"));
}
