//! Figures about Pharos itself, in the OpenMetrics text format.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, VARY};
use pharos_model::{Snapshot, Status, UnixMs};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use super::probe_figures::{ProbeFigures, older};
use super::{Services, headers};
use crate::hooks::HookFigures;
use crate::nodes::NodeView;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ComponentLabels {
    component: String,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NodeLabels {
    node: String,
}

/// Every figure.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    probes: Family<OutcomeLabels, Counter>,
    probe_seconds: Histogram,
    probes_late_ms_max: Gauge,
    samples_dropped: Counter,
    journal_seq: Gauge,
    streams: Gauge,
    streams_opened: Counter,
    render_seconds: Histogram,
    incidents_open: Gauge,
    leads: Gauge,
    term: Gauge,
    nodes: Gauge,
    node_behind: Family<NodeLabels, Gauge>,
    rivals: Gauge,
    damaged: Gauge,
    archive_seq: Gauge,
    archive_lag: Histogram,
    archive_behind: Gauge,
    component_status: Family<ComponentLabels, Gauge>,
    /// The looks that this node took.
    pub looks: ProbeFigures,
    /// What came in by webhook.
    pub hooks: HookFigures,
    copy_parts_written: Counter,
    copy_failures: Counter,
    copy_published_at: Gauge,
    latest_late_ms: AtomicI64,
    opened: AtomicU64,
    blind: AtomicBool,
    shown: Mutex<Vec<ComponentLabels>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("pharos");
        let metrics = Self {
            probes: Family::default(),
            probe_seconds: Histogram::new(exponential_buckets(0.001, 2.0, 15)),
            probes_late_ms_max: Gauge::default(),
            samples_dropped: Counter::default(),
            journal_seq: Gauge::default(),
            streams: Gauge::default(),
            streams_opened: Counter::default(),
            render_seconds: Histogram::new(exponential_buckets(0.0005, 2.0, 12)),
            incidents_open: Gauge::default(),
            leads: Gauge::default(),
            term: Gauge::default(),
            nodes: Gauge::default(),
            node_behind: Family::default(),
            rivals: Gauge::default(),
            damaged: Gauge::default(),
            archive_seq: Gauge::default(),
            archive_lag: Histogram::new(exponential_buckets(0.05, 2.0, 12)),
            archive_behind: Gauge::default(),
            component_status: Family::default(),
            looks: ProbeFigures::default(),
            hooks: HookFigures::default(),
            latest_late_ms: AtomicI64::new(0),
            opened: AtomicU64::new(0),
            copy_parts_written: Counter::default(),
            copy_failures: Counter::default(),
            copy_published_at: Gauge::default(),
            blind: AtomicBool::new(false),
            shown: Mutex::default(),
            registry: Registry::default(),
        };
        registry.register("probes", "Probes that came back", metrics.probes.clone());
        let seconds = Unit::Seconds;
        registry.register_with_unit(
            "probe_duration",
            "Time a probe took",
            seconds,
            metrics.probe_seconds.clone(),
        );
        registry.register(
            "probe_start_delay_max_ms",
            "The longest delay of a probe behind its time since the last scrape, in milliseconds",
            metrics.probes_late_ms_max.clone(),
        );
        registry.register(
            "samples_dropped",
            "Raw observations lost for lack of room",
            metrics.samples_dropped.clone(),
        );
        registry.register(
            "journal_seq",
            "The last entry of the journal that is shown",
            metrics.journal_seq.clone(),
        );
        registry.register("stream_clients", "Open event streams", metrics.streams.clone());
        registry.register("streams_opened", "Event streams opened", metrics.streams_opened.clone());
        let render = metrics.render_seconds.clone();
        registry.register_with_unit("render_duration", "Time to make the first page", Unit::Seconds, render);
        registry.register("incidents_open", "Open incidents", metrics.incidents_open.clone());
        registry.register("leads", "1 while this node leads", metrics.leads.clone());
        registry.register("term", "The how-manieth leadership there is", metrics.term.clone());
        registry.register("nodes_live", "Nodes that were heard of lately", metrics.nodes.clone());
        let rivals = "Database hosts that take writes beside the one that is written to";
        registry.register("database_rivals", rivals, metrics.rivals.clone());
        let damaged = "Parts of the database that are damaged";
        registry.register("database_damaged_parts", damaged, metrics.damaged.clone());
        metrics.register_archive(&mut registry);
        registry.register(
            "copy_parts_written",
            "Parts of the copy of the page that were written",
            metrics.copy_parts_written.clone(),
        );
        registry.register(
            "copy_failures",
            "Times the copy of the page could not be published",
            metrics.copy_failures.clone(),
        );
        registry.register_with_unit(
            "copy_published_at",
            "When the copy of the page was last published or renewed by this node, since 1970",
            Unit::Seconds,
            metrics.copy_published_at.clone(),
        );
        let behind = metrics.node_behind.clone();
        registry.register("node_behind", "Entries of the journal that a node has yet to read", behind);
        registry.register(
            "component_status",
            "1 for the status a component has",
            metrics.component_status.clone(),
        );
        metrics.hooks.register(&mut registry);
        Self { registry, ..metrics }
    }
}

