//! `websocket`: opens a WebSocket, and may say something and wait for a message.

mod frames;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use garde::Validate;
use http::header::{
    CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::budget::Budget;
use crate::http::{Request, Target, Version, check_headers, connect_upgradable, first_message};
use crate::limits::{BODY_BYTES_MAX, TCP_TEXT_BYTES_MAX};
use crate::outcome::{Look, Reason, ReasonKind, excerpt};
use crate::prober::Prober;
use crate::random::{no_randomness, random};
use crate::shown::Shown;
use crate::tcp::check_send;
use frames::{Broken, Frames};

/// Opens a WebSocket, and may say something and wait for a message.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WebSocketCheck {
    /// Where it is, `ws://` or `wss://`. Without a name and a password: use `headers`.
    #[garde(custom(check_url))]
    #[schemars(example = &"wss://chat.example.com/live")]
    pub url: String,
    /// Headers of the request, such as `Origin` or `Authorization`.
    #[serde(default)]
    #[garde(length(max = 50), custom(check_headers))]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: BTreeMap<String, SecretString>,
    /// The text to send once it is open.
    #[garde(custom(check_send))]
    #[schemars(with = "Option<String>")]
    pub send: Option<SecretString>,
    /// What must be in one of the messages that come.
    #[garde(inner(length(bytes, min = 1, max = TCP_TEXT_BYTES_MAX)))]
    pub expect: Option<String>,
}

/// What both sides put behind the key (RFC 6455, section 1.3).
const SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Where the request for it goes: the same place, by the names that HTTP has for it.
fn target(url: &str) -> Option<Target> {
    let (scheme, place) = url.split_once("://")?;
    let scheme = match scheme {
        "ws" => "http",
        "wss" => "https",
        _ => return None,
    };
    Target::parse(&format!("{scheme}://{place}"))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
fn check_url(url: &str, _: &()) -> garde::Result {
    if target(url).is_some() {
        return Ok(());
    }
    let hint = "write ws:// or wss://, a host and a path, without a name and a password";
    Err(garde::Error::new(format!("this is not an address that can be asked: {hint}")))
}

/// Looks once.
pub async fn look(prober: &Prober, check: &WebSocketCheck, budget: &Budget, look: &mut Look) {
    if let Err(reason) = converse(prober, check, budget, look).await {
        look.down(reason);
    }
}

async fn converse(
    prober: &Prober,
    check: &WebSocketCheck,
    budget: &Budget,
    look: &mut Look,
) -> Result<(), Reason> {
    let target = target(&check.url).ok_or_else(|| {
        let sentence =
            "Could not look: the url is not one that can be asked; write ws:// or wss:// and a host";
        Reason::new(ReasonKind::CouldNotLook, sentence)
    })?;
    let (mut sender, _driver) = connect_upgradable(prober, &target, budget, look).await?;
    let request = request(check);
    let shown = shown(check, &request);
    let key = STANDARD.encode(random::<16>().map_err(|error| no_randomness(&error))?);
    let mut message = first_message(&request, &target, false)?;
    ask_for_upgrade(message.headers_mut(), &key)?;
    let response = sender.send(message, budget, look).await?;
    look.facts.status = Some(response.status().as_u16());
    judge(response.status().as_u16(), response.headers(), &key, &shown)?;
    let (upgraded, _) = budget.stage(hyper::upgrade::on(response)).await;
    let Ok(Ok(upgraded)) = upgraded else {
        let sentence = "WebSocket: the connection was closed as soon as it was open";
        return Err(Reason::new(ReasonKind::ConnectionClosed, sentence));
    };
    let mut frames = Frames::new(TokioIo::new(upgraded));
    if let Some(text) = &check.send {
        let (sent, _) = budget.stage(frames.send(text.expose_secret())).await;
        let failed = match sent {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some((ReasonKind::ConnectionClosed, "before the connection was lost".to_owned())),
            Err(_) => Some((ReasonKind::ResponseTimeout, format!("within {}", budget.text()))),
        };
        if let Some((kind, when)) = failed {
            return Err(Reason::new(kind, format!("WebSocket: not all could be sent {when}")));
        }
    }
    if let Some(expected) = &check.expect {
        listen(&mut frames, expected, &shown, budget, look).await?;
    }
    // A courtesy: all that was asked for has been seen.
    let (_left, _) = budget.stage(frames.close()).await;
    Ok(())
}

fn request(check: &WebSocketCheck) -> Request<'_> {
    Request {
        url: &check.url,
        method: "GET",
        headers: &check.headers,
        body: None,
        bearer: None,
        basic: None,
        version: Version::Http1,
        redirects: 0,
        decompress: false,
        accept: None,
        body_bytes_max: BODY_BYTES_MAX,
    }
}

