//! Whether a database can keep what it is given: said at the start, and not when it is too late.

use sqlx::{PgConnection, Row};

use crate::StoreError;

/// In one message, so that it is one transaction behind a pooler.
const LOOK: &str = "SELECT current_setting('server_encoding') AS encoding, current_setting('synchronous_commit') AS commits, \
     current_setting('search_path') AS path, current_schema()::text AS place";
/// Those in which every text can be kept. The second takes bytes as they come.
const ENCODINGS: [&str; 2] = ["UTF8", "SQL_ASCII"];

/// Refuses a database that cannot keep every text, or in which there is no place for tables.
pub async fn check(connection: &mut PgConnection) -> Result<(), StoreError> {
    let row = sqlx::raw_sql(LOOK).fetch_one(connection).await?;
    let encoding: String = row.try_get("encoding")?;
    if !ENCODINGS.contains(&&*encoding) {
        let why = format!(
            "its encoding is {encoding}, in which not every text can be kept; make one with CREATE DATABASE pharos OWNER \
             pharos ENCODING 'UTF8' TEMPLATE template0"
        );
        return Err(StoreError::Unfit { why });
    }
    if row.try_get::<Option<String>, _>("place")?.is_none() {
        let path: String = row.try_get("path")?;
        let why = format!(
            "its search_path is {path:?}, and no such schema is there that this role may use; make one with CREATE SCHEMA, \
             or take the setting off with ALTER ROLE or ALTER DATABASE and RESET search_path"
        );
        return Err(StoreError::Unfit { why });
    }
    if row.try_get::<String, _>("commits")? == "off" {
        tracing::warn!(
            "synchronous_commit is off: a crash of the database loses what was shown and acknowledged just before it"
        );
    }
    Ok(())
}
