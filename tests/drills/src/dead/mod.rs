//! `dead`: every server is dead, and a plain web server has the copy of the page.
//!
//! What a visitor then sees Chromium tells (`tests/browser/drills/dead.mjs`), as for the browser tests.

mod browser;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::Drill;
use crate::alone::Alone;
use crate::clock;
use crate::cluster::http::Answered;
use crate::cluster::upstream::Upstream;
use crate::cluster::{node, play};
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::report::{Report, count_of};
use browser::Browser;

const ALIVE: &str = "alive";
const CALLS_HOME: &str = "calls-home";
const OLDER: &str = "older";
const BARE: &str = "bare";

pub const DRILL: Drill = Drill {
    name: "dead",
    about: "every server is killed, and of the page its copy on a plain web server is left, with a widget on somebody else's page",
    round: "two changes before that, and two visits after, with scripts and without",
    rounds: 10,
    rounds_short: 2,
    in_tests: false,
    bars: "all is there, styled and grey, and nothing is asked of the origin; it says how old it is to the second; a change is in the copy within 60 s; \
           a visit takes 1 s and 150 kB; the widget says that it knows nothing within 20 s; axe finds nothing",
    sabotages: &[
        (ALIVE, "the server is not killed"),
        (CALLS_HOME, "the first page of the copy has the browser connect to the origin"),
        (OLDER, "the first page of the copy says that it is ten seconds older than it is"),
        (BARE, "the first page of the copy has no styles"),
    ],
    needs_binary: true,
    run,
};

const TARGETS: usize = 20;
/// How long a change is waited for in the copy.
const PUBLISHED_MAX: Duration = Duration::from_mins(2);
const LAG_S_MAX: f64 = 60.0;
const LOAD_MS_MAX: f64 = 1_000.0;
const BYTES_MAX: f64 = 150_000.0;
const AGE_S_MAX: f64 = 1.0;
const WIDGET_S_MAX: f64 = 20.0;
/// What the first page of the copy says when all is well.
const WELL: &str = "All systems operational";

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let upstream = Upstream::start(TARGETS).await?;
        let mut alone = Alone::new(drill, "")?;
        let copy = alone.at("copy");
        let components = node::yaml_beside(&upstream, TARGETS, &[], (1, "    incidents: { auto: off }\n"));
        alone.configure(&format!("copy: {{ to: '{}' }}\n{components}", copy.display()))?;
        alone.start().await?;
        published(&copy.join("index.html"), true).await?;
        written(&copy.join("copy.json"), |list| list.contains("calendar")).await?;
        let (lags, shown_ms) = lags(&upstream, &alone, &copy.join("index.html"), drill.rounds).await?;
        let mut browser = Browser::start(&alone, &copy, drill.rounds)?;
        browser.watches()?;
        if !drill.is(ALIVE) {
            alone.kill();
        }
        let front = copy.join("index.html");
        // By the clock of the file system, which is nobody's here.
        let written_ms = fs::metadata(&front)?.modified()?.duration_since(UNIX_EPOCH)?.as_secs_f64() * 1e3;
        if let Some(wrong) = wrong(drill, &fs::read_to_string(&front)?, &alone) {
            fs::write(&front, wrong)?;
        }
        let said = browser.ends()?;
        let mut report = Report::default();
        tell(&mut report, &said, (count_of(shown_ms), written_ms))?;
        let worst = lags.iter().copied().fold(0.0, f64::max);
        let title = "from a change on the page until it is in the copy, at most";
        report.at_most(("lag_s", title, "s"), worst, LAG_S_MAX);
        report.at_least(
            ("changes", "changes", ""),
            count_of(lags.len() as u64),
            f64::from(drill.rounds) * 2.0,
        );
        Ok(report)
    })
}

/// How long changes take from the node's own page into the copy, in seconds; and when the node began to show that all is well, in milliseconds of
/// the clock of the wall.
async fn lags(upstream: &Upstream, alone: &Alone, front: &Path, rounds: u32) -> Result<(Vec<f64>, u64)> {
    let (mut lags, mut shown_ms) = (Vec::new(), 0);
    for _ in 0..rounds {
        for is_well in [false, true] {
            upstream.fail(0, !is_well);
            let began = Instant::now();
            while !matches!(alone.get("/").await, Answered::With(200, page) if page.contains(WELL) == is_well)
            {
                if began.elapsed() > PUBLISHED_MAX {
                    bail!("the page does not show a change after {} s", PUBLISHED_MAX.as_secs());
                }
                tokio::time::sleep(POLL_PAUSE).await;
            }
            let shown = Instant::now();
            shown_ms = clock::now().0.unsigned_abs();
            published(front, is_well).await?;
            lags.push(shown.elapsed().as_secs_f64());
        }
    }
    Ok((lags, shown_ms))
}

