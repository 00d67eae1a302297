//! A badge as a picture: letters are given the room that was reckoned for them, whatever face the reader has.

use pharos_model::Status;

use super::super::look::{Look, Style, Theme};
use super::super::plain::escaped;
use super::Badge;
use super::widths::width;

/// The colours of the message's half on light grounds and on dark ones. White can be read on the first, ink on the second.
pub fn ground(status: Option<Status>) -> (&'static str, &'static str) {
    match status {
        Some(Status::Operational) => ("#1b7a4b", "#63cb98"),
        Some(Status::UnderMaintenance) => ("#2b63ab", "#8ab7f2"),
        Some(Status::DegradedPerformance) => ("#8d5b04", "#eebb52"),
        Some(Status::PartialOutage) => ("#ad4708", "#f59f63"),
        Some(Status::MajorOutage) => ("#b3261e", "#ff8d81"),
        Some(Status::Unknown) => ("#56626f", "#a9b5c2"),
        None => ("#0a6077", "#72c8dc"),
    }
}

/// What both halves are drawn in: the label's ground and letters, the message's letters.
const LIGHT: (&str, &str, &str) = ("#3a4652", "#fff", "#fff");
const DARK: (&str, &str, &str) = ("#28323d", "#e9eef3", "#0f1419");

/// Measures of a style, in pixels.
#[derive(Clone, Copy)]
struct Measures {
    height: u32,
    size: u32,
    edge: u32,
    radius: u32,
    baseline: u32,
    is_loud: bool,
}

fn measures(style: Style) -> Measures {
    let flat = Measures { height: 20, size: 11, edge: 6, radius: 3, baseline: 14, is_loud: false };
    match style {
        Style::Flat => flat,
        Style::FlatSquare => Measures { radius: 0, ..flat },
        Style::ForTheBadge => {
            Measures { height: 28, size: 11, edge: 10, radius: 4, baseline: 18, is_loud: true }
        }
    }
}

/// Room for a text in whole pixels, and what it takes of it in tenths.
fn room(text: &str, measures: &Measures) -> (u32, u32) {
    let taken = width(text, measures.size);
    (taken.div_ceil(10) + 2 * measures.edge, taken)
}

/// The picture.
pub fn draw(badge: &Badge, look: Look) -> String {
    let measures = measures(look.style);
    let loud = |text: &str| if measures.is_loud { text.to_uppercase() } else { text.to_owned() };
    let (label, message) = (loud(&badge.label), loud(&badge.message));
    let ((left, label_taken), (right, message_taken)) = (room(&label, &measures), room(&message, &measures));
    let (whole, Measures { height, radius, .. }) = (left + right, measures);
    let title = escaped(&badge.title);
    let style = ["<style>", &colours(badge.status, look.theme), "</style>"].concat();
    let text = |class: &str, from: u32, taken: u32, text: &str| {
        let (x, size, y) = (from + measures.edge, measures.size, measures.baseline);
        let length = format!("{}.{}", taken / 10, taken % 10);
        let text = escaped(text);
        format!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" font-size=\"{size}\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\">{text}</text>"
        )
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole}\" height=\"{height}\" viewBox=\"0 0 {whole} {height}\" role=\"img\" aria-label=\"{title}\">\
         <title>{title}</title>{style}\
         <clipPath id=\"r\"><rect width=\"{whole}\" height=\"{height}\" rx=\"{radius}\"/></clipPath>\
         <g clip-path=\"url(#r)\"><rect class=\"l\" width=\"{left}\" height=\"{height}\"/><rect class=\"m\" x=\"{left}\" width=\"{right}\" height=\"{height}\"/></g>\
         <g font-family=\"Verdana,Geneva,DejaVu Sans,sans-serif\" direction=\"ltr\">{}{}</g></svg>",
        text("a", 0, label_taken, &label),
        text("b", left, message_taken, &message),
    )
}

/// The style sheet of one picture; it is the same for all of a status and a theme.
fn colours(status: Option<Status>, theme: Theme) -> String {
    let sheet = |(label, a, b): (&str, &str, &str), ground: &str| {
        format!(".l{{fill:{label}}}.m{{fill:{ground}}}.a{{fill:{a}}}.b{{fill:{b}}}")
    };
    let (light, dark) = (sheet(LIGHT, ground(status).0), sheet(DARK, ground(status).1));
    match theme {
        Theme::Light => light,
        Theme::Dark => dark,
        Theme::Auto => format!("{light}@media(prefers-color-scheme:dark){{{dark}}}"),
    }
}
