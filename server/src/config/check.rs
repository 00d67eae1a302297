//! The shape of a check in the file: one key for its kind, and how its results are judged.

use std::collections::BTreeMap;

use garde::{Report, Validate};
use pharos_probe::health::HealthCheck;
use pharos_probe::supplier::SupplierCheck;
use pharos_probe::{HumanDuration, Spec};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// A probe as the file describes it: the key of its kind, what runs it, and what its own settings get wrong.
pub struct Described {
    /// The key of its kind.
    pub kind: &'static str,
    /// What runs it.
    pub spec: Spec,
    /// What is wrong with its settings.
    pub report: Option<Report>,
}

/// What the schema says of a section that must have exactly one of `keys`.
fn one_key_of(keys: &[&str]) -> Value {
    keys.iter().map(|key| json!({ "required": [key] })).collect()
}

/// Makes the two entries that hold one key for each kind of probe. A new kind is one line in the list below.
macro_rules! entries {
    ($($key:ident: $settings:ty => $variant:ident,)*) => {
        /// One way in which a component is watched: exactly one of the keys that name a kind, and how its results are
        /// judged.
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[schemars(extend("oneOf" = one_key_of(&[$(stringify!($key),)* "push"])))]
        pub struct CheckEntry {
            /// What it is called in logs and reasons, unique within the component: a-z, 0-9 and `-`. Without it, its
            /// kind.
            #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,63}$"), example = &"web")]
            pub name: Option<String>,
            $(pub $key: Option<$settings>,)*
            pub push: Option<PushSettings>,
            /// The time between two looks, 1s to 24h. Not with `push`.
            #[schemars(extend("default" = "60s"))]
            pub interval: Option<HumanDuration>,
            /// The longest one look may take, at most the interval. Not with `push`. Without it 10s, or the interval
            /// if that is shorter.
            #[schemars(example = &"5s")]
            pub timeout: Option<HumanDuration>,
            /// How many failures in a row confirm an outage. The outage is then dated back to the first of them.
            #[schemars(range(min = 1, max = 100), extend("default" = 2))]
            pub down_after: Option<u32>,
            /// How many good answers in a row confirm a recovery.
            #[schemars(range(min = 1, max = 100), extend("default" = 2))]
            pub up_after: Option<u32>,
            /// A good answer that takes longer than this is degraded performance.
            #[schemars(example = &"800ms")]
            pub degraded_over: Option<HumanDuration>,
            /// What a confirmed failure of this check means for the component.
            #[schemars(extend("default" = "major_outage"))]
            pub on_failure: Option<FailureWord>,
            /// From where it is looked at. Without it, from this page's own servers alone. Not with `push` or `supplier`, and not
            /// with parts.
            pub vantages: Option<VantagesSection>,
        }

        /// A target that tells whether Pharos itself can see: exactly one of the keys that name a kind.
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[schemars(extend("oneOf" = one_key_of(PROBE_KINDS)))]
        pub struct ReferenceEntry {
            /// What it is called in logs: a-z, 0-9 and `-`. Without it, its kind and a number.
            #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,63}$"), example = &"resolver")]
            pub name: Option<String>,
            $(pub $key: Option<$settings>,)*
            /// The time between two looks, 1s to 24h.
            #[schemars(extend("default" = "60s"))]
            pub interval: Option<HumanDuration>,
            /// The longest one look may take, at most the interval. Without it 10s, or the interval if that is
            /// shorter.
            #[schemars(example = &"5s")]
            pub timeout: Option<HumanDuration>,
        }

        /// The keys that name a kind of probe.
        pub const PROBE_KINDS: &[&str] = &[$(stringify!($key)),*];

        impl CheckEntry {
            /// The probes it describes: one, if the file is right.
            pub fn probes(&self) -> Vec<Described> {
                [$(self.$key.as_ref().map(|settings| Described {
                    kind: stringify!($key),
                    spec: Spec::$variant(settings.clone()),
                    report: settings.validate().err(),
                })),*].into_iter().flatten().collect()
            }
        }

        impl ReferenceEntry {
            /// The probes it describes: one, if the file is right.
            pub fn probes(&self) -> Vec<Described> {
                [$(self.$key.as_ref().map(|settings| Described {
                    kind: stringify!($key),
                    spec: Spec::$variant(settings.clone()),
                    report: settings.validate().err(),
                })),*].into_iter().flatten().collect()
            }
        }
    };
}