/// Waits until the first page of the copy says that all is well, or not.
async fn published(front: &Path, is_well: bool) -> Result<()> {
    written(front, |page| page.contains("</html>") && page.contains(WELL) == is_well).await
}

async fn written(path: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<()> {
    let began = Instant::now();
    while !fs::read_to_string(path).is_ok_and(|text| is_wanted(&text)) {
        if began.elapsed() > PUBLISHED_MAX {
            bail!("{} does not say what it should after {} s", path.display(), PUBLISHED_MAX.as_secs());
        }
        tokio::time::sleep(POLL_PAUSE).await;
    }
    Ok(())
}

/// The first page as the drill was told to falsify it.
fn wrong(drill: &Play, page: &str, alone: &Alone) -> Option<String> {
    if drill.is(CALLS_HOME) {
        let link = format!("</title><link rel=\"preconnect\" href=\"http://{}\">", alone.address);
        return Some(page.replacen("</title>", &link, 1));
    }
    if drill.is(BARE) {
        return Some(page.replace("<style", "<template").replace("</style", "</template"));
    }
    if drill.is(OLDER) {
        let (before, rest) = page.split_once("class=\"notice copied\"")?;
        let (words, rest) = rest.split_once("datetime=\"")?;
        let (at, rest) = rest.split_once('"')?;
        let at = at.parse::<jiff::Timestamp>().ok()?.checked_sub(jiff::SignedDuration::from_secs(10)).ok()?;
        return Some(format!("{before}class=\"notice copied\"{words}datetime=\"{at}\"{rest}"));
    }
    None
}

fn tell(report: &mut Report, said: &Value, (shown_ms, written_ms): (f64, f64)) -> Result<()> {
    let (mut faults, mut findings) = (Vec::new(), Vec::new());
    let words = |value: &Value| {
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut age_s = 0.0_f64;
    for (mode, title) in [("plain", "without scripts"), ("scripts", "with scripts")] {
        let visits = said[mode].as_array().context("the browser tells of no visits")?;
        let worst = |name: &str| visits.iter().map(|visit| number(&visit[name])).fold(0.0, f64::max);
        report.at_most(
            (&format!("{mode}_load_ms"), &format!("{title}: until it is loaded, at most"), "ms"),
            worst("load"),
            LOAD_MS_MAX,
        );
        report.at_most(
            (&format!("{mode}_bytes"), &format!("{title}: bytes over the wire, at most"), "B"),
            worst("bytes"),
            BYTES_MAX,
        );
        for visit in visits {
            faults.extend(words(&visit["faults"]));
            findings.extend(words(&visit["axe"]));
            // What it shows was so from one moment on, and it knows nothing of what came after the other.
            let as_of = number(&visit["as_of"]);
            age_s = age_s.max(shown_ms - as_of).max(as_of - written_ms);
        }
    }
    faults.extend(words(&said["others"]));
    for words in faults.iter().chain(&findings) {
        eprintln!("drill: {words}");
    }
    report.none("faults", "what is missing on pages of the copy", faults.len() as u64);
    report.none("axe", "what axe finds on the first page", findings.len() as u64);
    report.at_most(
        ("age_s", "its age, off the time in which the page said the same", "s"),
        age_s / 1e3,
        AGE_S_MAX,
    );
    report.at_most(("asked", "connections to where the servers were", ""), number(&said["asked"]), 0.0);
    report.at_most(
        ("widget_s", "until the widget says that it knows nothing", "s"),
        number(&said["widget_s"]),
        WIDGET_S_MAX,
    );
    Ok(())
}

/// A number, or more than any bar where there is none.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_the_browser_does_not_tell_misses_every_bar() {
        let visit = serde_json::json!({ "load": 10, "bytes": null, "as_of": 5_000, "faults": [], "axe": [] });
        let said = serde_json::json!({ "plain": [visit], "scripts": [visit], "others": [], "asked": 0, "widget_s": 3 });
        let mut report = Report::default();
        tell(&mut report, &said, (4_000.0, 6_000.0)).unwrap();
        assert!(report.missed().contains("bytes over the wire"), "{}", report.missed());
        assert!(!report.missed().contains("its age"));
    }
}
