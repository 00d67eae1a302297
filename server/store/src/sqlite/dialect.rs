//! What SQLite says in its own words, for the statements that both databases share.

use sqlx::query::{Query, QueryScalar};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{FromRow, Sqlite, SqliteConnection};

use crate::StoreError;
use crate::journal::Written;
use crate::values::signed;

/// A connection.
pub type Connection = SqliteConnection;
/// A row.
pub type DatabaseRow = SqliteRow;
/// Statements are prepared once.
pub const PERSISTENT: bool = true;
/// Rows written by one statement into an empty store: as many as pay.
pub const ROWS_PER_FILL: usize = 100;
/// Draws the journal's name where there is none.
pub const DRAW_ORIGIN: &str =
    "INSERT INTO meta (key, value) VALUES ('origin', lower(hex(randomblob(8)))) ON CONFLICT DO NOTHING";
/// Takes the lease or renews it. What was given up is renewed by nothing that was still on its way.
pub const ACQUIRE: &str = "INSERT INTO leases (name, holder, term, nonce, expires_at) \
     VALUES ('leader', $1, 1, $2, CAST(unixepoch('subsec') * 1000 AS INTEGER) + $3) \
     ON CONFLICT (name) DO UPDATE SET term = leases.term + (leases.nonce <> excluded.nonce), \
     holder = excluded.holder, nonce = excluded.nonce, expires_at = excluded.expires_at \
     WHERE CASE WHEN leases.nonce = excluded.nonce THEN leases.expires_at > 0 \
     ELSE leases.expires_at < CAST(unixepoch('subsec') * 1000 AS INTEGER) \
     OR leases.expires_at > CAST(unixepoch('subsec') * 1000 AS INTEGER) + $3 END \
     RETURNING term";
/// Gives the lease up.
pub const RELEASE: &str = "UPDATE leases SET expires_at = 0 WHERE name = 'leader' AND nonce = $1";
/// Who holds the lease, or held it last and did not give it up.
pub const HOLDER: &str = "SELECT holder, term, nonce, \
     expires_at - CAST(unixepoch('subsec') * 1000 AS INTEGER) AS left_ms FROM leases \
     WHERE name = 'leader' AND expires_at > 0";

/// A statement.
pub fn query<'q>(sql: &'static str) -> Query<'q, Sqlite, SqliteArguments> {
    sqlx::query(sql)
}

/// A statement that gives one value a row.
pub fn query_scalar<'q, O>(sql: &'static str) -> QueryScalar<'q, Sqlite, O, SqliteArguments>
where
    (O,): for<'r> FromRow<'r, SqliteRow>,
{
    sqlx::query_scalar(sql)
}

/// Writes entries into the journal.
pub async fn insert_entries(
    connection: &mut Connection,
    written: &[Written],
    term: u64,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO journal (seq, after, at, term, kind, payload, chain) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    for Written { entry, payload, chain } in written {
        query(insert)
            .bind(signed(entry.seq))
            .bind(entry.after.map(signed))
            .bind(entry.at.0)
            .bind(signed(term))
            .bind(entry.fact.kind())
            .bind(payload)
            .bind(&chain.0[..])
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
