//! The database of Uptime Kuma: opened without changing it, its tables read as records and its heartbeats in pieces.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _};

use super::record::Record;
use super::scratch::{COPY, Scratch, copied};
use crate::limits::{KUMA_CELL_CHARS_MAX, KUMA_ROWS_MAX, LOOKS_AT_ONCE};
use crate::{ImportError, Spot};

/// With what a file of SQLite begins.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";
/// The latest that a bucket of figures may begin: in the year 2286.
const STAT_MS_MAX: i64 = 9_999_999_999_999;
/// What to do about a database that cannot be read to its end.
pub(super) const DAMAGED: &str = "save the database anew while Uptime Kuma is stopped, and try again";

/// A heartbeat.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Beat {
    /// Its identifier: they ascend with time.
    pub id: i64,
    /// Of which monitor.
    pub monitor: i64,
    /// When, as Kuma writes it: in UTC.
    pub time: String,
    /// 0 down, 1 up, 2 pending, 3 maintenance.
    pub status: i64,
    /// How long it took, in milliseconds.
    pub ping: Option<f64>,
    /// What was seen.
    pub message: Option<String>,
}

/// A heartbeat as it is asked for: nothing where a value has not the type that it should have.
#[derive(Deserialize)]
struct Row(i64, Option<i64>, Option<String>, Option<i64>, Option<f64>, Option<String>);

/// The figures of a monitor in an hour or a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stat {
    /// When it begins, in milliseconds since 1970.
    pub starts_ms: i64,
    /// How many looks were good.
    pub up: u32,
    /// How many were not.
    pub down: u32,
    /// How long the good ones took on average, in milliseconds.
    pub mean_ms: f64,
}

/// The open database.
pub(super) struct Database {
    connection: SqliteConnection,
    /// How messages call it.
    pub name: Arc<str>,
    /// The columns of each table.
    tables: BTreeMap<String, Vec<String>>,
    /// Where the copy is that is read instead, where one was made.
    scratch: Option<Scratch>,
}

