//! Agents: each is told what to look at from its vantage, and hands in what it saw. Acknowledged only when stored.

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{AUTHORIZATION, CACHE_CONTROL, ETAG, HeaderValue, IF_NONE_MATCH, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, Limited};
use pharos_model::UnixMs;
use tokio::sync::{mpsc, oneshot};

use super::api::access::{bearer, peer};
use super::{Services, headers};
use crate::config::{Digest, Vantage, Vantages};
use crate::finding::Finding;
use crate::limits::{
    AGENT_AHEAD_MS, AGENT_KEPT_MS, BODY_READ_TIMEOUT, HAND_IN_TIMEOUT, HANDED_IN_BYTES_MAX, HANDED_IN_MAX,
};
use crate::vantage::{HandedIn, RefusedResult, Sightings, Taken};

/// Why a result is refused whose time lies ahead of this node's, and one whose time lies too far back.
const ASTRAY: [&str; 2] = [
    "its time lies ahead: check the clock of the agent's machine",
    "it is older than six hours: check the clock of the agent's machine",
];

/// What an agent saw, on its way to the core.
#[derive(Debug)]
pub struct Report {
    /// What it saw.
    pub sightings: Sightings,
    /// Told when all of it is stored.
    pub stored: oneshot::Sender<()>,
}

/// The way from agents to the core.
#[derive(Clone, Debug)]
pub struct Agents {
    /// Who may ask and hand in.
    pub vantages: Arc<ArcSwap<Vantages>>,
    /// To the core.
    pub sender: mpsc::Sender<Report>,
}

/// What the agent that asks is to look at.
pub async fn assignment(State(services): State<Arc<Services>>, request: Request) -> Response {
    let vantage = match admitted(&services, &request) {
        Ok(vantage) => vantage,
        Err(refused) => return *refused,
    };
    let Ok(document) = serde_json::to_string(vantage.assignment()) else {
        return headers::unavailable(15, "The assignment cannot be told at the moment. Try again.\n");
    };
    let tag = format!("\"{}\"", Digest::of(document.as_bytes()).short());
    let is_known =
        request.headers().get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if is_known {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    } else {
        headers::json(StatusCode::OK, "application/json", document)
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// Takes what an agent saw.
pub async fn results(State(services): State<Arc<Services>>, request: Request) -> Response {
    let vantage = match admitted(&services, &request) {
        Ok(vantage) => vantage,
        Err(refused) => return *refused,
    };
    let handed_in = match read(request).await {
        Ok(handed_in) => handed_in,
        Err(refused) => return *refused,
    };
    if handed_in.dropped > 0 {
        tracing::warn!(
            vantage = vantage.id,
            dropped = handed_in.dropped,
            "an agent was cut off for so long that it had to let go of results"
        );
    }
    let (results, refused) = judged(handed_in.results, &vantage, crate::clock::wall());
    // It may be this node's clock: what is refused is gone, and another node takes it.
    if services.health.has_clocks_apart() && refused.iter().any(|one| ASTRAY.contains(&&*one.reason)) {
        return headers::unavailable(
            5,
            "The clock of this node is not that of its database. Ask another node.\n",
        );
    }
    let accepted = results.len();
    if accepted > 0 {
        let sightings = Sightings { vantage: vantage.id.clone(), results };
        if let Err(response) = store(&services, sightings).await {
            return *response;
        }
    }
    let taken = Taken { accepted, refused };
    headers::json(StatusCode::OK, "application/json", serde_json::to_string(&taken).unwrap_or_default())
}

async fn store(services: &Services, sightings: Sightings) -> Result<(), Box<Response>> {
    let (stored, done) = oneshot::channel();
    if services.agents.sender.try_send(Report { sightings, stored }).is_err() {
        let response = headers::unavailable(5, "Results cannot be taken at the moment. Try again.\n");
        return Err(Box::new(response));
    }
    match tokio::time::timeout(HAND_IN_TIMEOUT, done).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Box::new(headers::unavailable(5, "The results could not be stored. Try again.\n"))),
    }
}

