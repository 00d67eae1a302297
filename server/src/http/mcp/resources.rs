//! What models may read as text: the pages that are there as Markdown for everybody.

use serde_json::{Value, json};

use super::message::{Fault, shortened};
use super::source::Source;
use crate::limits::MCP_COMPONENTS_MAX;
use crate::wires::{self, Of, Wire};

/// How addresses begin where nobody said where the page is.
const NOWHERE: &str = "pharos://";
/// What of documents are read here.
const MEDIA_TYPE: &str = "text/markdown";
/// What stands over a document of a node that does not know the present.
const STALE: &str = "> This node cannot vouch for the present: what follows is what it knew last.\n\n";

fn documents() -> impl Iterator<Item = &'static Wire> {
    wires::all().filter(|wire| wire.media_type.starts_with(MEDIA_TYPE))
}

/// The address of a document as models are told it.
fn address(source: &Source, path: &str) -> String {
    let address = source.view.address(path);
    if address.starts_with('/') { [NOWHERE, &address].concat() } else { address }
}

/// The path that an address leads to; `None` for one that is none of ours.
fn path<'a>(source: &Source, uri: &'a str) -> Option<&'a str> {
    let page = &source.snapshot().page.presentation;
    let own = (!page.url.is_empty()).then(|| uri.strip_prefix(page.url.as_str())).flatten();
    let path = own.or_else(|| uri.strip_prefix(NOWHERE))?;
    // What leads to documents knows nothing of the path below which the page is.
    path.strip_prefix(page.base_path.as_str()).filter(|path| path.starts_with('/'))
}

/// What is said of a document of the whole page.
fn about(pattern: &str) -> &'static str {
    match pattern {
        "/index.md" => "The page as it is now: components, open incidents, planned maintenance",
        "/history.md" => "The newest incidents",
        "/resilience.md" => "What is redundant, how failovers went, and restores on trial",
        _ => "What there is to read",
    }
}

/// The documents that are there now.
pub fn listed(source: &Source) -> Value {
    let (snapshot, words) = (source.snapshot(), source.view.words);
    let entry = |path: &str, title: &str, about: &str| {
        json!({ "uri": address(source, path), "name": path.trim_start_matches('/'), "title": title,
            "description": about, "mimeType": MEDIA_TYPE })
    };
    let mut resources: Vec<Value> = Vec::new();
    for wire in documents() {
        let named = |id: &str| wire.pattern.replace("{id}", id);
        match wire.of {
            Of::Page => resources.push(entry(wire.pattern, words.page_name(snapshot), about(wire.pattern))),
            Of::Component => resources.extend(snapshot.listed().take(MCP_COMPONENTS_MAX).map(|known| {
                let definition = &known.definition;
                entry(
                    &named(definition.id.as_str()),
                    source.said(&definition.name),
                    "A component with its incidents",
                )
            })),
            Of::Incident => resources.extend(snapshot.open_incidents().map(|known| {
                let title = words.incident_title(snapshot, known);
                entry(&named(known.id.as_str()), &title, "An open incident with all that was said about it")
            })),
            Of::Group => {}
        }
    }
    json!({ "resources": resources })
}

/// How further documents are addressed.
pub fn templates(source: &Source) -> Value {
    let of = |wire: &Wire| match wire.of {
        Of::Component => Some(("component", "A component with its incidents, by its `id`")),
        Of::Incident => Some(("incident", "An incident, however old, by its `id`")),
        Of::Page | Of::Group => None,
    };
    let templates = documents().filter_map(|wire| {
        let (name, about) = of(wire)?;
        Some(json!({ "uriTemplate": address(source, wire.pattern), "name": name, "description": about,
            "mimeType": MEDIA_TYPE }))
    });
    json!({ "resourceTemplates": templates.collect::<Vec<_>>() })
}

/// A document.
///
/// # Errors
/// When there is none at this address, or it cannot be made.
pub async fn read(source: &Source, uri: &str) -> Result<Value, Fault> {
    let missing = || Fault::NoResource(shortened(uri));
    let path = path(source, uri).ok_or_else(missing)?;
    let asked = wires::find(path, None).map(|(_, asked)| asked).ok_or_else(missing)?;
    if !asked.wire.media_type.starts_with(MEDIA_TYPE) {
        return Err(missing());
    }
    let made = source.pages.document(path, None).await.map_err(|error| {
        tracing::error!(%error, "a document could not be made");
        Fault::Internal
    })?;
    let body = made.ok_or_else(missing)?;
    let text = String::from_utf8_lossy(body.body());
    let text = if source.pulse.stale { [STALE, &text].concat() } else { text.into_owned() };
    Ok(json!({ "contents": [{ "uri": uri, "mimeType": MEDIA_TYPE, "text": text }] }))
}