/// The parts of a document that speak for components of their own, and under which key of a check they stand.
pub type Parts<'a> = (&'static str, &'a BTreeMap<String, String>);

fn parts_of<'a>(health: Option<&'a HealthCheck>, supplier: Option<&'a SupplierCheck>) -> Option<Parts<'a>> {
    let health = health.map(|health| ("health", &health.parts));
    let parts = health.or_else(|| supplier.map(|supplier| ("supplier", &supplier.parts)));
    parts.filter(|(_, parts)| !parts.is_empty())
}

impl CheckEntry {
    /// The parts of its document that speak for components of their own, if it names any.
    pub fn parts(&self) -> Option<Parts<'_>> {
        parts_of(self.health.as_ref(), self.supplier.as_ref())
    }
}

impl ReferenceEntry {
    /// The parts that it names, which a reference target must not.
    pub fn parts(&self) -> Option<Parts<'_>> {
        parts_of(self.health.as_ref(), self.supplier.as_ref())
    }
}

entries! {
    http: pharos_probe::http::HttpCheck => Http,
    health: HealthCheck => Health,
    supplier: SupplierCheck => Supplier,
    tcp: pharos_probe::tcp::TcpCheck => Tcp,
    tls: pharos_probe::tls::TlsCheck => Tls,
    dns: pharos_probe::dns::DnsCheck => Dns,
    smtp: pharos_probe::smtp::SmtpCheck => Smtp,
    ssh: pharos_probe::ssh::SshCheck => Ssh,
    websocket: pharos_probe::websocket::WebSocketCheck => WebSocket,
    grpc: pharos_probe::grpc::GrpcCheck => Grpc,
    icmp: pharos_probe::icmp::IcmpCheck => Icmp,
    ntp: pharos_probe::ntp::NtpCheck => Ntp,
    domain: pharos_probe::domain::DomainCheck => Domain,
    postgres: pharos_probe::postgres::PostgresCheck => Postgres,
    redis: pharos_probe::redis::RedisCheck => Redis,
    mysql: pharos_probe::mysql::MysqlCheck => Mysql,
}

/// Waits for heartbeats instead of looking: a job reports by asking for `/push/TOKEN` when it is done, or `/push/TOKEN/start` and
/// `/push/TOKEN/fail`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PushSettings {
    /// The secret in the job's address: 22 to 200 of A-Z, a-z, 0-9, `-` and `_`. Best kept in the environment.
    #[schemars(regex(pattern = r"^([A-Za-z0-9_-]{22,200}|.*\$\{.*)$"), example = &"${BACKUP_PUSH_TOKEN}")]
    pub token: String,
    /// The time between two heartbeats, 1s to 40d.
    #[schemars(example = &"1d")]
    pub period: HumanDuration,
    /// How much later than that a heartbeat may come, at most 7d.
    #[schemars(extend("default" = "1m"))]
    pub grace: Option<HumanDuration>,
}

/// From where a check is looked at. Each place counts failures by itself; together they decide how the check is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VantagesSection {
    /// The identifiers of the vantages, and `here` for this page's own servers. The latency chart of the component tells of
    /// `here`, or of the first one named.
    #[schemars(length(min = 1, max = 20), example = &["here", "fra", "sin"])]
    pub from: Vec<String>,
    /// How many of them must find a failure for it to be one. Without it more than half. All is well only if it would be with
    /// every one of them failing that has not told anything for too long.
    #[schemars(range(min = 1), example = &2)]
    pub down_when: Option<u32>,
}

/// What a failure means for a component.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureWord {
    /// None of it works.
    MajorOutage,
    /// Some of it does not work.
    PartialOutage,
    /// It works, but slower or with less than it should.
    DegradedPerformance,
}
