//! Writes every page in every state as HTML files, to look at:
//! `cargo run --package pharos-app --features ssr --example gallery -- FOLDER`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for whoever works on the pages")]

use std::path::Path;

use pharos_app::{ChartPoint, HistoryMonth, Range, Shell, Words, pages};
use pharos_model::{Impact, Snapshot, Status, UnixMs};

#[path = "../src/samples.rs"]
mod samples;

fn with_status(status: Status) -> Snapshot {
    let mut snapshot = samples::varied(5);
    snapshot.components[1].status = status;
    snapshot.components[1].since = samples::NOW.minus_ms(1_500_000);
    snapshot
}

fn in_trouble() -> Snapshot {
    let mut snapshot = with_status(Status::MajorOutage);
    snapshot.components[3].status = Status::DegradedPerformance;
    snapshot.incidents.insert(0, samples::incident("2026-11-23-public-api", "public-api", true));
    snapshot
}

fn hostile() -> Snapshot {
    let mut snapshot = samples::page(&[
        ("<script>alert(\"1\")</script>", Status::PartialOutage),
        ("\"'&amp; quotes", Status::Unknown),
        ("خدمة الدفع", Status::Operational),
        (
            "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
            Status::UnderMaintenance,
        ),
    ]);
    snapshot.page.name = "</title><script>alert(1)</script>".into();
    snapshot.page.notice = "<img src=x onerror=alert(1)>".into();
    snapshot
}

fn unwatched() -> Snapshot {
    let mut snapshot = samples::varied(4);
    for component in &mut snapshot.components {
        component.status = Status::Unknown;
        component.since = samples::NOW.minus_ms(20 * 86_400_000);
    }
    snapshot
}

fn critical() -> Snapshot {
    let mut snapshot = samples::varied(3);
    for component in &mut snapshot.components {
        component.status = Status::MajorOutage;
    }
    let mut incident = samples::incident("2026-11-23-website", "website", true);
    incident.impact = Impact::Critical;
    incident.title = "Nothing works".into();
    snapshot.incidents.insert(0, incident);
    snapshot
}

fn chart() -> Vec<ChartPoint> {
    let minutes = (0..1_440_i64).filter(|minute| !(500..560).contains(minute));
    let point = |minute: i64| {
        let wave = u32::try_from((minute * minute / 37) % 40 + (minute % 720) / 12).unwrap();
        let down = (900..920).contains(&minute);
        ChartPoint {
            start: UnixMs(samples::NOW.0 - (1_440 - minute) * 60_000),
            p50_us: (!down).then_some((80 + wave) * 1_000),
            p95_us: (!down).then_some((120 + wave * 2) * 1_000),
            count: 1,
            failed: u64::from(down),
            stages_us: None,
        }
    };
    minutes.map(point).collect()
}

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "target/gallery".into());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    let shell = Shell::new(None);
    let edition = (&shell, Words::english());
    let write =
        |name: &str, html: String| std::fs::write(folder.join(name).with_extension("html"), html).unwrap();

    let mut good = samples::varied(5);
    good.page.notice =
        "Demo: these services run inside this program. History before its start is made up.".into();
    let states = [
        ("index-operational", good.clone()),
        ("index-degraded", with_status(Status::DegradedPerformance)),
        ("index-trouble", in_trouble()),
        ("index-critical", critical()),
        ("index-maintenance", with_status(Status::UnderMaintenance)),
        ("index-unknown", unwatched()),
        ("index-empty", Snapshot::default()),
        ("index-new", samples::page(&[("API", Status::Unknown), ("Website", Status::Operational)])),
        ("index-one", samples::page(&[("API", Status::Operational)])),
        ("index-20", samples::varied(20)),
        ("index-hostile", hostile()),
    ];
    for (name, snapshot) in &states {
        write(name, pages::index(snapshot, edition));
    }

    let month = HistoryMonth {
        year: 2026,
        month: 11,
        incidents: good.incidents.clone(),
        previous: Some("2026-10".into()),
        next: Some("2026-12".into()),
        component: None,
    };
    write("history", pages::history(&good, &month, edition));
    let quiet = HistoryMonth { incidents: Vec::new(), next: None, ..month };
    write("history-quiet", pages::history(&good, &quiet, edition));
    let trouble = in_trouble();
    write("incident-open", pages::incident(&trouble, &trouble.incidents[0], edition));
    write("incident-over", pages::incident(&good, &good.incidents[0], edition));
    let id = &good.components[1].definition.id;
    write("component", pages::component(&good, id, &good.incidents, (Range::Day, &chart(), &[]), edition));
    write(
        "component-down",
        pages::component(&trouble, id, &trouble.incidents, (Range::Day, &chart(), &[]), edition),
    );
    let new = &states[7].1;
    write(
        "component-new",
        pages::component(new, &new.components[0].definition.id, &[], (Range::Day, &[], &[]), edition),
    );
    write("not-found", pages::not_found(&good, edition));
    println!("{}", folder.display());
}