impl Database {
    /// Opens it. Where Kuma's newest writes stand in a file beside it, both are copied and the copy is read; else it is read where it is, as
    /// something that nobody changes meanwhile.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, changes while it is copied, or is none of Kuma's.
    pub async fn open(path: &Path) -> Result<Self, ImportError> {
        let name: Arc<str> = Arc::from(path.display().to_string());
        let beside = beside(path);
        let has_wal = std::fs::metadata(&beside).is_ok_and(|wal| wal.len() > 0);
        let options = SqliteConnectOptions::new().create_if_missing(false).pragma("trusted_schema", "OFF");
        let options = options.disable_statement_logging();
        let in_place = options.clone().filename(path).read_only(true).immutable(true);
        let (mut connection, scratch) = if has_wal {
            let scratch = copied(&name, path, Some(beside)).await?;
            (connected(&name, options.filename(scratch.path().join(COPY))).await?, Some(scratch))
        } else {
            (connected(&name, in_place).await?, None)
        };
        let _first: i64 = sqlx::query_scalar("PRAGMA schema_version")
            .fetch_one(&mut connection)
            .await
            .map_err(|error| read(&name, &error))?;
        let sound: Result<String, sqlx::Error> =
            sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut connection).await;
        let wrong = match sound {
            Ok(sound) if sound == "ok" => None,
            Ok(wrong) => Some(wrong.replace('\n', " ")),
            Err(error) => Some(error.to_string()),
        };
        if let Some(wrong) = wrong {
            return Err(at(&name, format!("it is damaged: {wrong}"), DAMAGED));
        }
        let mut database = Self { connection, name, tables: BTreeMap::new(), scratch };
        database.tables = database.columns().await?;
        if !database.tables.contains_key("monitor") || !database.tables.contains_key("heartbeat") {
            let hint = "give the file `kuma.db` from the folder `data` of Uptime Kuma";
            return Err(at(&database.name, "it has no tables `monitor` and `heartbeat`", hint));
        }
        database.ordered(path).await
    }

    /// Heartbeats are read monitor by monitor, for which there must be an index. Kuma has one; where it is missing it is made in a copy.
    async fn ordered(self, path: &Path) -> Result<Self, ImportError> {
        let Self { mut connection, name, tables, scratch } = self;
        let sql = "SELECT count(*) FROM pragma_index_list('heartbeat') l \
             JOIN pragma_index_info(l.name) one ON one.seqno = 0 AND one.name = 'monitor_id' \
             JOIN pragma_index_info(l.name) two ON two.seqno = 1 AND two.name = 'time'";
        let found: i64 =
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.map_err(|error| read(&name, &error))?;
        if found > 0 {
            return Ok(Self { connection, name, tables, scratch });
        }
        let scratch = if let Some(scratch) = scratch {
            scratch
        } else {
            let scratch = copied(&name, path, None).await?;
            let options = SqliteConnectOptions::new().create_if_missing(false).disable_statement_logging();
            connection = connected(&name, options.filename(scratch.path().join(COPY))).await?;
            scratch
        };
        let make = "CREATE INDEX pharos_order ON heartbeat (monitor_id, time)";
        sqlx::query(make).execute(&mut connection).await.map_err(|error| read(&name, &error))?;
        Ok(Self { connection, name, tables, scratch: Some(scratch) })
    }

    async fn columns(&mut self) -> Result<BTreeMap<String, Vec<String>>, ImportError> {
        // Tables alone: a view could hold anything.
        let sql = "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' LIMIT 10000";
        let rows: Vec<(String, String)> = sqlx::query_as(sql)
            .fetch_all(&mut self.connection)
            .await
            .map_err(|error| read(&self.name, &error))?;
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, column) in rows {
            tables.entry(table).or_default().push(column);
        }
        Ok(tables)
    }

    /// The rows of a table with those of `columns` that it has, in the order of `order`. None where there is no such table.
    ///
    /// # Errors
    /// When there are more than [`KUMA_ROWS_MAX`], a text is longer than [`KUMA_CELL_CHARS_MAX`], or the database cannot be read.
    pub async fn rows(
        &mut self,
        table: &str,
        columns: &[&str],
        order: &str,
    ) -> Result<Vec<Record>, ImportError> {
        let Some(there) = self.tables.get(table) else { return Ok(Vec::new()) };
        let wanted: Vec<&str> =
            columns.iter().copied().filter(|column| there.iter().any(|known| known == column)).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let cut = |column: &&str| {
            format!(
                "CASE typeof(\"{column}\") WHEN 'text' THEN substr(\"{column}\", 1, {KUMA_CELL_CHARS_MAX} + 1) \
                 ELSE \"{column}\" END"
            )
        };
        let list = wanted.iter().map(cut).collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT {list} FROM \"{table}\" ORDER BY {order} LIMIT {}", KUMA_ROWS_MAX + 1);
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await;
        let rows = rows.map_err(|error| read(&self.name, &error))?;
        if rows.len() > KUMA_ROWS_MAX {
            let what = format!("the table `{table}` has more than {KUMA_ROWS_MAX} rows");
            return Err(at(&self.name, what, "check that it is the right file"));
        }
        let record = |(index, row): (usize, SqliteRow)| self.record(table, &wanted, index, &row);
        rows.into_iter().enumerate().map(record).collect()
    }

    fn record(
        &self,
        table: &str,
        columns: &[&str],
        index: usize,
        row: &SqliteRow,
    ) -> Result<Record, ImportError> {
        let mut values = Map::new();
        for (column, name) in columns.iter().enumerate() {
            let value = cell(row, column).map_err(|error| read(&self.name, &error))?;
            if value.as_str().is_some_and(|text| text.chars().nth(KUMA_CELL_CHARS_MAX).is_some()) {
                let path = format!("{table}[{}].{name}", values.get("id").unwrap_or(&Value::from(index)));
                let spot = Spot { path, ..Spot::of(&self.name) };
                let what = format!("it is longer than {KUMA_CELL_CHARS_MAX} characters");
                return Err(ImportError::new(spot, what, "shorten it in Uptime Kuma"));
            }
            values.insert((*name).to_owned(), value);
        }
        let place = match values.get("id") {
            Some(Value::Number(id)) => format!("{table}[{id}]"),
            _ => format!("{table}[row {}]", index + 1),
        };
        Ok(Record::new(&self.name, place, values))
    }

    /// The zone of the server, where it was set.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn time_zone(&mut self) -> Result<Option<String>, ImportError> {
        if !self.tables.contains_key("setting") {
            return Ok(None);
        }
        let sql = "SELECT coalesce(CAST(substr(value, 1, 200) AS TEXT), '') FROM setting WHERE key = 'serverTimezone'";
        let found: Option<String> = sqlx::query_scalar(sql)
            .fetch_optional(&mut self.connection)
            .await
            .map_err(|error| read(&self.name, &error))?;
        Ok(found.map(|zone| zone.trim_matches('"').to_owned()).filter(|zone| !zone.is_empty()))
    }

    /// The next heartbeats after the one with the identifier `after`, at most [`LOOKS_AT_ONCE`]; none at the end.
    ///
    /// # Errors
    /// When one is not what it should be, or the database cannot be read.
    pub async fn beats(&mut self, after: i64) -> Result<Vec<Beat>, ImportError> {
        let sql = format!(
            "SELECT {} FROM (SELECT id, monitor_id, time, status FROM heartbeat WHERE id > ?1 ORDER BY id LIMIT {LOOKS_AT_ONCE})",
            piece("NULL, NULL")
        );
        let piece = sqlx::query_scalar(AssertSqlSafe(sql)).bind(after).fetch_one(&mut self.connection).await;
        self.piece(piece, &format!("after {after}"))
    }

    /// The next heartbeats of one monitor in the order of time, with what was measured, after the one of this time and identifier.
    ///
    /// # Errors
    /// As [`Database::beats`].
    pub async fn beats_of(&mut self, monitor: i64, after: (&str, i64)) -> Result<Vec<Beat>, ImportError> {
        let figures = "iif(typeof(ping) IN ('integer', 'real'), ping, NULL), \
             iif(status <> 1 AND typeof(msg) = 'text', substr(msg, 1, 500), NULL)";
        let sql = format!(
            "SELECT {} FROM (SELECT id, monitor_id, time, status, ping, msg FROM heartbeat \
             WHERE monitor_id = ?1 AND (time, id) > (?2, ?3) ORDER BY time, id LIMIT {LOOKS_AT_ONCE})",
            piece(figures)
        );
        let piece = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(monitor)
            .bind(after.0)
            .bind(after.1)
            .fetch_one(&mut self.connection)
            .await;
        self.piece(piece, &format!("of the monitor {monitor}"))
    }

    fn piece(&self, piece: Result<Vec<u8>, sqlx::Error>, which: &str) -> Result<Vec<Beat>, ImportError> {
        let piece = piece.map_err(|error| read(&self.name, &error))?;
        let rows: Vec<Row> = serde_json::from_str(&String::from_utf8_lossy(&piece)).map_err(|error| {
            at(&self.name, format!("a heartbeat {which} cannot be read: {error}"), DAMAGED)
        })?;
        rows.into_iter().map(|row| self.beat(row)).collect()
    }

    fn beat(&self, row: Row) -> Result<Beat, ImportError> {
        let Row(id, monitor, time, status, ping, message) = row;
        let wrong = |column: &str, wanted: &str| {
            let spot = Spot { path: format!("heartbeat[{id}].{column}"), ..Spot::of(&self.name) };
            ImportError::new(spot, format!("it is no {wanted}"), DAMAGED)
        };
        Ok(Beat {
            id,
            monitor: monitor.ok_or_else(|| wrong("monitor_id", "whole number"))?,
            time: time.ok_or_else(|| wrong("time", "text"))?,
            status: status.ok_or_else(|| wrong("status", "whole number"))?,
            ping,
            message,
        })
    }

    /// The figures of a table of statistics by monitor, each in the order of time. `width_s` is the width of a row in seconds.
    ///
    /// # Errors
    /// When there are more than `max`, or the database cannot be read.
    pub async fn stats(
        &mut self,
        table: &str,
        width_s: i64,
        max: usize,
    ) -> Result<BTreeMap<i64, Vec<Stat>>, ImportError> {
        let mut found: BTreeMap<i64, Vec<Stat>> = BTreeMap::new();
        if !self.tables.contains_key(table) {
            return Ok(found);
        }
        let mut after = i64::MIN;
        let mut count = 0;
        loop {
            let sql = format!(
                "SELECT id, CAST(monitor_id AS INTEGER), CAST(timestamp AS INTEGER), CAST(up AS INTEGER), CAST(down AS INTEGER), \
                 CAST(ping AS REAL) FROM {table} WHERE id > ?1 ORDER BY id LIMIT {LOOKS_AT_ONCE}"
            );
            let rows: Vec<(i64, i64, i64, i64, i64, f64)> = sqlx::query_as(AssertSqlSafe(sql))
                .bind(after)
                .fetch_all(&mut self.connection)
                .await
                .map_err(|error| read(&self.name, &error))?;
            let Some(last) = rows.last() else { break };
            after = last.0;
            count += rows.len();
            if count > max {
                let what = format!("the table `{table}` has more than {max} rows");
                return Err(at(&self.name, what, "check that it is the right file"));
            }
            for (_, monitor, starts_s, up, down, mean_ms) in rows {
                let whole = |number: i64| u32::try_from(number).unwrap_or(0);
                let starts_ms = starts_s.div_euclid(width_s).saturating_mul(width_s).saturating_mul(1_000);
                let stat = Stat { starts_ms, up: whole(up), down: whole(down), mean_ms };
                found.entry(monitor).or_default().push(stat);
            }
        }
        for stats in found.values_mut() {
            stats.sort_by_key(|stat| stat.starts_ms);
            stats.dedup_by_key(|stat| stat.starts_ms);
            stats
                .retain(|stat| (stat.up > 0 || stat.down > 0) && (0..=STAT_MS_MAX).contains(&stat.starts_ms));
        }
        Ok(found)
    }
}

