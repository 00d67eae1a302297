//! What robots may read: everything but what is not meant for reading.

use super::super::{View, Written};

/// The document, with the way to the site map where the page has an address.
pub fn write(view: &View) -> Written {
    let mut text = "User-agent: *\n".to_owned();
    // What is told to the node and of it is at the main page alone.
    let of_node: &[&str] = if view.is_further { &[] } else { &["/push/", "/agent/", "/metrics", "/mcp"] };
    for path in ["/events"].iter().chain(of_node) {
        text += &["Disallow: ", &view.words.shared_address(path), "\n"].concat();
    }
    if !view.snapshot.page.presentation.url.is_empty() {
        text += &["\nSitemap: ", &view.address("/sitemap.xml"), "\n"].concat();
    }
    text.into()
}
