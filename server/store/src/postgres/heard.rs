//! How long nodes have been silent, by this node's own stopwatch once it knows them: a clock of the database that jumps silences nobody.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::limits::NODE_FORGOTTEN;
use crate::{NodeRow, Nonce};

/// What was heard of each node when all of them were last asked for.
#[derive(Debug, Default)]
pub struct Heard {
    known: HashMap<Nonce, Known>,
}

#[derive(Debug)]
struct Known {
    /// When it told, by the database's clock: another moment is another word.
    told_us: i64,
    silent: Duration,
    /// When this was heard.
    at: Instant,
}

impl Heard {
    /// The nodes that were silent for so long that they are forgotten.
    pub fn forgotten(&self) -> Vec<String> {
        let silent = self.known.iter().filter(|(_, known)| known.silent >= NODE_FORGOTTEN);
        silent.map(|(id, _)| id.to_string()).collect()
    }

    /// Takes in what the database tells of all nodes, each with when it told, and was asked for at a moment. Tells of those that are not
    /// forgotten.
    pub fn hear(&mut self, rows: Vec<(i64, NodeRow)>, asked: Instant) -> Vec<NodeRow> {
        let before = std::mem::take(&mut self.known);
        let mut all = Vec::with_capacity(rows.len());
        for (told_us, mut row) in rows {
            if let Some(known) = before.get(&row.beat.id) {
                let since = asked.duration_since(known.at);
                row.silent =
                    if known.told_us == told_us { known.silent + since } else { row.silent.min(since) };
            }
            self.known.insert(row.beat.id, Known { told_us, silent: row.silent, at: asked });
            if row.silent < NODE_FORGOTTEN {
                all.push(row);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Beat;

    const HOUR: Duration = Duration::from_hours(1);

    fn row(silent: Duration) -> NodeRow {
        let (name, version, config) = ("b".to_owned(), String::new(), String::new());
        let beat = Beat { id: Nonce([2; 16]), name, version, config, seq: 1, term: None, told: Vec::new() };
        NodeRow { beat, up: HOUR, silent }
    }

    fn silent(rows: &[NodeRow]) -> Vec<Duration> {
        rows.iter().map(|row| row.silent).collect()
    }

    #[test]
    fn a_clock_that_jumps_ahead_silences_no_node_that_is_known() {
        let (mut heard, begun) = (Heard::default(), Instant::now());
        let second = Duration::from_secs(1);
        assert_eq!(silent(&heard.hear(vec![(5, row(second))], begun)), [second]);
        let jumped = heard.hear(vec![(5, row(HOUR))], begun + 2 * second);
        assert_eq!(silent(&jumped), [3 * second]);
        assert!(heard.forgotten().is_empty());
        // It tells again, by the new clock; then the clock jumps once more.
        let again = heard.hear(vec![(9, row(HOUR))], begun + 4 * second);
        assert_eq!(silent(&again), [2 * second]);
    }

    #[test]
    fn a_node_that_tells_nothing_for_long_is_forgotten_whatever_the_clock_says() {
        let (mut heard, begun) = (Heard::default(), Instant::now());
        heard.hear(vec![(5, row(Duration::ZERO))], begun);
        assert!(heard.hear(vec![(5, row(Duration::ZERO))], begun + NODE_FORGOTTEN).is_empty());
        assert_eq!(heard.forgotten(), [Nonce([2; 16]).to_string()]);
        heard.hear(Vec::new(), begun + NODE_FORGOTTEN);
        assert!(heard.forgotten().is_empty());
    }

    #[test]
    fn a_node_that_is_not_known_yet_is_as_silent_as_the_database_says() {
        let mut heard = Heard::default();
        assert!(heard.hear(vec![(5, row(HOUR))], Instant::now()).is_empty());
        assert_eq!(heard.forgotten().len(), 1);
    }
}
