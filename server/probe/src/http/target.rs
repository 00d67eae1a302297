//! Where a request goes: the parts of an address that are needed to get there.

use http::Uri;
use http::uri::Authority;

/// The parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether it is `https`.
    pub secure: bool,
    /// Host and port as they go into the request.
    pub authority: Authority,
    /// The port.
    pub port: u16,
    /// Path and query.
    pub path: String,
}

impl Target {
    /// Reads a URL; `None` for anything that is not plain `http` or `https`.
    pub fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let secure = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?.clone();
        if authority.host().is_empty() {
            return None;
        }
        let port = match authority.as_str()[authority.host().len()..].trim_start_matches(':') {
            "" if secure => 443,
            "" => 80,
            port => port.parse().ok().filter(|port| *port > 0)?,
        };
        let path = uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        Some(Self { secure, authority, port, path })
    }

    /// The host, with brackets around an IPv6 address.
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// Where a redirect to `location` leads from here.
    pub fn follow(&self, location: &str) -> Option<Self> {
        let scheme = if self.secure { "https" } else { "http" };
        let here = format!("{scheme}://{}", self.authority);
        let path = self.path.split('?').next().unwrap_or("/");
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let location = location.trim().split('#').next().unwrap_or_default();
        let url = match location {
            "" => format!("{here}{}", self.path),
            with_host if with_host.starts_with("//") => format!("{scheme}:{with_host}"),
            whole if whole.split(['/', '?']).next().is_some_and(|start| start.contains(':')) => {
                whole.to_owned()
            }
            query if query.starts_with('?') => format!("{here}{path}{query}"),
            from_root if from_root.starts_with('/') => format!("{here}{from_root}"),
            beside => format!("{here}{folder}/{beside}"),
        };
        let mut target = Self::parse(&url)?;
        target.path = without_dots(&target.path);
        Some(target)
    }

    /// Whether credentials for `other` may be shown here.
    pub fn is_same_origin(&self, other: &Self) -> bool {
        self.secure == other.secure
            && self.host().eq_ignore_ascii_case(other.host())
            && self.port == other.port
    }
}

/// A path without its `.` and `..` (RFC 3986, section 5.2.4).
fn without_dots(path: &str) -> String {
    let (path, query) = path.find('?').map_or((path, ""), |at| path.split_at(at));
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if segment == ".." {
            kept.pop();
        }
        if !matches!(segment, "." | "..") {
            kept.push(segment);
        } else if segments.peek().is_none() {
            kept.push("");
        }
    }
    format!("/{}{query}", kept.join("/"))
}

/// As much of a redirect's address as may stand in a sentence: no name, no password, no query.
pub fn sayable(location: &str) -> String {
    let address = location.split(['?', '#']).next().unwrap_or_default();
    let Some((before, after)) = address.rsplit_once('@') else { return address.to_owned() };
    let scheme = before.find("//").map_or("", |at| &before[..at + 2]);
    format!("{scheme}{after}")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
pub(crate) fn check_url(url: &str, _: &()) -> garde::Result {
    if Target::parse(url).is_some() {
        return Ok(());
    }
    let hint = "write http:// or https://, a host and a path, without a name and a password";
    Err(garde::Error::new(format!("this is not an address that can be asked: {hint}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(from: &str, location: &str) -> Option<String> {
        let target = Target::parse(from)?.follow(location)?;
        let scheme = if target.secure { "https" } else { "http" };
        Some(format!("{scheme}://{}{}", target.authority, target.path))
    }

    #[test]
    fn only_plain_web_addresses_are_taken() {
        assert!(Target::parse("https://example.com").is_some());
        assert_eq!(Target::parse("https://[::1]:8443").map(|target| target.port), Some(8443));
        for bad in [
            "http://a:0/",
            "http://a:99999/",
            "http://[::1]:99999/",
            "file:///etc/passwd",
            "example.com",
            "http://",
            "http://a:b@example.com/",
            "gopher://x/",
            "http:///x",
        ] {
            assert_eq!(Target::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_redirect_leads_where_a_browser_would_go() {
        let cases = [
            ("http://a/x/y?q", "/z", Some("http://a/z")),
            ("https://a:8443/x/y?q", "z", Some("https://a:8443/x/z")),
            ("https://a/x", "//b/z", Some("https://b/z")),
            ("http://a/x", "https://b/z?q=1", Some("https://b/z?q=1")),
            ("http://a/x", "file:///etc/passwd", None),
            ("http://a/x", "mailto:someone@b", None),
            ("http://a/x", "https://name:password@b/", None),
            ("http://a/x/y?q", "?page=2", Some("http://a/x/y?page=2")),
            ("http://a/x?q", "", Some("http://a/x?q")),
            ("http://a/x/y", "login?next=https://a/x", Some("http://a/x/login?next=https://a/x")),
            ("http://a/x/y/z", "../w/./v#part", Some("http://a/x/w/v")),
            ("http://a/x", "../../../w/..", Some("http://a/")),
            ("http://a/x", "https://b?q=1", Some("https://b/?q=1")),
        ];
        for (from, location, expected) in cases {
            assert_eq!(follow(from, location).as_deref(), expected, "{from} -> {location}");
        }
    }

    #[test]
    fn what_is_said_of_a_redirect_holds_no_credential() {
        for (location, said) in [
            ("https://name:canary@b/x", "https://b/x"),
            ("ftp://b/x?token=canary", "ftp://b/x"),
            ("name:canary@b", "b"),
        ] {
            assert_eq!(sayable(location), said);
        }
    }
}
