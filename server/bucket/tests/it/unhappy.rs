//! What becomes of questions that a service answers badly, or not at all.

use std::time::Duration;

use pharos_bucket::{Bucket, BucketError, Condition, Key, Keys, Media, Patience, S3, S3Place, Tag};

use crate::now_ms;
use crate::stub::{Say, Stub};

const SLOW_DOWN: Say = Say::This("503 Slow Down", "<Error><Code>SlowDown</Code></Error>");
const INTERNAL: Say = Say::This("500 Oh", "<Error><Code>InternalError</Code></Error>");
const TAKEN: Say = Say::This("200 OK\r\netag: \"1\"", "");
const THERE: Say = Say::This("200 OK\r\netag: \"1\"", "ours");
const NOT_SO: Say = Say::This("412 Precondition Failed", "<Error><Code>PreconditionFailed</Code></Error>");
const NO_SUCH_KEY: Say = Say::This("404 Not Found", "<Error><Code>NoSuchKey</Code></Error>");
/// What is answered while it is tried whether conditions are kept.
const KNOWS_CONDITIONS: [Say; 3] = [TAKEN, NOT_SO, NOT_SO];

fn bucket(stub: &Stub) -> S3 {
    let place = S3Place {
        endpoint: stub.endpoint.parse().unwrap(),
        region: "us-east-1".to_owned(),
        bucket: "bucket".to_owned(),
        prefix: "pages/".to_owned(),
        keys: Keys {
            access_key_id: "id".into(),
            secret_access_key: "secret".into(),
            session_token: Some("token".into()),
        },
    };
    let patience = Patience { answer: Duration::from_millis(300), pause: Duration::from_millis(2) };
    S3::new(place, patience, now_ms).unwrap()
}

fn key() -> Key {
    Key::new("index.html").unwrap()
}

fn stub(answers: &[Say]) -> Stub {
    Stub::that_says(answers.to_vec())
}

async fn put(stub: &Stub) -> Result<Tag, BucketError> {
    let media = Media { content_type: "text/html; charset=utf-8", cache_control: "public, max-age=60" };
    bucket(stub).put(&key(), "ours".into(), media).await
}

async fn put_new(stub: &Stub) -> Result<Option<Tag>, BucketError> {
    bucket(stub).put_if(&key(), "ours".into(), Media::PRIVATE, &Condition::New).await
}

fn one() -> Tag {
    Tag("\"1\"".to_owned())
}

#[tokio::test]
async fn a_write_tells_browsers_what_it_is_and_carries_its_hash_and_token() {
    let stub = stub(&[TAKEN]);
    put(&stub).await.unwrap();
    let heard = stub.heard().remove(0);
    assert!(heard.starts_with("PUT /bucket/pages/index.html HTTP/1.1\r\n"), "{heard}");
    for line in [
        "content-type: text/html; charset=utf-8\r\n",
        "cache-control: public, max-age=60\r\n",
        "x-amz-security-token: token\r\n",
        "x-amz-content-sha256: ae0bec9e9d33c56354bd612c8a6010840324fc5b9786ce0a18b696b304b09397\r\n",
        "SignedHeaders=cache-control;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token,",
    ] {
        assert!(heard.contains(line), "{line} is not in {heard}");
    }
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    for answer in [SLOW_DOWN, INTERNAL, Say::HangUp, Say::Nothing] {
        let stub = stub(&[answer, answer, answer, TAKEN]);
        assert_eq!(put(&stub).await.unwrap(), one());
        assert_eq!(stub.heard().len(), 4);
    }
}

#[tokio::test]
async fn asking_again_has_an_end() {
    let stub = stub(&[INTERNAL; 9]);
    let error = put(&stub).await.unwrap_err().to_string();
    assert_eq!(error, "s3://bucket/pages refused to write index.html: it answers 500, InternalError");
    assert_eq!(stub.heard().len(), 4);
}

