//! A witness in the database: triggers of the drill's own that note of each row of the journal and each sample on which connection it
//! came and who held the lease. Whose connection it was, the proxies know.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use pharos_model::UnixMs;
use pharos_test_servers::Postgres;

use super::database::DATABASE;
use super::node::Node;
use super::proxy::Proxy;

/// What it is made of. Whoever writes has the journal's end locked, so that places are in the order of commits.
const INSTALL: &str = "
    create schema drill;
    create table drill.witness (place bigint generated always as identity primary key, port integer, holder text not null,
        term bigint not null, said bigint, at bigint not null);
    create function drill.note() returns trigger language plpgsql as $note$
    begin
        insert into drill.witness (port, holder, term, said, at)
            select inet_client_port(), holder, term, (to_jsonb(new) ->> 'term')::bigint,
                (extract(epoch from clock_timestamp()) * 1000)::bigint from leases where name = 'leader';
        return new;
    end $note$;
    create trigger witness after insert on journal for each row execute function drill.note();
    create trigger witness after insert on samples for each row execute function drill.note();";
/// What it noted.
const READ: &str = "select place, coalesce(port, 0), holder, term, coalesce(said, term), at from drill.witness order by place";

/// A row that was written.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its place in the order of commits.
    pub place: u64,
    /// The node that wrote it; `None` where no proxy knows.
    pub node: Option<usize>,
    /// Where the node listens that held the lease.
    pub holder: String,
    /// The term of the lease.
    pub term: u64,
    /// The term that the row itself names.
    pub said: u64,
    /// When it was written, by the clock that all share.
    pub at: UnixMs,
}

/// Has everything noted from now on. The nodes must have made their tables.
pub fn install(server: &Postgres) {
    server.sql(DATABASE, INSTALL);
}

/// What was noted so far.
///
/// # Errors
/// When it cannot be read.
pub fn rows(server: &Postgres, nodes: &[Node]) -> Result<Vec<Row>> {
    let text = server.sql(DATABASE, READ);
    text.lines().map(|line| row(line, nodes).with_context(|| format!("`{line}`"))).collect()
}

fn row(line: &str, nodes: &[Node]) -> Result<Row> {
    let mut fields = line.split('|');
    let mut next = || fields.next().context("too few fields");
    let (place, port, holder) = (next()?.parse()?, next()?.parse()?, next()?.to_owned());
    let (term, said, at) = (next()?.parse()?, next()?.parse()?, UnixMs(next()?.parse()?));
    Ok(Row { place, node: whose(nodes, port, at), holder, term, said, at })
}

/// Whose connection a port was, at a moment.
fn whose(nodes: &[Node], port: u16, by: UnixMs) -> Option<usize> {
    let since = |node: &Node| node.proxies.iter().filter_map(|proxy: &Proxy| proxy.carried(port, by)).max();
    let found = nodes.iter().enumerate().filter_map(|(place, node)| Some((since(node)?, place)));
    found.max().map(|(_, place)| place)
}

/// Rows that were written by another than the one who held the lease, or under another term than the lease's.
pub fn strangers(rows: &[Row], nodes: &[Node]) -> u64 {
    let is_holder = |row: &&Row| {
        let node = row.node.and_then(|place| nodes.get(place));
        node.is_some_and(|node| node.address.to_string() == row.holder) && row.said == row.term
    };
    rows.iter().filter(|row| !is_holder(row)).count() as u64
}

/// For how many milliseconds leaderships wrote at once, at most: from the first row of the later one until the last of the one before.
pub fn overlap_ms(rows: &[Row]) -> u64 {
    let mut written: BTreeMap<u64, (UnixMs, UnixMs)> = BTreeMap::new();
    for row in rows {
        let (first, last) = written.entry(row.said).or_insert((row.at, row.at));
        (*first, *last) = ((*first).min(row.at), (*last).max(row.at));
    }
    let all: Vec<_> = written.into_values().collect();
    let overlaps = all.windows(2).map(|pair| match pair {
        [(_, last), (first, _)] => last.since_ms(*first),
        _ => 0,
    });
    overlaps.max().unwrap_or(0)
}

/// How often a term is lower than that of the row before.
pub fn falls(rows: &[Row]) -> u64 {
    rows.windows(2).filter(|pair| matches!(pair, [one, next] if next.said < one.said)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_two_leaderships_wrote_at_once_is_told_by_their_rows() {
        let row =
            |said, at| Row { place: 0, node: None, holder: String::new(), term: said, said, at: UnixMs(at) };
        assert_eq!(overlap_ms(&[row(1, 10), row(1, 20), row(2, 20), row(2, 40)]), 0);
        assert_eq!(overlap_ms(&[row(1, 10), row(2, 20), row(1, 27), row(2, 40), row(3, 41)]), 7);
    }
}
