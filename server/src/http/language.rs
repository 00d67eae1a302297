//! In which language a page is asked for: by its address, else by what the browser says its visitor reads.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, HeaderValue, VARY};
use http::request::Parts;
use pharos_app::{LANGUAGES, Language, Words, language};

use super::Services;
use crate::limits::ACCEPTED_LANGUAGES_MAX;

/// The language that an address begins with.
#[derive(Clone, Copy, Debug)]
pub struct Spoken(pub &'static Language);

/// The words of a page that is asked for. A visitor who reads another language of ours than that of an address without
/// one is led to the page in that language.
#[derive(Clone, Copy, Debug)]
pub struct Asked(pub Words);

impl FromRequestParts<Arc<Services>> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Response> {
        let own = Words::of_page(&services.pages.snapshot().page);
        if let Some(Spoken(language)) = parts.extensions.get() {
            return Ok(Self(own.in_language(language)));
        }
        match preferred(&parts.headers).filter(|language| language.tag != own.tag()) {
            None => Ok(Self(own)),
            // Within the page: where all of it is, is added on the way out (`site.rs`).
            Some(other) => Err(led_to(&Words::new(other, true).address(parts.uri.path()))),
        }
    }
}

fn led_to(address: &str) -> Response {
    let mut response = Redirect::temporary(address).into_response();
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-language"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// The words for a program that reads: by the address, else what the visitor reads best, else the page's own. It is led
/// nowhere, because another site's script may not follow.
#[derive(Clone, Copy, Debug)]
pub struct Read(pub Words);

impl FromRequestParts<Arc<Services>> for Read {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        services: &Arc<Services>,
    ) -> Result<Self, std::convert::Infallible> {
        let own = Words::of_page(&services.pages.snapshot().page);
        let spoken = parts.extensions.get().map(|Spoken(language)| *language);
        let other = || preferred(&parts.headers).filter(|language| language.tag != own.tag());
        Ok(Self(spoken.or_else(other).map_or(own, |language| own.in_language(language))))
    }
}

/// The words for what is not there, by the beginning of its address.
pub fn of_path(path: &str, services: &Services) -> Words {
    let own = Words::of_page(&services.pages.snapshot().page);
    path.split('/').nth(1).and_then(language).map_or(own, |language| own.in_language(language))
}

/// The language of ours that a visitor reads best; `None` when the browser does not say, or names none of ours.
fn preferred(headers: &HeaderMap) -> Option<&'static Language> {
    let accepted = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(u32, &'static Language)> = None;
    for item in accepted.split(',').take(ACCEPTED_LANGUAGES_MAX) {
        let (range, parameters) = item.split_once(';').unwrap_or((item, ""));
        let primary = range.trim().split('-').next().unwrap_or_default();
        let Some(ours) = LANGUAGES.iter().find(|language| language.tag.eq_ignore_ascii_case(primary)) else {
            continue;
        };
        let weight = crate::pages::quality(parameters).unwrap_or(0);
        if weight > best.map_or(0, |(weight, _)| weight) {
            best = Some((weight, ours));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(accepted: &'static str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(accepted));
        preferred(&headers).map(|language| language.tag)
    }

    #[test]
    fn a_visitor_gets_the_language_of_ours_that_they_read_best() {
        assert_eq!(tag("de-CH, de;q=0.9, en;q=0.8"), Some("de"));
        assert_eq!(tag("tlh, ja;q=0.3, EN-gb;q=0.7"), Some("en"));
        assert_eq!(tag("de-Latn-AT"), Some("de"));
    }

    #[test]
    fn a_language_that_is_refused_or_that_nobody_wrote_is_not_chosen() {
        assert_eq!(tag("tlh"), None);
        assert_eq!(tag("de;q=0, *"), None);
        assert_eq!(tag(""), None);
        assert_eq!(preferred(&HeaderMap::new()).map(|language| language.tag), None);
    }
}
