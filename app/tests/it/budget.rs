//! What a first visit costs.

use pharos_app::{Shell, Words, pages};

use crate::{samples, shell};

/// The first flight: bytes of brotli that fit the first round trip. The budget is 14 kB; this holds what is reached.
const FIRST_FLIGHT_BYTES_MAX: usize = 11_000;
/// The quality at which the server compresses what changes with every event.
const QUALITY: i32 = 5;

fn brotli(html: &str) -> usize {
    let parameters = brotli::enc::BrotliEncoderParams { quality: QUALITY, ..Default::default() };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut html.as_bytes(), &mut out, &parameters).unwrap();
    out.len()
}

#[test]
fn the_first_flight_of_twenty_components_fits_its_budget() {
    let html = pages::index(&samples::varied(20), (&shell(), Words::english()));
    let bytes = brotli(&html);
    assert!(bytes <= FIRST_FLIGHT_BYTES_MAX, "{bytes} bytes of brotli, {} bytes of HTML", html.len());
}

#[test]
fn another_component_costs_little() {
    let shell = Shell::default();
    let cost = |count| brotli(&pages::index(&samples::varied(count), (&shell, Words::english())));
    let each = (cost(100) - cost(50)) / 50;
    assert!(each <= 160, "{each} bytes of brotli for each further component");
}
