//! Redundancy and failovers, those that only operators see among them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use pharos_model::{Between, ErrorBudget, Failover, Member, Observed, Redundancy};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{Problem, Problems};
use super::wire::{Moment, StatusWord};
use crate::http::Services;
use crate::pages::budgets;

/// What a redundant component is made of, and what it has left.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RedundancyView {
    /// How many of its members it needs: `all`, `any`, `quorum` or `primary_standby`.
    #[schema(example = "primary_standby")]
    pub policy: String,
    /// What is left to lose: `full`, `reduced`, `none`, `unknown`, `conflict` (two members claim to be the primary) or `no_primary`;
    /// `null` where there is none by design.
    #[schema(example = "full")]
    pub state: Option<String>,
    /// Since when.
    pub since: Moment,
    /// Its members.
    pub members: Vec<MemberView>,
}

/// A member of a redundant component.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MemberView {
    /// Which component it is.
    pub component: String,
    /// How it is.
    pub status: StatusWord,
    /// What it does: `primary` or `standby`; `null` where nothing is known.
    pub role: Option<String>,
    /// Whether the service rests on it now.
    pub serves: bool,
    /// It lags by less than this, in milliseconds; `null` where it does not say.
    pub lag_below_ms: Option<u64>,
}

impl RedundancyView {
    /// Of what is known.
    pub fn of(known: &Redundancy) -> Self {
        let member = |member: &Member| MemberView {
            component: member.component.to_string(),
            status: member.status.into(),
            role: member.role.map(|role| role.as_str().to_owned()),
            serves: member.serves,
            lag_below_ms: member.lag_below_ms,
        };
        Self {
            policy: known.policy.as_str().to_owned(),
            state: known.state.map(|state| state.as_str().to_owned()),
            since: Moment(known.since),
            members: known.members.iter().map(member).collect(),
        }
    }
}

/// A moment that was not seen itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BetweenView {
    /// The beginning of the last look that did not show it.
    pub after: Moment,
    /// The end of the first look that showed it.
    pub by: Moment,
}

impl From<Between> for BetweenView {
    fn from(between: Between) -> Self {
        Self { after: Moment(between.after), by: Moment(between.by) }
    }
}

/// A length of time that is known within bounds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ObservedView {
    /// At least so many milliseconds.
    pub least_ms: u64,
    /// At most so many milliseconds.
    pub most_ms: u64,
}

impl From<Observed> for ObservedView {
    fn from(observed: Observed) -> Self {
        Self { least_ms: observed.least_ms, most_ms: observed.most_ms }
    }
}

/// From the failure of a member to full redundancy.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FailoverView {
    /// Its number among those of its component.
    pub number: u32,
    /// The redundant component.
    pub component: String,
    /// `failover`, `failback`, `switchover`, `recovery` (it came back where it was) or `member_lost`.
    pub kind: String,
    /// The member that failed or gave up its role.
    pub from: String,
    /// The member on which the service rests since; `null` until it does.
    pub to: Option<String>,
    /// When it failed: t0.
    pub failed: BetweenView,
    /// When that was certain: t1.
    pub confirmed_at: Moment,
    /// When the service was good again: t2.
    pub restored: Option<BetweenView>,
    /// When redundancy was full again: t3.
    pub redundant_at: Option<Moment>,
    /// The observed recovery time.
    pub observed_rto: Option<ObservedView>,
    /// The lag at the last look before the failure, in milliseconds: the data that was at risk; `null` where it was not reported.
    pub observed_rpo_ms: Option<u64>,
    /// What was promised of the recovery time, in milliseconds.
    pub rto_objective_ms: Option<u64>,
    /// What was promised of the data at risk, in milliseconds.
    pub rpo_objective_ms: Option<u64>,
    /// Whether the promised recovery time was kept; `null` where nothing was promised, or nobody looked often enough to say.
    pub rto_met: Option<bool>,
    /// The same for the data at risk.
    pub rpo_met: Option<bool>,
    /// Whether the component was out meanwhile.
    pub service_lost: bool,
    /// The incident that tells of it.
    pub incident: Option<String>,
    /// Whether everybody sees it.
    pub public: bool,
}

