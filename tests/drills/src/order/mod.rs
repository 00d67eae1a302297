//! `order`: many write at once and hold their transactions open, hints get lost, and one who reads along must miss nothing.

mod alarm;
mod naive;
mod reader;
mod writers;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use pharos_test_servers::Postgres;
use sqlx::Connection;

use crate::Drill;
use crate::cluster::{percentile_ms, play};
use crate::play::Play;
use crate::report::{Report, count_of};
use reader::Heard;
use writers::{Acknowledged, Writers};

const NAIVE_TAIL: &str = "naive-tail";
const DROWSY: &str = "drowsy";
const WRONG_DOOR: &str = "wrong-door";

pub const DRILL: Drill = Drill {
    name: "order",
    about: "eight who write at once with transactions held open and hints that get lost, and one who reads along",
    round: "three seconds of writing with hints, and three without",
    rounds: 60,
    rounds_short: 3,
    in_tests: true,
    bars: "nothing that was acknowledged is missed, comes twice or out of order; 99 of 100 within the time between two looks and \
           300 ms; a transaction that stays open is told of within 10 s",
    sabotages: &[
        (
            NAIVE_TAIL,
            "who reads along asks for what has a higher number, drawn when it was written and not when it was committed",
        ),
        (DROWSY, "who reads along sleeps for two seconds after each look"),
        (WRONG_DOOR, "the alarm is looked for where only the process tells that it lives"),
    ],
    needs_binary: true,
    run,
};

/// How long one round writes, with hints and without.
const ROUND: Duration = Duration::from_secs(3);
/// How long an entry may take to whoever reads along: the poll's interval and what a busy machine takes.
const DELIVERY_MS_MAX: f64 = 550.0;
/// How long a transaction that holds everybody up may go untold.
const ALARM_MS_MAX: f64 = 10_000.0;
/// Time between two ends of the connections on which hints are heard.
const BETWEEN_LOSSES: Duration = Duration::from_secs(2);
/// From so many rounds on it is the long form.
const LONG_FROM: u32 = 20;

/// What one part found.
struct Part {
    acknowledged: Vec<Acknowledged>,
    heard: Vec<Heard>,
    lost_hints: u64,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let server = Arc::new(Postgres::with_settings("fsync = off\nmax_connections = 200\n"));
        let long = ROUND * drill.rounds;
        let with_hints = part(drill, &server, long, true).await?;
        let without = part(drill, &server, long, false).await?;
        let alarm = alarm::hold(drill, &server, drill.rounds >= LONG_FROM).await?;

        let mut report = Report::default();
        let parts = [&with_hints, &without];
        let (mut missed, mut disordered) = (0, 0);
        for part in parts {
            missed += reader::missed(&part.acknowledged, &part.heard);
            disordered += reader::disordered(&part.heard);
        }
        report.none("missed", "entries that were acknowledged and never heard of", missed);
        report.none("disordered", "entries heard twice or out of order", disordered);
        for (part, name, title) in [
            (&with_hints, "delivery_p99_ms", "from acknowledged to heard, 99 of 100, while hints get lost"),
            (&without, "delivery_without_hints_p99_ms", "the same without hints"),
        ] {
            let took = reader::took(&part.acknowledged, &part.heard);
            report.at_most((name, title, "ms"), percentile_ms(took, 99), DELIVERY_MS_MAX);
        }
        let title = "a transaction that stays open is told of after";
        report.at_most(("alarm_ms", title, "ms"), alarm.told_ms, ALARM_MS_MAX);
        report.at_least(
            ("lost_hints", "connections for hints that were ended", ""),
            count_of(with_hints.lost_hints),
            1.0,
        );
        report.note("recovered_ms", "after its end all is well again after", "ms", alarm.recovered_ms);
        let acknowledged = parts.iter().map(|part| part.acknowledged.len() as u64).sum();
        report.note("acknowledged", "entries that were acknowledged", "", count_of(acknowledged));
        Ok(report)
    })
}

/// Writes and reads along for a while in a database of its own.
async fn part(drill: &Play, server: &Postgres, long: Duration, hints: bool) -> Result<Part> {
    let database = server.database();
    if drill.is(NAIVE_TAIL) {
        return naive::part(drill, &server.address(&database), long).await;
    }
    let suffix = if hints { "&hints=on" } else { "" };
    let address = format!("{}{suffix}", server.address(&database));
    let nap = if drill.is(DROWSY) { Duration::from_secs(2) } else { Duration::ZERO };
    let reading = reader::follow(&address, nap).await?;
    let writing = Writers::start(drill, server.port, (&database, suffix)).await?;
    let mut lost_hints = 0;
    let until = tokio::time::Instant::now() + long;
    let mut stranger = sqlx::PgConnection::connect(&server.address(&database)).await?;
    while tokio::time::Instant::now() < until {
        tokio::time::sleep_until(until.min(tokio::time::Instant::now() + BETWEEN_LOSSES)).await;
        if hints {
            lost_hints += writers::end_listeners(&mut stranger).await?;
        }
    }
    let acknowledged = writing.stop().await;
    let last = acknowledged.iter().map(|entry| entry.seq).max().unwrap_or(0);
    let heard = reading.stop(last).await;
    Ok(Part { acknowledged, heard, lost_hints })
}
