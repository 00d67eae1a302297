//! The address of a database with several hosts: sqlx reads one host at a time.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::StoreError;
use crate::limits::HOSTS_MAX;

/// The name under which the database sees us, unless the address says another.
const APPLICATION: &str = "pharos";

/// Where a database is, and how one gets in. It is never shown as a whole, because it may hold a password.
#[derive(Clone)]
pub struct PostgresAddress {
    hosts: Vec<Host>,
    hints: bool,
}

/// What is said of an address of which no part can be shown, because any may be one of the password.
const UNREADABLE: &str =
    "cannot be read: check its options, and that special characters of the password are written as %XX";
/// What other programs are told so that they find the host that can be written to. That one is used here anyway.
const WRITABLE: [&str; 2] = ["target_session_attrs=read-write", "target_session_attrs=primary"];
/// What may stand behind the question mark, beside our own.
const OPTIONS: [&str; 14] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "host",
    "dbname",
    "user",
    "application_name",
    "options",
];

/// One of the hosts.
#[derive(Clone)]
pub struct Host {
    /// What it is called in messages.
    pub name: String,
    /// How one gets in.
    pub options: PgConnectOptions,
}

impl std::fmt::Debug for PostgresAddress {
    /// The hosts alone.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.hosts.iter().map(|host| &host.name)).finish()
    }
}

impl PostgresAddress {
    /// Reads `postgres://user:password@a:5432,b:5432/database?sslmode=verify-full`. `hints=on` among the options lets nodes
    /// wake each other with NOTIFY; all others are those of libpq.
    ///
    /// # Errors
    /// When it is no such address. What is said of it holds no secret.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let rest = ["postgres://", "postgresql://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        let rest = rest.ok_or_else(|| bad("does not begin with postgres://"))?;
        let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // A password with such a character in it: what was taken for hosts is the first half of it.
        if tail.split('?').next().is_some_and(|path| path.contains('@')) {
            return Err(bad(UNREADABLE));
        }
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let (tail, hints) = without_hints(tail)?;
        if hosts.split(',').count() > HOSTS_MAX {
            return Err(bad(&format!("names more than {HOSTS_MAX} hosts")));
        }
        let host = |place: &str| host(&user, place, &tail);
        let hosts = hosts.split(',').map(host).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { hosts, hints })
    }

    /// With this password in place of the address's own.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        for host in &mut self.hosts {
            host.options = host.options.clone().password(password);
        }
        self
    }

    /// The hosts in their order.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Whether nodes wake each other with NOTIFY.
    pub fn hints(&self) -> bool {
        self.hints
    }
}

fn bad(why: &str) -> StoreError {
    StoreError::Address { why: why.to_owned() }
}

/// One host's own address. Between commas none may be empty; alone it may, where an option names a socket.
fn host(user: &str, place: &str, tail: &str) -> Result<Host, StoreError> {
    let names_socket = tail.contains("host=");
    if place.is_empty() && !names_socket {
        return Err(bad("names no host, or one is missing between two commas"));
    }
    if let Some(port) = port(place)
        && !port.parse::<u16>().is_ok_and(|port| port > 0)
    {
        if tail.contains('@') {
            return Err(bad(UNREADABLE));
        }
        return Err(bad(&format!("has the port {port:?}, which is no number from 1 to 65535")));
    }
    // What sqlx says of it may hold the password.
    let options = PgConnectOptions::from_str(&format!("postgres://{user}{place}{tail}"))
        .map_err(|_| bad(UNREADABLE))?;
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name(APPLICATION),
    };
    // No figure with a fraction is ever asked for, and poolers refuse what they do not know.
    let options = options.extra_float_digits(None).statement_cache_capacity(0);
    let name = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    // In an address, and nowhere else, an address of IPv6 stands in brackets.
    let bare = options.get_host().strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let options = match bare.map(str::to_owned) {
        Some(bare) => options.host(&bare),
        None => options,
    };
    Ok(Host { name, options })
}

fn port(place: &str) -> Option<&str> {
    let after_brackets = place.rfind(']').map_or(0, |end| end + 1);
    place[after_brackets..].split_once(':').map(|(_, port)| port)
}

