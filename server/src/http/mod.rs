//! The server's face: every route in one list, behind one accept loop with bounds on everything a client may do.

mod admin;
mod agent;
mod api;
mod assets;
mod brand;
mod embed;
mod events;
mod headers;
mod health;
mod hooks;
mod language;
mod mcp;
mod metrics;
mod page;
mod probe_figures;
mod push;
mod site;
mod wires;
mod worker;

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Extension, Router};
use pharos_app::LANGUAGES;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use agent::{Agents, Report};
pub use api::act::UnderWay;
pub use api::archive::DrillView;
pub use api::wire::written;
pub use assets::Assets;
pub use embed::{scripts, shared};
pub use headers::{page_policy, secure};
pub use health::{Access, HealthState};
pub use metrics::Metrics;
pub use push::{Heartbeat, HeartbeatSender};
pub use site::{OF_THE_NODE, Site, is_taken};
pub use worker::script as worker_script;

use pharos_front::{AddressCounts, Peer};

use language::Spoken;

use crate::accounts::{Accounts, Provider};
use crate::archiving::Drills;
use crate::checks::Configured;
use crate::config::Brand;
use crate::embed::Summaries;
use crate::further::{Further, FurtherPages};
use crate::known::Known;
use crate::live::Hub;
use crate::nodes::{NodeView, Roster};
use crate::operators::Operators;
use crate::pages::Pages;
use crate::pulse::LastChecked;

/// What the handlers need.
#[derive(Clone)]
pub struct Services {
    /// Pages as bytes.
    pub pages: Arc<Pages>,
    /// The live stream.
    pub hub: Arc<Hub>,
    /// What other sites are told.
    pub summaries: Arc<Summaries>,
    /// Journal, for those who resume from long ago.
    pub store: Arc<dyn pharos_store::Store>,
    /// Scripts and WebAssembly.
    pub assets: Arc<Assets>,
    /// The operator's own files.
    pub brand: Arc<ArcSwap<Brand>>,
    /// How this node is.
    pub health: Arc<HealthState>,
    /// When anything was last looked at.
    pub last_checked: Arc<LastChecked>,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// Who may report, and to whom.
    pub heartbeats: HeartbeatSender,
    /// Who reports by webhook.
    pub hooks: hooks::Ways,
    /// Who looks from elsewhere, and to whom they hand in.
    pub agents: Agents,
    /// Users, sessions and tokens.
    pub accounts: Arc<Accounts>,
    /// Through whom operators sign in beside their passwords.
    pub provider: Arc<ArcSwapOption<Provider>>,
    /// The way of operators' commands to the core.
    pub operators: Operators,
    /// What operators see.
    pub known: watch::Receiver<Known>,
    /// The checks that are configured.
    pub configured: Arc<ArcSwap<Configured>>,
    /// The text of the configuration file.
    pub source: Arc<ArcSwap<Arc<str>>>,
    /// The nodes on this database.
    pub roster: watch::Receiver<Arc<Roster>>,
    /// A fingerprint of this one's configuration.
    pub config: watch::Receiver<String>,
    /// What tries whether the archive can be restored.
    pub drills: Drills,
    /// Requests with a key that are under way.
    pub under_way: Arc<UnderWay>,
    /// Event streams open, by address.
    pub streams: Arc<AddressCounts>,
    /// Ends streams.
    pub shutdown: CancellationToken,
}

impl Services {
    /// The nodes, as this one has last heard of them.
    pub fn nodes(&self) -> Vec<NodeView> {
        NodeView::all(&self.roster.borrow().by_now(), &self.config.borrow())
    }
}

/// The pages, at addresses that begin with `prefix`: nothing, or a language.
fn pages(prefix: &str) -> Router<Arc<Services>> {
    let at = |path: &str| [prefix, path].concat();
    Router::new()
        .route(&at("/"), get(page::index))
        .route(&at("/history"), get(page::history))
        .route(&at("/resilience"), get(page::resilience))
        .route(&at("/history/{month}"), get(page::history_month))
        .route(&at("/history/{month}/{component}"), get(page::history_component))
        .route(&at("/embed"), get(embed::gallery))
        .route(&at("/embed/{variant}"), get(embed::framed))
        .route(&at("/embed/summary.json"), wires::readable(embed::summary))
        .route(&at("/embed/events"), wires::readable(embed::events))
        .route(&at("/incidents/{id}"), wires::readable(page::incident))
        .route(&at("/incidents/{id}/card.png"), get(page::incident_card))
        .route(&at("/card.png"), get(page::card))
        .route(&at("/components/{id}"), wires::readable(page::component))
        .route(&at("/components/{id}/{what}"), get(page::of_component))
        .route(&at("/components/{id}/days/{date}"), get(page::day))
        .route(&at("/components/{id}/calendar/{year}"), get(page::year))
        .merge(documents(prefix))
}

/// The documents for programs, at addresses that begin with `prefix`: nothing, or a language.
fn documents(prefix: &str) -> Router<Arc<Services>> {
    let routes = crate::wires::routes(!prefix.is_empty());
    routes.iter().fold(Router::new(), |router, route| router.route(&[prefix, route].concat(), wires::route()))
}

/// Every route, below the path of the page, and those of the further pages.
pub fn site(services: Services, further: Arc<FurtherPages>) -> Site {
    let services = Arc::new(services);
    Site::new(router(&services), services, further)
}

/// What everybody may ask of a page. None of these routes knows the path below which the page is.
fn of_page() -> Router<Arc<Services>> {
    LANGUAGES
        .iter()
        .fold(pages(""), |router, language| {
            let prefix = ["/", language.tag].concat();
            let to_index = Redirect::permanent(&[&prefix, "/"].concat());
            router
                .route(&prefix, get(async move || to_index))
                .merge(pages(&prefix).layer(Extension(Spoken(language))))
        })
        .route("/api/v2/{*path}", wires::route())
        .route("/events", wires::readable(events::events))
        .route("/service-worker.js", get(worker::worker))
        .route("/widget.js", get(embed::widget))
        .route("/frame.js", get(embed::frame))
        .route("/oembed", wires::readable(embed::oembed))
        .route("/assets/{name}", get(assets::asset))
        .route("/brand/{name}", get(brand::file))
        .route("/favicon.svg", get(page::favicon))
        .route("/favicon.ico", get(page::favicon))
}

/// The routes of a further page. What is asked of the node, of operators and by those who report is at the main page alone.
fn of_further(page: &Further, services: &Services) -> Router {
    of_page().fallback(page::not_found).with_state(Arc::new(Services {
        pages: Arc::clone(&page.pages),
        hub: Arc::clone(&page.hub),
        summaries: Arc::default(),
        shutdown: page.ended.clone(),
        ..services.clone()
    }))
}

/// The routes of the main page.
fn router(services: &Arc<Services>) -> Router {
    let (api, document) = api::guarded(services);
    let mcp = mcp::router(&api, &document, services);
    of_page()
        .route("/health", get(health::health))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::metrics))
        .route("/push/{token}", get(push::success).post(push::success))
        .route("/push/{token}/start", get(push::start).post(push::start))
        .route("/push/{token}/fail", get(push::fail).post(push::fail))
        .route("/hooks/{id}", post(hooks::deliver))
        .route("/hooks/{id}/{token}", post(hooks::deliver_by_token))
        .route("/agent/assignment", get(agent::assignment))
        .route("/agent/results", post(agent::results))
        .merge(mcp)
        .merge(api::router(api, &document))
        .merge(admin::router(services))
        .fallback(page::not_found)
        .with_state(Arc::clone(services))
}
