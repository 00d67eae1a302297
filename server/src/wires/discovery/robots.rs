//! What robots may read: everything but what is not meant for reading.

use super::super::{View, Written};

/// The document, with the way to the site map where the page has an address.
pub fn write(view: &View) -> Written {
    let mut text =
        "User-agent: *\nDisallow: /events\nDisallow: /push/\nDisallow: /agent/\nDisallow: /metrics\nDisallow: /mcp\n"
            .to_owned();
    if !view.snapshot.page.presentation.url.is_empty() {
        text += &["\nSitemap: ", &view.address("/sitemap.xml"), "\n"].concat();
    }
    text.into()
}
