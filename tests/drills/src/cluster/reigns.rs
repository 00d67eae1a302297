//! Who led when, as each node logged it by its own clock. All nodes of a machine share that clock, so that two who led at once can be
//! told to the microsecond.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::node::Node;
use crate::limits::POLL_PAUSE;

/// What a node logs when it begins to lead, before the term.
const BEGINS: &str = "this node leads term=";
/// What it logs when it ends to, whatever the reason.
const ENDS: &str = "this node leads no more";

/// A leadership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reign {
    /// The place of the node that led.
    pub node: usize,
    /// The how-manieth leadership it was.
    pub term: u64,
    /// When it was logged, in microseconds.
    pub from_us: i64,
    /// When its end was logged, or the node was ended; `None` while it lasts.
    pub until_us: Option<i64>,
}

/// All leaderships of these nodes in the order in which they began.
///
/// # Errors
/// When a log cannot be read.
pub fn all(nodes: &[Node]) -> Result<Vec<Reign>> {
    let mut all = Vec::new();
    for (place, node) in nodes.iter().enumerate() {
        for (log, end) in node.lives() {
            let end_us = end.map(|end| end.0 * 1_000);
            all.extend(read(place, &log, end_us).with_context(|| format!("the log of {}", node.name))?);
        }
    }
    all.sort_by_key(|reign| reign.from_us);
    Ok(all)
}

/// The leaderships in the log of one life of a node.
fn read(node: usize, log: &str, end_us: Option<i64>) -> Result<Vec<Reign>> {
    let mut reigns: Vec<Reign> = Vec::new();
    for line in log.lines() {
        if let Some((_, term)) = line.split_once(BEGINS) {
            let term = term.split(' ').next().unwrap_or_default().parse()?;
            reigns.push(Reign { node, term, from_us: moment_us(line)?, until_us: None });
        } else if line.contains(ENDS)
            && let Some(last) = reigns.last_mut().filter(|reign| reign.until_us.is_none())
        {
            last.until_us = Some(moment_us(line)?);
        }
    }
    if let Some(last) = reigns.last_mut().filter(|reign| reign.until_us.is_none()) {
        last.until_us = end_us;
    }
    Ok(reigns)
}

/// The moment with which a line begins, in microseconds.
fn moment_us(line: &str) -> Result<i64> {
    let word = line.split_whitespace().next().unwrap_or_default();
    let moment: jiff::Timestamp = word.parse().with_context(|| format!("`{word}` is no moment"))?;
    Ok(moment.as_microsecond())
}

/// How long two of them led at once, at most, in microseconds.
pub fn overlap_us(reigns: &[Reign]) -> i64 {
    let mut most = 0;
    for (place, one) in reigns.iter().enumerate() {
        for other in reigns.iter().skip(place + 1).filter(|other| other.term != one.term) {
            let until = one.until_us.unwrap_or(i64::MAX).min(other.until_us.unwrap_or(i64::MAX));
            most = most.max(until.saturating_sub(other.from_us));
        }
    }
    most
}

/// The leadership that lasts.
///
/// # Errors
/// When nobody leads.
pub fn now(nodes: &[Node]) -> Result<Reign> {
    let reigns = all(nodes)?;
    let lasting = reigns.into_iter().filter(|reign| reign.until_us.is_none());
    lasting.max_by_key(|reign| reign.term).context("nobody leads")
}

/// Waits until one leads under a later term.
///
/// # Errors
/// When none does in time.
pub async fn after(nodes: &[Node], term: u64, wait_max: Duration) -> Result<Reign> {
    let until = Instant::now() + wait_max;
    loop {
        if let Some(found) = all(nodes)?.into_iter().find(|reign| reign.term > term) {
            return Ok(found);
        }
        if Instant::now() > until {
            bail!("nobody leads after term {term} within {} s", wait_max.as_secs());
        }
        tokio::time::sleep(POLL_PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_who_lead_at_once_are_told_to_the_microsecond() {
        let first = "2026-11-27T08:00:00.000001Z  INFO pharos_store::leadership: this node leads term=3\n\
                     2026-11-27T08:00:02.500000Z ERROR pharos_store::leadership: another node has taken over the lease; this \
                     node leads no more\n\
                     2026-11-27T08:00:02.600000Z  INFO pharos_store::leadership: this node leads no more term=3";
        let second = "2026-11-27T08:00:02.499990Z  INFO pharos_store::leadership: this node leads term=4";
        let mut reigns = read(0, first, None).unwrap();
        assert_eq!(overlap_us(&reigns), 0);
        reigns.extend(read(1, second, None).unwrap());
        assert_eq!(overlap_us(&reigns), 10);
        assert_eq!(read(1, second, Some(7)).unwrap()[0].until_us, Some(7));
    }
}