/// Takes our own option out of the others.
fn without_hints(tail: &str) -> Result<(String, bool), StoreError> {
    let Some((path, options)) = tail.split_once('?') else { return Ok((tail.to_owned(), false)) };
    let (mut kept, mut hints) = (Vec::new(), false);
    let means_something = |option: &&str| !option.is_empty() && !WRITABLE.contains(option);
    for option in options.split('&').filter(means_something) {
        match option.strip_prefix("hints=") {
            None => kept.push(known(option)?),
            Some("on") => hints = true,
            Some("off") => hints = false,
            Some(other) => return Err(bad(&format!("has hints={other}; there are on and off"))),
        }
    }
    Ok((format!("{path}?{}", kept.join("&")), hints))
}

/// An option that is understood. Its value is not shown where it is not, for it may be a secret.
fn known(option: &str) -> Result<&str, StoreError> {
    let name = option.split_once('=').map_or(option, |(name, _)| name);
    if OPTIONS.contains(&name) || name.starts_with("options[") {
        return Ok(option);
    }
    if option.contains('@') {
        return Err(bad(UNREADABLE));
    }
    let known = OPTIONS.join(", ");
    Err(bad(&format!("has the option {name:?}; there are hints, {known}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let address = PostgresAddress::parse(text).unwrap();
        address.hosts().iter().map(|host| host.name.clone()).collect()
    }

    fn refused(text: &str) -> String {
        PostgresAddress::parse(text).err().unwrap().to_string()
    }

    #[test]
    fn each_host_has_its_own_port_and_all_share_the_rest() {
        let address =
            PostgresAddress::parse("postgres://anna:se%2Ccret@a:5433,b,[::1]:5435/status?sslmode=require")
                .unwrap();
        let names: Vec<_> = address.hosts().iter().map(|host| host.name.as_str()).collect();
        assert_eq!(names, ["a:5433", "b:5432", "[::1]:5435"]);
        let hosts: Vec<_> = address.hosts().iter().map(|host| host.options.get_host()).collect();
        assert_eq!(hosts, ["a", "b", "::1"], "brackets are no part of what is looked up");
        for host in address.hosts() {
            assert_eq!(host.options.get_username(), "anna");
            assert_eq!(host.options.get_database(), Some("status"));
            assert!(matches!(host.options.get_ssl_mode(), sqlx::postgres::PgSslMode::Require));
        }
    }

    #[test]
    fn a_password_with_an_at_sign_and_a_socket_are_understood() {
        assert_eq!(names("postgresql://anna:p@ss@a/status"), ["a:5432"]);
        assert_eq!(names("postgres:///status?host=/run/postgresql"), ["/run/postgresql"]);
    }

    #[test]
    fn what_others_need_to_find_the_primary_is_understood() {
        assert_eq!(names("postgres://a,b/status?target_session_attrs=read-write&sslmode=require").len(), 2);
        assert!(
            refused("postgres://a,b/status?target_session_attrs=standby").contains("target_session_attrs")
        );
        assert_eq!(names("postgres://a/status?user=anna@a"), ["a:5432"]);
    }

    #[test]
    fn hints_are_off_unless_asked_for_and_no_option_of_the_database() {
        assert!(!PostgresAddress::parse("postgres://a/b").unwrap().hints());
        assert!(PostgresAddress::parse("postgres://a/b?hints=on&sslmode=disable").unwrap().hints());
        assert!(refused("postgres://a/b?hints=maybe").contains("hints=maybe"));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (text, why) in [
            ("mysql://u:canary@a/b", "does not begin with postgres://"),
            ("postgres://u:canary@a,,c/b", "one is missing between two commas"),
            ("postgres://u:canary@a:port/b", "has the port \"port\""),
            ("postgres://u:canary@a:70000/b", "has the port \"70000\""),
            ("postgres://u:canary@a/b?sslmode=perhaps", "cannot be read"),
            ("postgres://u@a/b?passwd=canary", "has the option \"passwd\""),
            ("postgres://u:canary@a,b,c,d,e,f,g,h,i/b", "more than 8 hosts"),
            ("postgres://u:canary/x@a/b", "%XX"),
            ("postgres://u:7/canary@a/b", "%XX"),
            ("postgres://u:canary?x@a/b", "%XX"),
            ("postgres://u:p@x?canary@a/b", "%XX"),
            ("postgres://u:canary?x=y@a/b", "%XX"),
            ("postgres://u:canary#x@a/b", "%XX"),
        ] {
            let said = refused(text);
            assert!(said.contains(why) && !said.contains("canary"), "{text}: {said}");
        }
        assert!(
            !format!("{:?}", PostgresAddress::parse("postgres://u:canary@a/b").unwrap()).contains("canary")
        );
    }
}
