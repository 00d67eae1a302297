//! How a badge looks, as its address asks for.

/// The shape of a badge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// With round corners.
    #[default]
    Flat,
    /// With square ones.
    FlatSquare,
    /// Tall, in capitals.
    ForTheBadge,
}

/// The ground on which a badge stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// As the reader's system is.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Look {
    /// The shape.
    pub style: Style,
    /// The ground.
    pub theme: Theme,
}

impl Look {
    /// What is asked for; a word that is none of ours asks for nothing.
    pub fn asked(style: Option<&str>, theme: Option<&str>) -> Self {
        let style = match style {
            Some("flat-square") => Style::FlatSquare,
            Some("for-the-badge") => Style::ForTheBadge,
            _ => Style::Flat,
        };
        let theme = match theme {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::Auto,
        };
        Self { style, theme }
    }
}
