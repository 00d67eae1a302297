//! Modules of the blackbox exporter: how a target is looked at.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::duration::duration_ms;
use crate::target::is_secret;
use crate::{At, Check, Haul, ImportError, Kind, Rules, literal};

/// A module: its kind, its settings but for the target, and how long it may take.
#[derive(Clone, Debug)]
pub struct Module {
    /// What is asked.
    pub prober: Prober,
    /// Settings beside the target.
    pub settings: Map<String, Value>,
    /// The longest a look may take, in milliseconds.
    pub timeout_ms: Option<u64>,
}

/// What the exporter can ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prober {
    /// A web server.
    Http,
    /// A TCP server.
    Tcp,
    /// A TLS server.
    Tls,
    /// A mail server that becomes secure by STARTTLS.
    Smtp,
    /// An echo.
    Icmp,
    /// A name server: the target is the server, and the module says the name.
    Dns,
    /// A gRPC server; over TLS.
    Grpc {
        /// Whether it speaks TLS.
        tls: bool,
    },
}

/// The modules that stand in the example that comes with the exporter, for who did not give the file.
pub fn usual() -> BTreeMap<String, Module> {
    let module = |prober, settings: Value| Module {
        prober,
        settings: settings.as_object().cloned().unwrap_or_default(),
        timeout_ms: None,
    };
    [
        ("http_2xx", module(Prober::Http, json!({}))),
        ("http_post_2xx", module(Prober::Http, json!({ "method": "POST" }))),
        ("tcp_connect", module(Prober::Tcp, json!({}))),
        ("ssh_banner", module(Prober::Tcp, json!({ "expect": "SSH-2.0-" }))),
        ("icmp", module(Prober::Icmp, json!({}))),
        ("grpc", module(Prober::Grpc { tls: true }, json!({}))),
        ("grpc_plain", module(Prober::Grpc { tls: false }, json!({}))),
    ]
    .into_iter()
    .map(|(name, module)| (name.to_owned(), module))
    .collect()
}

/// Reads the modules of a file.
pub fn read(at: &At<'_>, haul: &mut Haul) -> Result<BTreeMap<String, Module>, ImportError> {
    let mut modules = BTreeMap::new();
    for (name, at) in at.entries()? {
        let mut module = Module { prober: Prober::Http, settings: Map::new(), timeout_ms: None };
        if let Some(timeout) = at.get("timeout") {
            module.timeout_ms = Some(length(&timeout)?);
        }
        let prober = at.need("prober")?;
        match prober.text()? {
            "http" => http(&at, name, &mut module, haul)?,
            "tcp" => tcp(&at, &mut module, haul)?,
            "icmp" => module.prober = Prober::Icmp,
            "dns" => dns(&at, &mut module, haul)?,
            "grpc" => grpc(&at, &mut module, haul)?,
            _ => {
                let what = format!("the prober {} of the module `{name}`", prober.shown());
                haul.leave(prober.spot(), what, "Pharos has no check like it");
                continue;
            }
        }
        modules.insert(name.to_owned(), module);
    }
    Ok(modules)
}

pub fn length(at: &At<'_>) -> Result<u64, ImportError> {
    duration_ms(at.text()?).ok_or_else(|| {
        at.error(format!("{} is no length of time", at.shown()), "write a number and a unit, as in 30s or 5m")
    })
}

/// What is said of a section that is not carried.
const NOTHING_LIKE_IT: &str = "there is nothing like it here";

