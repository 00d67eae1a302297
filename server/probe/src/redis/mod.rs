//! `redis`: asks Redis or Valkey for its role, and may give a command.

mod reply;

use garde::Validate;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::budget::Budget;
use crate::database::{check_expect, check_name, check_password, judge};
use crate::limits::WORDS_MAX;
use crate::outcome::{Look, Reason, ReasonKind, Role};
use crate::prober::Prober;
use crate::shown::Shown;
use crate::talk::Talk;
use crate::tcp::check_address;
use reply::Reply;

/// Asks Redis or Valkey whether it serves and for its role, and may give a command.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RedisCheck {
    /// Host and port, as in `cache.example.com:6379`.
    #[garde(custom(check_address))]
    #[schemars(example = &"cache.example.com:6379")]
    pub address: String,
    /// Who to log in as. Without it, the default user.
    #[garde(inner(custom(check_name)), custom(check_user(self.password.is_some())))]
    pub user: Option<String>,
    /// The password. Without `tls` it is sent as it is.
    #[garde(custom(check_password))]
    #[schemars(with = "Option<String>", example = &"${REDIS_PASSWORD}")]
    pub password: Option<SecretString>,
    /// Speak TLS, with a certificate that is valid for the host.
    #[serde(default)]
    #[garde(skip)]
    pub tls: bool,
    /// A command to give, word by word. Choose one that only reads: nothing keeps it from writing.
    #[serde(default)]
    #[garde(length(max = WORDS_MAX), inner(custom(check_name)))]
    #[schemars(example = &["GET", "queue:state"])]
    pub command: Vec<String>,
    /// What the command must answer, as text.
    #[garde(custom(check_expect(!self.command.is_empty(), "command")))]
    #[schemars(example = &"running")]
    pub expect: Option<String>,
}

fn check_user(has_password: bool) -> impl Fn(&Option<String>, &()) -> garde::Result {
    move |user, ()| match user {
        Some(_) if !has_password => Err(garde::Error::new("has no meaning without password")),
        _ => Ok(()),
    }
}

/// Looks once.
pub async fn look(prober: &Prober, check: &RedisCheck, budget: &Budget, look: &mut Look) {
    if let Err(reason) = converse(prober, check, budget, look).await {
        look.down(reason);
    }
}

async fn converse(
    prober: &Prober,
    check: &RedisCheck,
    budget: &Budget,
    look: &mut Look,
) -> Result<(), Reason> {
    let shown = Shown::of(check.password.as_ref().map(ExposeSecret::expose_secret));
    let mut talk = Talk::open("Redis", prober, &check.address, budget, look).await?;
    if check.tls {
        talk = talk.secured(prober, &check.address, true).await?;
    }
    login(&mut talk, check, &shown).await?;
    ask_standing(&mut talk, &shown).await?;
    if check.command.is_empty() {
        return Ok(());
    }
    talk.step = "the command";
    let words: Vec<&str> = check.command.iter().map(String::as_str).collect();
    let answer = match ask(&mut talk, &words).await? {
        Reply::Refusal(text) => return Err(refused(&talk, &shown, ReasonKind::QueryFailed, &text)),
        Reply::List(_) if check.expect.is_some() => Some(String::from("a list")),
        answer => answer.text().map(str::to_owned),
    };
    judge(&talk, &shown, check.expect.as_deref(), answer.as_deref()).map_or(Ok(()), Err)
}

async fn ask(talk: &mut Talk<'_>, words: &[&str]) -> Result<Reply, Reason> {
    talk.send(&reply::command(words)).await?;
    reply::next(talk).await
}

/// Shows the password, and asks whether the server serves. A server that still loads tells its role, but serves nobody.
async fn login(talk: &mut Talk<'_>, check: &RedisCheck, shown: &Shown) -> Result<(), Reason> {
    talk.step = "the login";
    if let Some(password) = &check.password {
        let words = ["AUTH"].into_iter().chain(check.user.as_deref()).chain([password.expose_secret()]);
        let words: Vec<&str> = words.collect();
        match ask(talk, &words).await? {
            Reply::Text(text) if text == "OK" => {}
            Reply::Refusal(text) => return Err(refused(talk, shown, ReasonKind::LoginFailed, &text)),
            _ => return Err(talk.stray()),
        }
    }
    match ask(talk, &["PING"]).await? {
        Reply::Text(text) if text == "PONG" => Ok(()),
        Reply::Refusal(text) if is_lacking(&text) => Ok(()),
        Reply::Refusal(text) => Err(refused(talk, shown, ReasonKind::QueryFailed, &text)),
        _ => Err(talk.stray()),
    }
}

