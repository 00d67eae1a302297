//! An endpoint that Gatus looks at, as a component with one check.

use serde_json::{Map, Value};

use super::conditions::Expected;
use super::text::{converted, is_reference};
use super::{Reader, length};
use crate::target::{check_of, is_secret};
use crate::{At, Check, ImportError, Kind, Rules};

/// How often Gatus looks where the file does not say, in milliseconds.
const INTERVAL_MS: u64 = 60_000;
/// How long Gatus waits where the file does not say, in milliseconds.
const TIMEOUT_MS: u64 = 10_000;

/// Keys of an endpoint that are read elsewhere, or hold nothing that is not so here in any case.
const READ: [&str; 16] = [
    "name",
    "group",
    "enabled",
    "url",
    "method",
    "body",
    "graphql",
    "headers",
    "dns",
    "ssh",
    "conditions",
    "interval",
    "client",
    "alerts",
    "maintenance-windows",
    "ui",
];

impl Reader {
    pub(super) fn endpoint(&mut self, at: &At<'_>) -> Result<(), ImportError> {
        let Some(mut component) = self.component(at)? else { return Ok(()) };
        self.alerts(at);
        for (key, value) in at.entries()? {
            if !READ.contains(&key) && !value.is_nothing() {
                self.haul.leave(value.spot(), format!("`{key}`"), "there is nothing like it here");
            }
        }
        let stem = component.id.to_string();
        match self.looked_at(at, &stem)? {
            Ok(mut check) => {
                self.conditions(at, &mut check)?;
                component.checks.push(check);
            }
            Err(why) => {
                let url = at.need("url")?;
                self.haul.leave(url.spot(), format!("the check of `{}`", component.name), why);
            }
        }
        self.haul.components.push(component);
        Ok(())
    }

    /// The check without what it expects, or why there is none.
    fn looked_at(&mut self, at: &At<'_>, stem: &str) -> Result<Result<Check, String>, ImportError> {
        let url = at.need("url")?;
        let address = converted(url.text()?);
        let made = match at.get("dns") {
            Some(dns) => Ok(dns_check(&dns, &address)?),
            None => check_of(&address, (&mut self.haul, stem, &url.spot())),
        };
        let mut check = match made {
            Ok(check) => check,
            Err(why) => return Ok(Err(why)),
        };
        match check.kind {
            Kind::Http => self.request(at, stem, &mut check.settings)?,
            Kind::WebSocket => {
                self.headers(at, stem, &mut check.settings)?;
                sent(at, &mut check.settings)?;
            }
            Kind::Tcp => sent(at, &mut check.settings)?,
            Kind::Ssh => {
                let why = "nobody is signed in here: how the server introduces itself is looked at";
                self.haul.leave(at.spot(), "what is run over SSH", why);
            }
            _ => {}
        }
        let interval_ms = at.get("interval").map(|interval| length(&interval)).transpose()?;
        check.rules.interval_ms = Some(interval_ms.unwrap_or(INTERVAL_MS).clamp(1_000, 86_400_000));
        self.client(at, &mut check)?;
        Ok(Ok(check))
    }

    fn request(
        &mut self,
        at: &At<'_>,
        stem: &str,
        settings: &mut Map<String, Value>,
    ) -> Result<(), ImportError> {
        let graphql = at.get("graphql").map(|graphql| graphql.truth()).transpose()? == Some(true);
        if let Some(method) = at.get("method") {
            let word = method.text()?.to_ascii_uppercase();
            if ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(&word.as_str()) {
                if word != "GET" {
                    settings.insert("method".to_owned(), word.into());
                }
            } else {
                self.haul.leave(
                    method.spot(),
                    format!("the method {}", method.shown()),
                    "GET is used instead",
                );
            }
        }
        if let Some(body) = at.get("body") {
            let text = converted(body.text()?);
            let text = if graphql { serde_json::json!({ "query": text }).to_string() } else { text };
            if text.contains("[ENDPOINT_")
                || text.contains("[RANDOM_STRING")
                || text.contains("[LOCAL_ADDRESS]")
            {
                self.haul.leave(
                    body.spot(),
                    "the placeholders in the body",
                    "they are sent as they are written",
                );
            }
            settings.insert("body".to_owned(), text.into());
        }
        self.headers(at, stem, settings)
    }

