//! Letters: two faces, their outlines, and how wide a line is.

use std::sync::LazyLock;

use tiny_skia::{Path, PathBuilder, Transform};
use ttf_parser::{Face as Font, OutlineBuilder};

/// How bold letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// For what is said beside.
    Regular,
    /// For what matters.
    Semibold,
}

static REGULAR: LazyLock<Option<Font<'static>>> =
    LazyLock::new(|| Font::parse(include_bytes!("../fonts/regular.otf"), 0).ok());
static SEMIBOLD: LazyLock<Option<Font<'static>>> =
    LazyLock::new(|| Font::parse(include_bytes!("../fonts/semibold.otf"), 0).ok());

impl Face {
    fn font(self) -> Option<&'static Font<'static>> {
        match self {
            Self::Regular => REGULAR.as_ref(),
            Self::Semibold => SEMIBOLD.as_ref(),
        }
    }
}

/// Whether there are letters for all of a text.
pub fn can_write(text: &str) -> bool {
    let font = Face::Regular.font();
    font.is_some_and(|font| text.chars().all(|c| font.glyph_index(c).is_some()))
}

/// How wide a text is, in pixels. A letter that there is not takes no room.
pub fn width(text: &str, face: Face, size: f32) -> f32 {
    let Some(font) = face.font() else { return 0.0 };
    let scale = size / f32::from(font.units_per_em());
    text.chars().filter_map(|c| advance(font, c)).sum::<f32>() * scale
}

fn advance(font: &Font<'_>, c: char) -> Option<f32> {
    Some(f32::from(font.glyph_hor_advance(font.glyph_index(c)?)?))
}

/// The outlines of a text that begins at a place on its baseline. It ends, with three dots, where `right` would be passed.
pub fn outlines(text: &str, face: Face, size: f32, (left, baseline): (f32, f32), right: f32) -> Option<Path> {
    let font = face.font()?;
    let scale = size / f32::from(font.units_per_em());
    let shown = if left + width(text, face, size) > right {
        cut(text, face, size, right - left)
    } else {
        text.to_owned()
    };
    let (mut pen, mut at) = (Pen(PathBuilder::new()), left);
    for c in shown.chars() {
        let Some(glyph) = font.glyph_index(c) else { continue };
        let mut letter = Pen(PathBuilder::new());
        // A blank has no outline.
        if font.outline_glyph(glyph, &mut letter).is_some()
            && let Some(path) = letter.0.finish()
            && let Some(path) = path.transform(Transform::from_row(scale, 0.0, 0.0, -scale, at, baseline))
        {
            pen.0.push_path(&path);
        }
        at += advance(font, c).unwrap_or(0.0) * scale;
    }
    pen.0.finish()
}

/// As much of a text as fits into `room` with three dots.
fn cut(text: &str, face: Face, size: f32, room: f32) -> String {
    let mut kept = String::new();
    let mut left = room - width("…", face, size);
    for c in text.chars() {
        left -= width(c.encode_utf8(&mut [0; 4]), face, size);
        if left < 0.0 {
            break;
        }
        kept.push(c);
    }
    kept.trim_end().to_owned() + "…"
}

/// Draws what a font tells.
struct Pen(PathBuilder);

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_three_scripts_are_there_and_of_others_not() {
        assert!(can_write("Größe, œuvre, Łódź, Ψυχή, Москва – 99.9 %…"));
        for text in ["例", "مثال", "예", "\u{1f600}"] {
            assert!(!can_write(text), "{text}");
        }
    }

    #[test]
    fn a_text_that_does_not_fit_ends_with_dots() {
        let room = width("All systems", Face::Regular, 30.0);
        let shown = cut("All systems operational", Face::Regular, 30.0, room);
        assert!(shown.ends_with('…') && width(&shown, Face::Regular, 30.0) <= room, "{shown}");
    }
}
