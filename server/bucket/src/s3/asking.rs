//! Asking a service within bounds, again where that may help.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;

use super::answers::{Refusal, refusal};
use super::place::S3Place;
use super::sign::{ToSign, authorization};
use crate::BucketError;
use crate::hash::sha256;
use crate::limits::{
    ANSWER_TIMEOUT, ANSWER_TIMEOUT_MAX, ATTEMPTS_MAX, BYTES_PER_SECOND_MIN, CONNECT_TIMEOUT, PAUSE,
    REFUSAL_BYTES_MAX,
};

/// How long a service is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long an answer may take, beside the time that bytes need.
    pub answer: Duration,
    /// How long the first pause is before it is asked again.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { answer: ANSWER_TIMEOUT, pause: PAUSE }
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// What it is, in messages: "read", "write".
    pub what: &'static str,
    /// How it is asked.
    pub method: Method,
    /// Of which object; of the bucket without.
    pub key: Option<String>,
    /// By names, and escaped.
    pub query: String,
    /// Beside those that every question has.
    pub headers: Vec<(&'static str, String)>,
    /// What is written.
    pub body: Bytes,
    /// The largest answer that is read.
    pub answer_bytes_max: usize,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The answer's status.
    pub status: StatusCode,
    /// The version of the object it is about.
    pub etag: Option<String>,
    /// What was asked for.
    pub body: Bytes,
    /// What it said where it refused.
    pub refusal: Refusal,
    /// In which region it says that the bucket is.
    region: Option<String>,
    /// Whether the same was asked before, and nobody knows whether it was done.
    pub is_doubtful: bool,
}

/// The way to a service.
#[derive(Debug)]
pub struct Asking {
    client: reqwest::Client,
    /// Where it leads.
    pub place: S3Place,
    patience: Patience,
    now_ms: fn() -> i64,
}

/// Why there is no answer.
enum Silence {
    /// Nobody was reached, so that nothing was done.
    Unreached(String),
    /// Nobody knows whether it was done.
    Unknown(String),
    /// There is more of it than expected.
    TooLarge,
}

