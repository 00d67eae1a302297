//! Why there is no whole answer, in words.

use std::error::Error;
use std::io;

use super::bounded::TooMuch;
use crate::limits::{HEAD_BYTES_MAX, HEADERS_MAX};
use crate::outcome::{Reason, ReasonKind, excerpt};

/// The body is longer than what is read of it.
pub fn too_large(bytes_max: usize) -> Reason {
    let sentence = format!("HTTP: the body is longer than {} KiB", bytes_max / 1024);
    Reason::new(ReasonKind::BodyTooLarge, sentence)
}

fn head_too_large() -> Reason {
    let head_kib = HEAD_BYTES_MAX / 1024;
    let sentence = format!(
        "HTTP: the head of the answer is longer than {head_kib} KiB or has more than {HEADERS_MAX} fields"
    );
    Reason::new(ReasonKind::HeadTooLarge, sentence)
}

/// Why asking or reading failed.
pub fn hyper_reason(error: &hyper::Error) -> Reason {
    if error.is_parse_too_large() {
        return head_too_large();
    }
    if error.is_parse() {
        return Reason::new(ReasonKind::NotHttp, "HTTP: what came is not HTTP");
    }
    let source = error.source();
    if let Some(second) = source.and_then(|source| source.downcast_ref::<h2::Error>()) {
        return second_version_reason(second);
    }
    if let Some(io) = source.and_then(|source| source.downcast_ref::<io::Error>()) {
        return io_reason(io);
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return closed();
    }
    let text = source.map_or_else(|| error.to_string(), ToString::to_string);
    lost(&text)
}

/// Whether the other side says that it is asked too often.
pub fn asks_for_calm(error: &hyper::Error) -> bool {
    let second = error.source().and_then(|source| source.downcast_ref::<h2::Error>());
    second.is_some_and(|second| second.is_remote() && second.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM))
}

fn second_version_reason(error: &h2::Error) -> Reason {
    if let Some(io) = error.get_io() {
        return io_reason(io);
    }
    // How the library answers a head that goes on and on.
    if error.is_library() && error.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM) {
        return head_too_large();
    }
    if error.is_library() && error.is_reset() {
        // It does not tell these two apart.
        let head_kib = HEAD_BYTES_MAX / 1024;
        let sentence = format!(
            "HTTP: the answer does not keep to HTTP version 2, or its head is longer than {head_kib} KiB"
        );
        return Reason::new(ReasonKind::NotHttp, sentence);
    }
    let why = error.reason().map(|reason| reason.description().to_owned()).unwrap_or_default();
    if error.is_remote() {
        let sentence = format!("HTTP: the other side broke off the answer: {why}");
        return Reason::new(ReasonKind::ConnectionClosed, sentence);
    }
    Reason::new(ReasonKind::NotHttp, format!("HTTP: what came is not HTTP version 2: {why}"))
}

fn io_reason(error: &io::Error) -> Reason {
    if let Some(too_much) = error.get_ref().and_then(|inner| inner.downcast_ref::<TooMuch>()) {
        let sentence = format!("HTTP: {too_much} before the answer was whole");
        return Reason::new(ReasonKind::HeadTooLarge, sentence);
    }
    match error.kind() {
        io::ErrorKind::ConnectionReset => {
            let sentence = "HTTP: the other side reset the connection before the answer was whole";
            Reason::new(ReasonKind::ConnectionClosed, sentence)
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => closed(),
        _ => lost(&error.to_string()),
    }
}

fn closed() -> Reason {
    let sentence = "HTTP: the connection was closed before the answer was whole";
    Reason::new(ReasonKind::ConnectionClosed, sentence)
}

fn lost(why: &str) -> Reason {
    let sentence = format!("HTTP: the connection was lost before the answer was whole: {}", excerpt(why));
    Reason::new(ReasonKind::ConnectionClosed, sentence)
}
