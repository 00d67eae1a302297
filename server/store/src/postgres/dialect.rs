//! What PostgreSQL says in its own words, for the statements that both databases share.
//!
//! No statement is prepared by name: behind a pooler that gives each transaction any connection, a name is somebody else's the
//! next time. For the same reason nothing is set for a session.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryScalar};
use sqlx::{FromRow, PgConnection, Postgres};

use crate::StoreError;
use crate::journal::Written;
use crate::limits::ENTRIES_PER_INSERT;
use crate::values::signed;

/// A connection.
pub type Connection = PgConnection;
/// A row.
pub type DatabaseRow = PgRow;
/// Statements are not prepared by name.
pub const PERSISTENT: bool = false;
/// Rows written by one statement into an empty store: many, because each is a way to the server and back; a statement takes 65,535 values.
pub const ROWS_PER_FILL: usize = 2_000;
/// Draws the journal's name where there is none.
pub const DRAW_ORIGIN: &str = "INSERT INTO meta (key, value) VALUES ('origin', substr(md5(gen_random_uuid()::text), 1, 16)) \
     ON CONFLICT DO NOTHING";
/// The end of an empty journal.
pub const EMPTY_HEAD: &str = "UPDATE head SET seq = 0, chain = decode(repeat('00', 32), 'hex'), at = -9223372036854775808, \
     public_seq = 0";
/// Draws another name where the journal still has this one.
pub const REDRAW_ORIGIN: &str = "UPDATE meta SET value = substr(md5(gen_random_uuid()::text), 1, 16) \
     WHERE key = 'origin' AND value = $1";
/// Takes the lease or renews it. What was given up is renewed by nothing that was still on its way. A lease that lasts longer than any can
/// was dated by a clock that was wrong.
pub const ACQUIRE: &str = "INSERT INTO leases (name, holder, term, nonce, expires_at) \
     VALUES ('leader', $1, 1, $2::uuid, now() + $3 * interval '1 millisecond') \
     ON CONFLICT (name) DO UPDATE SET term = leases.term + (leases.nonce <> excluded.nonce)::int, \
     holder = excluded.holder, nonce = excluded.nonce, expires_at = excluded.expires_at \
     WHERE CASE WHEN leases.nonce = excluded.nonce THEN leases.expires_at > '-infinity' ELSE leases.expires_at < now() \
     OR leases.expires_at > now() + $3 * interval '1 millisecond' END \
     RETURNING term";
/// Gives the lease up.
pub const RELEASE: &str =
    "UPDATE leases SET expires_at = '-infinity' WHERE name = 'leader' AND nonce = $1::uuid";
/// Who holds the lease, or held it last and did not give it up.
pub const HOLDER: &str = "SELECT holder, term, replace(nonce::text, '-', '') AS nonce, \
     (extract(epoch FROM expires_at - clock_timestamp()) * 1000)::bigint AS left_ms \
     FROM leases WHERE name = 'leader' AND expires_at > '-infinity'";

/// A statement.
pub fn query<'q>(sql: &'static str) -> Query<'q, Postgres, PgArguments> {
    sqlx::query(sql).persistent(PERSISTENT)
}

/// A statement that gives one value a row.
pub fn query_scalar<'q, O>(sql: &'static str) -> QueryScalar<'q, Postgres, O, PgArguments>
where
    (O,): for<'r> FromRow<'r, PgRow>,
{
    sqlx::query_scalar(sql).persistent(PERSISTENT)
}

/// Writes entries into the journal.
pub async fn insert_entries(
    connection: &mut Connection,
    written: &[Written],
    term: u64,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO journal (seq, after, at, term, kind, payload, chain) \
         SELECT seq, after, at, $1, kind, payload, chain FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], \
         $5::text[], $6::text[], $7::bytea[]) AS new (seq, after, at, kind, payload, chain)";
    for some in written.chunks(ENTRIES_PER_INSERT) {
        let seqs: Vec<i64> = some.iter().map(|written| signed(written.entry.seq)).collect();
        let afters: Vec<Option<i64>> = some.iter().map(|written| written.entry.after.map(signed)).collect();
        let times: Vec<i64> = some.iter().map(|written| written.entry.at.0).collect();
        let kinds: Vec<&str> = some.iter().map(|written| written.entry.fact.kind()).collect();
        let payloads: Vec<&str> = some.iter().map(|written| written.payload.as_str()).collect();
        let chains: Vec<&[u8]> = some.iter().map(|written| &written.chain.0[..]).collect();
        query(insert)
            .bind(signed(term))
            .bind(seqs)
            .bind(afters)
            .bind(times)
            .bind(kinds)
            .bind(payloads)
            .bind(chains)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
