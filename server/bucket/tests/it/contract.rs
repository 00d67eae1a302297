//! What every place for objects promises: each behaviour is written once, for any of them.

use std::sync::Arc;

use bytes::Bytes;
use pharos_bucket::{Bucket, BucketError, Condition, Key, Media, Tag};

/// Opens the same place once more, as another process would.
pub type Rival = Box<dyn Fn() -> Arc<dyn Bucket>>;

/// Tests of all promises for what `$open` makes: something to hold on to, and a way to open the place.
macro_rules! promises {
    ($open:ident) => {
        crate::contract::promises!(
            $open:
            what_was_written_is_read,
            what_is_not_there_is_none,
            another_content_has_another_tag,
            a_write_replaces_the_whole,
            a_new_object_is_written_where_there_is_none_and_nowhere_else,
            a_version_is_replaced_once,
            what_was_removed_is_no_version_any_more,
            of_many_that_write_a_new_object_one_does,
            of_many_that_replace_a_version_one_does,
            removing_twice_is_removing_once,
            a_listing_tells_of_what_begins_with_a_prefix_in_order,
            a_listing_tells_how_large_objects_are,
            what_is_larger_than_expected_is_not_read,
            an_empty_object_is_an_object,
            a_large_object_comes_back_whole,
        );
    };
    ($open:ident: $($promise:ident,)*) => {
        $(
            #[tokio::test]
            async fn $promise() {
                let (_held, open) = $open();
                crate::contract::$promise(&open).await;
            }
        )*
    };
}
pub(crate) use promises;

const ENOUGH: usize = 1 << 20;
const PAGE: Media = Media { content_type: "text/html; charset=utf-8", cache_control: "public, max-age=60" };

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

async fn put(bucket: &Arc<dyn Bucket>, name: &str, content: &'static str) -> Tag {
    bucket.put(&key(name), content.into(), PAGE).await.unwrap()
}

async fn put_if(
    bucket: &Arc<dyn Bucket>,
    name: &str,
    content: impl Into<Bytes>,
    condition: &Condition,
) -> Option<Tag> {
    bucket.put_if(&key(name), content.into(), PAGE, condition).await.unwrap()
}

async fn get(bucket: &Arc<dyn Bucket>, name: &str) -> Option<(String, Tag)> {
    let (content, tag) = bucket.get(&key(name), ENOUGH).await.unwrap()?;
    Some((String::from_utf8(content.to_vec()).unwrap(), tag))
}

async fn listed(bucket: &Arc<dyn Bucket>, prefix: &str) -> Vec<String> {
    bucket.list(prefix).await.unwrap().into_iter().map(|listed| listed.key.to_string()).collect()
}

pub async fn what_was_written_is_read(open: &Rival) {
    let tag = put(&open(), "de/index.html", "hallo").await;
    assert_eq!(get(&open(), "de/index.html").await, Some(("hallo".to_owned(), tag)));
}

pub async fn what_is_not_there_is_none(open: &Rival) {
    let bucket = open();
    put(&bucket, "a/b/c", "1").await;
    for name in ["d", "a", "a/b", "a/b/c/d"] {
        assert_eq!(get(&bucket, name).await, None, "{name}");
    }
}

pub async fn another_content_has_another_tag(open: &Rival) {
    let bucket = open();
    let one = put(&bucket, "a", "1").await;
    let other = put(&bucket, "a", "2").await;
    assert_ne!(one, other);
}

pub async fn a_write_replaces_the_whole(open: &Rival) {
    let bucket = open();
    put(&bucket, "a", "a long content").await;
    let tag = put(&bucket, "a", "short").await;
    assert_eq!(get(&bucket, "a").await, Some(("short".to_owned(), tag)));
}

pub async fn a_new_object_is_written_where_there_is_none_and_nowhere_else(open: &Rival) {
    let bucket = open();
    let tag = put_if(&bucket, "a", "1", &Condition::New).await.unwrap();
    assert_eq!(put_if(&bucket, "a", "2", &Condition::New).await, None);
    assert_eq!(get(&bucket, "a").await, Some(("1".to_owned(), tag)));
}

