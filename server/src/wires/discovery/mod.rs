//! How others find what is here: robots, the site map, whom to tell of weaknesses, the page as an application, and the pages as
//! text for readers that are no people.

mod manifest;
mod markdown;
mod resilience;
mod robots;
mod security;
mod sitemap;
#[cfg(test)]
mod tests;

use super::view::{Need, Of, View};
use super::{Wire, Written};

/// How long others may hold it, in seconds.
const MAX_AGE_S: u32 = 300;
const PLAIN: &str = "text/plain; charset=utf-8";
const MARKDOWN: &str = "text/markdown; charset=utf-8";
/// Incidents told of in a text.
const INCIDENTS_MAX: usize = 50;

type Write = fn(&View) -> Option<Written>;

const fn found(pattern: &'static str, media_type: &'static str, write: Write) -> Wire {
    Wire {
        pattern,
        media_type,
        of: Of::Page,
        is_spoken: false,
        pages_max: 1,
        max_age_s: MAX_AGE_S,
        needs: &[],
        write,
    }
}

const fn text(pattern: &'static str, of: Of, needs: &'static [Need], write: Write) -> Wire {
    Wire { pattern, media_type: MARKDOWN, of, is_spoken: true, pages_max: 1, max_age_s: 5, needs, write }
}

const HISTORY: &[Need] = &[Need::Incidents(INCIDENTS_MAX)];

/// What is found.
pub const WIRES: &[Wire] = &[
    found("/robots.txt", PLAIN, |view| Some(robots::write(view))),
    found("/sitemap.xml", "application/xml; charset=utf-8", sitemap::write),
    found("/.well-known/security.txt", PLAIN, security::write),
    Wire {
        is_spoken: true,
        ..found("/manifest.webmanifest", "application/manifest+json; charset=utf-8", manifest::write)
    },
    found("/llms.txt", MARKDOWN, |view| Some(markdown::overview(view))),
    text("/index.md", Of::Page, &[], |view| Some(markdown::index(view))),
    text("/history.md", Of::Page, HISTORY, |view| Some(markdown::history(view))),
    text("/resilience.md", Of::Page, &[], |view| Some(resilience::write(view))),
    text("/components/{id}.md", Of::Component, HISTORY, markdown::component),
    text("/incidents/{id}.md", Of::Incident, &[], markdown::incident),
];