/// The vantage whose agent asks. Whoever tries tokens is slowed down.
fn admitted(services: &Services, request: &Request) -> Result<Vantage, Box<Response>> {
    let vantages = services.agents.vantages.load();
    if let Some(vantage) = token(request.headers()).and_then(|token| vantages.find(token)) {
        return Ok(vantage.clone());
    }
    if services.accounts.admits(peer(request)) {
        return Err(Box::new(headers::plain(
            StatusCode::UNAUTHORIZED,
            "No vantage has this token. Send it as `Authorization: Bearer …`.\n",
        )));
    }
    let mut response = headers::plain(StatusCode::TOO_MANY_REQUESTS, "There were too many attempts.\n");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
    Err(Box::new(response))
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(bearer)
}

async fn read(request: Request) -> Result<HandedIn, Box<Response>> {
    let refuse = |status, text| Box::new(headers::plain(status, text));
    let body = Limited::new(request.into_body(), HANDED_IN_BYTES_MAX);
    let body = match tokio::time::timeout(BODY_READ_TIMEOUT, body.collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => {
            return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "The body is too long: 448 KiB at most.\n"));
        }
        Err(_) => return Err(refuse(StatusCode::REQUEST_TIMEOUT, "The body took too long.\n")),
    };
    let handed_in: HandedIn = serde_json::from_slice(&body)
        .map_err(|_| refuse(StatusCode::BAD_REQUEST, "This is not what an agent hands in.\n"))?;
    if handed_in.results.len() > HANDED_IN_MAX {
        return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "Too many results: 500 at most at once.\n"));
    }
    Ok(handed_in)
}

/// Parts the results that can be taken at `now` from those that cannot.
fn judged(results: Vec<Finding>, vantage: &Vantage, now: UnixMs) -> (Vec<Finding>, Vec<RefusedResult>) {
    let (mut good, mut refused) = (Vec::new(), Vec::new());
    for (index, result) in results.into_iter().enumerate() {
        match fault(&result, vantage, now) {
            None => good.push(result),
            Some(reason) => refused.push(RefusedResult { index, reason: reason.to_owned() }),
        }
    }
    (good, refused)
}

fn fault(result: &Finding, vantage: &Vantage, now: UnixMs) -> Option<&'static str> {
    let Some(seen) = &result.seen else { return Some("it says nothing") };
    let latest = now.plus_ms(AGENT_AHEAD_MS);
    // What was kept for as long as it may be is still on its way for a moment.
    let earliest = now.minus_ms(AGENT_KEPT_MS + AGENT_AHEAD_MS);
    let times = [seen.at, result.scheduled_at];
    if !vantage.looks_at(&result.check) {
        Some("this vantage does not look at this check, or does so no more")
    } else if times.iter().any(|at| *at > latest) {
        Some(ASTRAY[0])
    } else if times.iter().any(|at| *at < earliest) {
        Some(ASTRAY[1])
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Surroundings, parse};

    const CONFIG: &str = "page: { name: Example }
vantages: [{ id: fra, name: Frankfurt, token: q8ZkW2vLxT0nB5rYc7HdJm4s }]
components:
  - { id: api, name: API, checks: [{ tcp: { address: \"127.0.0.1:1\" }, vantages: { from: [here, fra] } }] }
";

    fn seen(check: &str, at: UnixMs) -> Finding {
        let text = serde_json::json!({
            "check": check,
            "scheduled_at": at,
            "seen": { "at": at, "status": "operational", "stages_us": [null, null, null, null, null], "queued_us": 0 },
        });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn results_are_refused_one_by_one() {
        let files = |_: &str, _: usize| Ok(Vec::new());
        let surroundings = Surroundings { environment: &|_| None, files: &files };
        let loaded = parse(CONFIG, "pharos.yaml", &surroundings).unwrap();
        let vantage = loaded.vantages.find("q8ZkW2vLxT0nB5rYc7HdJm4s").unwrap();
        let now = UnixMs(100 * 3_600_000);
        let results = vec![
            seen("api/tcp@fra", now),
            seen("api/tcp@fra", now.plus_ms(6_000)),
            seen("api/tcp@fra", now.plus_ms(4_000)),
            seen("api/tcp@fra", now.minus_ms(7 * 3_600_000)),
            seen("api/tcp@fra", now.minus_ms(6 * 3_600_000)),
            seen("api/tcp", now),
            seen("api/tcp@sin", now),
            Finding { seen: None, ..seen("api/tcp@fra", now) },
        ];
        let (good, refused) = judged(results, vantage, now);
        assert_eq!(good.len(), 3);
        assert_eq!(refused.iter().map(|one| one.index).collect::<Vec<_>>(), [1, 3, 5, 6, 7]);
    }
}
