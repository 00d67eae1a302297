//! Which connections from an address a node holds, as its system tells.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context, Result};

/// What is written there for a connection that is established.
const ESTABLISHED: &str = "01";

/// When connections were held: by the port of the other side, first and last.
#[derive(Debug, Default)]
pub struct Held(BTreeMap<u16, (Instant, Instant)>);

impl Held {
    /// Looks which connections from 127.0.0.`from` the node that listens on a port holds now; tells how many.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn look(&mut self, port: u16, from: u8) -> Result<usize> {
        let table = std::fs::read_to_string("/proc/net/tcp").context("cannot read /proc/net/tcp")?;
        let (now, others) = (Instant::now(), others(&table, port, from));
        for other in &others {
            self.0.entry(*other).or_insert((now, now)).1 = now;
        }
        Ok(others.len())
    }

    /// How many there were.
    pub fn seen(&self) -> usize {
        self.0.len()
    }

    /// How long one of them was held, at most, in seconds.
    pub fn longest_s(&self) -> f64 {
        self.0.values().map(|(first, last)| last.duration_since(*first).as_secs_f64()).fold(0.0, f64::max)
    }
}

/// The ports of the other sides of connections to a port from 127.0.0.`from`.
fn others(table: &str, port: u16, from: u8) -> Vec<u16> {
    // The bytes of an address stand in the order of a small-endian machine.
    let (own, other) = (format!("0100007F:{port:04X}"), format!("{from:02X}00007F:"));
    let of_line = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let (local, remote, state) = (words.next()?, words.next()?, words.next()?);
        let port = remote.strip_prefix(&other)?;
        (local == own && state == ESTABLISHED).then(|| u16::from_str_radix(port, 16).ok())?
    };
    table.lines().filter_map(of_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_are_established_from_an_address_are_told_by_their_ports() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue\n\
            0: 0100007F:1F90 00000000:0000 0A 00000000:00000000\n\
            1: 0100007F:1F90 1400007F:9C40 01 00000000:00000000\n\
            2: 0100007F:1F90 1400007F:9C41 04 00000000:00000000\n\
            3: 0100007F:1F90 0200007F:9C42 01 00000000:00000000\n\
            4: 1400007F:9C40 0100007F:1F90 01 00000000:00000000\n";
        assert_eq!(others(table, 8_080, 20), [40_000]);
    }
}
