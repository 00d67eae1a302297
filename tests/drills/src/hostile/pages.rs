//! Everything that the public can ask for, searched for a text.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use pharos_tests::EventStream;

use super::kinds::KINDS;
use pharos_measure::http;

/// Pages that there are whatever happened.
const PAGES: &[&str] = &[
    "/",
    "/de/",
    "/history",
    "/resilience",
    "/embed",
    "/embed/summary.json",
    "/health",
    "/metrics",
    "/oembed?url=http://localhost/",
    "/api/v1/openapi.json",
];

/// The pages on which the text stands.
///
/// # Errors
/// When the server does not answer, or a page that must be there is not.
pub fn showing(address: SocketAddr, text: &str) -> Result<Vec<String>> {
    let first = EventStream::open(address, None)?.next_fact()?;
    let snapshot = first.snapshot()?;
    let mut found = Vec::new();
    if first.data.contains(text) {
        found.push("/events".to_owned());
    }
    let components = KINDS.iter().flat_map(|kind| {
        let path = format!("/components/bad-{}", kind.name);
        [format!("{path}/spans.csv"), path]
    });
    let incidents = snapshot.incidents.iter().map(|incident| format!("/incidents/{}", incident.id));
    let mut asked = 0;
    for path in PAGES.iter().map(|path| (*path).to_owned()).chain(components).chain(incidents) {
        let answer =
            http::get(&address.to_string(), &path, &[]).with_context(|| format!("asking for {path}"))?;
        asked += u32::from(answer.status == 200);
        if contains(&answer.body, text.as_bytes()) {
            found.push(path);
        }
    }
    let least = u32::try_from(KINDS.len() * 2)?;
    ensure!(asked > least, "only {asked} pages were there");
    Ok(found)
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    !text.is_empty() && body.windows(text.len()).any(|window| window == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_wherever_it_stands() {
        assert!(contains(b"<p>canary7</p>", b"canary7"));
        assert!(!contains(b"<p>canary</p>", b"canary7") && !contains(b"a", b""));
    }
}
