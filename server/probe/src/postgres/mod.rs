//! `postgres`: logs in to PostgreSQL, asks for its role, and may ask a query.

mod login;
mod scram;
mod wire;

use garde::Validate;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::budget::Budget;
use crate::database::{TlsMode, check_expect, check_name, check_password, check_statement, judge};
use crate::outcome::{Look, Reason, ReasonKind, Role};
use crate::prober::Prober;
use crate::shown::Shown;
use crate::talk::Talk;
use crate::tcp::check_address;

/// Logs in to PostgreSQL, asks for its role, and may ask a query. All of it is asked in a transaction that cannot write.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PostgresCheck {
    /// Host and port, as in `db.example.com:5432`.
    #[garde(custom(check_address))]
    #[schemars(example = &"db.example.com:5432")]
    pub address: String,
    /// Who to log in as. Best a user of its own, a member of `pg_monitor` and of nothing else: to others a standby does
    /// not tell whether it is up to date, and its lag then grows while its primary has nothing to write.
    #[garde(custom(check_name))]
    #[schemars(example = &"pharos")]
    pub user: String,
    /// The password.
    #[garde(custom(check_password))]
    #[schemars(with = "Option<String>", example = &"${DATABASE_PASSWORD}")]
    pub password: Option<SecretString>,
    /// The database to log in to. Without it, the one named like the user.
    #[garde(inner(custom(check_name)))]
    #[schemars(example = &"postgres")]
    pub database: Option<String>,
    /// When to speak TLS.
    #[serde(default)]
    #[garde(skip)]
    pub tls: TlsMode,
    /// A query to ask: one statement that only reads.
    #[garde(inner(custom(check_statement)))]
    #[schemars(example = &"select count(*) from orders where stuck")]
    pub query: Option<String>,
    /// What the first column of the first row must be, as text.
    #[garde(custom(check_expect(self.query.is_some(), "query")))]
    #[schemars(example = &"0")]
    pub expect: Option<String>,
}

/// What asks for the role and the lag in milliseconds, the best first; what comes after it is for servers that only speak
/// like PostgreSQL and do not know all of its functions.
const STANDINGS: [&str; 3] = [
    "select pg_is_in_recovery(), case \
       when not pg_is_in_recovery() then null \
       when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() \
         and exists (select from pg_stat_wal_receiver where status = 'streaming') then 0 \
       else floor(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000) \
     end",
    "select pg_is_in_recovery(), null",
    "select null, null",
];

/// Codes of a server that lacks something a query needs: its language, and its features.
const LACKING: [&str; 2] = ["42", "0A"];

/// Looks once.
pub async fn look(prober: &Prober, check: &PostgresCheck, budget: &Budget, look: &mut Look) {
    if let Err(reason) = converse(prober, check, budget, look).await {
        look.down(reason);
    }
}

async fn converse(
    prober: &Prober,
    check: &PostgresCheck,
    budget: &Budget,
    look: &mut Look,
) -> Result<(), Reason> {
    let shown = Shown::of(check.password.as_ref().map(ExposeSecret::expose_secret));
    let talk = Talk::open("PostgreSQL", prober, &check.address, budget, look).await?;
    let mut talk = login::encrypted(talk, prober, check).await?;
    login::login(&mut talk, check, &shown).await?;
    ask_standing(&mut talk, &shown).await?;
    let judged = match &check.query {
        Some(query) => ask(&mut talk, query, check.expect.as_deref(), &shown).await?,
        None => None,
    };
    farewell(&mut talk).await;
    judged.map_or(Ok(()), Err)
}

/// Begins a transaction that cannot write and asks in it for the role and the lag.
async fn ask_standing(talk: &mut Talk<'_>, shown: &Shown) -> Result<(), Reason> {
    talk.step = "the question for its role";
    for (tried, standing) in STANDINGS.iter().enumerate() {
        let before = if tried == 0 { "" } else { "rollback; " };
        // For this transaction only: behind a pooler the next one to use the connection is somebody else.
        let timeout_ms = talk.left_ms();
        // A standby knows no other isolation than these two, and a server may be set to another.
        let begin = "begin isolation level read committed, read only";
        let text = format!("{before}{begin}; set local statement_timeout = {timeout_ms}; {standing}");
        talk.send(&wire::message(b'Q', &wire::texts(&[&text]))).await?;
        match wire::answer(talk).await? {
            Ok(row) => {
                let row = row.ok_or_else(|| talk.stray())?;
                talk.look.facts.role = role(row.first().and_then(Option::as_deref));
                talk.look.facts.lag_ms = row.get(1).and_then(|lag| lag.as_deref()?.parse().ok());
                return Ok(());
            }
            Err(refusal) => {
                let is_lacking = LACKING.iter().any(|class| refusal.code.starts_with(class));
                if !is_lacking || tried + 1 == STANDINGS.len() {
                    return Err(refusal.reason(talk, shown, ReasonKind::QueryFailed, &wire::NOT_READY));
                }
            }
        }
    }
    Ok(())
}

fn role(in_recovery: Option<&str>) -> Option<Role> {
    match in_recovery? {
        "t" => Some(Role::Standby),
        "f" => Some(Role::Primary),
        _ => None,
    }
}

/// Asks a query in the transaction under way, in the form that takes a single statement, so that none can end the
/// transaction and go on outside of it.
async fn ask(
    talk: &mut Talk<'_>,
    query: &str,
    expected: Option<&str>,
    shown: &Shown,
) -> Result<Option<Reason>, Reason> {
    talk.step = "the query";
    talk.send(&wire::statement(query)).await?;
    Ok(match wire::answer(talk).await? {
        Ok(row) => {
            let value = row.and_then(|row| row.into_iter().next().flatten());
            judge(talk, shown, expected, value.as_deref())
        }
        Err(refusal) => Some(refusal.reason(talk, shown, ReasonKind::QueryFailed, &wire::NOT_READY)),
    })
}

/// Ends the transaction and says goodbye. A pooler keeps a connection only when its transaction has ended. All has been seen
/// by now: what becomes of it does not matter.
async fn farewell(talk: &mut Talk<'_>) {
    if talk.send(&wire::message(b'Q', &wire::texts(&["rollback"]))).await.is_ok() {
        let _ended = wire::answer(talk).await;
        let _sent = talk.send(&wire::message(b'X', &[])).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(extra: &str) -> PostgresCheck {
        let text = format!(r#"{{"address":"db:5432","user":"pharos","password":"canary"{extra}}}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_password_is_not_shown() {
        assert!(!format!("{:?}", check("")).contains("canary"));
    }

    #[test]
    fn settings_that_cannot_be_sent_are_refused() {
        for good in ["", r#","query":"select 1","expect":"1""#, r#","query":"select\n1""#] {
            assert!(check(good).validate().is_ok(), "{good}");
        }
        for bad in [r#","expect":"1""#, r#","query":"""#, r#","query":"a\u0000b""#, r#","database":"a\nb""#] {
            assert!(check(bad).validate().is_err(), "{bad}");
        }
        assert!(PostgresCheck { password: Some("a\0b".into()), ..check("") }.validate().is_err());
        let long = "x".repeat(crate::limits::STATEMENT_BYTES_MAX + 1);
        assert!(PostgresCheck { query: Some(long), ..check("") }.validate().is_err());
    }

    #[test]
    fn a_role_is_read_only_from_what_postgres_says() {
        assert_eq!(role(Some("t")), Some(Role::Standby));
        assert_eq!(role(Some("f")), Some(Role::Primary));
        assert_eq!((role(None), role(Some("maybe"))), (None, None));
    }
}
