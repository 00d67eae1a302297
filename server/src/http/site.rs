//! Under which path the page is: what is asked for below it is found there, and what stands beside it is not.
//!
//! Nothing behind this knows that path: it is taken off what comes in, and put before what leads on. What pages say of
//! addresses, `Words` makes.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{HeaderMap, HeaderValue, LOCATION};
use http::uri::PathAndQuery;
use http::{Request, StatusCode, Uri};
use tower::ServiceExt;

use super::headers;
use crate::pages::Pages;

/// What answers of the node itself, at the top of its address too: whoever asks it asks the node and not the page.
pub const OF_THE_NODE: [&str; 4] = ["/livez", "/readyz", "/health", "/metrics"];

/// What a connection meets.
#[derive(Clone)]
pub struct Site {
    router: Router,
    pages: Arc<Pages>,
}

/// Where an address is, seen from the path of the page.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// Within the page, or of the node: this is asked for.
    Within(Uri),
    /// The path itself, without its slash.
    Door,
    /// Anywhere else on the host.
    Beside,
}

impl Site {
    /// Every route, for a page that is below the path that its snapshot says.
    pub fn new(router: Router, pages: Arc<Pages>) -> Self {
        Self { router, pages }
    }

    /// Answers a request.
    pub async fn answer(self, mut request: Request<Body>) -> Response {
        let snapshot = self.pages.snapshot();
        let base = snapshot.page.presentation.base_path.as_str();
        if base.is_empty() {
            let Ok(response) = self.router.oneshot(request).await;
            return response;
        }
        match place(base, request.uri()) {
            Place::Within(uri) => *request.uri_mut() = uri,
            Place::Door => return Redirect::permanent(&[base, "/"].concat()).into_response(),
            Place::Beside => return beside(base),
        }
        let Ok(mut response) = self.router.oneshot(request).await;
        lead_on(base, response.headers_mut());
        response
    }
}

fn place(base: &str, asked: &Uri) -> Place {
    if OF_THE_NODE.contains(&asked.path()) {
        return Place::Within(asked.clone());
    }
    let Some(rest) = asked.path().strip_prefix(base) else { return Place::Beside };
    if rest.is_empty() {
        return Place::Door;
    }
    if !rest.starts_with('/') {
        return Place::Beside;
    }
    let target = asked.path_and_query().map_or("/", PathAndQuery::as_str);
    let mut parts = asked.clone().into_parts();
    parts.path_and_query = target.strip_prefix(base).and_then(|target| target.parse().ok());
    Uri::from_parts(parts).map_or(Place::Beside, Place::Within)
}

/// Puts the path before an address that leads on to another of ours.
fn lead_on(base: &str, fields: &mut HeaderMap) {
    let Some(to) = fields.get(LOCATION).and_then(|to| to.to_str().ok()) else { return };
    if to.starts_with('/')
        && let Ok(to) = HeaderValue::from_str(&[base, to].concat())
    {
        fields.insert(LOCATION, to);
    }
}

/// What is said of everything beside the page. A proxy that takes the path off is the likeliest reason to be here.
fn beside(base: &str) -> Response {
    let text = format!(
        "There is nothing here: this page is below {base}/.\n\
         If a proxy in front of it takes that path off, let it pass addresses on as they are.\n"
    );
    headers::json(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(base: &str, asked: &str) -> Place {
        place(base, &asked.parse().unwrap())
    }

    fn within(asked: &str) -> Place {
        Place::Within(asked.parse().unwrap())
    }

    #[test]
    fn what_is_below_the_path_is_within_the_page() {
        assert_eq!(placed("/status", "/status/"), within("/"));
        assert_eq!(placed("/status", "/status/de/history?x=/status"), within("/de/history?x=/status"));
        assert_eq!(placed("/a/b", "/a/b/api/v1/incidents"), within("/api/v1/incidents"));
        assert_eq!(placed("/status", "http://example.com/status/x"), within("http://example.com/x"));
    }

    #[test]
    fn what_is_beside_the_path_is_not_within_the_page() {
        for asked in ["/", "/history", "/statuses/", "/Status/", "/a/status/"] {
            assert_eq!(placed("/status", asked), Place::Beside, "{asked}");
        }
        assert_eq!(placed("/status", "/status"), Place::Door);
        assert_eq!(placed("/status", "/status?x=y"), Place::Door);
    }

    #[test]
    fn what_is_asked_of_a_node_is_at_the_top_of_its_address_too() {
        for asked in OF_THE_NODE {
            assert_eq!(placed("/status", asked), within(asked));
            assert_eq!(placed("/status", &["/status", asked].concat()), within(asked));
        }
    }

    #[test]
    fn only_what_leads_on_within_the_page_gets_its_path() {
        for (to, expected) in
            [("/de/", "/status/de/"), ("https://login.example.com/", "https://login.example.com/")]
        {
            let mut fields = HeaderMap::new();
            fields.insert(LOCATION, HeaderValue::from_static(to));
            lead_on("/status", &mut fields);
            assert_eq!(fields[LOCATION], expected);
        }
    }
}
