//! Monitors that log in to a database, by what their connection strings say.

use serde_json::{Map, Value};
use url::Url;

use super::hosts::{join, leave_conditions, value};
use super::record::Record;
use super::secrets::decoded;
use crate::{Haul, ImportError};

/// The longest query that Pharos asks.
const QUERY_BYTES_MAX: usize = 1_000;

/// What a connection string says.
struct Connection {
    url: Url,
    settings: Map<String, Value>,
}

/// Reads the connection string of a monitor, its password as a reference.
fn connection(
    monitor: &Record,
    id: &str,
    (schemes, port): (&[&str], u16),
    haul: &mut Haul,
) -> Result<Option<Connection>, ImportError> {
    let spot = monitor.spot_of("database_connection_string");
    let text = monitor.text("database_connection_string")?.unwrap_or_default();
    let url = Url::parse(text.trim()).ok().filter(|url| schemes.contains(&url.scheme()));
    let host = url.as_ref().and_then(|url| url.host_str()).filter(|host| !host.is_empty());
    let (Some(host), Some(url)) = (host.map(str::to_owned), &url) else {
        // The string itself is not repeated: there is a password in it.
        let why = format!("its connection string does not begin with `{}://` and a host", schemes[0]);
        haul.leave(spot, format!("the check of `{id}`"), why);
        return Ok(None);
    };
    let host = host.trim_matches(['[', ']']);
    let mut settings =
        Map::from_iter([("address".to_owned(), value(&join(host, url.port().unwrap_or(port))))]);
    if !url.username().is_empty() {
        settings.insert("user".to_owned(), value(&decoded(url.username())));
    }
    if url.password().is_some_and(|password| !password.is_empty()) {
        let reference = haul.secret(&format!("{id} password"), spot, "the password in the connection string");
        settings.insert("password".to_owned(), Value::from(reference));
    }
    Ok(Some(Connection { url: url.clone(), settings }))
}

/// The database that is named after the host, and the query, of PostgreSQL and MySQL.
fn sql(
    monitor: &Record,
    id: &str,
    connection: Connection,
    haul: &mut Haul,
) -> Result<Option<Map<String, Value>>, ImportError> {
    let Connection { url, mut settings } = connection;
    if !settings.contains_key("user") {
        let spot = monitor.spot_of("database_connection_string");
        haul.leave(spot, format!("the check of `{id}`"), "its connection string names no user");
        return Ok(None);
    }
    let database = decoded(url.path().trim_start_matches('/'));
    if !database.is_empty() {
        settings.insert("database".to_owned(), value(&database));
    }
    if let Some(query) = monitor.text("database_query")? {
        let query = query.trim().trim_end_matches(';').trim().to_owned();
        let first = query.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let reads = ["select", "with", "show", "values"].contains(&first.as_str());
        if reads && !query.contains(';') && query.len() <= QUERY_BYTES_MAX && !query.contains('\0') {
            settings.insert("query".to_owned(), value(&query));
        } else {
            let why = "Pharos asks one statement that only reads; it still logs in and asks for the role";
            haul.leave(monitor.spot_of("database_query"), format!("the query of `{id}`"), why);
        }
    }
    leave_conditions(monitor, id, haul)?;
    Ok(Some(settings))
}

/// PostgreSQL.
pub(super) fn postgres(
    monitor: &Record,
    id: &str,
    haul: &mut Haul,
) -> Result<Option<Map<String, Value>>, ImportError> {
    let schemes: (&[&str], u16) = (&["postgres", "postgresql"], 5432);
    let Some(mut connection) = connection(monitor, id, schemes, haul)? else { return Ok(None) };
    let mode =
        connection.url.query_pairs().find(|(key, _)| key == "sslmode").map(|(_, mode)| mode.into_owned());
    let tls = match mode.as_deref() {
        Some("disable") => Some("disable"),
        Some("verify-ca" | "verify-full") => Some("require"),
        _ => None,
    };
    if let Some(tls) = tls {
        connection.settings.insert("tls".to_owned(), Value::from(tls));
    }
    sql(monitor, id, connection, haul)
}

/// MySQL and MariaDB.
pub(super) fn mysql(
    monitor: &Record,
    id: &str,
    haul: &mut Haul,
) -> Result<Option<Map<String, Value>>, ImportError> {
    let schemes: (&[&str], u16) = (&["mysql", "mariadb"], 3306);
    let Some(connection) = connection(monitor, id, schemes, haul)? else { return Ok(None) };
    sql(monitor, id, connection, haul)
}

/// Redis and Valkey.
pub(super) fn redis(
    monitor: &Record,
    id: &str,
    haul: &mut Haul,
) -> Result<Option<Map<String, Value>>, ImportError> {
    let schemes: (&[&str], u16) = (&["redis", "rediss"], 6379);
    let Some(Connection { url, mut settings }) = connection(monitor, id, schemes, haul)? else {
        return Ok(None);
    };
    if url.scheme() == "rediss" {
        settings.insert("tls".to_owned(), Value::from(true));
    }
    Ok(Some(settings))
}
