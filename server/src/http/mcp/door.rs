//! Who may come in: no page of another site, nobody too often, and only what is said to be a message.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter, clock::DefaultClock};
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderMap, HeaderName, ORIGIN};
use pharos_model::Presentation;

use super::message::Fault;
use crate::limits::{MCP_BURST, MCP_CALL_PERIOD, MCP_CALLERS_MAX, MCP_CALLS_MAX, MCP_CALLS_PER_ADDRESS_MAX};
use pharos_front::{AddressCounts, Place, key};

/// Counts requests: how many there are at once, and how often each address comes.
#[derive(Debug)]
pub struct Turnstile {
    open: Arc<AddressCounts>,
    often: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
}

impl Default for Turnstile {
    fn default() -> Self {
        let burst = NonZeroU32::new(MCP_BURST).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(MCP_CALL_PERIOD).unwrap_or(Quota::per_second(burst));
        let often = RateLimiter::hashmap(quota.allow_burst(burst));
        Self { open: AddressCounts::new(MCP_CALLS_MAX, MCP_CALLS_PER_ADDRESS_MAX), often }
    }
}

impl Turnstile {
    /// Lets a request in, which gives its place back when it is dropped. This machine's own addresses count only towards the whole.
    ///
    /// # Errors
    /// When there are too many.
    pub fn enter(&self, address: IpAddr) -> Result<Place, Fault> {
        if self.often.len() > MCP_CALLERS_MAX {
            self.often.retain_recent();
        }
        let is_calm = key(address).is_none_or(|address| self.often.check_key(&address).is_ok());
        is_calm.then(|| self.open.enter(address)).flatten().ok_or_else(busy)
    }

    /// Counts the messages of a batch as if each had come by itself. The first was counted when the batch came in.
    ///
    /// # Errors
    /// When there are too many.
    pub fn count(&self, address: IpAddr, messages: usize) -> Result<(), Fault> {
        let further = u32::try_from(messages.saturating_sub(1)).unwrap_or(u32::MAX);
        let (Some(address), Some(further)) = (key(address), NonZeroU32::new(further)) else { return Ok(()) };
        match self.often.check_key_n(&address, further) {
            Ok(Ok(())) => Ok(()),
            _ => Err(busy()),
        }
    }
}

fn busy() -> Fault {
    Fault::Refused(StatusCode::TOO_MANY_REQUESTS, "there were too many requests".to_owned())
}