impl Metrics {
    fn register_archive(&self, registry: &mut Registry) {
        registry.register(
            "archive_seq",
            "The last entry of the journal that is in the archive, as far as this node wrote it",
            self.archive_seq.clone(),
        );
        let lag = self.archive_lag.clone();
        let what = "How long what was committed waited until it was in the archive";
        registry.register_with_unit("archive_lag", what, Unit::Seconds, lag);
        let behind = self.archive_behind.clone();
        let what = "How long the oldest entry of the journal has waited that is not in the archive yet";
        registry.register_with_unit("archive_behind", what, Unit::Seconds, behind);
    }

    /// Notes a probe that came back, and how late it began.
    pub fn probed(&self, outcome: &'static str, took_us: Option<u32>, late_ms: u64) {
        self.probes.get_or_create(&OutcomeLabels { outcome }).inc();
        if let Some(us) = took_us {
            self.probe_seconds.observe(f64::from(us) / 1e6);
        }
        self.latest_late_ms.fetch_max(i64::try_from(late_ms).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// Notes observations that found no room.
    pub fn dropped_sample(&self) {
        self.samples_dropped.inc();
    }

    /// Notes a new event stream; returns how many there were before.
    pub fn stream_opened(&self) -> u64 {
        self.streams_opened.inc();
        self.opened.fetch_add(1, Ordering::Relaxed)
    }

    /// Notes what is in the archive, and how long the first of what was new waited for it.
    pub fn archived(&self, seq: u64, waited: std::time::Duration) {
        self.archive_seq.set(i64::try_from(seq).unwrap_or(i64::MAX));
        self.archive_lag.observe(waited.as_secs_f64());
    }

    /// Notes that the copy of the page was published, and how much of it was written.
    pub fn copied(&self, written: usize, at: UnixMs) {
        self.copy_parts_written.inc_by(written as u64);
        self.copy_published_at.set(at.0 / 1_000);
    }

    /// Notes that it could not be.
    pub fn copy_failed(&self) {
        self.copy_failures.inc();
    }

    /// Notes how long the first page took.
    pub fn rendered(&self, seconds: f64) {
        self.render_seconds.observe(seconds);
    }

    /// Notes what is shown now.
    pub fn shows(&self, snapshot: &Snapshot, seq: u64, blind: bool) {
        self.blind.store(blind, Ordering::Relaxed);
        self.journal_seq.set(i64::try_from(seq).unwrap_or(i64::MAX));
        self.incidents_open.set(i64::try_from(snapshot.open_incidents().count()).unwrap_or(i64::MAX));
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        for labels in shown.drain(..) {
            self.component_status.remove(&labels);
        }
        for component in &snapshot.components {
            for status in Status::ALL {
                let labels = ComponentLabels {
                    component: component.definition.id.to_string(),
                    status: status.as_str(),
                };
                self.component_status.get_or_create(&labels).set(i64::from(status == component.status));
                shown.push(labels);
            }
        }
    }

    /// Notes how the nodes are.
    fn lists(&self, nodes: &[NodeView]) {
        self.node_behind.clear();
        let live = nodes.iter().filter(|node| node.live);
        self.nodes.set(i64::try_from(live.clone().count()).unwrap_or(i64::MAX));
        for node in live {
            let labels = NodeLabels { node: node.name.clone() };
            self.node_behind.get_or_create(&labels).set(i64::try_from(node.behind).unwrap_or(i64::MAX));
        }
        let own = nodes.iter().find(|node| node.answers);
        self.leads.set(i64::from(own.is_some_and(|node| node.leads)));
        // While nobody is heard of, it is that of the last who was.
        if let Some(term) = nodes.iter().filter_map(|node| node.term).max() {
            self.term.set(i64::try_from(term).unwrap_or(i64::MAX));
        }
    }

    /// Whether the watcher cannot tell a failure of its targets from its own.
    pub fn is_blind(&self) -> bool {
        self.blind.load(Ordering::Relaxed)
    }
}

/// Whether a reader knows the older text format and no other.
fn reads_older(request: &HeaderMap) -> bool {
    let accepted = request.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.contains("text/plain") && !accepted.contains("application/openmetrics-text")
}

/// All figures.
pub async fn metrics(State(services): State<Arc<Services>>, request: HeaderMap) -> Response {
    let metrics = &services.metrics;
    metrics.streams.set(i64::try_from(services.streams.total()).unwrap_or(i64::MAX));
    metrics.probes_late_ms_max.set(metrics.latest_late_ms.swap(0, Ordering::Relaxed));
    metrics.lists(&services.nodes());
    metrics.rivals.set(i64::try_from(services.store.rivals().len()).unwrap_or(i64::MAX));
    let damaged = services.store.damage().borrow().len();
    metrics.damaged.set(i64::try_from(damaged).unwrap_or(i64::MAX));
    let behind_ms = services.health.archive.behind_ms(crate::clock::wall());
    metrics.archive_behind.set(i64::try_from(behind_ms / 1_000).unwrap_or(i64::MAX));
    let mut out = String::new();
    let is_written = text::encode_registry(&mut out, &metrics.registry).is_ok();
    metrics.looks.write(crate::clock::wall(), &mut out);
    if !is_written || text::encode_eof(&mut out).is_err() {
        return headers::plain(
            http::StatusCode::INTERNAL_SERVER_ERROR,
            "The figures could not be written.\n",
        );
    }
    let (out, media_type) = if reads_older(&request) {
        (older(&out), "text/plain; version=0.0.4; charset=utf-8")
    } else {
        (out, "application/openmetrics-text; version=1.0.0; charset=utf-8")
    };
    let mut response = Response::new(Body::from(out));
    let media_type = HeaderValue::from_static(media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    response
}
