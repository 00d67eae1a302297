//! Objects in a bucket of a service that speaks S3.
//!
//! Six kinds of requests are all that is needed, so they are made here: a library that can do more would take more of the binary's
//! size than is left.

mod answers;
mod asking;
mod place;
mod sign;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::Method;
use tokio::sync::OnceCell;

pub use self::asking::Patience;
use self::asking::{Answer, Asking, Question};
pub use self::place::{Keys, S3Place};
use self::sign::escaped;
use crate::limits::{LIST_PAGE_BYTES_MAX, LIST_PAGE_KEYS, LIST_PAGES_MAX, LISTED_MAX, REFUSAL_BYTES_MAX};
use crate::{Bucket, BucketError, Condition, Key, Listed, Media, Tag};

/// The object with which it is tried whether a service knows conditions. It bears no key's name, so it is never listed.
const TRIAL: &str = ".~";

/// A bucket of a service. The version of an object is what the service calls its `ETag`.
#[derive(Debug)]
pub struct S3 {
    asking: Asking,
    knows_conditions: OnceCell<()>,
}

impl S3 {
    /// A place at a service. Nobody is asked yet. `now_ms` tells the time, in milliseconds since 1970.
    ///
    /// # Errors
    /// When connections cannot be made at all.
    pub fn new(place: S3Place, patience: Patience, now_ms: fn() -> i64) -> Result<Self, BucketError> {
        Ok(Self { asking: Asking::new(place, patience, now_ms)?, knows_conditions: OnceCell::new() })
    }

    /// Makes sure that conditions are kept: a service that does not know them writes whatever was there, and says so to everybody.
    async fn require_conditions(&self) -> Result<(), BucketError> {
        let trial = || async {
            let question = writing(TRIAL, Bytes::from_static(b"trial"), Media::PRIVATE, None);
            let answer = self.asking.ask(&question).await?;
            self.tag(&question, &answer)?;
            for condition in [Condition::New, Condition::Same(Tag("\"0\"".to_owned()))] {
                let question = writing(TRIAL, Bytes::from_static(b"trial"), Media::PRIVATE, Some(&condition));
                let answer = self.asking.ask(&question).await?;
                if answer.status.is_success() {
                    let why = "it takes no notice of the headers If-None-Match and If-Match; use a service that does";
                    return Err(self.asking.not_taken(&question, why.to_owned()));
                }
                if answer.status != 412 {
                    return Err(self.asking.refused(&question, &answer));
                }
            }
            Ok(())
        };
        self.knows_conditions.get_or_try_init(trial).await.copied()
    }

    /// What a condition that did not hold means. Where the same was asked before and nobody knows whether it was done, that is looked
    /// into: what was written then is in its own way now.
    async fn did_not_hold(
        &self,
        (key, body): (&Key, &Bytes),
        question: &Question,
        is_doubtful: bool,
    ) -> Result<Option<Tag>, BucketError> {
        if !is_doubtful {
            return Ok(None);
        }
        let there = match self.get(key, body.len()).await {
            Err(BucketError::TooLarge { .. }) => None,
            there => there?,
        };
        match there {
            Some((content, tag)) if content == *body => Ok(Some(tag)),
            _ => {
                let why = "it did not answer in time, and by now something else is there; it is not known whether this was, for a while";
                Err(self.asking.not_taken(question, why.to_owned()))
            }
        }
    }

    fn tag(&self, question: &Question, answer: &Answer) -> Result<Tag, BucketError> {
        if !answer.status.is_success() {
            return Err(self.asking.refused(question, answer));
        }
        let no_tag = || self.asking.not_taken(question, "it tells no version (ETag) of it".to_owned());
        answer.etag.clone().map(Tag).ok_or_else(no_tag)
    }
}

#[async_trait]
impl Bucket for S3 {
    async fn get(&self, key: &Key, bytes_max: usize) -> Result<Option<(Bytes, Tag)>, BucketError> {
        let mut question = about("read", Method::GET, Some(key.as_str()));
        question.answer_bytes_max = bytes_max;
        let answer = self.asking.ask(&question).await?;
        if is_missing(&answer) {
            return Ok(None);
        }
        let tag = self.tag(&question, &answer)?;
        Ok(Some((answer.body, tag)))
    }

