//! How the page looks and where else it is: address, accent colours, logo, style sheet, links, mirrors.

use std::path::Path;

use pharos_model::{Link, Presentation};

use super::super::brand::Kind;
use super::super::colour::Colour;
use super::super::document::At;
use super::super::error::Finding;
use super::super::limits::{
    ADDRESS_CHARS_MAX, LINKS_MAX, LOGO_BYTES_MAX, MIRRORS_MAX, NAME_CHARS_MAX, STYLESHEET_BYTES_MAX,
};
use super::super::page::{BannerWord, LinkEntry, PageSection, ThemeSection};
use super::super::{Files, Unread};
use super::Assembly;

/// The grounds on which the accent stands in the light theme, as in `style/tokens.css`.
const LIGHT_GROUNDS: [&str; 2] = ["#f7f8f9", "#ffffff"];
/// And in the dark one.
const DARK_GROUNDS: [&str; 2] = ["#0f1419", "#171e26"];

impl Assembly {
    /// Takes everything of how the page looks.
    pub fn presentation(&mut self, section: &PageSection, files: &Files<'_>, at: At<'_>) -> Presentation {
        let mut presentation = Presentation::default();
        if let Some(url) = &section.url {
            presentation.url = self.base_address(url, at.key("url")).unwrap_or_default();
        }
        if let Some(path) = &section.base_path {
            presentation.base_path = self.base_path(path, at.key("base_path"));
        }
        if let Some(theme) = &section.theme {
            self.theme(theme, &mut presentation, files, at.key("theme"));
        }
        if let Some(links) = &section.links {
            let at = at.key("links");
            presentation.header_links = self.links(&links.header, at.key("header"));
            presentation.footer_links = self.links(&links.footer, at.key("footer"));
        }
        if let Some(wires) = &section.wires {
            presentation.is_banner_exact = wires.banner == Some(BannerWord::Statuspage);
            presentation.is_mcp_off = wires.mcp == Some(false);
            let contact = wires.security_contact.as_deref().unwrap_or_default();
            presentation.security_contact = self.contact(contact, at.key("wires").key("security_contact"));
        }
        let at = at.key("mirrors");
        let hint = format!("use at most {MIRRORS_MAX}; a browser tries one after the other");
        self.few(section.mirrors.len(), MIRRORS_MAX, ("mirrors", hint), at);
        for (index, mirror) in section.mirrors.iter().enumerate() {
            presentation.mirrors.extend(self.base_address(mirror, at.item(index)));
        }
        presentation
    }

    pub(super) fn theme(
        &mut self,
        theme: &ThemeSection,
        presentation: &mut Presentation,
        files: &Files<'_>,
        at: At<'_>,
    ) {
        if let Some(text) = &theme.accent
            && let Some(accent) = self.accent(text, LIGHT_GROUNDS, at.key("accent"))
        {
            presentation.accent = accent.to_string();
            // The same colour where it can be read on dark grounds, unless the operator names another.
            presentation.accent_dark = accent.readable_on(&grounds(DARK_GROUNDS)).to_string();
        }
        if let Some(text) = &theme.accent_dark
            && let Some(accent) = self.accent(text, DARK_GROUNDS, at.key("accent_dark"))
        {
            presentation.accent_dark = accent.to_string();
        }
        if let Some(path) = &theme.logo {
            presentation.logo = self.logo(path, "logo", files, at.key("logo"));
        }
        if let Some(path) = &theme.logo_dark {
            presentation.logo_dark = self.logo(path, "logo-dark", files, at.key("logo_dark"));
            if theme.logo.is_none() {
                self.findings.push(
                    Finding::new(at.key("logo_dark").key_place(), "there is a logo for dark grounds only")
                        .hint("name one for light grounds too, under `logo`"),
                );
            }
        }
        if let Some(path) = &theme.stylesheet {
            let at = at.key("stylesheet");
            if let Some(bytes) = self.file(path, STYLESHEET_BYTES_MAX, files, at) {
                if std::str::from_utf8(&bytes).is_ok() {
                    presentation.stylesheet = self.brand.add("theme", Kind::Css, bytes);
                } else {
                    self.findings.push(
                        Finding::new(at.place(), format!("{} holds bytes that are not UTF-8", at.shown()))
                            .hint("save the file in UTF-8"),
                    );
                }
            }
        }
    }

