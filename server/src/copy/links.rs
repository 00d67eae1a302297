//! Where links of a copy lead: single days and years of a component are in it in the page's own language alone.

use pharos_app::{LANGUAGES, Words};

const COMPONENTS: &str = "components/";
/// What is there in one language alone: what stands behind is which one.
const SINGLE: [&str; 2] = ["/days/", "/calendar/"];

/// A page whose links lead to what is there. From a page in another language a day is shown in the page's own; from a day in the page's own
/// language other languages lead to their table of days.
pub fn within(html: &str, words: Words) -> String {
    // How a link to a page begins, in front of its language.
    let link = ["href=\"", &words.shared_address("/")].concat();
    let mut pieces = html.split(&link);
    let mut told = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        told.push_str(&link);
        let (path, rest) = piece.split_once('"').unwrap_or((piece, ""));
        match led(path, words) {
            Some(led) => {
                told.push_str(led);
                told.push('"');
                told.push_str(rest);
            }
            None => told.push_str(piece),
        }
    }
    told
}

/// Where a path, without its first slash, leads instead; `None` where it is there.
fn led(path: &str, words: Words) -> Option<&str> {
    let (tag, at_home) = path.split_once('/')?;
    let is_foreign = at_home.starts_with(COMPONENTS) && LANGUAGES.iter().any(|language| language.tag == tag);
    if !is_foreign {
        return None;
    }
    let (start, single) = SINGLE.iter().find_map(|part| path.find(part).map(|start| (start, *part)))?;
    let is_of_page = words.is_prefixed() && words.tag() == tag;
    Some(if is_of_page { at_home } else { &path[..start + single.len() - 1] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tag: &str) -> Words {
        let language = LANGUAGES.iter().find(|language| language.tag == tag).unwrap();
        Words::new(language, true)
    }

    #[track_caller]
    fn check(words: Words, link: &str, expected: &str) {
        let html = format!("<a href=\"{link}\">x</a><a class=\"y\" href=\"#z\">");
        assert_eq!(within(&html, words), format!("<a href=\"{expected}\">x</a><a class=\"y\" href=\"#z\">"));
    }

    #[test]
    fn a_page_in_another_language_leads_to_days_in_the_page_s_own() {
        check(of("de"), "/de/components/api/days/2026-11-27", "/components/api/days/2026-11-27");
        check(of("de"), "/de/components/api/calendar/2025", "/components/api/calendar/2025");
    }

    #[test]
    fn a_day_leads_to_the_tables_of_other_languages() {
        let own = Words::english();
        check(own, "/ja/components/api/days/2026-11-27", "/ja/components/api/days");
        check(own, "/ja/components/api/calendar/2025", "/ja/components/api/calendar");
    }

    #[test]
    fn links_of_a_page_below_a_path_lead_to_what_is_there_too() {
        let mut page = pharos_model::Page::default();
        page.presentation.base_path = "/status".to_owned();
        let own = Words::of_page(&page);
        let german = own.in_language(of("de").language());
        let of_day = |language: &str| format!("/status{language}/components/api/days/2026-11-27");
        check(german, &of_day("/de"), &of_day(""));
        check(own, &of_day("/ja"), "/status/ja/components/api/days");
        check(own, "/ja/components/api/days/2026-11-27", "/ja/components/api/days/2026-11-27");
    }

    #[test]
    fn what_is_there_stays() {
        for path in [
            "/",
            "/de/",
            "/de/components/api",
            "/de/components/api/days",
            "/components/api/days/2026-11-27",
            "/de/history",
        ] {
            check(of("de"), path, path);
            check(Words::english(), path, path);
        }
    }
}