    fn headers(
        &mut self,
        at: &At<'_>,
        stem: &str,
        settings: &mut Map<String, Value>,
    ) -> Result<(), ImportError> {
        let Some(headers) = at.get("headers") else { return Ok(()) };
        let mut made = Map::new();
        for (name, value) in headers.entries()? {
            let text = converted(value.text()?);
            let scheme = ["Bearer ", "Basic ", "Token "].into_iter().find(|scheme| text.starts_with(scheme));
            let bare = scheme.map_or(text.as_str(), |scheme| &text[scheme.len()..]);
            let text = if is_secret(name) && !is_reference(bare) {
                let what = format!(
                    "the header `{name}`{}",
                    scheme.map_or(String::new(), |scheme| format!(", what follows `{}`", scheme.trim()))
                );
                let reference = self.haul.secret(&format!("{stem}_{name}"), value.spot(), what);
                format!("{}{reference}", scheme.unwrap_or_default())
            } else {
                text
            };
            made.insert(name.to_owned(), text.into());
        }
        if !made.is_empty() {
            settings.insert("headers".to_owned(), made.into());
        }
        Ok(())
    }

    fn client(&mut self, at: &At<'_>, check: &mut Check) -> Result<(), ImportError> {
        let interval_ms = check.rules.interval_ms.unwrap_or(INTERVAL_MS);
        let mut timeout_ms = TIMEOUT_MS;
        for (key, value) in at.get("client").map(|client| client.entries()).transpose()?.unwrap_or_default() {
            match key {
                "timeout" => timeout_ms = length(&value)?.max(10),
                "ignore-redirect" if check.kind == Kind::Http => {
                    if value.truth()? {
                        check.settings.insert("redirects".to_owned(), 0.into());
                    }
                }
                "insecure" => {
                    if value.truth()? {
                        let why = "certificates are always checked here; give the system the authority that signed it";
                        self.haul.leave(value.spot(), "`insecure: true`", why);
                    }
                }
                "network" if check.kind == Kind::Icmp => {}
                key => {
                    self.haul.leave(value.spot(), format!("`client.{key}`"), "there is nothing like it here");
                }
            }
        }
        check.rules.timeout_ms = Some(timeout_ms.min(interval_ms));
        Ok(())
    }

    fn conditions(&mut self, at: &At<'_>, check: &mut Check) -> Result<(), ImportError> {
        let mut expected = Expected::default();
        let conditions = at.get("conditions");
        for condition in conditions.as_ref().map(At::items).transpose()?.unwrap_or_default() {
            let text = converted(condition.text()?);
            let what = format!("the condition {}", condition.shown());
            match expected.add(&text, check.kind) {
                Ok(None) => {}
                Ok(Some(told)) => self.haul.leave(condition.spot(), format!("a part of {what}"), told),
                Err(why) => self.haul.leave(condition.spot(), what, why),
            }
        }
        if check.kind == Kind::Http && !expected.names_status {
            let spot = conditions.map_or(at.spot(), |conditions| conditions.spot());
            let why = "none is named, so that Gatus takes any; here 200 to 299 are good";
            self.haul.leave(spot, "that every status is good", why);
        }
        let limit = check.rules.timeout_ms.unwrap_or(TIMEOUT_MS);
        // An answer that takes as long as the timeout has failed in any case.
        check.rules.degraded_over_ms = expected.degraded_over_ms.filter(|ms| *ms < limit);
        expected.into_settings(&mut check.settings, check.kind);
        Ok(())
    }
}

/// A question for a name: the address of the endpoint is the server that is asked.
fn dns_check(dns: &At<'_>, address: &str) -> Result<Check, ImportError> {
    const RECORDS: [&str; 10] = ["A", "AAAA", "CNAME", "MX", "TXT", "NS", "SOA", "SRV", "CAA", "PTR"];
    let name = dns.need("query-name")?;
    let record = dns.need("query-type")?;
    let word = record.text()?.to_ascii_uppercase();
    if !RECORDS.contains(&word.as_str()) {
        let what = format!("{} is no record that Pharos can ask for", record.shown());
        return Err(record.error(what, format!("use one of {}", RECORDS.join(", "))));
    }
    let mut settings = Map::new();
    settings.insert("name".to_owned(), converted(name.text()?).trim_end_matches('.').into());
    settings.insert("record".to_owned(), word.into());
    let server = address.rsplit("://").next().unwrap_or(address);
    let is_open = server.parse::<std::net::SocketAddr>().is_ok();
    let with_port =
        server.parse::<std::net::IpAddr>().map(|ip| std::net::SocketAddr::new(ip, 53).to_string());
    let resolver = if is_open { Some(server.to_owned()) } else { with_port.ok() };
    if let Some(resolver) = resolver {
        settings.insert("resolver".to_owned(), resolver.into());
    }
    Ok(Check { name: "dns".to_owned(), kind: Kind::Dns, settings, rules: Rules::default() })
}

/// What is sent over a connection.
fn sent(at: &At<'_>, settings: &mut Map<String, Value>) -> Result<(), ImportError> {
    if let Some(body) = at.get("body") {
        settings.insert("send".to_owned(), converted(body.text()?).into());
    }
    Ok(())
}
