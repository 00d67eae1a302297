//! Who plays: pairs and quorums, their members, and the configuration that watches them.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use pharos_model::ComponentId;

use super::script::Cast;

/// Services that play at the same time.
const PAIRS_MAX: u32 = 8;
const QUORUMS_MAX: u32 = 2;
/// One of so many failovers is that of a quorum.
const QUORUM_EVERY: u32 = 5;
/// Members of a quorum, and how many of them must work.
const QUORUM: (usize, u32) = (5, 3);
/// How often two members claim to be the primary.
const CONFLICTS: u32 = 2;
/// How long members take over their answers, in milliseconds, in turn.
const TAKES_MS: [u64; 4] = [0, 300, 0, 150];

/// Whether a service is a pair.
pub fn is_pair(cast: &Cast) -> bool {
    cast.members.len() == 2
}

/// The services that fail over so often in all.
///
/// # Errors
/// Never: their names are good.
pub fn casts(failovers: u32) -> Result<Vec<Cast>> {
    let by_quorums = failovers / QUORUM_EVERY;
    let by_pairs = failovers - by_quorums;
    let pairs = by_pairs.clamp(CONFLICTS, PAIRS_MAX);
    let quorums = by_quorums.min(QUORUMS_MAX);
    let share = |all: u32, of: u32, number: u32| all / of + u32::from(number < all % of);
    let mut casts = Vec::new();
    let mut place = 0;
    for number in 0..pairs + quorums {
        let (name, size, acts) = if number < pairs {
            (format!("pair-{number}"), 2, share(by_pairs, pairs, number))
        } else {
            let number = number - pairs;
            (format!("quorum-{number}"), QUORUM.0, share(by_quorums, quorums, number))
        };
        let id = |text: &str| ComponentId::new(text).context("a name of a component");
        let mut members = Vec::new();
        for letter in ["a", "b", "c", "d", "e"].iter().take(size) {
            let takes = Duration::from_millis(TAKES_MS[place % TAKES_MS.len()]);
            members.push((id(&format!("{name}-{letter}"))?, place, takes));
            place += 1;
        }
        let ends_in_conflict = number < CONFLICTS;
        casts.push(Cast { component: id(&name)?, members, acts, ends_in_conflict });
    }
    Ok(casts)
}

/// The configuration that watches them.
pub fn yaml(casts: &[Cast], upstream: SocketAddr) -> String {
    let mut text = String::from("page: { name: Film }\ncomponents:\n");
    let mut line = |words: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{words}");
    };
    for cast in casts {
        let policy = if is_pair(cast) {
            "policy: primary_standby".to_owned()
        } else {
            format!("policy: quorum, quorum: {}", QUORUM.1)
        };
        let names: Vec<&str> = cast.members.iter().map(|(id, ..)| id.as_str()).collect();
        let id = &cast.component;
        line(format_args!("  - id: {id}\n    name: {id}"));
        line(format_args!("    redundancy: {{ {policy}, members: [{}] }}", names.join(", ")));
        for (id, place, _) in &cast.members {
            let role = if is_pair(cast) {
                ", role: { field: /role, lag_field: /lag, lag_unit: milliseconds }"
            } else {
                ""
            };
            line(format_args!("  - id: {id}\n    name: {id}\n    checks:"));
            line(format_args!("      - health: {{ url: 'http://{upstream}/member/{place}'{role} }}"));
            line(format_args!("        interval: 1s\n        timeout: 900ms"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failover_is_played_by_somebody_and_no_two_members_share_a_place() {
        for failovers in [1, 6, 50, 51] {
            let casts = casts(failovers).unwrap();
            assert_eq!(casts.iter().map(|cast| cast.acts).sum::<u32>(), failovers);
            assert_eq!(casts.iter().filter(|cast| cast.ends_in_conflict).count(), 2);
            let mut places: Vec<usize> =
                casts.iter().flat_map(|cast| &cast.members).map(|(_, place, _)| *place).collect();
            places.dedup();
            assert_eq!(places, (0..places.len()).collect::<Vec<_>>());
        }
    }
}
