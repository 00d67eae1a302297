//! Pages of the history: incidents that the API does not tell of any more, each with its last words.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use pharos_model::{IncidentStatus, UnixMs};

use super::Reader;
use super::events::impact;
use crate::{At, Document, ImportError, Incident, Said, Spot, from_html};

/// Where the data of a page of the history stand in it.
const MARK: &str = "data-react-class=\"HistoryIndex\"";
const DATA: &str = "data-react-props=\"";

/// Whether a text is such a page.
pub fn is_page(text: &str) -> bool {
    text.contains(MARK)
}

/// The data of such a page.
fn data(document: &Document) -> Result<Document, ImportError> {
    let after = document.text.find(MARK).map(|at| &document.text[at..]);
    let data = after.and_then(|after| {
        let start = after.find(DATA)? + DATA.len();
        after[start..].split('"').next()
    });
    let data = data.ok_or_else(|| {
        ImportError::new(
            Spot::of(&document.name),
            "the data of the history are not in it",
            "save the page whole",
        )
    })?;
    let text = data
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&apos;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    Ok(Document { name: document.name.clone(), text })
}

/// Whether older pages may tell of more: the one before this was not made before the page itself.
pub fn goes_on(document: &Document) -> bool {
    let oldest = || {
        let data = data(document).ok()?;
        let root = data.json().ok()?;
        let at = data.at(&root);
        let created = at.get("page_status")?.get("page")?.get("created_at")?.moment().ok()?;
        let last = at.get("months")?.items().ok()?.last()?.clone();
        let begin = month_begin(&last)?;
        Some(begin > created)
    };
    oldest().unwrap_or(false)
}

fn month_begin(month: &At<'_>) -> Option<UnixMs> {
    let number = month_number(month.get("name")?.text().ok()?)?;
    let year = i16::try_from(month.get("year")?.number().ok()?).ok()?;
    let date = Date::new(year, number, 1).ok()?;
    let stamp = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(UnixMs(stamp.as_millisecond()))
}

/// The number of a month by its English name or the beginning of it.
pub fn month_number(name: &str) -> Option<i8> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let begin = name.get(..3)?.to_ascii_lowercase();
    let index = MONTHS.into_iter().position(|month| month == begin)?;
    i8::try_from(index + 1).ok()
}

impl Reader {
    pub(super) fn history_page(&mut self, document: &Document) -> Result<(), ImportError> {
        let data = data(document)?;
        let root = data.json()?;
        let at = data.at(&root);
        match at.get("months") {
            Some(months) => self.months(&months),
            None => Ok(()),
        }
    }

    /// Takes the months of a page of the history.
    pub(super) fn months(&mut self, months: &At<'_>) -> Result<(), ImportError> {
        for month in months.items()? {
            let name = month.need("name")?;
            let number = month_number(name.text()?).ok_or_else(|| {
                name.error(format!("{} is no month", name.shown()), "its English name is expected")
            })?;
            let year_at = month.need("year")?;
            let year = i16::try_from(year_at.number()?).ok().filter(|year| (1990..=2200).contains(year));
            let year = year.ok_or_else(|| year_at.error("this is no year", "save the page again"))?;
            for incident in month.need("incidents")?.items()? {
                self.remembered(&incident, (year, number))?;
            }
        }
        Ok(())
    }

    fn remembered(&mut self, at: &At<'_>, month: (i16, i8)) -> Result<(), ImportError> {
        let code = at.need("code")?.text()?;
        if !self.first(code, at.spot())? {
            return Ok(());
        }
        let title = self.line(&at.need("name")?)?;
        let timestamp = at.need("timestamp")?;
        let Some((began, ended)) = stretch(timestamp.text()?, month, self.zone.as_ref()) else {
            let what = format!("the incident `{title}`");
            self.haul.leave(
                timestamp.spot(),
                what,
                format!("when it was cannot be read from {}", timestamp.shown()),
            );
            return Ok(());
        };
        if at.get("impact").is_some_and(|impact| impact.text() == Ok("maintenance")) {
            let why = "the history does not tell which components it was of";
            self.haul.leave(at.spot(), format!("the maintenance `{title}`"), why);
            return Ok(());
        }
        let body = at.get("message").map(|at| at.text().map(from_html)).transpose()?.unwrap_or_default();
        let body = self.bounded(body, at.spot());
        let mut incident =
            Incident::new(title, began, vec![Said::new(ended, IncidentStatus::Resolved, body)]);
        incident.impact = at.get("impact").map(|at| impact(&at)).transpose()?.flatten();
        self.reach(ended);
        self.haul.incidents.push(incident);
        Ok(())
    }
}