    /// Takes a picture; gives back the name under which it is served.
    fn logo(&mut self, path: &str, what: &str, files: &Files<'_>, at: At<'_>) -> String {
        let Some(bytes) = self.file(path, LOGO_BYTES_MAX, files, at) else { return String::new() };
        if let Some(kind) = Kind::of_picture(Path::new(path), &bytes) {
            return self.brand.add(what, kind, bytes);
        }
        self.findings.push(
            Finding::new(at.place(), format!("{} is not a picture that a page can show", at.shown()))
                .hint("use a file that is SVG, PNG or WebP, and named so"),
        );
        String::new()
    }

    /// Takes a colour in which text can be read on `grounds`.
    fn accent(&mut self, text: &str, on: [&str; 2], at: At<'_>) -> Option<Colour> {
        let Some(colour) = Colour::parse(text) else {
            self.findings.push(
                Finding::new(at.place(), format!("{} is not a colour", at.shown())).hint(
                    "write red, green and blue as six hexadecimal digits in quotes, such as \"#0a6077\"",
                ),
            );
            return None;
        };
        let grounds = grounds(on);
        if colour.is_readable_on(&grounds) {
            return Some(colour);
        }
        let contrast = grounds.iter().map(|ground| colour.contrast(*ground)).min().unwrap_or(0);
        let what = format!(
            "links in the colour {} could not be read: its contrast is {}.{}, text needs 4.5",
            at.shown(),
            contrast / 100,
            contrast / 10 % 10
        );
        let hint = format!("`{}` is the nearest that can be read", colour.readable_on(&grounds));
        self.findings.push(Finding::new(at.place(), what).hint(hint));
        None
    }

    /// Reads a file that lies beside the configuration.
    pub(super) fn file(
        &mut self,
        path: &str,
        bytes_max: usize,
        files: &Files<'_>,
        at: At<'_>,
    ) -> Option<Vec<u8>> {
        let finding = match files(path, bytes_max) {
            Ok(bytes) => return Some(bytes),
            Err(Unread::TooLarge) => Finding::new(
                at.place(),
                format!("the file {} is larger than {} KiB", at.shown(), bytes_max / 1024),
            )
            .hint("make it smaller: every visitor has to load it"),
            Err(Unread::Failed(error)) => {
                Finding::new(at.place(), format!("the file {} cannot be read: {error}", at.shown()))
                    .hint("name a file by its path from the folder of the configuration")
            }
        };
        self.findings.push(finding);
        None
    }

    pub(super) fn links(&mut self, entries: &[LinkEntry], at: At<'_>) -> Vec<Link> {
        let hint = format!("use at most {LINKS_MAX} at the top, and as many at the bottom");
        self.few(entries.len(), LINKS_MAX, ("links", hint), at);
        let mut links = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let at = at.item(index);
            let text = self.wording(&entry.text, NAME_CHARS_MAX, at.key("text"));
            let at = at.key("url");
            let leads =
                ["https://", "http://", "mailto:", "/"].iter().any(|start| entry.url.starts_with(start));
            if !leads || !is_address(&entry.url) {
                self.findings.push(
                    Finding::new(at.place(), format!("{} leads nowhere", at.shown())).hint(
                        "begin with `https://`, `http://`, `mailto:` or `/`, and write blanks as `%20`",
                    ),
                );
            }
            links.push(Link { text, url: entry.url.clone() });
        }
        links
    }

    /// Takes the address of whoever is told of weaknesses.
    fn contact(&mut self, text: &str, at: At<'_>) -> String {
        let leads = ["https://", "mailto:"].iter().any(|start| text.starts_with(start));
        if !text.is_empty() && (!leads || !is_address(text)) {
            self.findings.push(
                Finding::new(at.place(), format!("{} leads to nobody", at.shown()))
                    .hint("begin with `https://` or `mailto:`, and write blanks as `%20`"),
            );
        }
        text.to_owned()
    }

    /// Takes the address of a whole page: scheme and host, and a port where it needs one.
    fn base_address(&mut self, text: &str, at: At<'_>) -> Option<String> {
        let base = text.strip_suffix('/').unwrap_or(text);
        let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
        let is_host = |host: &str| {
            !host.is_empty()
                && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'))
        };
        if host.is_some_and(is_host) && is_address(base) {
            return Some(base.to_owned());
        }
        self.findings.push(
            Finding::new(at.place(), format!("{} is not the address of a status page", at.shown())).hint(
                "write scheme and host alone, such as `https://status.example.com`; a path belongs under `base_path`",
            ),
        );
        None
    }
}

fn grounds(colours: [&str; 2]) -> Vec<Colour> {
    colours.into_iter().filter_map(Colour::parse).collect()
}

/// Whether a text can stand as an address in a page.
fn is_address(text: &str) -> bool {
    text.chars().count() <= ADDRESS_CHARS_MAX && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}