impl Asking {
    /// A way of its own. `now_ms` tells the time, in milliseconds since 1970.
    ///
    /// # Errors
    /// When connections cannot be made at all.
    pub fn new(place: S3Place, patience: Patience, now_ms: fn() -> i64) -> Result<Self, BucketError> {
        // Another part of the program may have chosen it already.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let built = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        match built {
            Ok(client) => Ok(Self { client, place, patience, now_ms }),
            Err(error) => Err(BucketError::Unreachable { place: place.name(), why: chain(&error) }),
        }
    }

    /// Asks until there is an answer that asking again would not change, within bounds.
    ///
    /// # Errors
    /// When there is none, or it is too large.
    pub async fn ask(&self, question: &Question) -> Result<Answer, BucketError> {
        let (mut is_doubtful, mut attempt) = (false, 0);
        loop {
            attempt += 1;
            let is_last = attempt >= ATTEMPTS_MAX;
            match self.once(question).await {
                Ok(answer) if answer.is_final() => return Ok(Answer { is_doubtful, ..answer }),
                Ok(answer) if is_last => return Err(self.refused(question, &answer)),
                Err(Silence::TooLarge) => return Err(self.too_large(question)),
                Err(Silence::Unreached(why) | Silence::Unknown(why)) if is_last => {
                    return Err(BucketError::Unreachable { place: self.place.name(), why });
                }
                Err(Silence::Unreached(_)) => {}
                Ok(_) | Err(Silence::Unknown(_)) => is_doubtful = true,
            }
            tokio::time::sleep(jittered(self.patience.pause * (1 << (attempt - 1)))).await;
        }
    }

    /// Asks once.
    async fn once(&self, question: &Question) -> Result<Answer, Silence> {
        let (address, headers) = self.signed(question);
        let mut request = self.client.request(question.method.clone(), address);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(question.body.clone()).timeout(self.time_for(question));
        let mut response = request.send().await.map_err(silence)?;
        let status = response.status();
        let (etag, region) =
            (text_of(response.headers(), "etag"), text_of(response.headers(), "x-amz-bucket-region"));
        let bytes_max = if status.is_success() { question.answer_bytes_max } else { REFUSAL_BYTES_MAX };
        if response.content_length().is_some_and(|length| length > bytes_max as u64) && status.is_success() {
            return Err(Silence::TooLarge);
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(silence)? {
            if body.len() + piece.len() > bytes_max {
                if status.is_success() {
                    return Err(Silence::TooLarge);
                }
                break;
            }
            body.extend_from_slice(&piece);
        }
        let refusal = if status.is_success() { Refusal::default() } else { refusal(&body) };
        Ok(Answer { status, etag, body: body.into(), refusal, region, is_doubtful: false })
    }

    /// Where a question goes, and its headers with the proof of who asks.
    fn signed(&self, question: &Question) -> (url::Url, Vec<(&'static str, String)>) {
        let mut address = self.place.address(question.key.as_deref());
        address.set_query(Some(&*question.query).filter(|query| !query.is_empty()));
        let (at, body_sha256) = (date((self.now_ms)()), sha256(&question.body));
        let mut headers = question.headers.clone();
        headers.extend([
            ("host", self.place.host()),
            ("x-amz-content-sha256", body_sha256.clone()),
            ("x-amz-date", at.clone()),
        ]);
        let token = self.place.keys.session_token.as_ref();
        headers.extend(token.map(|token| ("x-amz-security-token", token.expose_secret().to_owned())));
        headers.sort_unstable();
        let request = ToSign {
            method: question.method.as_str(),
            path: address.path(),
            query: &question.query,
            headers: &headers,
            body_sha256: &body_sha256,
            at: &at,
            region: &self.place.region,
        };
        let proof = authorization(&request, &self.place.keys);
        // The client says where it goes by itself.
        headers.retain(|(name, _)| *name != "host");
        headers.push(("authorization", proof));
        (address, headers)
    }

    fn time_for(&self, question: &Question) -> Duration {
        let bytes = question.body.len().saturating_add(question.answer_bytes_max) as u64;
        let time = self.patience.answer + Duration::from_secs(bytes / BYTES_PER_SECOND_MIN);
        time.min(ANSWER_TIMEOUT_MAX)
    }

    /// What is told of a refusal.
    pub fn refused(&self, question: &Question, answer: &Answer) -> BucketError {
        let Refusal { code, message } = &answer.refusal;
        let said =
            [code.as_str(), message.as_str()].map(str::trim).into_iter().filter(|text| !text.is_empty());
        let said = said.collect::<Vec<_>>().join(": ");
        let mut why = format!("it answers {}", answer.status.as_u16());
        if !said.is_empty() {
            why = format!("{why}, {said}");
        }
        if let Some(region) = answer.region.as_ref().filter(|region| **region != self.place.region) {
            why = format!("{why}; it says that the bucket is in the region {region}");
        }
        self.not_taken(question, why)
    }

    /// What is told of an answer that is none.
    pub fn not_taken(&self, question: &Question, why: String) -> BucketError {
        let key = question.key.clone().unwrap_or_else(|| "its objects".to_owned());
        BucketError::Refused { place: self.place.name(), what: question.what, key, why }
    }

    fn too_large(&self, question: &Question) -> BucketError {
        BucketError::TooLarge {
            what: format!("{}/{}", self.place.name(), question.key.as_deref().unwrap_or_default()),
            max: format!("{} bytes", question.answer_bytes_max),
        }
    }
}

impl Answer {
    /// Whether asking again would be of no use.
    fn is_final(&self) -> bool {
        let code = self.refusal.code.as_str();
        let passes = [408, 409, 429].contains(&self.status.as_u16())
            || (self.status.is_server_error() && self.status != StatusCode::NOT_IMPLEMENTED)
            || code == "RequestTimeout";
        !passes
    }
}

/// As in `20130524T000000Z`.
fn date(now_ms: i64) -> String {
    let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Between half of it and the whole, so that many who were refused together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let mut random = [0_u8];
    // Without randomness the pause is the shortest.
    let _drawn = getrandom::fill(&mut random);
    pause / 2 + pause * u32::from(random[0]) / 512
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn silence(error: reqwest::Error) -> Silence {
    let is_unreached = error.is_connect();
    let why = chain(&error.without_url());
    if is_unreached { Silence::Unreached(why) } else { Silence::Unknown(why) }
}

/// An error with what is behind it: the first sentence alone says little.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_services_read_it() {
        assert_eq!(date(1_369_353_600_000), "20130524T000000Z");
        assert_eq!(date(1_369_353_601_999), "20130524T000001Z");
    }

    #[test]
    fn a_pause_is_never_more_than_its_whole_nor_less_than_its_half() {
        for _ in 0..1_000 {
            let pause = jittered(Duration::from_secs(1));
            assert!((Duration::from_millis(500)..=Duration::from_secs(1)).contains(&pause), "{pause:?}");
        }
    }
}
