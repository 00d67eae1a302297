//! Everything that can be reached of a page, from what its documents name.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use pharos_tests::{Response, get};

/// Documents of one kind that are read: there is one for each day and month.
const OF_A_KIND_MAX: usize = 3;

/// Who reads a page.
pub struct Crawler<'a> {
    /// Where the node listens.
    pub address: SocketAddr,
    /// The path below which the page is.
    pub base: &'a str,
    /// Its host as the public knows it, with the scheme.
    pub url: &'a str,
    /// What is sent with each request.
    pub headers: &'a [(&'a str, &'a str)],
}

/// What a document names on this host, as it names it: whatever begins like an address where one may stand.
pub fn named(url: &str, media_type: &str, text: &str) -> BTreeSet<String> {
    let starts: &[&str] = match media_type {
        "text/html" => &["href=\"", "src=\"", "action=\"", "content=\"", "url="],
        "text/markdown" => &["]("],
        "text/plain" => &["Disallow: ", "Sitemap: ", "Canonical: "],
        "text/calendar" => &["URI:", "URL:"],
        _ if media_type.contains("xml") => &["href=\"", "url=\"", "src=\"", ">"],
        _ => &["\""],
    };
    // Calendars fold their lines.
    let text = text.replace("\r\n ", "");
    let after = starts.iter().flat_map(|start| text.split(start).skip(1));
    let addresses =
        after.map(|rest| rest.split(['"', '\\', '<', ')', '\r', '\n', ' ']).next().unwrap_or_default());
    let addresses = addresses.map(|address| address.replace("&amp;", "&"));
    addresses.filter(|address| address.starts_with('/') || address.starts_with(url)).collect()
}

/// The path of an address on this host, with what it asks.
pub fn path<'a>(url: &str, address: &'a str) -> &'a str {
    let path = address.strip_prefix(url).unwrap_or(address);
    path.split('#').next().unwrap_or_default()
}

/// An address with all its figures alike.
fn kind(address: &str) -> String {
    address.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

impl Crawler<'_> {
    /// Everything that can be reached from `starts`, with what each document leads to beside the path of the page.
    pub fn crawled(&self, starts: &[&str]) -> (BTreeMap<String, Response>, BTreeSet<String>) {
        let (mut known, mut strays, mut kinds) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        let mut waiting: Vec<String> = starts.iter().map(|start| [self.base, start].concat()).collect();
        while let Some(asked) = waiting.pop() {
            let of_its_kind: &mut usize = kinds.entry(kind(&asked)).or_default();
            if known.contains_key(&asked) || *of_its_kind >= OF_A_KIND_MAX {
                continue;
            }
            *of_its_kind += 1;
            let answer = get(self.address, &asked, self.headers).unwrap();
            let mut found: BTreeSet<String> =
                answer.header("location").map(str::to_owned).into_iter().collect();
            let media_type =
                answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
            let is_script = ["javascript", "wasm", "css", "png"].iter().any(|kind| media_type.contains(kind));
            if !is_script {
                found.extend(named(self.url, media_type, &answer.text()));
            }
            known.insert(asked.clone(), answer);
            for address in found {
                let path = path(self.url, &address);
                if self.is_within(path) {
                    waiting.extend(is_read(path).then(|| path.to_owned()));
                } else {
                    strays.insert(format!("{asked} leads to {address}"));
                }
            }
        }
        (known, strays)
    }

    fn is_within(&self, path: &str) -> bool {
        path.strip_prefix(self.base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }
}

/// Streams do not end, the document of the API names routes of its own, and robots are told of beginnings.
fn is_read(path: &str) -> bool {
    !["/events", "/openapi.json", "/push/", "/agent/", "/mcp", "/metrics"]
        .iter()
        .any(|end| path.ends_with(end))
}
