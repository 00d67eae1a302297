//! The feed of the history, in Atom: incidents with all that was said of them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use pharos_model::{IncidentStatus, UnixMs};
use quick_xml::Reader as Xml;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use super::Reader;
use super::history::month_number;
use crate::limits::TITLE_CHARS_MAX;
use crate::{Document, ImportError, Incident, Said, Spot, from_html, moment};

/// An entry of the feed.
#[derive(Default)]
struct Entry {
    title: String,
    link: String,
    published: String,
    updated: String,
    content: String,
}

impl Reader {
    pub(super) fn feed(&mut self, document: &Document) -> Result<(), ImportError> {
        if is_rss(&document.text) {
            let why = "it is the feed in RSS, which is not read; save history.atom, which tells the same";
            self.haul.leave(Spot::of(&document.name), "what it tells", why);
            return Ok(());
        }
        for (index, entry) in entries(document)?.iter().enumerate() {
            let spot = Spot { path: format!("entry[{index}]"), ..Spot::of(&document.name) };
            self.entry(entry, &spot)?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, spot: &Spot) -> Result<(), ImportError> {
        let code = entry.link.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if code.is_empty() {
            return Err(ImportError::new(spot.clone(), "the entry has no link", "save the feed again"));
        }
        if !self.first(code, spot.clone())? {
            return Ok(());
        }
        let title: String = from_html(&entry.title).chars().take(TITLE_CHARS_MAX).collect();
        let published = moment(&entry.published).or_else(|| moment(&entry.updated));
        let Some(published) = published else {
            let what = format!("`{}` is no moment", entry.published);
            return Err(ImportError::new(spot.clone(), what, "save the feed again"));
        };
        if entry.content.contains("THIS IS A SCHEDULED EVENT") {
            let why = "the feed does not tell which components it was of; give scheduled-maintenances.json";
            self.haul.leave(spot.clone(), format!("the maintenance `{title}`"), why);
            return Ok(());
        }
        let mut said = said(&entry.content, published, self.zone.as_ref());
        if said.is_empty() {
            let why = "nothing in it has a time that can be read";
            self.haul.leave(spot.clone(), format!("the incident `{title}`"), why);
            return Ok(());
        }
        said.sort_by_key(|said| said.at);
        for said in &mut said {
            said.body = self.bounded(said.body.plain().to_owned(), spot.clone()).into();
        }
        let began = said.first().map_or(published, |first| first.at);
        self.reach(said.last().map_or(published, |last| last.at));
        self.haul.incidents.push(Incident::new(title, began, said));
        Ok(())
    }
}

/// Whether the first element of a feed is that of RSS.
fn is_rss(text: &str) -> bool {
    text.find("<rss").is_some_and(|rss| text.find("<feed").is_none_or(|atom| rss < atom))
}

/// The updates of an entry: each a paragraph with a time, a label and a text. The newest stands first.
fn said(content: &str, published: UnixMs, zone: Option<&TimeZone>) -> Vec<Said> {
    let mut said = Vec::new();
    let mut status = None;
    let mut latest = published;
    let paragraphs: Vec<&str> = content.split("<p>").filter(|part| part.contains("<small>")).collect();
    for paragraph in paragraphs {
        let Some((time, rest)) = paragraph.split_once("</small>") else { continue };
        let Some(at) = moment_before(&from_html(time), latest, zone) else { continue };
        latest = latest.min(at);
        let (label, body) = rest.split_once("</strong>").unwrap_or(("", rest));
        let label = from_html(label).replace("**", "").trim().to_ascii_lowercase();
        let body = from_html(body);
        let body = body.trim_start_matches(['-', '\u{2013}', ' ']).to_owned();
        said.push((at, of_label(&label), body));
    }
    // An update without a state of its own repeats the one before it, which stands after it.
    let mut told: Vec<Said> = Vec::new();
    for (at, own, body) in said.into_iter().rev() {
        status = own.or(status);
        told.push(Said::new(at, status.unwrap_or(IncidentStatus::Investigating), body));
    }
    told
}

fn of_label(label: &str) -> Option<IncidentStatus> {
    match label {
        "investigating" => Some(IncidentStatus::Investigating),
        "identified" => Some(IncidentStatus::Identified),
        "monitoring" => Some(IncidentStatus::Monitoring),
        "resolved" => Some(IncidentStatus::Resolved),
        "postmortem" => Some(IncidentStatus::Postmortem),
        _ => None,
    }
}

/// `Nov 3, 14:20 UTC`, or in the zone of the page: the last such moment that is not after another by more than a day.
fn moment_before(text: &str, latest: UnixMs, zone: Option<&TimeZone>) -> Option<UnixMs> {
    let zone = if text.trim_end().ends_with("UTC") { TimeZone::UTC } else { zone?.clone() };
    let words: Vec<&str> = text.split([' ', ',', '\n']).filter(|word| !word.is_empty()).collect();
    let (month, day) =
        words.windows(2).find_map(|pair| Some((month_number(pair[0])?, pair[1].parse::<i8>().ok()?)))?;
    let time = words.iter().find_map(|word| {
        let (hour, minute) = word.split_once(':')?;
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    })?;
    let year = jiff::Timestamp::from_millisecond(latest.0).ok()?.to_zoned(zone.clone()).year();
    let of_year = |year: i16| {
        let date = Date::new(year, month, day).ok()?;
        let stamp = DateTime::from_parts(date, time).to_zoned(zone.clone()).ok()?.timestamp();
        Some(UnixMs(stamp.as_millisecond()))
    };
    [year + 1, year, year - 1].into_iter().filter_map(of_year).find(|at| *at <= latest.plus_ms(86_400_000))
}

/// Reads the entries of a feed.
fn entries(document: &Document) -> Result<Vec<Entry>, ImportError> {
    let broken = |what: &str| ImportError::new(Spot::of(&document.name), what, "save the feed again");
    let mut reader = Xml::from_str(&document.text);
    let mut entries = Vec::new();
    let mut open: Option<Entry> = None;
    let mut field = String::new();
    loop {
        let event = reader.read_event().map_err(|_| broken("it is not well-formed XML"))?;
        match event {
            Event::Start(start) if start.local_name().into_inner() == "entry" => {
                open = Some(Entry::default());
            }
            Event::Start(start) => {
                start.local_name().into_inner().clone_into(&mut field);
                if field == "link" {
                    link(&start, &mut open);
                }
            }
            Event::Empty(start) if start.local_name().into_inner() == "link" => link(&start, &mut open),
            Event::End(end) if end.local_name().into_inner() == "entry" => entries.extend(open.take()),
            Event::End(_) => field.clear(),
            Event::Text(text) => add(&mut open, &field, &text.xml10_content()),
            Event::CData(text) => add(&mut open, &field, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let resolved = match reference.resolve_char_ref() {
                    Ok(Some(c)) => c.to_string(),
                    _ => resolve_predefined_entity(&reference).unwrap_or_default().to_owned(),
                };
                add(&mut open, &field, &resolved);
            }
            Event::DocType(_) => return Err(broken("it declares a document type, which is not read")),
            Event::Eof => break,
            _ => {}
        }
        if entries.len() > crate::limits::INCIDENTS_MAX {
            return Err(broken("it has too many entries"));
        }
    }
    if open.is_some() {
        return Err(broken("it ends in the middle of an entry"));
    }
    Ok(entries)
}

fn link(start: &quick_xml::events::BytesStart<'_>, open: &mut Option<Entry>) {
    let Some(entry) = open else { return };
    for attribute in start.attributes().flatten() {
        if attribute.key.as_ref() == "href" && entry.link.is_empty() {
            entry.link = attribute.value.to_string();
        }
    }
}

fn add(open: &mut Option<Entry>, field: &str, text: &str) {
    let Some(entry) = open else { return };
    match field {
        "title" => entry.title.push_str(text),
        "published" => entry.published.push_str(text.trim()),
        "updated" => entry.updated.push_str(text.trim()),
        "content" => entry.content.push_str(text),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xml:lang="en-US" xmlns="http://www.w3.org/2005/Atom">
  <id>tag:status.acme.example,2005:/history</id>
  <entry>
    <id>tag:status.acme.example,2005:Incident/1</id>
    <published>2026-01-01T00:40:00Z</published>
    <updated>2026-01-01T00:40:00Z</updated>
    <link rel="alternate" type="text/html" href="https://status.acme.example/incidents/b1c2d3f4g5h6"/>
    <title>Slow &amp; failing</title>
    <content type="html">&lt;p&gt;&lt;small&gt;Jan &lt;var data-var='date'&gt; 1&lt;/var&gt;, &lt;var data-var='time'&gt;00:40&lt;/var&gt; UTC&lt;/small&gt;&lt;br&gt;&lt;strong&gt;Resolved&lt;/strong&gt; - Over.&lt;/p&gt;&lt;p&gt;&lt;small&gt;Dec &lt;var data-var='date'&gt;31&lt;/var&gt;, &lt;var data-var='time'&gt;23:50&lt;/var&gt; UTC&lt;/small&gt;&lt;br&gt;&lt;strong&gt;Update&lt;/strong&gt; - Still.&lt;/p&gt;&lt;p&gt;&lt;small&gt;Dec &lt;var data-var='date'&gt;31&lt;/var&gt;, &lt;var data-var='time'&gt;23:10&lt;/var&gt; UTC&lt;/small&gt;&lt;br&gt;&lt;strong&gt;Identified&lt;/strong&gt; - Found.&lt;/p&gt;</content>
  </entry>
</feed>
"#;

    fn document(text: &str) -> Document {
        Document { name: "history.atom".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn an_entry_tells_an_incident_with_all_that_was_said_across_the_turn_of_the_year() {
        let mut reader = Reader::default();
        reader.feed(&document(FEED)).unwrap();
        let incident = &reader.haul.incidents[0];
        assert_eq!(incident.title.plain(), "Slow & failing");
        let told: Vec<String> = incident
            .said
            .iter()
            .map(|said| {
                let at = jiff::Timestamp::from_millisecond(said.at.0).unwrap();
                format!("{at} {} {}", said.status.as_str(), said.body.plain())
            })
            .collect();
        assert_eq!(
            told,
            [
                "2025-12-31T23:10:00Z identified Found.",
                "2025-12-31T23:50:00Z identified Still.",
                "2026-01-01T00:40:00Z resolved Over.",
            ]
        );
    }

    #[test]
    fn times_in_the_zone_of_the_page_are_read() {
        let mut reader = Reader { zone: TimeZone::get("America/Los_Angeles").ok(), ..Reader::default() };
        let feed = FEED.replace("UTC", "PST").replace("2026-01-01T00:40:00Z", "2026-01-01T00:40:00-08:00");
        reader.feed(&document(&feed)).unwrap();
        let told: Vec<UnixMs> = reader.haul.incidents[0].said.iter().map(|said| said.at).collect();
        let wanted = ["2025-12-31T23:10:00-08:00", "2025-12-31T23:50:00-08:00", "2026-01-01T00:40:00-08:00"];
        assert_eq!(told, wanted.map(|text| moment(text).unwrap()));
    }

    #[test]
    fn a_feed_in_rss_is_told_of_and_not_passed_over() {
        let mut reader = Reader::default();
        let rss = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><item><title>A</title></item></channel></rss>";
        reader.feed(&document(rss)).unwrap();
        assert!(reader.haul.left[0].why.contains("history.atom"), "{:?}", reader.haul.left);
        let mut reader = Reader::default();
        reader.feed(&document(FEED)).unwrap();
        assert_eq!((reader.haul.left.len(), reader.haul.incidents.len()), (0, 1));
    }

    #[test]
    fn a_feed_that_is_cut_or_declares_a_document_type_is_refused() {
        for text in [&FEED[..FEED.len() / 2], "<!DOCTYPE feed [<!ENTITY a \"b\">]><feed/>", "<feed><entry"] {
            assert!(entries(&document(text)).is_err(), "{text}");
        }
    }
}
