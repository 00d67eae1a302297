//! The three encodings every asset is stored in, at the settings that are worth a build's time.

use std::io::{Cursor, Write};

use anyhow::{Context, Result};

/// Brotli's largest window that every browser accepts, as a power of two.
const BROTLI_WINDOW_BITS: i32 = 22;
/// Brotli's slowest and smallest setting.
const BROTLI_QUALITY: i32 = 11;
/// Zstandard's smallest setting that needs no more memory to decode.
const ZSTD_LEVEL: i32 = 19;

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

/// Zstandard at level 19.
pub fn zstd(raw: &[u8]) -> Result<Vec<u8>> {
    zstd::bulk::compress(raw, ZSTD_LEVEL).context("zstd failed")
}

/// Gzip at level 9, without name or time, so equal input gives equal bytes.
pub fn gzip(raw: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(raw).context("gzip failed")?;
    encoder.finish().context("gzip failed")
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

    #[test]
    fn zstd_comes_back_as_it_was() {
        let packed = zstd(TEXT).unwrap();
        assert!(packed.len() < TEXT.len());
        assert_eq!(zstd::bulk::decompress(&packed, 4096).unwrap(), TEXT);
    }

    #[test]
    fn gzip_comes_back_as_it_was() {
        let packed = gzip(TEXT).unwrap();
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut back).unwrap();
        assert!(packed.len() < TEXT.len());
        assert_eq!(back, TEXT);
    }
}