    async fn put(&self, key: &Key, body: Bytes, media: Media) -> Result<Tag, BucketError> {
        let question = writing(key.as_str(), body, media, None);
        let answer = self.asking.ask(&question).await?;
        self.tag(&question, &answer)
    }

    async fn put_if(
        &self,
        key: &Key,
        body: Bytes,
        media: Media,
        condition: &Condition,
    ) -> Result<Option<Tag>, BucketError> {
        self.require_conditions().await?;
        let question = writing(key.as_str(), body.clone(), media, Some(condition));
        let answer = self.asking.ask(&question).await?;
        let is_other = matches!(condition, Condition::Same(_)) && is_missing(&answer);
        if answer.status == 412 || is_other {
            return self.did_not_hold((key, &body), &question, answer.is_doubtful).await;
        }
        self.tag(&question, &answer).map(Some)
    }

    async fn delete(&self, key: &Key) -> Result<(), BucketError> {
        let question = about("remove", Method::DELETE, Some(key.as_str()));
        let answer = self.asking.ask(&question).await?;
        let is_removed = answer.status.is_success() || is_missing(&answer);
        if is_removed { Ok(()) } else { Err(self.asking.refused(&question, &answer)) }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Listed>, BucketError> {
        let (mut listed, mut next) = (Vec::new(), None);
        for _ in 0..LIST_PAGES_MAX {
            next = self.list_page(prefix, next, &mut listed).await?;
            if next.is_none() || listed.len() > LISTED_MAX {
                break;
            }
        }
        if next.is_some() || listed.len() > LISTED_MAX {
            let what = format!("the list of {}", self.name());
            return Err(BucketError::TooLarge { what, max: format!("{LISTED_MAX} objects") });
        }
        listed.sort_unstable_by(|one: &Listed, other| one.key.cmp(&other.key));
        Ok(listed)
    }

    fn name(&self) -> String {
        self.asking.place.name()
    }
}

impl S3 {
    /// Adds one page to what is listed, and returns with what the next one is asked for.
    async fn list_page(
        &self,
        prefix: &str,
        from: Option<String>,
        listed: &mut Vec<Listed>,
    ) -> Result<Option<String>, BucketError> {
        let place = &self.asking.place;
        let mut question = about("list", Method::GET, None);
        let from = from.map(|token| format!("continuation-token={}&", escaped(&token))).unwrap_or_default();
        let prefix = escaped(&[&place.prefix, prefix].concat());
        question.query = format!("{from}list-type=2&max-keys={LIST_PAGE_KEYS}&prefix={prefix}");
        question.answer_bytes_max = LIST_PAGE_BYTES_MAX;
        let answer = self.asking.ask(&question).await?;
        if !answer.status.is_success() {
            return Err(self.asking.refused(&question, &answer));
        }
        let not_read = || self.asking.not_taken(&question, "its answer is no list of objects".to_owned());
        let page = answers::list_page(&answer.body).ok_or_else(not_read)?;
        for (name, size, modified) in page.objects {
            let Some(key) = place.key_of(&name) else { continue };
            let bytes = size.parse().map_err(|_| not_read())?;
            let modified: jiff::Timestamp = modified.parse().map_err(|_| not_read())?;
            listed.push(Listed { key, bytes, modified_ms: modified.as_millisecond() });
        }
        Ok(page.next)
    }
}

fn about(what: &'static str, method: Method, key: Option<&str>) -> Question {
    Question {
        what,
        method,
        key: key.map(str::to_owned),
        query: String::new(),
        headers: Vec::new(),
        body: Bytes::new(),
        answer_bytes_max: REFUSAL_BYTES_MAX,
    }
}

fn writing(key: &str, body: Bytes, media: Media, condition: Option<&Condition>) -> Question {
    let mut question = about("write", Method::PUT, Some(key));
    question.body = body;
    question.headers.push(("content-type", media.content_type.to_owned()));
    question.headers.push(("cache-control", media.cache_control.to_owned()));
    question.headers.extend(condition.map(|condition| match condition {
        Condition::New => ("if-none-match", "*".to_owned()),
        Condition::Same(Tag(tag)) => ("if-match", tag.clone()),
    }));
    question
}

/// Whether the object is not there. A bucket that is not there is another matter, and so is whatever else stands at a wrong address:
/// who took that for a place without objects would believe that all was lost.
fn is_missing(answer: &Answer) -> bool {
    answer.status == 404 && answer.refusal.code == "NoSuchKey"
}
