//! From Markdown to HTML in which nothing can run, load or leave its place.
//!
//! The page's own policy would stop scripts and pictures from elsewhere in any case; here they do not come into being.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use pharos_engine::desk::{Refusal, check_source};
use pharos_model::{Prose, Text};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::limits::MARKDOWN_DEPTH_MAX;

/// What may stand in what people write. No style, no class, no picture, no frame, no form.
const TAGS: [&str; 25] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(TAGS))
        .clean_content_tags(HashSet::from(["script", "style", "iframe", "object", "svg", "math", "template"]))
        .tag_attributes([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))].into())
        .url_schemes(HashSet::from(["https", "http", "mailto", "tel"]))
        .url_relative(UrlRelative::Deny)
        .generic_attributes(HashSet::new())
        .link_rel(Some("noopener noreferrer nofollow"))
        .strip_comments(true);
    builder
});

/// Whether something that holds others begins or ends, and may stand within itself again and again.
fn nests(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => {
            matches!(
                tag,
                Tag::BlockQuote(_) | Tag::List(_) | Tag::Emphasis | Tag::Strong | Tag::Strikethrough
            )
        }
        Event::End(tag) => matches!(
            tag,
            TagEnd::BlockQuote(_)
                | TagEnd::List(_)
                | TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
        ),
        _ => false,
    }
}

/// Lets through what stands no deeper than [`MARKDOWN_DEPTH_MAX`], and of what is deeper only what it says: a page of a
/// thousand quotes within one another takes cleaners and browsers longer than anybody waits.
fn shallow<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    let mut depth = 0_usize;
    events.filter(move |event| {
        let at = match event {
            Event::Start(_) if nests(event) => {
                depth += 1;
                depth
            }
            Event::End(_) if nests(event) => {
                depth = depth.saturating_sub(1);
                depth + 1
            }
            // An item goes with its list.
            Event::Start(Tag::Item) | Event::End(TagEnd::Item) => depth,
            _ => 0,
        };
        at <= MARKDOWN_DEPTH_MAX
    })
}

