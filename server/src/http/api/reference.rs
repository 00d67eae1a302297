//! The API's document, and a page for people that is made from it.

use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde_json::Value;

use crate::http::{Services, headers};

type Asked = State<Arc<Services>>;

/// Where both are.
pub fn router(document: &utoipa::openapi::OpenApi) -> Router<Arc<Services>> {
    let json = serde_json::to_string_pretty(document).unwrap_or_default();
    let page = page(&serde_json::from_str(&json).unwrap_or_default());
    let html = move |base: &str| {
        let page = pharos_admin::below(&page, base);
        let mut response = headers::json(StatusCode::OK, "text/html; charset=utf-8", page);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers::operator_page(response.headers_mut());
        response
    };
    let document = move |base: &str| -> Response {
        let json = json.replacen(&server(""), &server(base), 1);
        headers::json(StatusCode::OK, "application/json", json)
    };
    let base = |services: &Services| services.pages.snapshot().page.presentation.base_path.clone();
    Router::new()
        .route("/openapi.json", get(async move |State(services): Asked| document(&base(&services))))
        .route("/", get(async move |State(services): Asked| html(&base(&services))))
}

/// Where the document says that the API is, for a page below a path.
fn server(base: &str) -> String {
    format!("\"url\": \"{base}{}\"", super::ROOT)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The words in backticks as code.
fn prose(text: &str) -> String {
    let mut html = String::new();
    for (index, piece) in escaped(text).split('`').enumerate() {
        let is_code = index % 2 == 1;
        // Writing to memory cannot fail.
        let _written = if is_code { write!(html, "<code>{piece}</code>") } else { write!(html, "{piece}") };
    }
    html
}

/// A page that lists every operation by its tag, with what it takes and gives.
fn page(document: &Value) -> String {
    let mut html = String::from(concat!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Pharos API</title>",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
        "<link rel=\"stylesheet\" href=\"/admin/style.css\"></head><body class=\"reference\"><main>",
        "<h1>The operators’ API</h1>",
    ));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let _intro = write!(
        html,
        "<p>{}</p><p>Send a token as <code>Authorization: Bearer pharos_…</code>; make one under <a href=\"/admin/tokens\">Tokens</a>. \
         The same as a document for programs: <a href=\"/api/v1/openapi.json\">openapi.json</a>.</p>",
        prose(&text(&document["info"]["description"]))
    );
    let mut by_tag: Vec<(String, String)> = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in
            methods.as_object().into_iter().flatten().filter(|(key, _)| *key != "parameters")
        {
            let tag = text(&operation["tags"][0]);
            let section = operation_html(document, (path, method), operation);
            match by_tag.iter_mut().find(|(known, _)| *known == tag) {
                Some((_, sections)) => sections.push_str(&section),
                None => by_tag.push((tag, section)),
            }
        }
    }
    for (tag, sections) in by_tag {
        let _section = write!(html, "<h2 id=\"{tag}\">{tag}</h2>{sections}");
    }
    html.push_str("</main></body></html>");
    html
}

fn operation_html(document: &Value, (path, method): (&str, &str), operation: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut html = String::new();
    let _head = write!(
        html,
        "<section class=\"card operation\"><h3><code><b>{}</b> {}</code></h3><p>{}. {}</p>",
        method.to_uppercase(),
        escaped(path),
        prose(&text(&operation["summary"])),
        prose(&text(&operation["description"])),
    );
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let about = parameter["description"].as_str().unwrap_or_default();
        let _line = write!(
            html,
            "<p class=\"soft\"><code>{}</code> ({}) {}</p>",
            escaped(&text(&parameter["name"])),
            escaped(&text(&parameter["in"])),
            prose(about)
        );
    }
    if let Some(schema) = operation["requestBody"]["content"]["application/json"]["schema"].as_object() {
        html.push_str("<details><summary>Takes</summary>");
        html.push_str(&fields(document, &Value::Object(schema.clone())));
        html.push_str("</details>");
    }
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        if let (true, Some(schema)) =
            (status.starts_with('2'), response["content"]["application/json"]["schema"].as_object())
        {
            let _head = write!(html, "<details><summary>Gives, with {status}</summary>");
            html.push_str(&fields(document, &Value::Object(schema.clone())));
            html.push_str("</details>");
        }
    }
    html.push_str("</section>");
    html
}

/// The fields of a shape, one line each; of a list, those of its items.
fn fields(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    let schema = if schema["type"] == "array" { resolved(document, &schema["items"]) } else { schema };
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut html = String::from("<dl class=\"fields\">");
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let must = if required.contains(&name.as_str()) { "" } else { " <i>may be left out</i>" };
        let about = field["description"].as_str().unwrap_or_default();
        let _line = write!(
            html,
            "<dt><code>{}</code> {}{must}</dt><dd>{}</dd>",
            escaped(name),
            escaped(&kind(document, field)),
            prose(about)
        );
    }
    html.push_str("</dl>");
    html
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    name.map_or(schema, |name| &document["components"]["schemas"][name])
}

/// The kind of a field in a word or two.
fn kind(document: &Value, field: &Value) -> String {
    if let Some(name) = field["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        let target = resolved(document, field);
        let words: Vec<&str> =
            target["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        return if words.is_empty() { name.to_owned() } else { words.join(" | ") };
    }
    if let Some(choices) = field["oneOf"].as_array() {
        let kinds =
            choices.iter().filter(|choice| choice["type"] != "null").map(|choice| kind(document, choice));
        return kinds.collect::<Vec<_>>().join(" or ");
    }
    match &field["type"] {
        Value::String(word) if word == "array" => format!("list of {}", kind(document, &field["items"])),
        Value::String(word) => word.clone(),
        Value::Array(words) => {
            let words = words.iter().filter_map(Value::as_str).filter(|word| *word != "null");
            words.collect::<Vec<_>>().join(" or ")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_tells_of_every_operation_and_what_it_takes() {
        let document = serde_json::to_value(super::super::document()).unwrap();
        let page = page(&document);
        for piece in ["<b>POST</b> /incidents</code>", "next_update_by", "critical", "<code>If-Match</code>"]
        {
            assert!(page.contains(piece), "{piece}");
        }
        assert_eq!(page.matches("<section").count(), page.matches("</section>").count());
    }
}
