//! `mysql`: logs in to MySQL or MariaDB, asks for its role, and may ask a query.

mod login;
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
use wire::Table;

/// Logs in to MySQL or MariaDB, asks for its role, and may ask a query. The query cannot write.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MysqlCheck {
    /// Host and port, as in `db.example.com:3306`.
    #[garde(custom(check_address))]
    #[schemars(example = &"db.example.com:3306")]
    pub address: String,
    /// Who to log in as. Best a user of its own; a replica tells how far it lags only to one that has the right
    /// `REPLICATION CLIENT`, or in MariaDB `REPLICA MONITOR`.
    #[garde(custom(check_name))]
    #[schemars(example = &"pharos")]
    pub user: String,
    /// The password.
    #[garde(custom(check_password))]
    #[schemars(with = "Option<String>", example = &"${DATABASE_PASSWORD}")]
    pub password: Option<SecretString>,
    /// The database to use.
    #[garde(inner(custom(check_name)))]
    #[schemars(example = &"shop")]
    pub database: Option<String>,
    /// When to speak TLS. A password of `caching_sha2_password` that the server does not remember needs `require`.
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

/// Asks for the role: who takes no writes follows.
const ROLE: &str = "select @@global.read_only";
/// Ask how far a replica lags, the newer words first.
const STATUSES: [&str; 2] = ["show replica status", "show slave status"];
/// The column that says it, under its newer name and its older one.
const LAGS: [&str; 2] = ["Seconds_Behind_Source", "Seconds_Behind_Master"];
/// Codes of a server that lacks what a question needs, or keeps it from this user.
const LACKING: [&str; 5] = ["1064", "1142", "1193", "1227", "1235"];

/// Looks once.
pub async fn look(prober: &Prober, check: &MysqlCheck, budget: &Budget, look: &mut Look) {
    if let Err(reason) = converse(prober, check, budget, look).await {
        look.down(reason);
    }
}

async fn converse(
    prober: &Prober,
    check: &MysqlCheck,
    budget: &Budget,
    look: &mut Look,
) -> Result<(), Reason> {
    let shown = Shown::of(check.password.as_ref().map(ExposeSecret::expose_secret));
    let talk = Talk::open("MySQL", prober, &check.address, budget, look).await?;
    let (mut talk, greeting) = login::login(talk, prober, check, &shown).await?;
    ask_standing(&mut talk, &shown).await?;
    let judged = match &check.query {
        Some(query) => {
            let is_mariadb = greeting.version.contains("MariaDB");
            ask(&mut talk, query, check.expect.as_deref(), &shown, is_mariadb).await?
        }
        None => None,
    };
    // All has been seen by now: what becomes of it does not matter.
    let _sent = wire::quit(&mut talk).await;
    judged.map_or(Ok(()), Err)
}

/// Asks for the role and the lag. What the server does not tell this user stays unknown.
async fn ask_standing(talk: &mut Talk<'_>, shown: &Shown) -> Result<(), Reason> {
    talk.step = "the question for its role";
    talk.look.facts.role = match wire::query(talk, ROLE).await? {
        Ok(table) => role(table.first()),
        Err(refusal) if LACKING.contains(&refusal.code.as_str()) => None,
        Err(refusal) => return Err(refusal.reason(talk, shown, ReasonKind::QueryFailed, &wire::NOT_READY)),
    };
    for status in STATUSES {
        if let Ok(table) = wire::query(talk, status).await? {
            talk.look.facts.lag_ms = lag_ms(&table);
            break;
        }
    }
    Ok(())
}

fn role(read_only: Option<&str>) -> Option<Role> {
    match read_only? {
        "0" | "OFF" => Some(Role::Primary),
        _ => Some(Role::Standby),
    }
}

/// How far the slowest of its sources is ahead, in milliseconds; `None` where that is not known of each.
fn lag_ms(table: &Table) -> Option<u64> {
    let column = table.columns.iter().position(|name| LAGS.contains(&name.as_str()))?;
    let seconds = |row: &Vec<Option<String>>| row.get(column)?.as_deref()?.parse::<u64>().ok();
    let all: Option<Vec<u64>> = table.rows.iter().map(seconds).collect();
    all?.into_iter().max()?.checked_mul(1_000)
}

/// Asks a query that cannot write: no transaction of the session can. A single one that cannot would not do, as MariaDB leaves it
/// for a statement like `drop table`. A packet carries a single statement, so that none can change this and go on.
async fn ask(
    talk: &mut Talk<'_>,
    query: &str,
    expected: Option<&str>,
    shown: &Shown,
    is_mariadb: bool,
) -> Result<Option<Reason>, Reason> {
    talk.step = "the query";
    let left_ms = talk.left_ms();
    let time = if is_mariadb {
        format!("max_statement_time = {}.{:03}", left_ms / 1_000, left_ms % 1_000)
    } else {
        format!("max_execution_time = {left_ms}")
    };
    // Servers too old to know a bound of time answer within ours or are left.
    let _bounded = wire::query(talk, &format!("set session sql_select_limit = 1, {time}")).await?;
    let answer = match wire::query(talk, "set session transaction read only").await? {
        Ok(_) => wire::query(talk, query).await?,
        refused => refused,
    };
    Ok(match answer {
        Ok(table) => judge(talk, shown, expected, table.first()),
        Err(refusal) => Some(refusal.reason(talk, shown, ReasonKind::QueryFailed, &wire::NOT_READY)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(more: &str) -> MysqlCheck {
        let text = format!(r#"{{"address":"db:3306","user":"pharos","password":"canary"{more}}}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_password_is_not_shown() {
        assert!(!format!("{:?}", check("")).contains("canary"));
    }

    #[test]
    fn settings_that_cannot_be_sent_are_refused() {
        for good in ["", r#","query":"select 1","expect":"1""#, r#","tls":"require""#] {
            assert!(check(good).validate().is_ok(), "{good}");
        }
        for bad in [r#","expect":"1""#, r#","query":"""#, r#","database":"a\u0000b""#] {
            assert!(check(bad).validate().is_err(), "{bad}");
        }
    }

    fn table(column: &str, lags: &[Option<&str>]) -> Table {
        let rows = lags.iter().map(|lag| vec![Some(String::from("x")), lag.map(str::to_owned)]).collect();
        Table { columns: vec![String::from("Slave_IO_State"), column.to_owned()], rows }
    }

    #[test]
    fn a_lag_is_that_of_the_slowest_source_under_either_name() {
        assert_eq!(lag_ms(&table("Seconds_Behind_Source", &[Some("3"), Some("0")])), Some(3_000));
        assert_eq!(lag_ms(&table("Seconds_Behind_Master", &[Some("0")])), Some(0));
    }

    #[test]
    fn a_lag_that_is_not_known_is_not_made_up() {
        assert_eq!(lag_ms(&table("Seconds_Behind_Master", &[])), None);
        assert_eq!(lag_ms(&table("Seconds_Behind_Master", &[None])), None);
        assert_eq!(lag_ms(&table("Seconds_Behind_Master", &[Some("3"), None])), None);
        assert_eq!(lag_ms(&table("Other", &[Some("3")])), None);
        assert_eq!(lag_ms(&table("Seconds_Behind_Master", &[Some("18446744073709551615")])), None);
    }

    #[test]
    fn who_takes_no_writes_is_a_standby() {
        assert_eq!((role(Some("0")), role(Some("OFF"))), (Some(Role::Primary), Some(Role::Primary)));
        assert_eq!((role(Some("1")), role(Some("NO_LOCK"))), (Some(Role::Standby), Some(Role::Standby)));
        assert_eq!(role(None), None);
    }
}
