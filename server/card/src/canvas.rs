//! What is drawn on: rectangles, shapes and lines of text in plain colours.

use svgtypes::{SimplePathSegment, SimplifyingPathParser};
use tiny_skia::{FillRule, Paint, PathBuilder, Pixmap, Rect, Transform};

use crate::text::{Face, outlines};

/// The width of the picture, as networks ask for it.
pub const WIDTH: f32 = 1_200.0;
/// Its height.
pub const HEIGHT: f32 = 630.0;
/// The field on which shapes are drawn.
const SHAPE_FIELD: f32 = 16.0;

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    fn paint(self) -> Paint<'static> {
        let mut paint = Paint::default();
        paint.set_color_rgba8(self.0, self.1, self.2, u8::MAX);
        paint.anti_alias = true;
        paint
    }
}

/// A picture in the making.
pub struct Canvas(Pixmap);

impl Canvas {
    /// An empty picture; `None` when memory does not suffice.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are whole")]
    pub fn new(ground: Colour) -> Option<Self> {
        let mut pixels = Pixmap::new(WIDTH as u32, HEIGHT as u32)?;
        pixels.fill(tiny_skia::Color::from_rgba8(ground.0, ground.1, ground.2, u8::MAX));
        Some(Self(pixels))
    }

    /// A rectangle by its upper left corner and its size.
    pub fn rectangle(&mut self, (left, top): (f32, f32), (width, height): (f32, f32), colour: Colour) {
        if let Some(area) = Rect::from_xywh(left, top, width, height) {
            self.0.fill_rect(area, &colour.paint(), Transform::identity(), None);
        }
    }

    /// A line of text from a place on its baseline, in a colour, not beyond `right`.
    pub fn line(
        &mut self,
        text: &str,
        face: Face,
        size: f32,
        place: (f32, f32),
        (right, colour): (f32, Colour),
    ) {
        if let Some(path) = outlines(text, face, size, place, right) {
            self.0.fill_path(&path, &colour.paint(), FillRule::Winding, Transform::identity(), None);
        }
    }

    /// A shape given as SVG writes paths, on a field of 16 by 16; nothing when it is none.
    pub fn shape(&mut self, outline: &str, (left, top): (f32, f32), size: f32, colour: Colour) {
        let mut builder = PathBuilder::new();
        for segment in SimplifyingPathParser::from(outline) {
            let Ok(segment) = segment else { return };
            follow(&mut builder, segment);
        }
        let place = Transform::from_translate(left, top).pre_scale(size / SHAPE_FIELD, size / SHAPE_FIELD);
        if let Some(path) = builder.finish() {
            self.0.fill_path(&path, &colour.paint(), FillRule::EvenOdd, place, None);
        }
    }

    /// The picture as a file. Nothing of it is transparent, and its areas are plain: rows as they are become smaller than what filters
    /// make of them, in a third of the time.
    pub fn png(&self) -> Option<Vec<u8>> {
        let pixels: Vec<u8> =
            self.0.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.0.width(), self.0.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_filter(png::Filter::NoFilter);
        encoder.write_header().ok()?.write_image_data(&pixels).ok()?;
        Some(file)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "places on a small field")]
fn follow(builder: &mut PathBuilder, segment: SimplePathSegment) {
    match segment {
        SimplePathSegment::MoveTo { x, y } => builder.move_to(x as f32, y as f32),
        SimplePathSegment::LineTo { x, y } => builder.line_to(x as f32, y as f32),
        SimplePathSegment::CurveTo { x1, y1, x2, y2, x, y } => {
            builder.cubic_to(x1 as f32, y1 as f32, x2 as f32, y2 as f32, x as f32, y as f32);
        }
        SimplePathSegment::Quadratic { x1, y1, x, y } => {
            builder.quad_to(x1 as f32, y1 as f32, x as f32, y as f32);
        }
        SimplePathSegment::ClosePath => builder.close(),
    }
}