fn ask_for_upgrade(headers: &mut HeaderMap, key: &str) -> Result<(), Reason> {
    let key = HeaderValue::from_str(key);
    let key =
        key.map_err(|_| Reason::new(ReasonKind::CouldNotLook, "Could not look: the key cannot be sent"))?;
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    headers.insert(SEC_WEBSOCKET_KEY, key);
    Ok(())
}

/// What a server answers that has read the key.
fn accept(key: &str) -> String {
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, [key, SUFFIX].concat().as_bytes()))
}

/// Whether the server speaks WebSocket from here on (RFC 6455, section 4.1).
fn judge(status: u16, headers: &HeaderMap, key: &str, shown: &Shown) -> Result<(), Reason> {
    if status != 101 {
        let sentence = format!("WebSocket: expected status 101, got {status}");
        return Err(Reason::new(ReasonKind::WrongStatus, sentence));
    }
    let header =
        |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let upgrade = header(UPGRADE);
    if !upgrade.eq_ignore_ascii_case("websocket") {
        let got = shown.excerpt(upgrade);
        let sentence = format!("WebSocket: expected the header Upgrade to be websocket, got \"{got}\"");
        return Err(Reason::new(ReasonKind::WrongHeader, sentence));
    }
    if header(SEC_WEBSOCKET_ACCEPT) != accept(key) {
        let sentence = "WebSocket: expected a Sec-WebSocket-Accept that answers our key, got another; a cache or a server that does not speak WebSocket may have answered";
        return Err(Reason::new(ReasonKind::WrongHeader, sentence));
    }
    Ok(())
}

/// Waits for a message with what is expected in it.
async fn listen(
    frames: &mut Frames<TokioIo<Upgraded>>,
    expected: &str,
    shown: &Shown,
    budget: &Budget,
    look: &mut Look,
) -> Result<(), Reason> {
    let mut last = None;
    let hearing = async {
        loop {
            let message = frames.message().await?;
            let text = String::from_utf8_lossy(&message).into_owned();
            if text.contains(expected) {
                return Ok(());
            }
            last = Some(text);
        }
    };
    let (heard, took_us) = budget.stage(hearing).await;
    look.stages.body_us = Some(took_us);
    let got = last.map_or_else(|| "none".to_owned(), |text| format!("\"{}\"", shown.excerpt(&text)));
    let expected = excerpt(expected);
    let (kind, what) = match heard {
        Ok(Ok(())) => return Ok(()),
        Err(_) => {
            let kind = if got == "none" { ReasonKind::ResponseTimeout } else { ReasonKind::WrongAnswer };
            (kind, format!("within {}, got {got}", budget.text()))
        }
        Ok(Err(Broken::Lost)) => {
            (ReasonKind::ConnectionClosed, format!("before the connection was lost, got {got}"))
        }
        Ok(Err(Broken::Ended(words))) => {
            let words = shown.excerpt(&words);
            (ReasonKind::ConnectionClosed, format!("before the server ended it with \"{words}\", got {got}"))
        }
        Ok(Err(Broken::TooLong)) => (ReasonKind::WrongAnswer, format!("among the first 64 KiB, got {got}")),
        Ok(Err(Broken::Wrong(why))) => (ReasonKind::WrongAnswer, format!("but {why}, got {got}")),
    };
    Err(Reason::new(kind, format!("WebSocket: expected a message with \"{expected}\" {what}")))
}

/// What must not come back in a sentence.
fn shown(check: &WebSocketCheck, request: &Request<'_>) -> Shown {
    request.shown().and(check.send.as_ref().map(ExposeSecret::expose_secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_answered_as_the_standard_has_it() {
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn only_addresses_of_websockets_are_taken() {
        for (url, is_good) in [
            ("ws://chat.example.com/live?room=1", true),
            ("wss://chat.example.com", true),
            ("https://chat.example.com/", false),
            ("wss://name:password@chat.example.com/", false),
            ("chat.example.com", false),
        ] {
            assert_eq!(check_url(url, &()).is_ok(), is_good, "{url}");
        }
    }
}
