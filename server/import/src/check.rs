//! A check as the configuration file has it: the key of its kind, that kind's settings, and how its results are judged.

use serde_json::{Map, Value};

/// The key of a kind of check in the configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the key of the same name, which docs/configuration.md describes")]
pub enum Kind {
    Http,
    Health,
    Supplier,
    Tcp,
    Tls,
    Dns,
    Smtp,
    Ssh,
    WebSocket,
    Grpc,
    Icmp,
    Ntp,
    Domain,
    Postgres,
    Redis,
    Mysql,
    Push,
}

impl Kind {
    /// The key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Health => "health",
            Self::Supplier => "supplier",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Dns => "dns",
            Self::Smtp => "smtp",
            Self::Ssh => "ssh",
            Self::WebSocket => "websocket",
            Self::Grpc => "grpc",
            Self::Icmp => "icmp",
            Self::Ntp => "ntp",
            Self::Domain => "domain",
            Self::Postgres => "postgres",
            Self::Redis => "redis",
            Self::Mysql => "mysql",
            Self::Push => "push",
        }
    }
}

/// How the results of a check are judged; `None` where nothing is said, and Pharos' own defaults count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The time between two looks, in milliseconds. Not with [`Kind::Push`].
    pub interval_ms: Option<u64>,
    /// The longest one look may take, in milliseconds. Not with [`Kind::Push`].
    pub timeout_ms: Option<u64>,
    /// Failures in a row that confirm an outage.
    pub down_after: Option<u32>,
    /// Good answers in a row that confirm a recovery.
    pub up_after: Option<u32>,
    /// A good answer that takes longer is degraded performance, in milliseconds.
    pub degraded_over_ms: Option<u64>,
    /// What a failure means: `major_outage`, `partial_outage` or `degraded_performance`.
    pub on_failure: Option<&'static str>,
}

/// A check.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its name within the component: a-z, 0-9 and `-`, unique there.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// The settings of that kind, by the keys of the configuration file. Texts are as the file has them: one from the source goes through
    /// [`crate::literal`], so that no `${…}` of others is read as a reference; a secret through [`crate::Haul::secret`].
    pub settings: Map<String, Value>,
    /// How its results are judged.
    pub rules: Rules,
}
