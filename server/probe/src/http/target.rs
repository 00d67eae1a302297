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
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Some(Self { secure, authority, port, path })
    }

    /// The host, with brackets around an IPv6 address.
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// Where a redirect to `location` leads from here.
    pub fn follow(&self, location: &str) -> Option<Self> {
        let scheme = if self.secure { "https" } else { "http" };
        if location.starts_with("//") {
            return Self::parse(&format!("{scheme}:{location}"));
        }
        if location.starts_with('/') {
            return Self::parse(&format!("{scheme}://{}{location}", self.authority));
        }
        if location.contains("://") {
            return Self::parse(location);
        }
        let path = self.path.split('?').next().unwrap_or("/");
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Self::parse(&format!("{scheme}://{}{folder}/{location}", self.authority))
    }

    /// Whether credentials for `other` may be shown here.
    pub fn is_same_origin(&self, other: &Self) -> bool {
        self.secure == other.secure
            && self.host().eq_ignore_ascii_case(other.host())
            && self.port == other.port
    }
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
        for bad in [
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
        ];
        for (from, location, expected) in cases {
            assert_eq!(follow(from, location).as_deref(), expected, "{from} -> {location}");
        }
    }
}