fn http(at: &At<'_>, name: &str, module: &mut Module, haul: &mut Haul) -> Result<(), ImportError> {
    let mut expect = Map::new();
    let Some(section) = at.get("http") else { return Ok(()) };
    for (key, value) in section.entries()? {
        let settings = &mut module.settings;
        match key {
            "valid_status_codes" => {
                let codes = value.items()?.iter().map(At::number).collect::<Result<Vec<u64>, _>>()?;
                if !codes.is_empty() {
                    expect.insert("status".to_owned(), codes.into());
                }
            }
            "method" if !value.text()?.eq_ignore_ascii_case("GET") => {
                settings.insert("method".to_owned(), value.text()?.to_ascii_uppercase().into());
            }
            "method" | "preferred_ip_protocol" | "ip_protocol_fallback" => {}
            "body" => drop(settings.insert("body".to_owned(), literal(value.text()?).into())),
            "headers" => {
                let mut made = Map::new();
                for (header, value) in value.entries()? {
                    let text = if is_secret(header) {
                        haul.secret(
                            &format!("{name}_{header}"),
                            value.spot(),
                            format!("the header `{header}`"),
                        )
                    } else {
                        literal(value.text()?)
                    };
                    made.insert(header.to_owned(), text.into());
                }
                settings.insert("headers".to_owned(), made.into());
            }
            "basic_auth" => {
                let user = value
                    .get("username")
                    .map(|user| user.text().map(literal))
                    .transpose()?
                    .unwrap_or_default();
                let password =
                    haul.secret(&format!("{name}_password"), value.spot(), "the password of `basic_auth`");
                settings.insert("basic".to_owned(), json!({ "user": user, "password": password }));
            }
            "bearer_token" | "bearer_token_file" | "authorization" => {
                let token =
                    haul.secret(&format!("{name}_token"), value.spot(), format!("the token of `{key}`"));
                settings.insert("bearer".to_owned(), token.into());
            }
            "follow_redirects" => {
                if !value.truth()? {
                    settings.insert("redirects".to_owned(), 0.into());
                }
            }
            "no_follow_redirects" => {
                if value.truth()? {
                    settings.insert("redirects".to_owned(), 0.into());
                }
            }
            "fail_if_body_not_matches_regexp" => {
                for (index, pattern) in value.items()?.iter().enumerate() {
                    if index == 0 {
                        expect.insert("body_matches".to_owned(), literal(pattern.text()?).into());
                    } else {
                        let why = "one regular expression can be expected; write both as one";
                        haul.leave(pattern.spot(), format!("the pattern {}", pattern.shown()), why);
                    }
                }
            }
            "compression" => drop(settings.insert("decompress".to_owned(), true.into())),
            "fail_if_ssl" | "fail_if_not_ssl" if !value.truth()? => {}
            "tls_config" => {
                let why = "certificates are always checked here, by what the system trusts";
                haul.leave(value.spot(), format!("`{key}` of the module `{name}`"), why);
            }
            "fail_if_body_matches_regexp" => {
                let why = "a pattern that must not match cannot be said; a text can, by `body_lacks`";
                haul.leave(value.spot(), format!("`{key}` of the module `{name}`"), why);
            }
            _ => haul.leave(value.spot(), format!("`{key}` of the module `{name}`"), NOTHING_LIKE_IT),
        }
    }
    if !expect.is_empty() {
        module.settings.insert("expect".to_owned(), expect.into());
    }
    Ok(())
}

fn tcp(at: &At<'_>, module: &mut Module, haul: &mut Haul) -> Result<(), ImportError> {
    module.prober = Prober::Tcp;
    let Some(section) = at.get("tcp") else { return Ok(()) };
    for (key, value) in section.entries()? {
        match key {
            "tls" => {
                if value.truth()? {
                    module.prober = Prober::Tls;
                }
            }
            "query_response" => talk(&value, module, haul)?,
            "preferred_ip_protocol" | "ip_protocol_fallback" => {}
            _ => haul.leave(value.spot(), format!("`tcp.{key}`"), NOTHING_LIKE_IT),
        }
    }
    Ok(())
}