pub async fn a_version_is_replaced_once(open: &Rival) {
    let bucket = open();
    let first = Condition::Same(put(&bucket, "a", "1").await);
    let second = put_if(&bucket, "a", "2", &first).await.unwrap();
    assert_eq!(put_if(&bucket, "a", "3", &first).await, None);
    assert_eq!(get(&bucket, "a").await, Some(("2".to_owned(), second)));
}

pub async fn what_was_removed_is_no_version_any_more(open: &Rival) {
    let bucket = open();
    let tag = put(&bucket, "a", "1").await;
    bucket.delete(&key("a")).await.unwrap();
    assert_eq!(put_if(&bucket, "a", "2", &Condition::Same(tag)).await, None);
    assert_eq!(get(&bucket, "a").await, None);
    assert!(put_if(&bucket, "a", "3", &Condition::New).await.is_some());
}

const RIVALS: usize = 12;

/// How many of many that write at the same moment are told that they did, and whether it is one of them who did.
async fn race(open: &Rival, condition: Condition) {
    let race = (0..RIVALS).map(|number| {
        let (bucket, condition) = (open(), condition.clone());
        tokio::spawn(async move { put_if(&bucket, "raced", format!("by {number}"), &condition).await })
    });
    let race: Vec<_> = race.collect();
    let mut winners = Vec::new();
    for (number, rival) in race.into_iter().enumerate() {
        if let Some(tag) = rival.await.unwrap() {
            winners.push((format!("by {number}"), tag));
        }
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    assert_eq!(get(&open(), "raced").await, winners.pop());
}

pub async fn of_many_that_write_a_new_object_one_does(open: &Rival) {
    race(open, Condition::New).await;
}

pub async fn of_many_that_replace_a_version_one_does(open: &Rival) {
    let there = put(&open(), "raced", "before").await;
    race(open, Condition::Same(there)).await;
}

pub async fn removing_twice_is_removing_once(open: &Rival) {
    let bucket = open();
    put(&bucket, "a/b", "1").await;
    for name in ["a/b", "a/b", "never", "a", "a/b/c"] {
        bucket.delete(&key(name)).await.unwrap();
        assert_eq!(get(&bucket, name).await, None);
    }
}

pub async fn a_listing_tells_of_what_begins_with_a_prefix_in_order(open: &Rival) {
    let bucket = open();
    for name in ["b", "a/2", "a/1", "a-b", "a/1.d/x", "ab/1"] {
        put(&bucket, name, "1").await;
    }
    assert_eq!(listed(&bucket, "").await, ["a-b", "a/1", "a/1.d/x", "a/2", "ab/1", "b"]);
    assert_eq!(listed(&bucket, "a/").await, ["a/1", "a/1.d/x", "a/2"]);
    assert_eq!(listed(&bucket, "a/1").await, ["a/1", "a/1.d/x"]);
    assert_eq!(listed(&bucket, "a").await, ["a-b", "a/1", "a/1.d/x", "a/2", "ab/1"]);
    assert_eq!(listed(&bucket, "c").await, [""; 0]);
    assert_eq!(listed(&bucket, "c/d").await, [""; 0]);
}

pub async fn a_listing_tells_how_large_objects_are(open: &Rival) {
    let bucket = open();
    put(&bucket, "a", "four").await;
    let listed = bucket.list("").await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].bytes, 4);
    assert!(listed[0].modified_ms > 1_700_000_000_000, "{listed:?}");
}

pub async fn what_is_larger_than_expected_is_not_read(open: &Rival) {
    let bucket = open();
    put(&bucket, "a", "12345").await;
    assert!(bucket.get(&key("a"), 5).await.unwrap().is_some());
    let error = bucket.get(&key("a"), 4).await.unwrap_err();
    assert!(matches!(error, BucketError::TooLarge { .. }), "{error}");
}

pub async fn an_empty_object_is_an_object(open: &Rival) {
    let bucket = open();
    let tag = put(&bucket, "a", "").await;
    assert_eq!(get(&bucket, "a").await, Some((String::new(), tag)));
}

pub async fn a_large_object_comes_back_whole(open: &Rival) {
    let bucket = open();
    let large: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let large = Bytes::from(large);
    let tag = bucket.put(&key("a"), large.clone(), Media::PRIVATE).await.unwrap();
    assert_eq!(bucket.get(&key("a"), large.len()).await.unwrap(), Some((large, tag)));
}
