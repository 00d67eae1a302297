//! Everything that is remembered, as a table or as JSON: sent as it is read, however much it is.
#![expect(unused_qualifications, reason = "the macro that describes a route writes them")]

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use pharos_engine::CheckId;
use pharos_model::{ComponentId, Incident, IncidentId, Span, UnixMs};
use pharos_store::{Sample, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::checks::ObservationView;
use super::extract::{Asked, Named};
use super::incident_shapes::IncidentView;
use super::problem::{Problem, Problems};
use super::wire::{Moment, StatusWord, written};
use crate::http::Services;
use crate::limits::EXPORT_ROWS_AT_ONCE;

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// A table after RFC 4180, its columns named in the first line.
    Csv,
    /// One list.
    Json,
}

/// In which form.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `csv`, which it is unless it is stated, or `json`.
    #[param(example = "csv", pattern = "^(csv|json)$")]
    format: Option<String>,
}

impl ExportQuery {
    fn format(&self) -> Result<Format, Problem> {
        match self.format.as_deref() {
            None | Some("csv") => Ok(Format::Csv),
            Some("json") => Ok(Format::Json),
            Some(_) => {
                Err(Problem::new("malformed", "`format` is none that there is")
                    .hint("ask for `csv` or `json`"))
            }
        }
    }
}

/// A stretch of time in which a component had one status.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SpanView {
    /// When it began.
    pub from: Moment,
    /// When it ended; `null` for the one that lasts.
    pub until: Option<Moment>,
    /// What counts in the uptime.
    pub status: StatusWord,
    /// What the checks found, where operators stated the status.
    pub measured: Option<StatusWord>,
}

impl From<&Span> for SpanView {
    fn from(span: &Span) -> Self {
        Self {
            from: Moment(span.starts_at),
            until: span.ends_at.map(Moment),
            status: span.status.into(),
            measured: span.measured.map(Into::into),
        }
    }
}

/// What is sent, and up to where it was.
#[derive(Clone, Debug)]
enum Place {
    Incidents(Option<(UnixMs, IncidentId)>),
    Spans(ComponentId, UnixMs),
    Samples(CheckId, Option<UnixMs>),
}

/// The columns of each.
const INCIDENTS: &str = "id,title,status,impact,began_at,resolved_at,components,updates";
const SPANS: &str = "from,until,status,measured";
const SAMPLES: &str =
    "scheduled_at,at,status,latency_us,dns_us,connect_us,tls_us,first_byte_us,body_us,reason";

impl Place {
    fn columns(&self) -> &'static str {
        match self {
            Self::Incidents(_) => INCIDENTS,
            Self::Spans(..) => SPANS,
            Self::Samples(..) => SAMPLES,
        }
    }

    /// The rows from here on, each already written, the newest first, and the place after them; `None` after the last.
    async fn rows(
        self,
        services: &Services,
        format: Format,
    ) -> Result<(Vec<String>, Option<Self>), StoreError> {
        let (store, at_once) = (&services.store, EXPORT_ROWS_AT_ONCE);
        match self {
            Self::Incidents(before) => {
                let known = store.incidents_page(before, (None, None), at_once).await?;
                let last = known.last().map(|last| Self::Incidents(Some((last.began_at, last.id.clone()))));
                let rows: Vec<String> = known.iter().map(|known| incident(services, known, format)).collect();
                Ok((rows, last.filter(|_| known.len() == at_once)))
            }
            Self::Spans(id, until) => {
                let known = store.spans(&id, UnixMs(i64::MIN), until, at_once).await?;
                let rows = known.iter().rev().map(|known| span(known, format)).collect();
                let first = known.first().filter(|_| known.len() == at_once).map(|first| first.starts_at);
                Ok((rows, first.map(|first| Self::Spans(id, first))))
            }
            Self::Samples(check, before) => {
                let known = store.observations_before(&check, before, at_once).await?;
                let last = known.last().filter(|_| known.len() == at_once).map(|last| last.scheduled_at);
                let rows = known.into_iter().map(|known| sample(known, format)).collect();
                Ok((rows, last.map(|last| Self::Samples(check, Some(last)))))
            }
        }
    }
}

