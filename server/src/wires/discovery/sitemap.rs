//! The site map: every page for people in the page's own language. What other languages there are stands in each page.

use pharos_model::UnixMs;

use super::super::moment::rfc3339;
use super::super::view::incident_changed_at;
use super::super::xml::Xml;
use super::super::{View, Written};

/// The document; `None` while nobody said where the page is, because addresses in it must be whole.
pub fn write(view: &View) -> Option<Written> {
    let snapshot = &view.snapshot;
    if snapshot.page.presentation.url.is_empty() {
        return None;
    }
    let mut xml = Xml::new();
    xml.open("urlset", &[("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9")]);
    let mut page = |path: &str, changed_at: Option<UnixMs>| {
        xml.open("url", &[]);
        xml.leaf("loc", &[], &view.address(path));
        if let Some(at) = changed_at {
            xml.leaf("lastmod", &[], &rfc3339(at));
        }
        xml.close("url");
    };
    page("/", Some(snapshot.at));
    for path in ["/history", "/resilience", "/embed"] {
        page(path, None);
    }
    for component in &snapshot.components {
        page(&["/components/", component.definition.id.as_str()].concat(), Some(component.since));
    }
    for incident in &snapshot.incidents {
        page(&["/incidents/", incident.id.as_str()].concat(), Some(incident_changed_at(incident)));
    }
    xml.close("urlset");
    Some(xml.finish().into())
}