/// Asks for the role, and a replica for how far it lags. A user who may not ask is told nothing, and a server that stands
/// before others has no role of its own.
async fn ask_standing(talk: &mut Talk<'_>, shown: &Shown) -> Result<(), Reason> {
    talk.step = "the question for its role";
    talk.look.facts.role = match ask(talk, &["ROLE"]).await? {
        Reply::List(items) => match items.first().and_then(Reply::text) {
            Some("master") => Some(Role::Primary),
            Some("slave" | "replica") => Some(Role::Standby),
            _ => None,
        },
        Reply::Refusal(text) if is_lacking(&text) => None,
        Reply::Refusal(text) => return Err(refused(talk, shown, ReasonKind::QueryFailed, &text)),
        _ => return Err(talk.stray()),
    };
    if talk.look.facts.role == Some(Role::Standby) {
        talk.look.facts.lag_ms = match ask(talk, &["INFO", "replication"]).await? {
            Reply::Text(info) => lag_ms(&info),
            Reply::Refusal(_) => None,
            _ => return Err(talk.stray()),
        };
    }
    Ok(())
}

/// How long ago a replica heard of its primary, in milliseconds; `None` where it never did.
fn lag_ms(info: &str) -> Option<u64> {
    let field = |name| info.lines().find_map(|line| line.split_once(':').filter(|(key, _)| *key == name));
    let seconds = match field("master_link_status")?.1 {
        "up" => field("master_last_io_seconds_ago"),
        _ => field("master_link_down_since_seconds"),
    };
    seconds?.1.parse::<u64>().ok()?.checked_mul(1_000)
}

/// Whether a command is unknown to the server or not allowed to the user.
fn is_lacking(text: &str) -> bool {
    text.starts_with("NOPERM ") || text.starts_with("ERR unknown command")
}

/// The first word of a refusal is a code.
fn refused(talk: &Talk<'_>, shown: &Shown, kind: ReasonKind, text: &str) -> Reason {
    let (kind, sentence) = match text.split(' ').next().unwrap_or_default() {
        "LOADING" => (ReasonKind::NotReady, "the server is up but not ready: it still loads its data"),
        "MASTERDOWN" => {
            (ReasonKind::NotReady, "the server is up but not ready: it is a replica and has lost its primary")
        }
        "NOAUTH" => (ReasonKind::LoginFailed, "the server asks for a password; set password"),
        "WRONGPASS" => (ReasonKind::LoginFailed, "the server does not accept the user or the password"),
        "DENIED" => {
            (ReasonKind::LoginFailed, "the server only lets in its own machine until it has a password")
        }
        _ if text.contains("max number of clients") => {
            (ReasonKind::NotReady, "the server is up but not ready: it has too many clients")
        }
        _ => {
            let sentence = format!("{} failed: {}", talk.step, shown.excerpt(text));
            return talk.reason(kind, sentence);
        }
    };
    talk.reason(kind, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(more: &str) -> RedisCheck {
        serde_json::from_str(&format!(r#"{{"address":"cache:6379"{more}}}"#)).unwrap()
    }

    #[test]
    fn a_password_is_not_shown() {
        assert!(!format!("{:?}", check(r#","password":"canary""#)).contains("canary"));
    }

    #[test]
    fn settings_that_cannot_be_sent_are_refused() {
        for good in ["", r#","command":["GET","a b"],"expect":"1""#, r#","user":"pharos","password":"p""#] {
            assert!(check(good).validate().is_ok(), "{good}");
        }
        for bad in [
            r#","expect":"1""#,
            r#","user":"pharos""#,
            r#","password":"""#,
            r#","command":["GET","a\r\nb"]"#,
            r#","command":["GET",""]"#,
        ] {
            assert!(check(bad).validate().is_err(), "{bad}");
        }
        let many = RedisCheck { command: vec![String::from("GET"); WORDS_MAX + 1], ..check("") };
        let long = RedisCheck { command: vec!["x".repeat(2_000)], ..check("") };
        assert!(many.validate().is_err() && long.validate().is_err());
    }

    #[test]
    fn a_lag_is_how_long_ago_a_replica_heard_of_its_primary() {
        let up = "role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:3\r\n";
        assert_eq!(lag_ms(up), Some(3_000));
        let down = "master_link_status:down\r\nmaster_last_io_seconds_ago:-1\r\nmaster_link_down_since_seconds:12\r\n";
        assert_eq!(lag_ms(down), Some(12_000));
    }

    #[test]
    fn a_lag_that_is_not_known_is_not_made_up() {
        let never = "master_link_status:down\r\nmaster_last_io_seconds_ago:-1\r\nmaster_link_down_since_seconds:-1\r\n";
        for info in [never, "", "role:master\r\n", "master_link_status:up\r\n"] {
            assert_eq!(lag_ms(info), None, "{info}");
        }
        assert_eq!(lag_ms("master_link_status:up\r\nmaster_last_io_seconds_ago:18446744073709551615"), None);
    }
}
