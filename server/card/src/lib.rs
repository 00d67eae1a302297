//! The picture that stands for a page where links are shown, such as on social networks and in chats: whose page it is, its
//! state in a shape and a sentence, and the last days.
//!
//! It is drawn with letters of its own, so that the same words give the same bytes on every machine. They are those of the
//! Latin, Greek and Cyrillic scripts; a line with others is left out ([`can_write`]).

mod canvas;
mod text;

use pharos_model::Status;

use canvas::{Canvas, Colour, HEIGHT, WIDTH};
use text::{Face, width};

pub use text::can_write;

/// What the picture shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Whose page it is.
    pub name: String,
    /// The sentence that everything is about; two lines are shown of it.
    pub sentence: String,
    /// What else there is to say of it; one line is shown.
    pub detail: String,
    /// Where the page is; empty when nobody said so.
    pub address: String,
    /// The status whose shape and colour stand beside the sentence.
    pub status: Status,
    /// The shape of that status on a field of 16 by 16, as SVG writes paths.
    pub shape: &'static str,
    /// The status that each of the last days is shown as, the oldest first; `None` for one that nobody knows.
    pub days: Vec<Option<Status>>,
}

const GROUND: Colour = Colour(0xf7, 0xf8, 0xf9);
const INK: Colour = Colour(0x15, 0x20, 0x2b);
const SOFT: Colour = Colour(0x54, 0x61, 0x70);
const LINE: Colour = Colour(0xe1, 0xe5, 0xea);
/// The edge that stays free.
const EDGE: f32 = 72.0;
const SHAPE_SIZE: f32 = 104.0;
const GAP: f32 = 36.0;
const SENTENCE_LINES_MAX: usize = 2;
/// The most days that are shown.
pub const DAYS_MAX: usize = 90;

/// The colour in which a status is written and its shape drawn.
fn tone(status: Status) -> Colour {
    match status {
        Status::Operational => Colour(0x1b, 0x7a, 0x4b),
        Status::UnderMaintenance => Colour(0x2b, 0x63, 0xab),
        Status::DegradedPerformance => Colour(0x8d, 0x5b, 0x04),
        Status::PartialOutage => Colour(0xad, 0x47, 0x08),
        Status::MajorOutage => Colour(0xb3, 0x26, 0x1e),
        Status::Unknown => Colour(0x56, 0x62, 0x6f),
    }
}

/// The colour of a day.
fn bar(status: Option<Status>) -> Colour {
    match status {
        Some(Status::Operational) => Colour(0x44, 0xab, 0x7a),
        Some(Status::UnderMaintenance) => Colour(0x74, 0xa1, 0xde),
        Some(Status::DegradedPerformance) => Colour(0xe3, 0xad, 0x31),
        Some(Status::PartialOutage) => Colour(0xe5, 0x80, 0x2f),
        Some(Status::MajorOutage) => Colour(0xd6, 0x3f, 0x33),
        Some(Status::Unknown) => Colour(0xa6, 0xb0, 0xbc),
        None => Colour(0xd6, 0xdb, 0xe1),
    }
}

/// Draws the picture: 1200 by 630, as PNG. `None` when memory does not suffice.
pub fn draw(card: &Card) -> Option<Vec<u8>> {
    let mut canvas = Canvas::new(GROUND)?;
    let right = WIDTH - EDGE;
    canvas.rectangle((0.0, 0.0), (WIDTH, 14.0), tone(card.status));
    canvas.line(&card.name, Face::Semibold, 44.0, (EDGE, 118.0), (right, INK));

    let text_left = EDGE + SHAPE_SIZE + GAP;
    canvas.shape(card.shape, (EDGE, 208.0), SHAPE_SIZE, tone(card.status));
    let lines = wrapped(&card.sentence, Face::Semibold, 64.0, right - text_left);
    let mut baseline = if lines.len() > 1 { 250.0 } else { 284.0 };
    for line in &lines {
        canvas.line(line, Face::Semibold, 64.0, (text_left, baseline), (right, INK));
        baseline += 76.0;
    }
    canvas.line(&card.detail, Face::Regular, 34.0, (text_left, baseline), (right, SOFT));

    let skipped = card.days.len().saturating_sub(DAYS_MAX);
    let days = &card.days[skipped..];
    if !days.is_empty() {
        #[expect(clippy::cast_precision_loss, reason = "at most ninety")]
        let step = (WIDTH - 2.0 * EDGE) / days.len() as f32;
        let mut left = EDGE;
        for day in days {
            canvas.rectangle((left, 444.0), ((step * 0.72).min(12.0), 64.0), bar(*day));
            left += step;
        }
    }
    canvas.rectangle((EDGE, 534.0), (WIDTH - 2.0 * EDGE, 2.0), LINE);
    canvas.line(&card.address, Face::Regular, 30.0, (EDGE, HEIGHT - 44.0), (right, SOFT));
    canvas.png()
}

/// Breaks a text at its blanks into lines of at most `room`; what is left over goes into the last.
fn wrapped(text: &str, face: Face, size: f32, room: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let is_last = lines.len() == SENTENCE_LINES_MAX;
        match lines.last_mut() {
            Some(line) if is_last || width(&format!("{line} {word}"), face, size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> Card {
        Card {
            name: "Example".into(),
            sentence: "All systems operational".into(),
            detail: "Everything that is watched works.".into(),
            address: "status.example.com".into(),
            status: Status::Operational,
            shape: "M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0M4 8.3l2.8 2.8L12 5.9l-1.2-1.2-4 4-1.6-1.6z",
            days: vec![Some(Status::Operational), None, Some(Status::MajorOutage)],
        }
    }

    /// Width and height as the header of a PNG says them.
    fn size(png: &[u8]) -> (u32, u32) {
        let figure = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        (figure(16), figure(20))
    }

    #[test]
    fn a_picture_has_the_size_that_networks_ask_for_and_is_small() {
        let png = draw(&card()).unwrap();
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert_eq!(size(&png), (1_200, 630));
        assert!(png.len() < 60_000, "{}", png.len());
    }

    #[test]
    fn the_same_words_give_the_same_bytes_and_others_give_others() {
        assert_eq!(draw(&card()), draw(&card()));
        let other = Card { status: Status::MajorOutage, ..card() };
        assert_ne!(draw(&card()), draw(&other));
    }

    #[test]
    fn a_long_sentence_takes_two_lines_and_not_more() {
        let lines = wrapped(&"word ".repeat(100), Face::Semibold, 64.0, 900.0);
        assert_eq!(lines.len(), SENTENCE_LINES_MAX);
        assert_eq!(wrapped("All is well", Face::Semibold, 64.0, 900.0), ["All is well"]);
    }

    #[test]
    fn hostile_words_harm_nobody() {
        let long = "\u{202e}<svg>&\u{0}".repeat(10_000);
        let hostile = Card {
            name: long.clone(),
            sentence: long.clone(),
            detail: long,
            days: vec![None; 5_000],
            ..card()
        };
        assert!(draw(&hostile).is_some());
    }
}
