//! `moment`: numbered announcements, a moment among them, then all of them are taken down; the archive is restored to that moment.
//!
//! It is restored into a file of SQLite and into PostgreSQL, from either. What is there then must be what was there at that moment.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use pharos_model::UnixMs;
use pharos_test_servers::Postgres;
use serde_json::{Value, json};

use crate::Drill;
use crate::alone::Alone;
use crate::clock;
use crate::cluster::play;
use crate::play::Play;
use crate::report::{Report, count_of};

const A_SECOND_EARLY: &str = "a-second-early";
const TO_THE_END: &str = "to-the-end";

pub const DRILL: Drill = Drill {
    name: "moment",
    about: "an archive restored to a moment before all was taken down, from and into both kinds of database",
    round: "ten numbered announcements before the moment and ten after, from each kind of database",
    rounds: 5,
    rounds_short: 1,
    in_tests: true,
    bars: "exactly what was there at the moment is there; moments before the first entry and after the last are refused, with those that are possible; \
           a restore takes at most 10 s",
    sabotages: &[
        (A_SECOND_EARLY, "it is restored to a second before the moment"),
        (TO_THE_END, "it is restored to the end"),
    ],
    needs_binary: true,
    run,
};

const YAML: &str = "page: { name: Moment }\ncomponents:\n  - id: one\n    name: One\n    checks: []\n";
/// Announcements before the moment, and again after it.
const NUMBERS: u32 = 10;
/// Time between what happens before the moment and after it.
const APART: Duration = Duration::from_millis(20);
const TOOK_S_MAX: f64 = 10.0;
/// How much earlier a sabotage restores: the announcements of a round take longer.
const EARLY_MS: u64 = 1_000;

/// What all restores brought.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    off: u64,
    restores: u64,
    accepted: u64,
    took_s: f64,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let server = Postgres::with_settings("fsync = off\n");
        let mut found = Found::default();
        for _ in 0..drill.rounds {
            for source in [None, Some(server.address(&server.database()))] {
                from(drill, source, &server, &mut found).await?;
            }
        }
        let mut report = Report::default();
        report.none(
            "off",
            "announcements that are there and should not be, or the other way round",
            found.off,
        );
        report.none(
            "accepted",
            "moments that cannot be restored and were not refused with those that can",
            found.accepted,
        );
        report.at_most(("took_s", "longest restore", "s"), found.took_s, TOOK_S_MAX);
        report.at_least(("restores", "restores", ""), count_of(found.restores), f64::from(drill.rounds * 4));
        Ok(report)
    })
}

/// One life on a database, and what is restored from its archive.
async fn from(drill: &Play, source: Option<String>, server: &Postgres, found: &mut Found) -> Result<()> {
    let mut alone = Alone::new(drill, YAML)?;
    alone.keeps_in_database(source);
    let before = clock::now();
    let token = alone.token(&["read", "announcements"])?;
    alone.start().await?;
    let mut there = BTreeSet::new();
    for number in 1..=NUMBERS {
        there.insert(announce(&alone, &token, number)?);
        if number == NUMBERS / 2 {
            tokio::time::sleep(Duration::from_millis(EARLY_MS)).await;
        }
    }
    tokio::time::sleep(APART).await;
    let moment = clock::now();
    tokio::time::sleep(APART).await;
    for number in NUMBERS + 1..=NUMBERS * 2 {
        announce(&alone, &token, number)?;
    }
    for id in shown(&alone, &token)?.into_keys() {
        act(&alone, &token, "DELETE", &format!("/announcements/{id}"), None)?;
    }
    ensure!(shown(&alone, &token)?.is_empty(), "announcements are still there after they were taken down");
    let (archive, [option, place]) = (alone.at("archive").display().to_string(), alone.place());
    let copied = alone.run(&["backup", "--to", &archive, &option, &place])?;
    ensure!(copied.done, "no archive could be made: {}", copied.complaint);
    alone.stop()?;

    for (number, into) in [None, Some(server.address(&server.database()))].into_iter().enumerate() {
        alone.keeps_in_database(into);
        alone.keeps_in(alone.at(&format!("restored-{number}")));
        let [option, place] = alone.place();
        for impossible in [before.minus_ms(60_000), clock::now().plus_ms(3_600_000)] {
            let until = written(impossible)?;
            let said = alone.run(&["restore", "--from", &archive, "--until", &until, &option, &place])?;
            if !said.refused() || !said.complaint.contains("choose a time from") {
                eprintln!("drill: {until} was not refused: {said:?}");
                found.accepted += 1;
            }
        }
        let until = written(if drill.is(A_SECOND_EARLY) { moment.minus_ms(EARLY_MS) } else { moment })?;
        let mut words = vec!["restore", "--from", &archive, &option, &place];
        if !drill.is(TO_THE_END) {
            words.extend(["--until", &until]);
        }
        let began = Instant::now();
        let said = alone.run(&words)?;
        found.took_s = found.took_s.max(began.elapsed().as_secs_f64());
        ensure!(said.done, "it could not be restored: {}", said.complaint);
        found.restores += 1;
        // Who could sign in still can.
        alone.start().await?;
        let restored: BTreeSet<String> = shown(&alone, &token)?.into_values().collect();
        found.off += restored.symmetric_difference(&there).count() as u64;
        alone.stop()?;
    }
    Ok(())
}

fn written(at: UnixMs) -> Result<String> {
    let at = Timestamp::from_millisecond(at.0).context("no such time")?;
    Ok(format!("{at:.3}"))
}

/// Makes an announcement; its title.
fn announce(alone: &Alone, token: &str, number: u32) -> Result<String> {
    let title = format!("Announcement {number}");
    act(alone, token, "POST", "/announcements", Some(&json!({ "title": title, "body": "" })))?;
    Ok(title)
}

/// Announcements that are shown, each by its identifier with its title.
fn shown(alone: &Alone, token: &str) -> Result<std::collections::BTreeMap<String, String>> {
    let known = act(alone, token, "GET", "/announcements", None)?;
    let known = known.as_array().context("announcements are no list")?.iter();
    let shown = known.filter(|known| known["ended_at"].is_null()).map(|known| {
        let (id, title) = (known["id"].as_str(), known["title"].as_str());
        Ok((id.context("no identifier")?.to_owned(), title.context("no title")?.to_owned()))
    });
    shown.collect()
}

fn act(alone: &Alone, token: &str, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
    let (path, body) = (format!("/api/v1{path}"), body.map(Value::to_string));
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = pharos_tests::send(alone.address, method, &path, (&headers, body.as_deref()))?;
    ensure!((200..300).contains(&answer.status), "{path}: {}: {}", answer.status, answer.text());
    Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
}
