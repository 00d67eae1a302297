//! Colours, and how far apart two of them are to the eye: the contrast of WCAG 2.2.

use std::fmt;

/// The least contrast of text with its ground, in hundredths (WCAG 2.2, 1.4.3).
pub const TEXT_CONTRAST_MIN: u32 = 450;

/// A colour of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    channels: [u8; 3],
}

impl Colour {
    /// White.
    const WHITE: Self = Self { channels: [255; 3] };
    /// Black.
    const BLACK: Self = Self { channels: [0; 3] };

    /// A colour written as in `#0a6077`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let channel = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_plain.then_some(())?;
        Some(Self { channels: [channel(0)?, channel(2)?, channel(4)?] })
    }

    /// The contrast of two colours in hundredths, from 100 to 2,100.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 100 to 2,100")]
    pub fn contrast(self, other: Self) -> u32 {
        let (one, two) = (self.luminance(), other.luminance());
        ((one.max(two) + 0.05) / (one.min(two) + 0.05) * 100.0) as u32
    }

    /// The colour nearest to this one that text may have on all of `grounds`: darker on light ones, lighter on dark ones.
    pub fn readable_on(self, grounds: &[Self]) -> Self {
        let are_light =
            grounds.iter().all(|ground| ground.contrast(Self::BLACK) > ground.contrast(Self::WHITE));
        let end = if are_light { Self::BLACK } else { Self::WHITE };
        let steps = (0..=100).map(|percent| self.mixed(end, percent));
        steps.into_iter().find(|colour| colour.is_readable_on(grounds)).unwrap_or(end)
    }

    /// Whether text may have this colour on all of `grounds`.
    pub fn is_readable_on(self, grounds: &[Self]) -> bool {
        grounds.iter().all(|ground| self.contrast(*ground) >= TEXT_CONTRAST_MIN)
    }

    fn mixed(self, other: Self, percent: u16) -> Self {
        let mut channels = self.channels;
        for (channel, end) in channels.iter_mut().zip(other.channels) {
            let sum = u16::from(*channel) * (100 - percent) + u16::from(end) * percent;
            *channel = u8::try_from(sum / 100).unwrap_or(u8::MAX);
        }
        Self { channels }
    }

    /// How bright it is, from 0 to 1.
    fn luminance(self) -> f64 {
        let linear = self.channels.map(|channel| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.channels;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        Colour::parse(text).unwrap()
    }

    #[test]
    fn only_six_digits_are_a_colour() {
        assert_eq!(colour("#0A6077").to_string(), "#0a6077");
        for text in ["0a6077", "#0a607", "#0a60777", "#0a607g", "#+a6077", "red", "#äöü"] {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_guideline() {
        assert_eq!(Colour::WHITE.contrast(Colour::BLACK), 2_100);
        assert_eq!(colour("#777777").contrast(Colour::WHITE), 447);
        assert_eq!(colour("#767676").contrast(Colour::WHITE), 454);
    }

    #[test]
    fn what_cannot_be_read_is_made_darker_on_light_grounds_and_lighter_on_dark_ones() {
        for (text, ground) in [("#ffee00", "#ffffff"), ("#000080", "#171e26")] {
            let readable = colour(text).readable_on(&[colour(ground)]);
            assert!(readable.is_readable_on(&[colour(ground)]), "{readable}");
            assert_ne!(readable, colour(text));
        }
        assert_eq!(colour("#0a6077").readable_on(&[Colour::WHITE]), colour("#0a6077"));
    }
}