/// A piece of heartbeats as one row of JSON instead of thousands: each row that crosses over from SQLite costs as much as a hundred bytes of
/// it.
fn piece(figures: &str) -> String {
    format!(
        "CAST(json_group_array(json_array(id, iif(typeof(monitor_id) = 'integer', monitor_id, NULL), \
         iif(typeof(time) = 'text', substr(time, 1, 40), NULL), iif(typeof(status) = 'integer', status, NULL), {figures})) AS BLOB)"
    )
}

/// The file in which SQLite keeps what was written last.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

async fn connected(name: &str, options: SqliteConnectOptions) -> Result<SqliteConnection, ImportError> {
    options.connect().await.map_err(|error| read(name, &error))
}

fn cell(row: &SqliteRow, column: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(column)?;
    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        _ if raw.is_null() => Value::Null,
        "INTEGER" => Value::from(row.try_get_unchecked::<i64, _>(column)?),
        "REAL" => Value::from(row.try_get_unchecked::<f64, _>(column)?),
        "TEXT" => {
            let bytes = row.try_get_unchecked::<Vec<u8>, _>(column)?;
            Value::from(String::from_utf8_lossy(&bytes).into_owned())
        }
        // What is neither is told as what it is where it is asked for.
        _ => Value::Array(Vec::new()),
    })
}

/// An error of the database as a whole.
pub(super) fn at(name: &str, what: impl Into<String>, hint: &str) -> ImportError {
    ImportError::new(Spot::of(name), what, hint)
}

fn read(name: &str, error: &sqlx::Error) -> ImportError {
    at(name, format!("it cannot be read as a database: {error}"), DAMAGED)
}
