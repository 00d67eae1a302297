//! A document in every encoding a client may ask for, with a strong tag for each.

use std::io::Write;

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL,
    CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_NONE_MATCH, VARY,
};
use http::{Response, StatusCode};
use http_body_util::Full;
use pharos_app::Words;
use pharos_model::Presentation;
use sha2::{Digest, Sha256};

use crate::http::{page_policy, secure};

/// How the bytes of an answer are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Brotli.
    Brotli,
    /// Zstandard.
    Zstd,
    /// Gzip.
    Gzip,
    /// As they are.
    Identity,
}

impl Encoding {
    /// All, the one we like best first.
    const ALL: [Self; 4] = [Self::Brotli, Self::Zstd, Self::Gzip, Self::Identity];

    fn token(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// What to send to a client with these headers: what it likes best, and of equals what we like best.
    pub fn negotiate(headers: &HeaderMap) -> Self {
        let Some(accepted) = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else {
            return Self::Identity;
        };
        let mut best = (0, Self::Identity);
        for encoding in Self::ALL {
            let weight = weight(accepted, encoding.token()).unwrap_or(u32::from(encoding == Self::Identity));
            if weight > best.0 {
                best = (weight, encoding);
            }
        }
        best.1
    }
}

/// Whether a client with these headers reads `encoding`.
pub fn accepts(headers: &HeaderMap, encoding: Encoding) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    weight(accepted, encoding.token()).is_some_and(|weight| weight > 0)
}

/// The weight, in thousandths, that an `Accept-Encoding` gives to a coding; `None` when it does not name it.
fn weight(accepted: &str, token: &str) -> Option<u32> {
    let named = |name: &str| accepted.split(',').find_map(|item| weight_of(item, name));
    named(token).or_else(|| named("*").filter(|_| token != "identity"))
}

/// The weight that one item gives to `token`; `None` when it is about another, or no item.
fn weight_of(item: &str, token: &str) -> Option<u32> {
    let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
    if !name.trim().eq_ignore_ascii_case(token) {
        return None;
    }
    quality(parameters)
}

/// What the parameters of an item say it is worth, in thousandths; `None` when that is no number.
pub fn quality(parameters: &str) -> Option<u32> {
    let Some(quality) = parameters.trim().strip_prefix("q=").map(str::trim) else { return Some(1_000) };
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let thousandths = format!("{fraction:0<3}");
    let thousandths: u32 = thousandths.get(..3).unwrap_or("0").parse().ok()?;
    Some(whole.parse::<u32>().ok()?.min(1) * 1_000 + thousandths)
}

/// One variant, with the headers it goes out with.
#[derive(Debug)]
struct Variant {
    headers: HeaderMap,
    body: Bytes,
}

/// A document ready to be sent.
#[derive(Debug)]
pub struct Encoded {
    variants: [Variant; 4],
    status: StatusCode,
}

/// How much time to spend on size.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Brotli's quality, 0 to 11.
    pub brotli: i32,
    /// Zstandard's level, 1 to 19.
    pub zstd: i32,
    /// Gzip's level, 1 to 9.
    pub gzip: u32,
}

/// For what changes with every event.
pub const QUICK: Effort = Effort { brotli: 6, zstd: 3, gzip: 6 };

fn brotli(body: &[u8], quality: i32) -> Vec<u8> {
    // A window of a mebibyte: a page of five hundred components is a third smaller than with a quarter of that.
    let parameters =
        brotli::enc::BrotliEncoderParams { quality, lgwin: 20, size_hint: body.len(), ..Default::default() };
    let mut out = Vec::with_capacity(body.len() / 4);
    // Writing to memory cannot fail; an empty result would only make this variant be skipped.
    if brotli::BrotliCompress(&mut &*body, &mut out, &parameters).is_err() {
        out.clear();
    }
    out
}

fn zstd(body: &[u8], level: i32) -> Vec<u8> {
    zstd::bulk::compress(body, level).unwrap_or_default()
}