impl FailoverView {
    /// Of what is known.
    pub fn of(known: &Failover, public: bool) -> Self {
        Self {
            number: known.number,
            component: known.component.to_string(),
            kind: known.kind.as_str().to_owned(),
            from: known.from.to_string(),
            to: known.to.as_ref().map(ToString::to_string),
            failed: known.failed.into(),
            confirmed_at: Moment(known.confirmed_at),
            restored: known.restored.map(BetweenView::from),
            redundant_at: known.redundant_at.map(Moment),
            observed_rto: known.rto().map(ObservedView::from),
            observed_rpo_ms: known.lag_ms,
            rto_objective_ms: known.rto_objective_ms,
            rpo_objective_ms: known.rpo_objective_ms,
            rto_met: known.met_rto(),
            rpo_met: known.met_rpo(),
            service_lost: known.service_lost,
            incident: known.incident.as_ref().map(ToString::to_string),
            public,
        }
    }
}

/// List failovers, the newest first
#[utoipa::path(get, path = "/failovers", tag = "components", responses((status = 200, body = Vec<FailoverView>), Problems))]
pub async fn list(State(services): State<Arc<Services>>) -> Json<Vec<FailoverView>> {
    let known = services.known.borrow().clone();
    let public = known.board.failovers.iter().map(|failover| (failover, true));
    let mut all: Vec<_> = public.chain(known.failovers.iter().map(|failover| (failover, false))).collect();
    all.sort_by_key(|(failover, _)| std::cmp::Reverse(failover.failed.by));
    Json(all.into_iter().map(|(failover, public)| FailoverView::of(failover, public)).collect())
}

/// What of a promised availability may still be lost within 30 days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BudgetView {
    /// Which component.
    pub component: String,
    /// What share of 30 days it is to be available, in percent.
    #[schema(example = 99.9)]
    pub availability_percent: f64,
    /// How long it may be out within 30 days, in milliseconds.
    pub allowed_ms: u64,
    /// How long it was, in milliseconds; an outage costs what it costs in the uptime.
    pub spent_ms: u64,
    /// What is left, in percent of what is allowed.
    pub left_percent: f64,
    /// How fast the budget went within the last hour: at 1 it lasts exactly 30 days. `null` where nothing was seen.
    pub burn_1h: Option<f64>,
    /// The same within six hours.
    pub burn_6h: Option<f64>,
    /// The same within 30 days.
    pub burn_30d: Option<f64>,
    /// In what share of the window somebody looked, in percent.
    pub coverage_percent: f64,
    /// Whether everybody sees it.
    pub public: bool,
}

impl BudgetView {
    /// Of what is known.
    #[expect(clippy::cast_precision_loss, reason = "a rate that large is nobody's")]
    pub fn of(component: &str, known: &ErrorBudget, public: bool) -> Self {
        let [burn_1h, burn_6h, burn_30d] =
            known.burn.map(|burn| burn.map(|hundredths| hundredths as f64 / 100.0));
        Self {
            component: component.to_owned(),
            availability_percent: f64::from(known.objective_ppm) / 10_000.0,
            allowed_ms: known.allowed_ms,
            spent_ms: known.spent_ms,
            left_percent: f64::from(known.left_bp()) / 100.0,
            burn_1h,
            burn_6h,
            burn_30d,
            coverage_percent: f64::from(known.coverage_bp) / 100.0,
            public,
        }
    }
}

/// List error budgets
#[utoipa::path(get, path = "/error-budgets", tag = "components", responses((status = 200, body = Vec<BudgetView>), Problems))]
pub async fn error_budgets(State(services): State<Arc<Services>>) -> Result<Json<Vec<BudgetView>>, Problem> {
    let board = services.known.borrow().board.clone();
    let objectives = services.configured.load_full();
    let promised = board.components.iter().filter_map(|component| {
        let id = &component.definition.id;
        Some((id.clone(), *objectives.objectives.get(id)?))
    });
    let known = budgets(&*services.store, &board, promised).await?;
    let is_public = |id| board.component(id).is_some_and(|known| known.definition.objective_ppm.is_some());
    Ok(Json(known.iter().map(|(id, budget)| BudgetView::of(id.as_str(), budget, is_public(id))).collect()))
}