/// What somebody else wrote as a field of a table: programs for tables take what begins like this for something to reckon, and an
/// apostrophe before it for the sign of a text.
fn plain(text: &str) -> String {
    let is_reckoned = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_reckoned { ["'", text].concat() } else { text.to_owned() }
}

/// A field of a table. Quotes are doubled where it has to stand in quotes.
fn field(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) {
        ["\"", &text.replace('"', "\"\""), "\""].concat()
    } else {
        text.to_owned()
    }
}

/// A line of a table, or what a list holds.
fn row(format: Format, fields: impl FnOnce() -> Vec<String>, view: &impl Serialize) -> String {
    match format {
        Format::Csv => fields().iter().map(|text| field(text)).collect::<Vec<_>>().join(","),
        // Names, words and numbers: all of it can be written.
        Format::Json => serde_json::to_string(view).unwrap_or_default(),
    }
}

fn incident(services: &Services, known: &Incident, format: Format) -> String {
    let fields = || {
        let snapshot = services.pages.snapshot();
        let title = pharos_app::Words::of_page(&snapshot.page).incident_title(&snapshot, known);
        let components: Vec<&str> = known.components.iter().map(ComponentId::as_str).collect();
        vec![
            known.id.to_string(),
            plain(&title),
            known.status.as_str().to_owned(),
            known.impact.as_str().to_owned(),
            written(known.began_at),
            known.resolved_at.map(written).unwrap_or_default(),
            components.join(" "),
            known.updates.len().to_string(),
        ]
    };
    row(format, fields, &IncidentView::of(services, known))
}

fn span(known: &Span, format: Format) -> String {
    let fields = || {
        vec![
            written(known.starts_at),
            known.ends_at.map(written).unwrap_or_default(),
            known.status.as_str().to_owned(),
            known.measured.map_or("", pharos_model::Status::as_str).to_owned(),
        ]
    };
    row(format, fields, &SpanView::from(known))
}

fn sample(known: Sample, format: Format) -> String {
    let number = |us: Option<u32>| us.map(|us| us.to_string()).unwrap_or_default();
    let mut columns = vec![
        written(known.scheduled_at),
        written(known.at),
        known.status.as_str().to_owned(),
        number(known.latency_us),
    ];
    columns.extend(known.stages_us.map(number));
    columns.push(plain(known.reason.as_deref().unwrap_or_default()));
    row(format, || columns, &ObservationView::from(known))
}

/// Rows as a piece of the whole: `is_first` and `is_last` tell which.
fn piece(format: Format, columns: &str, rows: &[String], (is_first, is_last): (bool, bool)) -> Bytes {
    let text = match format {
        Format::Csv => {
            let head = if is_first { [columns, "\r\n"].concat() } else { String::new() };
            rows.iter().fold(head, |text, row| text + row + "\r\n")
        }
        Format::Json => {
            let between = if is_first || rows.is_empty() { "" } else { ",\n" };
            let (begin, end) = (if is_first { "[\n" } else { between }, if is_last { "\n]\n" } else { "" });
            [begin, &rows.join(",\n"), end].concat()
        }
    };
    Bytes::from(text)
}

