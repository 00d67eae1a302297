//! Putting something in the place of what was damaged.

use super::samples::Checks;
use super::{Connection, ROWS_PER_FILL, copies, fill, project, query, rollup, samples};
use crate::copies::{JournalRow, Mend};
use crate::values::{damaged, signed};
use crate::{Head, Sample, StoreError};

/// Puts it in.
pub async fn mend(connection: &mut Connection, checks: &mut Checks, mend: Mend) -> Result<(), StoreError> {
    match mend {
        Mend::Entry(row) => entry(connection, *row).await,
        Mend::Spans(component, spans) => {
            let drop = "DELETE FROM spans WHERE component = $1";
            query(drop).bind(component.as_str()).execute(&mut *connection).await?;
            fill::insert_spans(connection, &spans).await
        }
        Mend::Incident(incident, is_hidden) => {
            project::write_incident(connection, &incident).await?;
            let hide = "UPDATE incidents SET hidden = $1 WHERE id = $2";
            query(hide).bind(is_hidden).bind(incident.id.as_str()).execute(connection).await?;
            Ok(())
        }
        Mend::Maintenance(maintenance) => project::write_maintenance(connection, &maintenance).await,
        Mend::Samples(from, until, rows) => {
            let drop = "DELETE FROM samples WHERE at >= $1 AND at < $2";
            query(drop).bind(from.0).bind(until.0).execute(&mut *connection).await?;
            let rows: Vec<&Sample> = rows.iter().collect();
            for rows in rows.chunks(ROWS_PER_FILL) {
                samples::insert(connection, checks, rows).await?;
            }
            Ok(())
        }
        Mend::Rollups(resolution, from, until, rows) => {
            let drop = "DELETE FROM rollups WHERE resolution = $1 AND starts_at >= $2 AND starts_at < $3";
            let width = rollup::key(resolution);
            query(drop).bind(width).bind(from.0).bind(until.0).execute(&mut *connection).await?;
            fill::insert_rollups(connection, &rows).await
        }
    }
}

/// Only what follows the entry before it by its chain is put in its place.
async fn entry(connection: &mut Connection, row: JournalRow) -> Result<(), StoreError> {
    let before = row.seq.saturating_sub(1);
    let chain = copies::chain_at(connection, before).await?;
    if !chain.is_some_and(|chain| row.follows(Head { seq: before, chain })) {
        return Err(damaged(row.seq, "what was to take its place does not follow the entry before it"));
    }
    query("DELETE FROM journal WHERE seq = $1").bind(signed(row.seq)).execute(&mut *connection).await?;
    fill::insert_rows(connection, &[row]).await
}
