//! Which page is asked, and under which path it is: what is asked for below that is found there, and what stands beside it is not.
//!
//! Nothing behind this knows that path: it is taken off what comes in, and put before what leads on. What pages say of
//! addresses, `Words` makes. A further page has routes of its own, which answer of that page and of nothing else.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{HOST, HeaderMap, HeaderValue, LOCATION};
use http::uri::PathAndQuery;
use http::{Request, StatusCode, Uri};
use pharos_app::language;
use pharos_model::{FurtherPage, Snapshot};
use tower::ServiceExt;

use super::{Services, headers, of_further};
use crate::further::FurtherPages;
use crate::wires;

/// What answers of the node itself, at the top of its address too: whoever asks it asks the node and not the page.
pub const OF_THE_NODE: [&str; 4] = ["/livez", "/readyz", "/health", "/metrics"];

/// What tells of the node by its parts, and so is not asked at the host of a further page.
const OF_OPERATORS: &str = "/metrics";
/// How addresses of the main page begin, beside those of documents and languages.
const STEPS: [&str; 19] = [
    "admin",
    "agent",
    "api",
    "assets",
    "brand",
    "components",
    "embed",
    "events",
    "health",
    "history",
    "hooks",
    "incidents",
    "livez",
    "mcp",
    "metrics",
    "oembed",
    "push",
    "readyz",
    "resilience",
];

/// Whether addresses of the main page begin with this step, so that no further page may be there.
pub fn is_taken(step: &str) -> bool {
    let begins = |route: &String| route.split('/').nth(1) == Some(step);
    STEPS.contains(&step) || language(step).is_some() || wires::routes(false).iter().any(begins)
}

/// What a connection meets.
#[derive(Clone)]
pub struct Site {
    router: Router,
    services: Arc<Services>,
    further: Arc<FurtherPages>,
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
    /// The routes of the main page, which is below the path that its snapshot says, beside those of further pages.
    pub fn new(router: Router, services: Arc<Services>, further: Arc<FurtherPages>) -> Self {
        Self { router, services, further }
    }

    /// Answers a request.
    pub fn answer(&self, mut request: Request<Body>) -> impl Future<Output = Response> + use<> {
        let (router, shown) = self.asked(&request);
        async move {
            let base = shown.as_ref().map_or("", |snapshot| &snapshot.page.presentation.base_path);
            if base.is_empty() {
                let Ok(response) = router.oneshot(request).await;
                return response;
            }
            match place(base, request.uri()) {
                Place::Within(uri) => *request.uri_mut() = uri,
                Place::Door => return Redirect::permanent(&[base, "/"].concat()).into_response(),
                Place::Beside => return beside(base),
            }
            let Ok(mut response) = router.oneshot(request).await;
            lead_on(base, response.headers_mut());
            response
        }
    }

    /// The routes of the page that is asked, and what it shows where it is below a path.
    fn asked(&self, request: &Request<Body>) -> (Router, Option<Arc<Snapshot>>) {
        let further = self.further.all();
        // Nobody's host is read where there is one page.
        let host = if further.is_empty() { "" } else { host(request) };
        let (router, pages) =
            match further.iter().find(|page| is_at(&page.definition, host, request.uri().path())) {
                Some(page) => (page.router.get_or_init(|| of_further(page, &self.services)), &page.pages),
                None => (&self.router, &self.services.pages),
            };
        (router.clone(), pages.below_a_path())
    }
}

/// The name of the host that is asked, without its port.
fn host(request: &Request<Body>) -> &str {
    let named = || request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let whole = request.uri().host().unwrap_or_else(named);
    whole.split(':').next().unwrap_or_default().trim_end_matches('.')
}

/// Whether a further page is asked. The node itself answers at every host, but for what is for operators.
fn is_at(page: &FurtherPage, host: &str, path: &str) -> bool {
    if page.host.is_empty() {
        let rest = path.strip_prefix(page.page.presentation.base_path.as_str());
        return rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    }
    page.host.eq_ignore_ascii_case(host) && (path == OF_OPERATORS || !OF_THE_NODE.contains(&path))
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
    use std::collections::BTreeSet;

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

    fn further(host: &str, base: &str) -> FurtherPage {
        let mut page = pharos_model::Page::default();
        page.presentation.base_path = base.to_owned();
        let id = pharos_model::PageId::new("partners").unwrap();
        let (host, [components, alone]) = (host.to_owned(), [(); 2].map(|()| BTreeSet::new()));
        FurtherPage { id, host, page, components, alone, groups: Vec::new() }
    }

    #[test]
    fn a_further_page_is_below_its_path_or_at_its_host_and_nowhere_else() {
        let below = further("", "/status/partners");
        for (path, expected) in [
            ("/status/partners", true),
            ("/status/partners/de/", true),
            ("/status/partnership/", false),
            ("/status/", false),
            ("/partners/", false),
        ] {
            assert_eq!(is_at(&below, "example.com", path), expected, "{path}");
        }
        let own = further("partners.example.com", "");
        for (host, path, expected) in [
            ("Partners.example.com", "/history", true),
            ("example.com", "/history", false),
            ("", "/", false),
            ("partners.example.com", "/readyz", false),
            ("partners.example.com", "/metrics", true),
        ] {
            assert_eq!(is_at(&own, host, path), expected, "{host}{path}");
        }
    }

    #[test]
    fn the_host_is_named_by_the_address_or_by_the_head_and_without_a_port() {
        let asked = |uri: &str, head: &'static str| {
            let mut request = Request::builder().uri(uri).body(Body::empty()).unwrap();
            request.headers_mut().insert(HOST, HeaderValue::from_static(head));
            host(&request).to_owned()
        };
        assert_eq!(asked("/", "a.example.com:8080"), "a.example.com");
        assert_eq!(asked("/", "a.example.com."), "a.example.com");
        assert_eq!(asked("http://b.example.com/x", "a.example.com"), "b.example.com");
    }

    #[test]
    fn no_further_page_takes_the_place_of_a_route() {
        let routes = include_str!("mod.rs").split(".route(\"/").skip(1);
        let mut count = 0;
        for route in routes.chain(["admin", "api/v1", "mcp", "de/history", "groups/x/badge.svg"]) {
            let step = route.split(['/', '"']).next().unwrap();
            // A path of a page has no dot.
            assert!(is_taken(step) || step.contains('.'), "{step}");
            count += 1;
        }
        assert!(count > 20, "{count}");
        assert!(!is_taken("partners"));
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