/// Whether a request may be made here, as its head says.
///
/// # Errors
/// When it comes from a page of another site, is not said to be JSON, or its sender cannot read JSON.
pub fn admits(headers: &HeaderMap, page: &Presentation) -> Result<(), Fault> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if text(ORIGIN).is_some_and(|origin| !is_known(origin, text(HOST), page)) {
        let why = "a page of another site may not ask here".to_owned();
        return Err(Fault::Refused(StatusCode::FORBIDDEN, why));
    }
    let kind = text(CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let why = "the body is not said to be JSON: send `Content-Type: application/json`".to_owned();
        return Err(Fault::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    let reads =
        |accept: &str| ["application/json", "application/*", "*/*"].iter().any(|kind| accept.contains(kind));
    if text(ACCEPT).is_some_and(|accept| !reads(accept)) {
        let why = "answers are JSON: send `Accept: application/json, text/event-stream`".to_owned();
        return Err(Fault::Refused(StatusCode::NOT_ACCEPTABLE, why));
    }
    Ok(())
}

/// Whether a browser's page that asks is one of ours. A name that leads here proves nothing, because whoever owns it may let it lead
/// anywhere: only what the operator named counts, or an address that is no name.
fn is_known(origin: &str, host: Option<&str>, page: &Presentation) -> bool {
    if origin == page.url && !page.url.is_empty() || page.mirrors.iter().any(|mirror| mirror == origin) {
        return true;
    }
    let Some((_, authority)) = origin.split_once("://") else { return false };
    let name = authority.rsplit_once(':').map_or(authority, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { authority }
    });
    let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    Some(authority) == host && (is_address || name == "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let json = [("content-type", "application/json")];
        pairs
            .iter()
            .chain(&json)
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn page() -> Presentation {
        Presentation {
            url: "https://status.example.com".to_owned(),
            mirrors: vec!["https://status.example.net".to_owned()],
            ..Presentation::default()
        }
    }

    #[test]
    fn a_page_of_another_site_is_refused_even_where_its_name_leads_here() {
        for (origin, host, is_let_in) in [
            (None, "status.example.com", true),
            (Some("https://status.example.com"), "10.0.0.1:8080", true),
            (Some("https://status.example.net"), "status.example.com", true),
            (Some("http://127.0.0.1:8080"), "127.0.0.1:8080", true),
            (Some("http://[::1]:8080"), "[::1]:8080", true),
            (Some("http://localhost:8080"), "localhost:8080", true),
            (Some("http://127.0.0.1:8080"), "127.0.0.1:9090", false),
            (Some("https://evil.example"), "status.example.com", false),
            (Some("http://evil.example:8080"), "evil.example:8080", false),
            (Some("http://status.example.com"), "status.example.com", false),
            (Some("null"), "null", false),
            (Some(""), "", false),
        ] {
            let mut pairs = vec![("host", host)];
            pairs.extend(origin.map(|origin| ("origin", origin)));
            assert_eq!(admits(&head(&pairs), &page()).is_ok(), is_let_in, "{origin:?} {host}");
        }
        let nameless = admits(&head(&[("origin", ""), ("host", "")]), &Presentation::default());
        assert!(nameless.is_err());
    }

    #[test]
    fn only_json_is_read_and_written() {
        assert!(admits(&head(&[("accept", "application/json, text/event-stream")]), &page()).is_ok());
        assert!(admits(&head(&[("accept", "text/event-stream")]), &page()).is_err());
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let form = form.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        assert!(admits(&form, &page()).is_err() && admits(&HeaderMap::new(), &page()).is_err());
    }

    #[test]
    fn who_comes_too_often_waits_and_others_do_not() {
        let turnstile = Turnstile::default();
        let from = |last: u8| IpAddr::from([192, 0, 2, last]);
        let let_in = (0..MCP_BURST + 50).filter(|_| turnstile.enter(from(1)).is_ok()).count();
        assert!(u32::try_from(let_in).unwrap() < MCP_BURST + 25, "{let_in}");
        assert!(turnstile.enter(from(2)).is_ok());
    }

    #[test]
    fn a_batch_counts_as_often_as_it_holds_messages() {
        let turnstile = Turnstile::default();
        let from = |last: u8| IpAddr::from([192, 0, 2, last]);
        let let_in = (0..MCP_BURST).filter(|_| turnstile.count(from(1), 11).is_ok()).count();
        assert!((5..10).contains(&let_in), "{let_in}");
        assert!(turnstile.count(from(2), 1).is_ok() && turnstile.count(from(2), 0).is_ok());
        assert!(turnstile.count(from(2), 1_000).is_err() && turnstile.count(from(2), usize::MAX).is_err());
    }

    #[test]
    fn who_asks_for_many_things_at_once_leaves_room_for_others() {
        let turnstile = Turnstile::default();
        let from = |last: u8| IpAddr::from([192, 0, 2, last]);
        let asked = MCP_CALLS_PER_ADDRESS_MAX + 5;
        let held: Vec<_> = (0..asked).filter_map(|_| turnstile.enter(from(1)).ok()).collect();
        assert_eq!(held.len(), MCP_CALLS_PER_ADDRESS_MAX);
        assert!(turnstile.enter(from(2)).is_ok());
        drop(held);
        assert!(turnstile.enter(from(1)).is_ok());
    }
}
