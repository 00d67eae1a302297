//! How every asset is packed, at the setting that is worth a build's time: the server makes what else a client may ask for when it starts.

use std::io::Cursor;

use anyhow::{Context, Result};

/// Brotli's largest window that every browser accepts, as a power of two.
const BROTLI_WINDOW_BITS: i32 = 22;
/// Brotli's slowest and smallest setting.
const BROTLI_QUALITY: i32 = 11;

/// Brotli at quality 11.
pub fn brotli(raw: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW_BITS,
        size_hint: raw.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut Cursor::new(raw), &mut packed, &parameters).context("brotli failed")?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    const TEXT: &[u8] = b"a status page, a status page, a status page, and once more a status page";

    #[test]
    fn brotli_comes_back_as_it_was() {
        let packed = brotli(TEXT).unwrap();
        let mut back = Vec::new();
        brotli::Decompressor::new(packed.as_slice(), 4096).read_to_end(&mut back).unwrap();
        assert!(packed.len() < TEXT.len());
        assert_eq!(back, TEXT);
    }
}
