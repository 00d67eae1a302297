//! Users, sessions, tokens and the audit log.

use pharos_model::UnixMs;
use sqlx::Row;

use super::{Connection, DatabaseRow, query, query_scalar};
use crate::limits::ONCE_MS;
use crate::values::{damaged, plain, signed, unsigned};
use crate::{AccountChange, AuditEntry, AuditFilter, Margin, Once, Session, StoreError, Token, User};

/// What is said of a user who is another than the one that was read.
const CHANGED: &str = "the user was changed meanwhile";

/// Carries changes out. A conflict undoes those before it.
pub async fn change(
    connection: &mut Connection,
    changes: &[AccountChange],
    audit: &[AuditEntry],
) -> Result<Result<(), StoreError>, StoreError> {
    query("SAVEPOINT accounts").execute(&mut *connection).await?;
    for change in changes {
        if let Err(conflict) = one(connection, change).await? {
            query("ROLLBACK TO SAVEPOINT accounts").execute(&mut *connection).await?;
            query("RELEASE SAVEPOINT accounts").execute(&mut *connection).await?;
            return Ok(Err(conflict));
        }
    }
    for entry in audit {
        write_audit(connection, entry).await?;
    }
    query("RELEASE SAVEPOINT accounts").execute(connection).await?;
    Ok(Ok(()))
}

async fn one(
    connection: &mut Connection,
    change: &AccountChange,
) -> Result<Result<(), StoreError>, StoreError> {
    match change {
        AccountChange::PutUser(user) => return put_user(connection, user).await,
        AccountChange::ExpectUser { name, revision } => {
            let read = "SELECT count(*) FROM users WHERE name = $1 AND revision = $2";
            let query = query_scalar(read).bind(name).bind(i64::from(*revision));
            let found: i64 = query.fetch_one(connection).await?;
            if found == 0 {
                return Ok(Err(StoreError::Conflict { what: CHANGED }));
            }
        }
        AccountChange::ExpectManager => {
            if !users(connection).await?.iter().any(User::manages) {
                return Ok(Err(StoreError::Conflict { what: "nobody would be left who manages users" }));
            }
        }
        AccountChange::DropUser(name) => {
            query("DELETE FROM users WHERE name = $1").bind(name).execute(connection).await?;
        }
        AccountChange::PutSession(session) => {
            let write = "INSERT INTO sessions (hash, \"user\", created_at, seen_at, address, agent) VALUES ($1, $2, $3, $4, $5, $6)";
            query(write)
                .bind(&session.hash[..])
                .bind(&session.user)
                .bind(session.created_at.0)
                .bind(session.seen_at.0)
                .bind(plain(&session.address))
                .bind(plain(&session.agent))
                .execute(connection)
                .await?;
        }
        AccountChange::DropSession(hash) => {
            query("DELETE FROM sessions WHERE hash = $1").bind(&hash[..]).execute(connection).await?;
        }
        AccountChange::DropSessionsOf { user, except } => {
            let drop = "DELETE FROM sessions WHERE \"user\" = $1 AND ($2 IS NULL OR hash <> $2)";
            let except = except.as_ref().map(|hash| hash.to_vec());
            query(drop).bind(user).bind(except).execute(connection).await?;
        }
        AccountChange::SeenSession { hash, at } => {
            let write = "UPDATE sessions SET seen_at = CASE WHEN seen_at > $1 THEN seen_at ELSE $1 END WHERE hash = $2";
            query(write).bind(at.0).bind(&hash[..]).execute(connection).await?;
        }
        AccountChange::ExpireSessions { created_before, seen_before } => {
            let drop = "DELETE FROM sessions WHERE created_at < $1 OR seen_at < $2";
            query(drop).bind(created_before.0).bind(seen_before.0).execute(connection).await?;
        }
        AccountChange::PutToken(token) => put_token(connection, token).await?,
        AccountChange::DropToken(id) => {
            query("DELETE FROM tokens WHERE id = $1").bind(id).execute(connection).await?;
        }
        AccountChange::UsedToken { id, at } => {
            let write =
                "UPDATE tokens SET used_at = CASE WHEN used_at > $1 THEN used_at ELSE $1 END WHERE id = $2";
            query(write).bind(at.0).bind(id).execute(connection).await?;
        }
    }
    Ok(Ok(()))
}

