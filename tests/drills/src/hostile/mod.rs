//! `hostile`: bad targets among two hundred good ones, all watched by the real binary.
//!
//! First all targets behave, so that memory and slots are known as they are without trouble; then the bad ones wake.

mod jitter;
mod kinds;
mod memory;
mod pages;
mod targets;
mod visit;

use std::fmt::Write;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::Drill;
use crate::limits;
use crate::play::Play;
use crate::report::Report;
use crate::report::count_of;
use crate::server::Server;
use kinds::KINDS;
use pharos_measure::command;
use targets::{Bad, Good};

const ECHO: &str = "echo";
const LONG_TIMEOUTS: &str = "long-timeouts";
const STUTTER: &str = "stutter";
const BALLAST: &str = "ballast";
const FORGOTTEN_TARGETS: &str = "forgotten-targets";

pub const DRILL: Drill = Drill {
    name: "hostile",
    about: "bad targets among 200 good ones, watched by the real binary",
    round: "a look at each bad target",
    rounds: 30,
    rounds_short: 6,
    in_tests: true,
    bars: "no probe lasts longer than a second past its timeout, at most 4 MB of memory for each bad target, looks at good targets \
           within 500 ms of their slots in 99 of 100; every bad target is looked at again and again; nothing it says is shown",
    sabotages: &[
        (ECHO, "bad targets say what stands on the page anyway"),
        (LONG_TIMEOUTS, "probes of bad targets may take four seconds while one is reckoned with"),
        (STUTTER, "the server is stopped for a second and a half of every three"),
        (BALLAST, "5 MB for each bad target are added to the memory that is read"),
        (FORGOTTEN_TARGETS, "bad targets are looked at once in a minute"),
    ],
    needs_binary: true,
    run,
};

const GOOD: usize = 200;
const INTERVAL: Duration = Duration::from_secs(2);
/// Looks of all targets before the bad ones wake.
const QUIET_LOOKS: usize = 3;
/// The longest that is waited until all are watched.
const QUIET_MAX: Duration = Duration::from_mins(1);
/// The timeout of every probe.
const TIMEOUT: Duration = Duration::from_secs(1);
const OVERRUN_MS_MAX: f64 = 1_000.0;
const MEGABYTES_MAX: f64 = 4.0;
const JITTER_MS_MAX: f64 = 500.0;
/// What `ballast` adds for each bad target, in megabytes.
const BALLAST_MEGABYTES: f64 = 5.0;

