//! Redundancy and failovers, those that only operators see among them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use pharos_model::{Between, Failover, Member, Observed, Redundancy};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problems;
use super::wire::{Moment, StatusWord};
use crate::http::Services;

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
    fn of(known: &Failover, public: bool) -> Self {
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