fn gzip(body: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    if encoder.write_all(body).is_err() {
        return Vec::new();
    }
    encoder.finish().unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

impl Encoded {
    /// Compresses `body` and prepares its headers; `headers` are those that every variant carries.
    pub fn new(status: StatusCode, headers: &HeaderMap, body: &Bytes, effort: Effort) -> Self {
        let coded = [brotli(body, effort.brotli), zstd(body, effort.zstd), gzip(body, effort.gzip)];
        Self::prepared(status, headers, body, coded.map(|bytes| Some(Bytes::from(bytes))))
    }

    /// Takes `body` with what it was compressed to beforehand: brotli, zstd, gzip.
    pub fn prepared(
        status: StatusCode,
        headers: &HeaderMap,
        body: &Bytes,
        coded: [Option<Bytes>; 3],
    ) -> Self {
        let digest = hex(&Sha256::digest(body)[..8]);
        // Small bodies may grow; a coding that does not pay is not sent.
        let pays = |bytes: &Bytes| !bytes.is_empty() && bytes.len() < body.len();
        let choose = |encoding: Encoding, coded: Option<Bytes>| match coded.filter(pays) {
            Some(bytes) => variant(headers, &digest, encoding, bytes),
            None => variant(headers, &digest, Encoding::Identity, body.clone()),
        };
        let [br, zst, gz] = coded;
        let variants = [
            choose(Encoding::Brotli, br),
            choose(Encoding::Zstd, zst),
            choose(Encoding::Gzip, gz),
            choose(Encoding::Identity, None),
        ];
        Self { variants, status }
    }

    /// Takes what was compressed to brotli beforehand, and makes the rest of it: what it was, and the other codings. `None` when it cannot be
    /// unpacked.
    pub fn unpacked(status: StatusCode, headers: &HeaderMap, packed: Bytes, effort: Effort) -> Option<Self> {
        let mut body = Vec::new();
        brotli::BrotliDecompress(&mut &*packed, &mut body).ok()?;
        let body = Bytes::from(body);
        let others =
            [zstd(&body, effort.zstd), gzip(&body, effort.gzip)].map(|bytes| Some(Bytes::from(bytes)));
        let [zstd, gzip] = others;
        Some(Self::prepared(status, headers, &body, [Some(packed), zstd, gzip]))
    }

    /// The document as it is.
    pub fn body(&self) -> &Bytes {
        let [.., identity] = &self.variants;
        &identity.body
    }

    /// How much memory its bodies take. One that stands for several codings counts once.
    pub fn bytes(&self) -> usize {
        let is_new = |index: usize| {
            let body = self.variants[index].body.as_ptr();
            self.variants[..index].iter().all(|before| before.body.as_ptr() != body)
        };
        (0..self.variants.len())
            .filter(|index| is_new(*index))
            .map(|index| self.variants[index].body.len())
            .sum()
    }

    /// An HTML page.
    pub fn html(
        status: StatusCode,
        cache: &'static str,
        html: String,
        (words, presentation): (Words, &Presentation),
    ) -> Self {
        let mut headers = HeaderMap::new();
        if let Ok(tag) = HeaderValue::from_str(words.tag()) {
            headers.insert(CONTENT_LANGUAGE, tag);
        }
        if !words.is_prefixed() {
            headers.append(VARY, HeaderValue::from_static("accept-language"));
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(CONTENT_SECURITY_POLICY, page_policy(presentation));
        // A browser whose own server is gone reads the page here, and needs to know what it may do.
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("content-security-policy"));
        Self::new(status, &headers, &Bytes::from(html), QUICK)
    }

    /// The answer to a request with these headers: 304 when the client holds this very document.
    pub fn respond(&self, request: &HeaderMap) -> Response<Full<Bytes>> {
        let encoding = Encoding::negotiate(request);
        let index = Encoding::ALL.iter().position(|known| *known == encoding).unwrap_or(0);
        let variant = &self.variants[index];
        let same = self.status == StatusCode::OK && holds(request, variant.headers.get(ETAG));
        let (status, body) =
            if same { (StatusCode::NOT_MODIFIED, Bytes::new()) } else { (self.status, variant.body.clone()) };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        *response.headers_mut() = variant.headers.clone();
        if same {
            response.headers_mut().remove(CONTENT_ENCODING);
            response.headers_mut().remove(CONTENT_TYPE);
        }
        response
    }
}

fn variant(headers: &HeaderMap, digest: &str, encoding: Encoding, body: Bytes) -> Variant {
    let mut headers = headers.clone();
    let own = headers.remove(CONTENT_SECURITY_POLICY);
    secure(&mut headers);
    if let Some(policy) = own {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{digest}-{}\"", encoding.token())) {
        headers.insert(ETAG, tag);
    }
    // A page at an address without a language leads those who read another one there.
    headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    if encoding != Encoding::Identity {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.token()));
    }
    Variant { headers, body }
}