/// The whole, a piece after the other. The first is read before the answer begins, so that a failure then is told in words; a
/// later one breaks the answer off, and nobody takes it for whole.
async fn sent(
    services: Arc<Services>,
    place: Place,
    (format, name): (Format, String),
) -> Result<Response, Problem> {
    let columns = place.columns();
    let (rows, next) = place.rows(&services, format).await?;
    let first = piece(format, columns, &rows, (true, next.is_none()));
    let rest = stream::unfold((services, next), move |(services, place)| async move {
        match place?.rows(&services, format).await {
            Ok((rows, next)) => {
                Some((Ok(piece(format, columns, &rows, (false, next.is_none()))), (services, next)))
            }
            Err(error) => {
                tracing::error!(%error, "an export was broken off");
                Some((Err(error), (services, None)))
            }
        }
    });
    let whole = futures_util::StreamExt::chain(stream::once(async move { Ok::<_, StoreError>(first) }), rest);
    let (media_type, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
        Format::Json => ("application/json", "json"),
    };
    let mut response = Response::new(Body::from_stream(whole));
    let fields = response.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(file) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{ending}\"")) {
        fields.insert(CONTENT_DISPOSITION, file);
    }
    Ok(response)
}

/// Export every incident, newest first
#[utoipa::path(get, path = "/exports/incidents", tag = "exports", params(ExportQuery),
    responses((status = 200, content((String = "text/csv"), (Vec<IncidentView> = "application/json"))), Problems))]
pub async fn export_incidents(
    State(services): State<Arc<Services>>,
    Asked(query): Asked<ExportQuery>,
) -> Result<Response, Problem> {
    let form = (query.format()?, "incidents".to_owned());
    sent(services, Place::Incidents(None), form).await
}

/// Export every span of a component, newest first
#[utoipa::path(get, path = "/exports/components/{id}/spans", tag = "exports", params(("id" = String, Path), ExportQuery),
    responses((status = 200, content((String = "text/csv"), (Vec<SpanView> = "application/json"))), Problems))]
pub async fn export_spans(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
    Asked(query): Asked<ExportQuery>,
) -> Result<Response, Problem> {
    let snapshot = services.pages.snapshot();
    let id = ComponentId::new(&id).ok().filter(|id| snapshot.component(id).is_some());
    let id = id.ok_or_else(|| Problem::not_found("component"))?;
    let form = (query.format()?, format!("{id}-spans"));
    // The span that began with the newest change is among them.
    sent(services, Place::Spans(id, snapshot.at.plus_ms(1)), form).await
}

/// Export every raw observation of a check that is still kept, newest first
#[utoipa::path(get, path = "/exports/checks/{id}/samples", tag = "exports", params(("id" = String, Path), ExportQuery),
    responses((status = 200, content((String = "text/csv"), (Vec<ObservationView> = "application/json"))), Problems))]
pub async fn export_samples(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
    Asked(query): Asked<ExportQuery>,
) -> Result<Response, Problem> {
    let is_known = services.configured.load().checks.iter().any(|check| check.id.0 == id);
    if !is_known {
        return Err(Problem::not_found("check"));
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
    let form = (query.format()?, format!("{}-samples", id.chars().map(plain).collect::<String>()));
    sent(services, Place::Samples(CheckId(id), None), form).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_would_end_early_stands_in_quotes() {
        assert_eq!(field("a b"), "a b");
        assert_eq!(field("a,\"b\"\r\n"), "\"a,\"\"b\"\"\r\n\"");
    }

    #[test]
    fn what_others_wrote_is_nothing_to_reckon_for_programs_of_tables() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(plain(text), ["'", text].concat());
        }
        assert_eq!(plain("connection refused: -1 = x"), "connection refused: -1 = x");
    }

    #[test]
    fn the_pieces_of_a_list_make_one_list() {
        let one = ["1".to_owned(), "2".to_owned()];
        let whole = |pieces: &[&[String]]| {
            let last = pieces.len() - 1;
            let parts = pieces
                .iter()
                .enumerate()
                .map(|(place, rows)| piece(Format::Json, "", rows, (place == 0, place == last)));
            let text: Vec<u8> = parts.flat_map(|part| part.to_vec()).collect();
            serde_json::from_slice::<Vec<u32>>(&text).unwrap()
        };
        assert_eq!(whole(&[&one, &one]), [1, 2, 1, 2]);
        assert_eq!(whole(&[&one, &[]]), [1, 2]);
        assert_eq!(whole(&[&[]]), [0; 0]);
    }
}
