//! A service that speaks S3 keeps the promises of a place, and checks our signatures.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pharos_bucket::{Bucket, Key, Keys, Media, Patience, S3, S3Place};
use pharos_test_servers::S3Service;

use crate::contract::{self, Rival};
use crate::now_ms;

/// One service for all tests, which ends with them.
fn service() -> &'static S3Service {
    static SERVICE: std::sync::OnceLock<S3Service> = std::sync::OnceLock::new();
    SERVICE.get_or_init(S3Service::until_exit)
}

fn place(prefix: &str, secret: &str) -> S3Place {
    S3Place {
        endpoint: service().endpoint.parse().unwrap(),
        region: "us-east-1".to_owned(),
        bucket: S3Service::BUCKET.to_owned(),
        prefix: prefix.to_owned(),
        keys: Keys {
            access_key_id: S3Service::ACCESS_KEY_ID.into(),
            secret_access_key: secret.into(),
            session_token: None,
        },
    }
}

fn open(prefix: &str, secret: &str) -> S3 {
    S3::new(place(prefix, secret), Patience::default(), now_ms).unwrap()
}

/// A prefix that no other test has.
fn prefix() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("run/{}/", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn own_prefix() -> ((), Rival) {
    let prefix = prefix();
    ((), Box::new(move || Arc::new(open(&prefix, S3Service::SECRET_ACCESS_KEY)) as Arc<dyn Bucket>))
}

contract::promises!(own_prefix);

#[tokio::test]
async fn a_listing_of_several_pages_is_whole() {
    let bucket = open(&prefix(), S3Service::SECRET_ACCESS_KEY);
    let names: Vec<String> = (0..1_003).map(|number| format!("{number:04}")).collect();
    for name in &names {
        bucket.put(&Key::new(name).unwrap(), "1".into(), Media::PRIVATE).await.unwrap();
    }
    let listed = bucket.list("").await.unwrap();
    assert_eq!(listed.iter().map(|listed| listed.key.as_str()).collect::<Vec<_>>(), names);
}

#[tokio::test]
async fn one_prefix_knows_nothing_of_another() {
    let (one, other) = (prefix(), prefix());
    let [one, other] = [one, other].map(|prefix| open(&prefix, S3Service::SECRET_ACCESS_KEY));
    one.put(&Key::new("a").unwrap(), "1".into(), Media::PRIVATE).await.unwrap();
    assert_eq!(other.list("").await.unwrap(), []);
    assert_eq!(other.get(&Key::new("a").unwrap(), 1).await.unwrap(), None);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_and_not_told() {
    let bucket = open(&prefix(), "wrong-and-not-told");
    let error = bucket.put(&Key::new("a").unwrap(), "1".into(), Media::PRIVATE).await.unwrap_err();
    let told = format!("{error} {error:?} {bucket:?}");
    assert!(told.contains("SignatureDoesNotMatch"), "{told}");
    for secret in ["wrong-and-not-told", S3Service::ACCESS_KEY_ID] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_no_place_without_objects() {
    let mut place = place("", S3Service::SECRET_ACCESS_KEY);
    place.bucket = "nobodys-bucket".to_owned();
    let bucket = S3::new(place, Patience::default(), now_ms).unwrap();
    let error = bucket.get(&Key::new("a").unwrap(), 1).await.unwrap_err().to_string();
    assert!(error.contains("NoSuchBucket"), "{error}");
}