/// What is said and what must be answered. Pharos says one thing and waits for one answer.
fn talk(at: &At<'_>, module: &mut Module, haul: &mut Haul) -> Result<(), ImportError> {
    let steps = at.items()?;
    let starts_tls =
        steps.iter().any(|step| step.get("starttls").is_some_and(|value| value.truth() == Ok(true)));
    if starts_tls {
        module.prober = Prober::Smtp;
        haul.leave(at.spot(), "what is said before STARTTLS", "a check `smtp` greets as mail servers do");
        return Ok(());
    }
    let says: Vec<At<'_>> = steps.iter().filter_map(|step| step.get("send")).collect();
    let expects: Vec<At<'_>> = steps.iter().filter_map(|step| step.get("expect")).collect();
    if let Some(said) = says.first() {
        module.settings.insert("send".to_owned(), (literal(said.text()?) + "\n").into());
    }
    if let Some(expected) = expects.first() {
        let text = expected.text()?;
        let plain = text.trim_start_matches('^').trim_end_matches('$');
        if plain.contains(['.', '*', '[', '(', '\\', '+', '?', '|']) {
            let why = "a regular expression cannot be expected of TCP; a text can, by `expect`";
            haul.leave(expected.spot(), format!("the answer {}", expected.shown()), why);
        } else if !plain.is_empty() {
            module.settings.insert("expect".to_owned(), literal(plain).into());
        }
    }
    if says.len() > 1 || expects.len() > 1 {
        haul.leave(
            at.spot(),
            "all but the first question and answer",
            "one thing is said and one waited for here",
        );
    }
    Ok(())
}

fn dns(at: &At<'_>, module: &mut Module, haul: &mut Haul) -> Result<(), ImportError> {
    module.prober = Prober::Dns;
    let section = at.need("dns")?;
    module
        .settings
        .insert("name".to_owned(), literal(section.need("query_name")?.text()?.trim_end_matches('.')).into());
    for (key, value) in section.entries()? {
        match key {
            "query_type" if value.text()?.eq_ignore_ascii_case("ANY") => {
                haul.leave(value.spot(), "the question for ANY", "an address is asked for instead");
            }
            "query_type" => {
                module.settings.insert("record".to_owned(), value.text()?.to_ascii_uppercase().into());
            }
            "query_name" | "preferred_ip_protocol" | "ip_protocol_fallback" => {}
            _ => haul.leave(value.spot(), format!("`dns.{key}`"), NOTHING_LIKE_IT),
        }
    }
    Ok(())
}

fn grpc(at: &At<'_>, module: &mut Module, haul: &mut Haul) -> Result<(), ImportError> {
    module.prober = Prober::Grpc { tls: false };
    let Some(section) = at.get("grpc") else { return Ok(()) };
    for (key, value) in section.entries()? {
        match key {
            "service" => drop(module.settings.insert("service".to_owned(), literal(value.text()?).into())),
            "tls" => module.prober = Prober::Grpc { tls: value.truth()? },
            "preferred_ip_protocol" | "ip_protocol_fallback" => {}
            _ => haul.leave(value.spot(), format!("`grpc.{key}`"), NOTHING_LIKE_IT),
        }
    }
    Ok(())
}

impl Module {
    /// The address by which a target is looked at, as [`crate::check_of`] takes it; `None` for a name server.
    pub fn address(&self, target: &str) -> Option<String> {
        if target.contains("://") {
            return Some(target.to_owned());
        }
        let scheme = match self.prober {
            Prober::Http => "http",
            Prober::Tcp => "tcp",
            Prober::Tls => "tls",
            Prober::Smtp => "smtp",
            Prober::Icmp => "icmp",
            Prober::Grpc { tls: true } => "grpcs",
            Prober::Grpc { tls: false } => "grpc",
            Prober::Dns => return None,
        };
        Some(format!("{scheme}://{target}"))
    }

    /// The check of a name server.
    pub fn question(&self, target: &str) -> Check {
        let mut settings = self.settings.clone();
        let address = target.parse::<std::net::SocketAddr>();
        let alone = target.parse::<std::net::IpAddr>().map(|ip| std::net::SocketAddr::new(ip, 53));
        if let Ok(address) = address.or(alone) {
            settings.insert("resolver".to_owned(), address.to_string().into());
        }
        Check { name: "dns".to_owned(), kind: Kind::Dns, settings, rules: Rules::default() }
    }
}
