//! What a service says, in XML.

use std::collections::VecDeque;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use crate::limits::REFUSAL_CHARS_MAX;

/// Why a service did not do what it was asked to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// As in `NoSuchKey`; empty when it said none.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// One page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// Name, size and time of the last write, as they stand there.
    pub objects: Vec<(String, String, String)>,
    /// With what the next page is asked for; `None` when there is none.
    pub next: Option<String>,
}

/// Reads a refusal. Of what cannot be read there is nothing to tell.
pub fn refusal(body: &[u8]) -> Refusal {
    let mut refusal = Refusal::default();
    let _read = elements(body, |path, text| match path {
        ["Error", "Code"] => refusal.code = shortened(text),
        ["Error", "Message"] => refusal.message = shortened(text),
        _ => {}
    });
    refusal
}

/// Reads a page of a listing; `None` when it is none.
pub fn list_page(body: &[u8]) -> Option<ListPage> {
    let (mut page, mut is_listing, mut is_cut) = (ListPage::default(), false, false);
    let (mut key, mut size, mut modified) = (String::new(), String::new(), String::new());
    elements(body, |path, text| match path {
        ["ListBucketResult"] => is_listing = true,
        ["ListBucketResult", "IsTruncated"] => is_cut = text == "true",
        ["ListBucketResult", "NextContinuationToken"] => page.next = Some(text.to_owned()),
        ["ListBucketResult", "Contents"] => {
            let object = (std::mem::take(&mut key), std::mem::take(&mut size), std::mem::take(&mut modified));
            page.objects.push(object);
        }
        ["ListBucketResult", "Contents", "Key"] => text.clone_into(&mut key),
        ["ListBucketResult", "Contents", "Size"] => text.clone_into(&mut size),
        ["ListBucketResult", "Contents", "LastModified"] => text.clone_into(&mut modified),
        _ => {}
    })?;
    if !is_cut {
        page.next = None;
    } else if page.next.is_none() {
        return None;
    }
    is_listing.then_some(page)
}

/// How deep what is read of an answer lies.
const DEPTH_MAX: usize = 8;

/// Tells of each element as it ends: where it stands, and its text. `None` when the document is not well-formed.
fn elements(body: &[u8], mut tell: impl FnMut(&[&str], &str)) -> Option<()> {
    let mut reader = Reader::from_str(str::from_utf8(body).ok()?);
    let mut open: VecDeque<(String, String)> = VecDeque::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if open.len() < DEPTH_MAX => {
                open.push_back((start.local_name().into_inner().to_owned(), String::new()));
            }
            Event::Start(_) | Event::DocType(_) => return None,
            Event::End(_) => {
                let path: Vec<&str> = open.iter().map(|(name, _)| name.as_str()).collect();
                tell(&path, &open.back()?.1);
                open.pop_back();
            }
            Event::Empty(start) => {
                let name = start.local_name().into_inner().to_owned();
                let path: Vec<&str> = open.iter().map(|(name, _)| name.as_str()).chain([&*name]).collect();
                tell(&path, "");
            }
            Event::Text(text) => add(&mut open, &text.xml10_content()),
            Event::CData(text) => add(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(character) => add(&mut open, character.encode_utf8(&mut [0; 4])),
                None => add(&mut open, resolve_predefined_entity(&reference)?),
            },
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => return open.is_empty().then_some(()),
        }
    }
}

fn add(open: &mut VecDeque<(String, String)>, text: &str) {
    if let Some((_, content)) = open.back_mut() {
        content.push_str(text);
    }
}

/// The beginning of what a stranger says, in one line.
fn shortened(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars().take(REFUSAL_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_and_bounded() {
        let body = b"<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>No &amp;\n no\x07</Message><Resource>/x</Resource></Error>";
        let expected = Refusal { code: "AccessDenied".to_owned(), message: "No & no".to_owned() };
        assert_eq!(refusal(body), expected);
        let long = format!("<Error><Message>{}</Message></Error>", "x".repeat(9_000));
        assert_eq!(refusal(long.as_bytes()).message.len(), REFUSAL_CHARS_MAX);
        for nothing in [&b""[..], b"Bad Gateway", b"\xff", b"<html><body>502</body></html>"] {
            assert_eq!(refusal(nothing), Refusal::default());
        }
    }

    #[test]
    fn a_page_of_a_listing_is_read() {
        let body = b"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><Prefix/>\
            <Contents><Key>a&amp;b</Key><LastModified>2026-11-27T11:00:00.000Z</LastModified><ETag>&quot;1&quot;</ETag><Size>5</Size>\
            <Owner><ID>1</ID></Owner></Contents>\
            <IsTruncated>true</IsTruncated><NextContinuationToken>1/+=</NextContinuationToken></ListBucketResult>";
        let object = ("a&b".to_owned(), "5".to_owned(), "2026-11-27T11:00:00.000Z".to_owned());
        let expected = ListPage { objects: vec![object], next: Some("1/+=".to_owned()) };
        assert_eq!(list_page(body), Some(expected));
    }

    #[test]
    fn an_empty_listing_is_one() {
        assert_eq!(list_page(b"<ListBucketResult/>"), Some(ListPage::default()));
    }

    #[test]
    fn what_is_no_listing_is_none() {
        for body in [
            &b""[..],
            b"<html></html>",
            b"<ListBucketResult>",
            b"<!DOCTYPE a><ListBucketResult/>",
            // It says that there is more, and not how to ask for it.
            b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        ] {
            assert_eq!(list_page(body), None);
        }
    }
}