fn run(play: &Play) -> Result<Report> {
    let canary = if play.is(ECHO) {
        "hostile-page".to_owned()
    } else {
        format!("canary{:x}", play.chance(1).next_u64())
    };
    let (bad, good) = (Bad::start(&canary)?, Good::start(GOOD)?);
    let server = Server::start(play, &yaml(play, &bad, &good))?;
    wait_for_looks(&bad, &good, play)?;
    let memory = memory::Watch::begin(server.pid());
    // Two intervals tell what a quiet server needs.
    thread::sleep(INTERVAL * 2);
    let quiet_bytes = memory.most();
    bad.wake();
    let from = Instant::now();
    let until = from + INTERVAL * play.rounds;
    while Instant::now() < until {
        if play.is(STUTTER) {
            stutter(server.pid())?;
        }
        thread::sleep(limits::POLL_PAUSE);
    }
    let most_bytes = memory.most();
    let shown = pages::showing(server.address, &canary)?;
    drop((memory, server));
    bad.wait_for_end();
    let held: Vec<_> = bad.held().into_iter().filter(|held| held.began > from).collect();
    ensure!(!held.is_empty(), "no bad target was looked at");
    // What was open when the server went was ended by that.
    let longest = held.iter().filter(|held| held.began + TIMEOUT * 2 < until).max_by_key(|held| held.lasted);
    let over_ms = longest.map_or(0, |held| held.lasted.saturating_sub(TIMEOUT).as_millis());
    if let Some(held) = longest {
        eprintln!("drill: {} was held longest: {} ms", KINDS[held.kind].name, held.lasted.as_millis());
    }
    let least_looks = usize::try_from(play.rounds / 2)?.max(1);
    let looks = |place: usize| held.iter().filter(|held| held.kind == place).count();
    let starved: Vec<&str> =
        (0..KINDS.len()).filter(|place| looks(*place) < least_looks).map(|place| KINDS[place].name).collect();
    for page in &shown {
        eprintln!("drill: what a bad target said stands on {page}");
    }
    let asked = good.asked();
    let all = asked.iter().flat_map(|asked| jitter::deviations_ms(asked, (from, until), INTERVAL));
    let jitter_ms = jitter::percentile(all.collect(), 99);

    let mut report = Report::default();
    let title = "longest probe past its timeout";
    report.at_most(("overrun_ms", title, "ms"), count_of(u64::try_from(over_ms)?), OVERRUN_MS_MAX);
    let count = count_of(KINDS.len() as u64);
    let ballast = if play.is(BALLAST) { BALLAST_MEGABYTES } else { 0.0 };
    let megabytes = count_of(most_bytes.saturating_sub(quiet_bytes)) / 1e6 / count + ballast;
    report.at_most(("megabytes_per_probe", "memory for each bad target", "MB"), megabytes, MEGABYTES_MAX);
    let title = "looks at good targets off their slots, 99 of 100";
    report.at_most(("jitter_p99_ms", title, "ms"), count_of(jitter_ms), JITTER_MS_MAX);
    report.none("shown", "pages that show what a bad target said", shown.len() as u64);
    if !starved.is_empty() {
        eprintln!("drill: hardly looked at: {}", starved.join(", "));
    }
    report.none("starved", "bad targets that were hardly looked at", starved.len() as u64);
    report.note("bad", "bad targets", "", count);
    report.note("quiet_megabytes", "memory before they woke", "MB", count_of(quiet_bytes) / 1e6);
    report.note("connections", "connections to bad targets", "", count_of(held.len() as u64));
    Ok(report)
}

/// Waits until every target was looked at some times.
fn wait_for_looks(bad: &Bad, good: &Good, play: &Play) -> Result<()> {
    let wanted = if play.is(FORGOTTEN_TARGETS) { 1 } else { QUIET_LOOKS };
    let deadline = Instant::now() + QUIET_MAX;
    while Instant::now() < deadline {
        let held = bad.held();
        let bad_looks = (0..KINDS.len()).map(|place| held.iter().filter(|held| held.kind == place).count());
        if bad_looks.min() >= Some(wanted) && good.asked().iter().map(Vec::len).min() >= Some(QUIET_LOOKS) {
            return Ok(());
        }
        thread::sleep(limits::POLL_PAUSE);
    }
    anyhow::bail!("some targets were not looked at {QUIET_LOOKS} times within {} s", QUIET_MAX.as_secs())
}

/// Stops the server for half of three seconds.
fn stutter(pid: u32) -> Result<()> {
    for signal in ["STOP", "CONT"] {
        command::run(Command::new("sh").args(["-c", &format!("kill -{signal} {pid}")]))?;
        thread::sleep(Duration::from_millis(1_500));
    }
    Ok(())
}

fn yaml(play: &Play, bad: &Bad, good: &Good) -> String {
    let mut text = String::from("page: { name: hostile-page }\ncomponents:\n");
    let mut component = |name: &str, check: &str, interval: &str, timeout: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  - id: {name}\n    name: {name}\n    checks:\n      - {check}\n        interval: {interval}\n        timeout: {timeout}"
        );
    };
    for number in 0..GOOD {
        let check = format!("http: {{ url: 'http://{}/good/{number}' }}", good.address);
        component(&format!("good-{number}"), &check, "2s", "1s");
    }
    let (interval, timeout) = match play.sabotage {
        Some(LONG_TIMEOUTS) => ("4s", "4s"),
        Some(FORGOTTEN_TARGETS) => ("60s", "1s"),
        _ => ("2s", "1s"),
    };
    for (kind, address) in KINDS.iter().zip(&bad.addresses) {
        component(&format!("bad-{}", kind.name), &kind.check(*address), interval, timeout);
    }
    text
}
