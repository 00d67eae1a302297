//! How wide a text is in the letters of a badge: those of Verdana, in 2,048ths of their size.

/// From the blank to the tilde.
const ASCII: [u16; 95] = [
    720, 806, 940, 1676, 1302, 2204, 1488, 550, 930, 930, 1302, 1676, 745, 930, 745, 930, 1302, 1302, 1302,
    1302, 1302, 1302, 1302, 1302, 1302, 1302, 930, 930, 1676, 1676, 1676, 1117, 2048, 1400, 1404, 1430, 1578,
    1295, 1177, 1588, 1539, 862, 931, 1419, 1140, 1726, 1532, 1612, 1235, 1612, 1424, 1400, 1262, 1499, 1400,
    2025, 1403, 1260, 1403, 930, 930, 930, 1676, 1302, 1302, 1230, 1276, 1067, 1276, 1220, 720, 1276, 1296,
    562, 705, 1212, 562, 1992, 1296, 1243, 1276, 1276, 874, 1067, 807, 1296, 1212, 1676, 1212, 1212, 1076,
    1300, 930, 1300, 1676,
];

/// The width of a text in tenths of a pixel, in letters of so many pixels.
pub fn width(text: &str, pixels: u32) -> u32 {
    let units: u32 = text.chars().map(of).sum();
    (units * pixels * 10).div_ceil(2_048)
}

fn of(c: char) -> u32 {
    let code = u32::from(c);
    let narrow = code.checked_sub(32).and_then(|place| ASCII.get(place as usize));
    if let Some(known) = narrow {
        return u32::from(*known);
    }
    match code {
        // What stands on or under another letter.
        0x0300..=0x036f | 0x064b..=0x065f | 0x200b..=0x200f => 0,
        // Arabic letters are joined, and narrower than they look alone.
        0x0600..=0x06ff => 1_150,
        // Letters as wide as they are tall.
        0x1100..=0x11ff
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7af
        | 0xf900..=0xfaff
        | 0xff00..=0xff60
        | 0x1_f000..=0x3_ffff => 2_048,
        _ => 1_296,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_letter_takes_more_room_than_a_narrow_one() {
        assert!(width("W", 11) > width("i", 11) * 3);
        assert_eq!(width("", 11), 0);
        assert_eq!(width("漢字", 11), 220);
        assert_eq!(width("operational", 11), width("operational", 22).div_ceil(2));
    }
}