#[tokio::test]
async fn one_that_hangs_is_not_waited_for_for_ever() {
    let error = put(&stub(&[Say::Nothing; 9])).await.unwrap_err();
    assert!(matches!(error, BucketError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn an_answer_that_was_cut_is_no_object() {
    let stub = stub(&[Say::Half, THERE]);
    let (content, _) = bucket(&stub).get(&key(), 100).await.unwrap().unwrap();
    assert_eq!(content, "ours");
}

#[tokio::test]
async fn an_object_is_not_there_only_where_the_service_says_so() {
    assert_eq!(bucket(&stub(&[NO_SUCH_KEY])).get(&key(), 100).await.unwrap(), None);
    for other in [
        Say::This("404 Not Found", "<html>nginx</html>"),
        Say::This("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>"),
    ] {
        let error = bucket(&stub(&[other])).get(&key(), 100).await.unwrap_err();
        assert!(matches!(error, BucketError::Refused { .. }), "{error}");
    }
}

#[tokio::test]
async fn nobody_is_followed_elsewhere() {
    let elsewhere = Say::This(
        "307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\nx-amz-bucket-region: eu-west-1",
        "<Error><Code>TemporaryRedirect</Code></Error>",
    );
    let error = put(&stub(&[elsewhere])).await.unwrap_err().to_string();
    let expected = "it answers 307, TemporaryRedirect; it says that the bucket is in the region eu-west-1";
    assert!(error.ends_with(expected), "{error}");
}

#[tokio::test]
async fn a_write_whose_answer_got_lost_is_known_again() {
    for lost in [Say::HangUp, Say::Nothing, INTERNAL] {
        let stub = stub(&[&KNOWS_CONDITIONS[..], &[lost, NOT_SO, THERE]].concat());
        assert_eq!(put_new(&stub).await.unwrap(), Some(one()));
    }
}

#[tokio::test]
async fn a_write_whose_answer_got_lost_is_not_taken_for_that_of_another() {
    let other = Say::This("200 OK\r\netag: \"2\"", "other");
    for there in [other, NO_SUCH_KEY] {
        let stub = stub(&[&KNOWS_CONDITIONS[..], &[Say::HangUp, NOT_SO, there]].concat());
        let error = put_new(&stub).await.unwrap_err().to_string();
        assert!(error.contains("it is not known"), "{error}");
    }
}

#[tokio::test]
async fn a_condition_that_does_not_hold_needs_no_second_look() {
    let stub = stub(&[&KNOWS_CONDITIONS[..], &[NOT_SO]].concat());
    assert_eq!(put_new(&stub).await.unwrap(), None);
    assert_eq!(stub.heard().len(), 4);
}

#[tokio::test]
async fn a_version_that_is_gone_is_another() {
    let stub = stub(&[&KNOWS_CONDITIONS[..], &[NO_SUCH_KEY]].concat());
    let condition = Condition::Same(one());
    let written = bucket(&stub).put_if(&key(), "ours".into(), Media::PRIVATE, &condition).await;
    assert_eq!(written.unwrap(), None);
    assert!(stub.heard()[3].contains("\r\nif-match: \"1\"\r\n"));
}

#[tokio::test]
async fn a_service_that_takes_no_notice_of_conditions_is_not_used_with_them() {
    for answers in [&[TAKEN, TAKEN][..], &[TAKEN, NOT_SO, TAKEN]] {
        let stub = stub(answers);
        let error = put_new(&stub).await.unwrap_err().to_string();
        assert!(error.contains("it takes no notice of the headers"), "{error}");
        assert!(stub.heard().iter().all(|heard| heard.contains(" /bucket/pages/.~ ")));
    }
}

#[tokio::test]
async fn a_listing_that_never_ends_is_given_up() {
    let page = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a/b</NextContinuationToken></ListBucketResult>";
    let stub = Stub::that_says(vec![Say::This("200 OK", page); 2_001]);
    let error = bucket(&stub).list("de").await.unwrap_err();
    assert!(matches!(error, BucketError::TooLarge { .. }), "{error}");
    let heard = stub.heard();
    assert!(heard[0].starts_with("GET /bucket?list-type=2&max-keys=1000&prefix=pages%2Fde "), "{}", heard[0]);
    assert!(heard[1].starts_with("GET /bucket?continuation-token=a%2Fb&list-type=2&"), "{}", heard[1]);
}
