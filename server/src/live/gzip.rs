//! Pieces of a gzip stream that fit together in any order: made once, shared by every connection.
//!
//! Each piece refers to nothing before it and ends at a byte's edge with a marker that makes a reader hand out all it
//! has. So a connection needs no compressor of its own; it begins with `HEAD` and may then be given any pieces. A stream
//! ends by being cut, as event streams do, and so never has the checksum that would end a file.

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};

/// How a stream begins: RFC 1952, deflate, no name, no time, made on any system.
pub const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Below this, compressing costs more than it saves.
const COMPRESSED_BYTES_MIN: usize = 1_024;
/// The most that one stored block holds: its length has two bytes.
const BLOCK_BYTES_MAX: usize = u16::MAX as usize;
/// An empty stored block: where it ends, nothing is held back.
const MARKER: [u8; 5] = [0, 0, 0, 0xff, 0xff];
/// More than compressing can add to what does not compress.
const ROOM_BYTES: usize = 1_024;

/// `bytes` as a piece of the stream.
pub fn piece(bytes: &[u8]) -> Bytes {
    if bytes.len() >= COMPRESSED_BYTES_MIN
        && let Some(compressed) = compressed(bytes)
    {
        return compressed;
    }
    stored(bytes)
}

fn compressed(bytes: &[u8]) -> Option<Bytes> {
    let mut out = Vec::with_capacity(bytes.len() + ROOM_BYTES);
    let mut compress = Compress::new(Compression::default(), false);
    compress.compress_vec(bytes, &mut out, FlushCompress::Sync).ok()?;
    // Whole only when all of it went in and its marker came out.
    let is_whole = compress.total_in() == bytes.len() as u64 && out.ends_with(&MARKER[1..]);
    is_whole.then(|| Bytes::from(out))
}

fn stored(bytes: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(bytes.len() + 2 * MARKER.len());
    for block in bytes.chunks(BLOCK_BYTES_MAX) {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(0);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&MARKER);
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Decompress, FlushDecompress};

    /// Reads pieces one by one and checks that each is handed out before the next comes.
    fn reads(texts: &[Vec<u8>]) {
        let mut reader = Decompress::new(false);
        for text in texts {
            let mut read = Vec::with_capacity(text.len() + 1);
            reader.decompress_vec(&piece(text), &mut read, FlushDecompress::Sync).unwrap();
            assert_eq!(&read, text);
        }
    }

    #[test]
    fn each_piece_can_be_read_as_soon_as_it_comes_whatever_came_before() {
        let long: Vec<u8> = (0..200_000_u32).flat_map(|n| n.to_string().into_bytes()).collect();
        let short = b"event: pulse\n\n".to_vec();
        reads(&[short.clone(), long.clone(), short.clone(), Vec::new(), long]);
    }

    #[test]
    fn what_does_not_compress_is_read_all_the_same() {
        let mut state = 1_u32;
        let noise = (0..150_000).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        });
        let noise: Vec<u8> = noise.collect();
        reads(&[noise.clone(), noise]);
        assert!(stored(&vec![7; 150_000]).len() < 150_100);
    }

    #[test]
    fn a_long_piece_becomes_short() {
        let text = "operational ".repeat(1_000);
        assert!(piece(text.as_bytes()).len() < 200);
    }
}