async fn put_user(connection: &mut Connection, user: &User) -> Result<Result<(), StoreError>, StoreError> {
    let payload = serde_json::to_string(user).map_err(|error| damaged(0, &error.to_string()))?;
    let (write, what) = if user.revision == 0 {
        (
            "INSERT INTO users (payload, revision, subject, name) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            "there is such a user already",
        )
    } else {
        (
            "UPDATE users SET payload = $1, revision = $2, subject = $3 WHERE name = $4 AND revision = $2 - 1 \
             AND NOT EXISTS (SELECT 1 FROM users AS others WHERE others.subject = $3 AND others.name <> $4)",
            CHANGED,
        )
    };
    let done = query(write)
        .bind(payload)
        .bind(i64::from(user.revision))
        .bind(&user.subject)
        .bind(&user.name)
        .execute(connection)
        .await?;
    Ok(if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict { what }) })
}

async fn put_token(connection: &mut Connection, token: &Token) -> Result<(), StoreError> {
    let write = "INSERT INTO tokens (id, hash, \"user\", name, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    query(write)
        .bind(&token.id)
        .bind(&token.hash[..])
        .bind(&token.user)
        .bind(plain(&token.name))
        .bind(token.scopes.join(" "))
        .bind(token.created_at.0)
        .bind(token.expires_at.map(|at| at.0))
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps what goes with facts.
pub async fn keep_margin(connection: &mut Connection, margin: &Margin, seq: u64) -> Result<(), StoreError> {
    for entry in &margin.audit {
        write_audit(connection, &AuditEntry { seq: Some(seq), ..entry.clone() }).await?;
    }
    if let Some(once) = &margin.once {
        let forget = "DELETE FROM once WHERE at < $1";
        query(forget).bind(once.at.minus_ms(ONCE_MS).0).execute(&mut *connection).await?;
        let write = "INSERT INTO once (actor, key, fingerprint, outcome, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        query(write)
            .bind(&once.actor)
            .bind(plain(&once.key))
            .bind(&once.fingerprint[..])
            .bind(&once.outcome)
            .bind(once.at.0)
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn write_audit(connection: &mut Connection, entry: &AuditEntry) -> Result<(), StoreError> {
    let write = "INSERT INTO audit (at, actor, address, action, target, seq, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    query(write)
        .bind(entry.at.0)
        .bind(plain(&entry.actor))
        .bind(plain(&entry.address))
        .bind(&entry.action)
        .bind(plain(&entry.target))
        .bind(entry.seq.map(signed))
        .bind(&entry.before)
        .bind(&entry.after)
        .execute(connection)
        .await?;
    Ok(())
}

fn user_of(payload: &str) -> Result<User, StoreError> {
    serde_json::from_str(payload).map_err(|error| damaged(0, &format!("a user cannot be read: {error}")))
}

/// All users by name.
pub async fn users(connection: &mut Connection) -> Result<Vec<User>, StoreError> {
    let rows: Vec<String> =
        query_scalar("SELECT payload FROM users ORDER BY name").fetch_all(connection).await?;
    rows.iter().map(|payload| user_of(payload)).collect()
}

/// The user whose `column` has this value.
pub async fn user(
    connection: &mut Connection,
    by_subject: bool,
    value: &str,
) -> Result<Option<User>, StoreError> {
    let read = if by_subject {
        "SELECT payload FROM users WHERE subject = $1"
    } else {
        "SELECT payload FROM users WHERE name = $1"
    };
    let row: Option<String> = query_scalar(read).bind(value).fetch_optional(connection).await?;
    row.as_deref().map(user_of).transpose()
}

fn hash_of(bytes: Vec<u8>) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}

fn session_of(row: &DatabaseRow) -> Session {
    Session {
        hash: hash_of(row.get("hash")),
        user: row.get("user"),
        created_at: UnixMs(row.get("created_at")),
        seen_at: UnixMs(row.get("seen_at")),
        address: row.get("address"),
        agent: row.get("agent"),
    }
}

/// The session with this hash, and its user.
pub async fn session(
    connection: &mut Connection,
    hash: &[u8; 32],
) -> Result<Option<(Session, User)>, StoreError> {
    let read = "SELECT s.*, u.payload FROM sessions s JOIN users u ON u.name = s.\"user\" WHERE s.hash = $1";
    let row = query(read).bind(&hash[..]).fetch_optional(connection).await?;
    row.map(|row| Ok((session_of(&row), user_of(row.get("payload"))?))).transpose()
}

/// The sessions of a user, the newest first.
pub async fn sessions_of(connection: &mut Connection, user: &str) -> Result<Vec<Session>, StoreError> {
    let read = "SELECT * FROM sessions WHERE \"user\" = $1 ORDER BY created_at DESC";
    let rows = query(read).bind(user).fetch_all(connection).await?;
    Ok(rows.iter().map(session_of).collect())
}

fn token_of(row: &DatabaseRow) -> Token {
    let (scopes, expires_at, used_at): (String, Option<i64>, Option<i64>) =
        (row.get("scopes"), row.get("expires_at"), row.get("used_at"));
    Token {
        id: row.get("id"),
        hash: hash_of(row.get("hash")),
        user: row.get("user"),
        name: row.get("name"),
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        created_at: UnixMs(row.get("created_at")),
        expires_at: expires_at.map(UnixMs),
        used_at: used_at.map(UnixMs),
    }
}

/// The token with this hash, and its user.
pub async fn token(
    connection: &mut Connection,
    hash: &[u8; 32],
) -> Result<Option<(Token, User)>, StoreError> {
    let read = "SELECT t.*, u.payload FROM tokens t JOIN users u ON u.name = t.\"user\" WHERE t.hash = $1";
    let row = query(read).bind(&hash[..]).fetch_optional(connection).await?;
    row.map(|row| Ok((token_of(&row), user_of(row.get("payload"))?))).transpose()
}

/// All tokens, the newest first.
pub async fn tokens(connection: &mut Connection) -> Result<Vec<Token>, StoreError> {
    let rows = query("SELECT * FROM tokens ORDER BY created_at DESC, id").fetch_all(connection).await?;
    Ok(rows.iter().map(token_of).collect())
}

/// Entries of the audit log, the newest first.
pub async fn audit(
    connection: &mut Connection,
    filter: &AuditFilter,
    limit: usize,
) -> Result<Vec<AuditEntry>, StoreError> {
    let read = "SELECT * FROM audit WHERE ($1 IS NULL OR id < $1) \
                AND ($2 IS NULL OR target = $2 OR (target > $2 || '/' AND target < $2 || '0')) \
                AND ($3 IS NULL OR actor = $3) ORDER BY id DESC LIMIT $4";
    let rows = query(read)
        .bind(filter.before.map(signed))
        .bind(&filter.target)
        .bind(&filter.actor)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?;
    Ok(rows.iter().map(audit_entry).collect())
}

/// An entry of the audit log from its row.
pub fn audit_entry(row: &DatabaseRow) -> AuditEntry {
    let seq: Option<i64> = row.get("seq");
    AuditEntry {
        id: unsigned(row.get("id")),
        at: UnixMs(row.get("at")),
        actor: row.get("actor"),
        address: row.get("address"),
        action: row.get("action"),
        target: row.get("target"),
        seq: seq.map(unsigned),
        before: row.get("before"),
        after: row.get("after"),
    }
}

/// Puts users and tokens into an empty store, as they were.
pub async fn fill(connection: &mut Connection, users: &[User], tokens: &[Token]) -> Result<(), StoreError> {
    let write = "INSERT INTO users (payload, revision, subject, name) VALUES ($1, $2, $3, $4)";
    for user in users {
        let payload = serde_json::to_string(user).map_err(|error| damaged(0, &error.to_string()))?;
        query(write)
            .bind(payload)
            .bind(i64::from(user.revision))
            .bind(&user.subject)
            .bind(&user.name)
            .execute(&mut *connection)
            .await?;
    }
    for token in tokens {
        put_token(connection, token).await?;
    }
    Ok(())
}

/// Puts entries at the end of the audit log.
pub async fn write_all(connection: &mut Connection, entries: &[AuditEntry]) -> Result<(), StoreError> {
    for entry in entries {
        write_audit(connection, entry).await?;
    }
    Ok(())
}

/// What an earlier request with this key led to.
pub async fn once(connection: &mut Connection, actor: &str, key: &str) -> Result<Option<Once>, StoreError> {
    let read = "SELECT * FROM once WHERE actor = $1 AND key = $2";
    let row = query(read).bind(actor).bind(key).fetch_optional(connection).await?;
    Ok(row.map(|row| Once {
        actor: row.get("actor"),
        key: row.get("key"),
        fingerprint: hash_of(row.get("fingerprint")),
        outcome: row.get("outcome"),
        at: UnixMs(row.get("at")),
    }))
}