/// From when to when: `Aug 26, 23:37 - Aug 27, 19:44 UTC` with tags in it, in the month under which it stands.
fn stretch(text: &str, (year, month): (i16, i8), zone: Option<&TimeZone>) -> Option<(UnixMs, UnixMs)> {
    let text = from_html(text);
    let zone = if text.ends_with("UTC") { TimeZone::UTC } else { zone?.clone() };
    let (first, second) = text.split_once(" - ").unwrap_or((&text, ""));
    let (began_on, began_at) = on_and_at(first)?;
    let began_on = began_on?;
    let (ended_on, ended_at) = match on_and_at(second) {
        Some((on, at)) => (on.unwrap_or(began_on), at),
        None => (began_on, began_at),
    };
    let moment = |(of_month, day): (i8, i8), time: Time| {
        // Around the turn of the year one end lies in the other year.
        let year = match (month, of_month) {
            (1, 12) => year - 1,
            (12, 1) => year + 1,
            _ => year,
        };
        let date = Date::new(year, of_month, day).ok()?;
        let stamp = DateTime::from_parts(date, time).to_zoned(zone.clone()).ok()?.timestamp();
        Some(UnixMs(stamp.as_millisecond()))
    };
    let (began, ended) = (moment(began_on, began_at)?, moment(ended_on, ended_at)?);
    (began <= ended).then_some((began, ended))
}

/// A month and a day, if they are named, and a time.
type OnAndAt = (Option<(i8, i8)>, Time);

fn on_and_at(text: &str) -> Option<OnAndAt> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let time = words.iter().find_map(|word| {
        let (hour, minute) = word.split_once(':')?;
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    })?;
    let on = words.windows(2).find_map(|pair| Some((month_number(pair[0])?, pair[1].parse::<i8>().ok()?)));
    Some((on, time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, month: (i16, i8), told: Option<(&str, &str)>) {
        let moments = told.map(|(from, until)| (crate::moment(from).unwrap(), crate::moment(until).unwrap()));
        assert_eq!(stretch(text, month, None), moments, "{text}");
    }

    #[test]
    fn stretches_of_the_history_are_read() {
        check(
            "Aug <var data-var='date'>26</var>, <var data-var='time'>23:37</var> - Aug <var data-var='date'>27</var>, <var data-var='time'>19:44</var> UTC",
            (2026, 8),
            Some(("2026-08-26T23:37:00Z", "2026-08-27T19:44:00Z")),
        );
        check("Aug 5, 10:00 - 11:30 UTC", (2026, 8), Some(("2026-08-05T10:00:00Z", "2026-08-05T11:30:00Z")));
        check("Aug 5, 10:00 UTC", (2026, 8), Some(("2026-08-05T10:00:00Z", "2026-08-05T10:00:00Z")));
        check(
            "Dec 31, 23:00 - Jan 1, 01:00 UTC",
            (2026, 1),
            Some(("2025-12-31T23:00:00Z", "2026-01-01T01:00:00Z")),
        );
        check(
            "Dec 31, 23:00 - Jan 1, 01:00 UTC",
            (2025, 12),
            Some(("2025-12-31T23:00:00Z", "2026-01-01T01:00:00Z")),
        );
    }

    #[test]
    fn what_cannot_be_placed_in_time_is_none() {
        for text in ["", "yesterday", "Aug 40, 10:00 UTC", "Aug 5, 10:00 PDT", "Aug 5, 11:00 - 10:00 UTC"] {
            check(text, (2026, 8), None);
        }
    }
}
