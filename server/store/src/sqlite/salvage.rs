//! Copying a table out of a damaged file: from both ends up to the damage.

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use crate::StoreError;
use crate::limits::SALVAGE_ROWS;

/// A table, and in which order its rows lie.
pub struct Table {
    /// What it is called.
    pub name: String,
    columns: String,
    key: Vec<String>,
}

/// How much of a table could be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// All of it.
    Whole,
    /// Rows between its ends are lost.
    WithGap,
    /// Its last rows are lost, how many nobody knows.
    WithoutEnd,
}

/// The tables of the main database of a connection.
pub async fn tables(connection: &mut SqliteConnection) -> Result<Vec<Table>, StoreError> {
    let read = "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' \
                AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name <> '_sqlx_migrations' ORDER BY name";
    let mut tables = Vec::new();
    for row in sqlx::query(read).fetch_all(&mut *connection).await? {
        let (name, has_no_rowid): (String, i64) = (row.get("name"), row.get("wr"));
        let read = "SELECT name, type, pk FROM pragma_table_info($1)";
        let columns = sqlx::query(read).bind(&name).fetch_all(&mut *connection).await?;
        let names: Vec<String> = columns.iter().map(|column| column.get("name")).collect();
        let mut key: Vec<(i64, String, String)> = columns
            .iter()
            .map(|column| (column.get("pk"), column.get("name"), column.get("type")))
            .filter(|(place, _, _)| *place > 0)
            .collect();
        key.sort();
        let is_rowid = key.len() == 1 && key[0].2 == "INTEGER";
        let (columns, key) = if has_no_rowid != 0 || is_rowid {
            (names.join(", "), key.into_iter().map(|(_, name, _)| name).collect())
        } else {
            // What is not named is drawn anew, and the order of the rows goes by it.
            (format!("rowid, {}", names.join(", ")), vec!["rowid".to_owned()])
        };
        tables.push(Table { name, columns, key });
    }
    Ok(tables)
}

impl Table {
    /// Copies it from the database that is attached as `old` into the main one, where it is empty.
    ///
    /// # Errors
    /// When either fails in another way than that a page is damaged.
    pub async fn copy(&self, connection: &mut SqliteConnection) -> Result<Copied, StoreError> {
        let Self { name, columns, .. } = self;
        let all = format!("INSERT INTO main.{name} ({columns}) SELECT {columns} FROM old.{name}");
        match run(connection, all).await {
            Err(StoreError::Page { .. }) => {}
            copied => return copied.map(|_| Copied::Whole),
        }
        // Only an index may be damaged: then this goes to the end.
        let Some(has_beginning) = self.copy_up(connection).await? else { return Ok(Copied::Whole) };
        self.copy_down(connection, has_beginning).await
    }

    /// Copies from the beginning up to the damage. Whether anything was copied; `None` where there is no damage.
    async fn copy_up(&self, connection: &mut SqliteConnection) -> Result<Option<bool>, StoreError> {
        let (key, down) = (self.key.join(", "), self.ordered(" DESC"));
        let last = format!("({key}) > (SELECT {key} FROM main.{} ORDER BY {down} LIMIT 1)", self.name);
        let (mut limit, mut is_begun) = (SALVAGE_ROWS, false);
        loop {
            let from = if is_begun { last.as_str() } else { "1" };
            match self.copy_some(connection, from, "", limit).await {
                Ok(0) => return Ok(None),
                Ok(_) => is_begun = true,
                Err(StoreError::Page { .. }) if limit > 1 => limit /= 2,
                Err(StoreError::Page { .. }) => return Ok(Some(is_begun)),
                Err(error) => return Err(error),
            }
        }
    }

    /// Copies from the end down to the damage.
    async fn copy_down(
        &self,
        connection: &mut SqliteConnection,
        has_beginning: bool,
    ) -> Result<Copied, StoreError> {
        let (name, key, up) = (&self.name, self.key.join(", "), self.ordered(""));
        let down = self.ordered(" DESC");
        run(connection, "DROP TABLE IF EXISTS temp.beginning".to_owned()).await?;
        let keep =
            format!("CREATE TEMP TABLE beginning AS SELECT {key} FROM main.{name} ORDER BY {down} LIMIT 1");
        run(connection, keep).await?;
        let above =
            if has_beginning { format!("({key}) > (SELECT * FROM temp.beginning)") } else { "1".to_owned() };
        let first = format!(
            "{above} AND ({key}) < (SELECT {key} FROM main.{name} WHERE {above} ORDER BY {up} LIMIT 1)"
        );
        let (mut limit, mut is_begun) = (SALVAGE_ROWS, false);
        loop {
            let from = if is_begun { &first } else { &above };
            match self.copy_some(connection, from, " DESC", limit).await {
                Ok(0) if is_begun => return Ok(Copied::WithGap),
                Ok(0) => return Ok(Copied::WithoutEnd),
                Ok(_) => is_begun = true,
                Err(StoreError::Page { .. }) if limit > 1 => limit /= 2,
                Err(StoreError::Page { .. }) if is_begun => return Ok(Copied::WithGap),
                Err(StoreError::Page { .. }) => return Ok(Copied::WithoutEnd),
                Err(error) => return Err(error),
            }
        }
    }

    /// Copies some rows that fulfil a condition, in the order of the table or against it. How many there were.
    async fn copy_some(
        &self,
        connection: &mut SqliteConnection,
        from: &str,
        direction: &str,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let (Self { name, columns, .. }, order) = (self, self.ordered(direction));
        let some = format!(
            "INSERT INTO main.{name} ({columns}) SELECT {columns} FROM old.{name} WHERE {from} ORDER BY {order} LIMIT {limit}"
        );
        run(connection, some).await
    }

    fn ordered(&self, direction: &str) -> String {
        let columns: Vec<String> = self.key.iter().map(|column| format!("{column}{direction}")).collect();
        columns.join(", ")
    }
}

/// Runs a statement, which is put together from the names in our own schema. How many rows it changed.
async fn run(connection: &mut SqliteConnection, statement: String) -> Result<u64, StoreError> {
    Ok(sqlx::query(AssertSqlSafe(statement)).execute(connection).await?.rows_affected())
}