fn holds(request: &HeaderMap, tag: Option<&HeaderValue>) -> bool {
    let Some(tag) = tag.and_then(|tag| tag.to_str().ok()) else { return false };
    let named = |value: &HeaderValue| {
        value.to_str().is_ok_and(|list| {
            list.split(',')
                .map(|item| item.trim().trim_start_matches("W/"))
                .any(|item| item == tag || item == "*")
        })
    };
    request.get_all(IF_NONE_MATCH).iter().any(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    fn request(pairs: &[(http::header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    fn page() -> Encoded {
        Encoded::html(
            StatusCode::OK,
            "no-cache",
            "All systems operational. ".repeat(100),
            (Words::english(), &Presentation::default()),
        )
    }

    #[test]
    fn a_client_gets_what_it_likes_best_and_of_equals_what_we_like_best() {
        let cases = [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("gzip", Encoding::Gzip),
            ("br;q=0.5, gzip;q=0.8", Encoding::Gzip),
            ("br;q=0, *;q=0.1", Encoding::Zstd),
            ("identity", Encoding::Identity),
            ("", Encoding::Identity),
            ("deflate", Encoding::Identity),
            ("br;q=nonsense", Encoding::Identity),
            ("*;q=0, gzip;q=4294967295", Encoding::Gzip),
        ];
        for (accepted, expected) in cases {
            assert_eq!(Encoding::negotiate(&request(&[(ACCEPT_ENCODING, accepted)])), expected, "{accepted}");
        }
        assert_eq!(Encoding::negotiate(&HeaderMap::new()), Encoding::Identity);
    }

    #[tokio::test]
    async fn every_encoding_unpacks_to_the_same_document() {
        let page = page();
        let body = async |accepted: &str| {
            let response = page.respond(&request(&[(ACCEPT_ENCODING, accepted)]));
            response.into_body().collect().await.unwrap().to_bytes()
        };
        let plain = body("identity").await;
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &*body("br").await, &mut unpacked).unwrap();
        assert_eq!(unpacked, plain);
        assert_eq!(zstd::stream::decode_all(&*body("zstd").await).unwrap(), plain);
        let mut unpacked = String::new();
        let gzip = body("gzip").await;
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*gzip), &mut unpacked).unwrap();
        assert_eq!(unpacked.as_bytes(), plain);
    }

    #[test]
    fn one_who_holds_the_document_is_told_so_and_sent_nothing() {
        let page = page();
        let first = page.respond(&request(&[(ACCEPT_ENCODING, "br")]));
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        let again =
            page.respond(&request(&[(ACCEPT_ENCODING, "br"), (IF_NONE_MATCH, &format!("\"x\", W/{tag}"))]));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[ETAG], first.headers()[ETAG]);
    }

    #[test]
    fn the_tag_of_one_encoding_is_not_that_of_another() {
        let page = page();
        let tag =
            |accepted: &str| page.respond(&request(&[(ACCEPT_ENCODING, accepted)])).headers()[ETAG].clone();
        assert_ne!(tag("br"), tag("gzip"));
    }

    #[test]
    fn a_body_that_would_grow_is_sent_as_it_is() {
        let tiny = Encoded::html(
            StatusCode::OK,
            "no-cache",
            "x".to_owned(),
            (Words::english(), &Presentation::default()),
        );
        let response = tiny.respond(&request(&[(ACCEPT_ENCODING, "br")]));
        assert_eq!(response.headers().get(CONTENT_ENCODING), None);
        assert_eq!((tiny.bytes(), page().bytes() > 2_500), (1, true));
    }
}