/// A text as it is shown.
fn html(source: &str) -> String {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let events = shallow(Parser::new_ext(source, options)).map(|event| match event {
        // Tags that somebody wrote are shown as they were written, not taken for tags.
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        // The page's own headings are above: what is written begins two levels below.
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level: lower(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        other => other,
    });
    let mut html = String::with_capacity(source.len() * 2);
    pulldown_cmark::html::push_html(&mut html, events);
    CLEANER.clean(&html).to_string()
}

fn lower(level: pulldown_cmark::HeadingLevel) -> pulldown_cmark::HeadingLevel {
    use pulldown_cmark::HeadingLevel::{H1, H2, H3, H4, H5, H6};
    match level {
        H1 | H2 => H4,
        H3 => H5,
        H4 | H5 | H6 => H6,
    }
}

/// What a person wrote, as it was written and as it is shown, in each of its languages.
///
/// # Errors
/// When it is longer than what may be said: nothing is made of it then.
pub fn prose(field: &'static str, source: Text) -> Result<Prose, Refusal> {
    check_source(field, &source)?;
    let translations = source.translations().iter().map(|(tag, text)| (tag.clone(), html(text)));
    let html = Text::translated(html(source.plain()), translations.collect());
    Ok(Prose { source, html })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_engine::limits::SOURCE_CHARS_MAX;

    #[test]
    fn what_people_write_looks_as_they_mean_it() {
        for (source, expected) in [
            ("Plain", "<p>Plain</p>\n"),
            ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>\n"),
            ("# Cause", "<h4>Cause</h4>\n"),
            (
                "[x](https://example.com)",
                "<p><a href=\"https://example.com\" rel=\"noopener noreferrer nofollow\">x</a></p>\n",
            ),
            ("1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>\n"),
            ("~~old~~", "<p><del>old</del></p>\n"),
            ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
            ("![pixel](https://example.com/p.png)", "<p></p>\n"),
            ("", ""),
        ] {
            assert_eq!(html(source), expected, "{source}");
        }
    }

    #[test]
    fn every_language_is_rendered() {
        let source = Text::translated("*a*".into(), vec![("de".into(), "*b*".into())]);
        let prose = prose("body", source).unwrap();
        assert_eq!(
            (prose.html.of("en"), prose.html.of("de")),
            ("<p><em>a</em></p>\n", "<p><em>b</em></p>\n")
        );
        assert_eq!(prose.source.of("de"), "*b*");
    }

    /// How many elements stand within one another at most.
    fn depth(html: &str) -> usize {
        let (mut now, mut most) = (0_usize, 0);
        for tag in html.split('<').skip(1) {
            if tag.starts_with('/') {
                now -= 1;
            } else if !tag.starts_with("hr") && !tag.starts_with("br") {
                now += 1;
                most = most.max(now);
            }
        }
        assert_eq!(now, 0, "what begins ends");
        most
    }

    #[test]
    fn twenty_thousand_quotes_within_one_another_are_shown_a_few_deep() {
        let quotes = prose("body", [">".repeat(SOURCE_CHARS_MAX - 1), "x".into()].concat().into()).unwrap();
        assert_eq!(depth(quotes.html.plain()), MARKDOWN_DEPTH_MAX + 1);
        assert!(quotes.html.plain().contains("<p>x</p>"));
        let nested = ["* ".repeat(500), "x".into()].concat();
        let emphatic = ["*x ".repeat(500), "x* ".repeat(500)].concat();
        let mixed = ["> - ".repeat(500), "~~*x".into(), "*~~".into()].concat();
        for source in [nested, emphatic, mixed] {
            let depth = depth(&html(&source));
            assert!((MARKDOWN_DEPTH_MAX..=2 * MARKDOWN_DEPTH_MAX + 1).contains(&depth), "{depth}");
        }
        // What ordinary people write is as deep as they wrote it.
        assert_eq!(depth(&html(&["> ".repeat(MARKDOWN_DEPTH_MAX), "x".into()].concat())), 33);
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_before_anything_is_made_of_it() {
        let refused = prose("body", ">".repeat(SOURCE_CHARS_MAX + 1).into()).unwrap_err();
        assert!(matches!(refused, Refusal::Invalid { ref field, .. } if field == "body"), "{refused}");
        let translated = Text::translated("x".into(), vec![("de".into(), ">".repeat(1024 * 1024))]);
        assert!(prose("body", translated).is_err());
    }

    /// The pieces that attacks are made of, put into every place where Markdown takes text.
    fn hostile() -> Vec<String> {
        let payloads = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg/onload=alert(1)>",
            "<style>@import '//evil.example';</style>",
            "<iframe src=\"javascript:alert(1)\"></iframe>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<math><mi xlink:href=\"data:x,<script>alert(1)</script>\">",
            "<form action=//evil.example><button>go</button></form>",
            "<base href=//evil.example>",
            "<link rel=stylesheet href=//evil.example>",
            "<meta http-equiv=refresh content=\"0;url=//evil.example\">",
            "<object data=//evil.example></object>",
            "<p style=\"background:url(//evil.example)\">x</p>",
            "<template><script>alert(1)</script></template>",
            "<!--><img src=x onerror=alert(1)>-->",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<details open ontoggle=alert(1)>",
            "javascript:alert(1)",
            "JaVaScRiPt&colon;alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "//evil.example/x",
            "vbscript:msgbox(1)",
            "\" onmouseover=\"alert(1)",
            "\u{0}<scr\u{0}ipt>alert(1)</script>",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
        ];
        let places = [
            "{}",
            "# {}",
            "> {}",
            "- {}",
            "**{}**",
            "`{}`",
            "[{}](https://example.com)",
            "[x]({})",
            "[x](<{}>)",
            "[x](https://example.com \"{}\")",
            "![{}]({})",
            "<{}>",
            "| {} |\n|---|\n| {} |",
            "```{}\n{}\n```",
            "[x]: {}\n\n[x]",
        ];
        places.iter().flat_map(|place| payloads.iter().map(|payload| place.replace("{}", payload))).collect()
    }

    #[test]
    fn hostile_words_leave_no_script_no_style_and_no_remote_load() {
        let samples = hostile();
        assert!(samples.len() >= 200, "{}", samples.len());
        for sample in samples {
            let html = html(&sample);
            for (tag, attributes) in tags(&html) {
                assert!(TAGS.contains(&tag.as_str()), "{sample}\n{html}");
                for (name, value) in attributes {
                    let is_safe = match name.as_str() {
                        "href" => ["https:", "http:", "mailto:", "tel:"]
                            .iter()
                            .any(|scheme| value.starts_with(scheme)),
                        "rel" => value == "noopener noreferrer nofollow",
                        "start" => value.parse::<u64>().is_ok(),
                        _ => false,
                    };
                    assert!(is_safe, "{name}={value}\n{sample}\n{html}");
                }
            }
        }
    }

    /// The tags of clean HTML with their attributes. It is well formed, so that a look for `<` and `"` finds them all.
    fn tags(html: &str) -> Vec<(String, Vec<(String, String)>)> {
        let opened = html.split('<').skip(1).map(|rest| rest.split_once('>').expect("a tag ends").0);
        let tag = |text: &str| {
            let text = text.trim_start_matches('/');
            let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
            let mut attributes = Vec::new();
            let mut rest = rest.trim();
            while let Some((name, after)) = rest.split_once("=\"") {
                let (value, behind) = after.split_once('"').expect("a value ends");
                attributes.push((name.trim().to_owned(), value.to_owned()));
                rest = behind;
            }
            assert!(rest.trim().is_empty(), "{text}");
            (name.to_owned(), attributes)
        };
        opened.map(tag).collect()
    }
}
