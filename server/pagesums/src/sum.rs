//! The sum of a page, and by what a file is known whose pages have sums.

/// Bytes of a page of a file with sums.
pub const PAGE_BYTES: usize = 4_096;
/// Bytes of the header at the beginning of a file.
pub const HEADER_BYTES: usize = 100;
/// The last bytes of a page, which hold its sum.
pub const SUM_BYTES: usize = 8;
/// What the sum is over.
const CONTENT_BYTES: usize = PAGE_BYTES - SUM_BYTES;

/// Where the header says how many bytes of each page are reserved.
const RESERVED_AT: usize = 20;
/// Where the header has the mark of the application.
const MARK_AT: usize = 68;
/// Ours, "Phar": somebody else may keep something else in as many bytes.
const MARK: u32 = 0x5068_6172;

/// Odd, with its bits in no order.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
/// Where the lanes begin: no two alike, so that words that change places between them are found.
const LANES: [u64; 4] =
    [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89];

/// A page in memory.
pub type Page = [u8; PAGE_BYTES];

/// The sum of a page with this number, counted from 1 as SQLite does. It is another whenever a single bit, a single word or the number is another,
/// because each step can be undone; for everything else that happens to a page by chance, but once in 2^64.
fn sum(page: &Page, number: u32) -> u64 {
    let (words, _) = page[..CONTENT_BYTES].as_chunks::<8>();
    let mut lanes = LANES;
    // Four at once, because none of them waits for another.
    for group in words.chunks(lanes.len()) {
        for (lane, word) in lanes.iter_mut().zip(group) {
            *lane = mixed(*lane ^ u64::from_le_bytes(*word));
        }
    }
    lanes.into_iter().fold(u64::from(number), |sum, lane| mixed(sum ^ lane))
}

fn mixed(value: u64) -> u64 {
    value.wrapping_mul(FACTOR).rotate_left(29)
}

/// Whether a page is what was written under its number.
pub fn is_good(page: &Page, number: u32) -> bool {
    page[CONTENT_BYTES..] == sum(page, number).to_le_bytes()
}

/// Puts the sum into a page.
pub fn put(page: &mut Page, number: u32) {
    let sum = sum(page, number).to_le_bytes();
    page[CONTENT_BYTES..].copy_from_slice(&sum);
}

/// Whether the pages of a file with this header have sums. A single bit of it that turned does not hide that.
pub fn is_summed(header: &[u8]) -> bool {
    let (reserved, mark) = (header.get(RESERVED_AT), header.get(MARK_AT..MARK_AT + 4));
    let Some(mark) = mark.and_then(|mark| mark.try_into().ok()).map(u32::from_be_bytes) else { return false };
    match (mark ^ MARK).count_ones() {
        0 => true,
        1 => reserved.copied().map(usize::from) == Some(SUM_BYTES),
        _ => false,
    }
}

/// Whether the pages of a file are of the right length, and have room for sums.
pub fn has_room(first: &Page) -> bool {
    first[16..18] == [0x10, 0x00] && usize::from(first[RESERVED_AT]) == SUM_BYTES
}

/// Puts the mark into the first page of a file, whose header must reserve the bytes.
pub fn mark(first: &mut Page) {
    first[MARK_AT..MARK_AT + 4].copy_from_slice(&MARK.to_be_bytes());
}

/// The first page of a database with nothing in it, as the format of SQLite has it (sqlite.org/fileformat2.html), without its sum.
pub fn first() -> Page {
    let mut page = [0; PAGE_BYTES];
    page[..16].copy_from_slice(b"SQLite format 3\0");
    // Bytes of a page; the two versions, which are those of files with a rollback journal; bytes reserved; three fixed values.
    page[16..24].copy_from_slice(&[0x10, 0x00, 1, 1, 8, 64, 32, 32]);
    // Changes so far, and pages; then for which count of changes that number of pages holds, and the version of SQLite that says so.
    page[24..32].copy_from_slice(&[0, 0, 0, 1, 0, 0, 0, 1]);
    page[92..96].copy_from_slice(&[0, 0, 0, 1]);
    page[96..100].copy_from_slice(&3_051_003_u32.to_be_bytes());
    mark(&mut page);
    // An empty leaf of a table, whose cells will begin where the reserved bytes do.
    page[HEADER_BYTES] = 0x0d;
    page[HEADER_BYTES + 5..HEADER_BYTES + 7].copy_from_slice(&[0x0f, 0xf8]);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        let mut page = first();
        for (index, byte) in page[HEADER_BYTES + 8..].iter_mut().enumerate() {
            *byte = u8::try_from(index * 7 % 251).unwrap_or(0);
        }
        put(&mut page, 7);
        page
    }

    #[test]
    fn every_bit_of_a_page_that_turns_is_found() {
        let mut page = page();
        assert!(is_good(&page, 7));
        for bit in 0..PAGE_BYTES * 8 {
            page[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_good(&page, 7), "bit {bit}");
            page[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn a_page_in_the_place_of_another_is_found() {
        let page = page();
        assert!([1, 6, 8, 7 + (1 << 31)].iter().all(|number| !is_good(&page, *number)));
    }

    #[test]
    fn words_that_change_places_are_found() {
        let mut page = page();
        let (words, _) = page.as_chunks_mut::<8>();
        for (one, other) in [(100, 101), (100, 104), (13, 510)] {
            words.swap(one, other);
        }
        assert!(!is_good(&page, 7));
    }

    #[test]
    fn a_page_of_nothing_but_zeros_is_not_taken_for_one_that_was_written() {
        assert!(!is_good(&[0; PAGE_BYTES], 1));
    }

    #[test]
    fn no_single_bit_of_a_header_hides_that_there_are_sums() {
        let mut page = first();
        for bit in 0..HEADER_BYTES * 8 {
            page[bit / 8] ^= 1 << (bit % 8);
            assert!(is_summed(&page), "bit {bit}");
            page[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn a_file_of_others_has_no_sums_here() {
        let mut page = first();
        page[MARK_AT..MARK_AT + 4].fill(0);
        assert!(!is_summed(&page), "who reserves as many bytes keeps something else in them");
        page[RESERVED_AT] = 0;
        assert!(!is_summed(&page));
        assert!(!is_summed(&[]));
    }
}
