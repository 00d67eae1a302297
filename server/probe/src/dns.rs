//! `dns`: asks for a name and compares the answer.

use std::net::SocketAddr;

use garde::Validate;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RecordType;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::address::dns_reason;
use crate::budget::Budget;
use crate::limits::{DNS_ATTEMPT, RECORDS_MAX};
use crate::outcome::{Look, Reason, ReasonKind, excerpt};
use crate::prober::Prober;

/// Asks for a name and compares the answer.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DnsCheck {
    /// The name to ask for.
    #[garde(length(bytes, min = 1, max = 253))]
    #[schemars(example = &"example.com")]
    pub name: String,
    /// The type of record.
    #[serde(default)]
    #[garde(skip)]
    pub record: Record,
    /// Answers that must be among those given, as in `192.0.2.1` or `10 mail.example.com.`. Without it, any answer is
    /// good.
    #[serde(default)]
    #[garde(length(max = 50), inner(length(bytes, min = 1, max = 1024)))]
    pub expect: Vec<String>,
    /// The resolver to ask, address and port. Without it, the system's.
    #[garde(skip)]
    #[serde(default, deserialize_with = "address_and_port")]
    #[schemars(with = "Option<String>", example = &"192.0.2.53:53")]
    pub resolver: Option<SocketAddr>,
}

fn address_and_port<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<SocketAddr>, D::Error> {
    let Some(text) = Option::<String>::deserialize(value)? else { return Ok(None) };
    let wrong = || {
        let text = excerpt(&text);
        serde::de::Error::custom(format!("\"{text}\" is not an address and a port, as in 192.0.2.53:53"))
    };
    text.parse().map(Some).map_err(|_| wrong())
}

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// A type of record.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
        pub enum Record {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Record {
            fn kind(self) -> RecordType {
                match self { $(Self::$name => RecordType::$name,)* }
            }

            fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

records! {
    /// An IPv4 address.
    #[default]
    A = "A",
    /// An IPv6 address.
    AAAA = "AAAA",
    /// Another name.
    CNAME = "CNAME",
    /// Where mail goes.
    MX = "MX",
    /// Text.
    TXT = "TXT",
    /// A name server.
    NS = "NS",
    /// The start of authority.
    SOA = "SOA",
    /// A service.
    SRV = "SRV",
    /// Who may issue certificates.
    CAA = "CAA",
    /// The name of an address.
    PTR = "PTR",
}

/// Looks once.
pub async fn look(prober: &Prober, check: &DnsCheck, budget: &Budget, look: &mut Look) {
    let chosen = match check.resolver.map(resolver_at).transpose() {
        Ok(chosen) => chosen,
        Err(error) => {
            let why = excerpt(&error.to_string());
            let sentence = format!("Could not look: the resolver cannot be set up: {why}");
            return look.down(Reason::new(ReasonKind::CouldNotLook, sentence));
        }
    };
    let resolver = chosen.as_ref().unwrap_or(prober.resolver());
    // A trailing dot keeps the system's search list out of it.
    let name = format!("{}.", check.name.trim_end_matches('.'));
    let (found, took_us) = budget.stage(resolver.lookup(name.as_str(), check.record.kind())).await;
    look.stages.dns_us = Some(took_us);
    let answers: Vec<String> = match found {
        Ok(Ok(found)) => found
            .answers()
            .iter()
            .filter(|r| r.record_type() == check.record.kind())
            .take(RECORDS_MAX)
            .map(|r| r.data.to_string())
            .collect(),
        Ok(Err(error)) => return look.down(dns_reason(&check.name, &error)),
        Err(_) => {
            let sentence = format!("DNS: no answer for {} within {}", check.name, budget.text());
            return look.down(Reason::new(ReasonKind::DnsTimeout, sentence));
        }
    };
    if let Some(reason) = judge(check, &answers) {
        look.down(reason);
    }
}

/// What is wrong with the records of the type asked for.
fn judge(check: &DnsCheck, answers: &[String]) -> Option<Reason> {
    let (name, record) = (&check.name, check.record.word());
    if answers.is_empty() {
        let sentence = format!("DNS: {name} has no {record} record");
        return Some(Reason::new(ReasonKind::DnsNoRecord, sentence));
    }
    let among = |expected: &&String| answers.iter().any(|answer| same(check.record, answer, expected));
    let missing = excerpt(check.expect.iter().find(|expected| !among(expected))?);
    let got = excerpt(&answers.join(", "));
    let sentence = format!("DNS: expected {missing} among the {record} records of {name}, got {got}");
    Some(Reason::new(ReasonKind::DnsWrongAnswer, sentence))
}

/// Names are the same in any case and with or without the last dot; text is not.
fn same(record: Record, answer: &str, expected: &str) -> bool {
    if record == Record::TXT {
        return answer.trim_matches('"') == expected.trim_matches('"');
    }
    let plain = |text: &str| text.trim_end_matches('.').trim_matches('"').to_ascii_lowercase();
    plain(answer) == plain(expected)
}

pub(crate) fn resolver_at(address: SocketAddr) -> Result<TokioResolver, hickory_resolver::net::NetError> {
    let (mut udp, mut tcp) = (ConnectionConfig::udp(), ConnectionConfig::tcp());
    udp.port = address.port();
    tcp.port = address.port();
    let server = NameServerConfig::new(address.ip(), true, vec![udp, tcp]);
    let config = ResolverConfig::from_name_servers(vec![server]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    builder.options_mut().timeout = DNS_ATTEMPT;
    builder.options_mut().cache_size = 0;
    builder.options_mut().attempts = 1;
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(check: &str, answers: &[&str], expected: Option<&str>) {
        let check: DnsCheck = serde_json::from_str(check).unwrap();
        let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let said = judge(&check, &answers).map(|reason| reason.sentence);
        assert_eq!(said.as_deref(), expected);
    }

    #[test]
    fn an_alias_that_leads_to_no_record_is_not_a_good_answer() {
        check(r#"{"name":"a.test"}"#, &[], Some("DNS: a.test has no A record"));
    }

    #[test]
    fn names_are_compared_in_any_case_and_text_is_not() {
        check(r#"{"name":"a.test","record":"CNAME","expect":["B.test"]}"#, &["b.test."], None);
        let differs = Some("DNS: expected Key among the TXT records of a.test, got key");
        check(r#"{"name":"a.test","record":"TXT","expect":["Key"]}"#, &["key"], differs);
    }
}
