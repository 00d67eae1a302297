//! A redundant component's members: who serves, who stands by, how far behind; and what is left to lose.

use leptos::prelude::*;
use pharos_model::{Component, Member, Redundancy, RedundancyState, Role, Snapshot, Status};

use super::icon::{StatusIcon, classes};
use crate::words::Words;

/// The picture; nothing for a component that is not redundant, or of which visitors are not told.
pub fn redundancy(snapshot: &Snapshot, component: &Component, words: Words) -> Option<AnyView> {
    let redundancy = component.redundancy.as_deref()?;
    let members: Vec<_> =
        redundancy.members.iter().map(|member| view_member(snapshot, member, words)).collect();
    let state = redundancy.state.map(|state| {
        let look = look(state);
        view! {
            <p class=classes("status left", look)>
                <StatusIcon status=look/>
                <span class="word">{words.redundancy(state)}</span>
            </p>
        }
    });
    let label = words.page().members;
    let of = component.definition.id.to_string();
    Some(
        view! {
            <div class="redundancy" role="group" aria-label=label data-renew=of>
                {state}
                <ul class="members">{members}</ul>
            </div>
        }
        .into_any(),
    )
}

fn view_member(snapshot: &Snapshot, member: &Member, words: Words) -> AnyView {
    let id = &member.component;
    let name = snapshot
        .component(id)
        .map_or_else(|| id.to_string(), |known| known.definition.name.of(words.tag()).to_owned());
    let role = member.role.map(|role| view! { <span class="role">{words.role(role)}</span> });
    let is_primary = member.role == Some(Role::Primary);
    let serves = (member.serves && is_primary)
        .then(|| view! { <strong class="serves">{words.page().serves}</strong> });
    let lag = member.lag_below_ms.filter(|_| !is_primary);
    let lag = lag.map(|lag_ms| view! { <span class="soft">{words.lag_below(lag_ms)}</span> });
    let class = if member.serves { "member serving" } else { "member" };
    view! {
        <li class=classes(class, member.status)>
            <StatusIcon status=member.status/>
            <span>
                <a href=super::component_address(id, words) dir="auto">{name}</a>
                " "
                <span class="soft">{words.status(member.status)}</span>
            </span>
            {role}
            {serves}
            {lag}
        </li>
    }
    .into_any()
}

/// The look of what is left to lose.
fn look(state: RedundancyState) -> Status {
    match state {
        RedundancyState::Full => Status::Operational,
        RedundancyState::Reduced => Status::DegradedPerformance,
        RedundancyState::None => Status::PartialOutage,
        RedundancyState::Unknown => Status::Unknown,
        RedundancyState::Conflict | RedundancyState::NoPrimary => Status::MajorOutage,
    }
}

/// Whether anything of the page is redundant or promised, and visitors may see it.
pub fn is_told_of(snapshot: &Snapshot) -> bool {
    let told = |redundancy: &Redundancy| redundancy.state.is_some();
    let of_it = |component: &Component| {
        component.definition.objective_ppm.is_some() || component.redundancy.as_deref().is_some_and(told)
    };
    !snapshot.failovers.is_empty() || snapshot.components.iter().any(of_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use pharos_model::{Change, ComponentId, Policy, UnixMs};

    fn html(state: RedundancyState, second: Status) -> String {
        let mut snapshot = samples::page(&[
            ("Database", Status::Operational),
            ("A <b>", Status::Operational),
            ("B", second),
        ]);
        let ids: Vec<ComponentId> =
            snapshot.components.iter().map(|component| component.definition.id.clone()).collect();
        let member = |id: &ComponentId, status, role, serves| Member {
            component: id.clone(),
            status,
            weight: 1,
            role,
            serves,
            lag_below_ms: (role == Some(Role::Standby)).then_some(1_000),
        };
        let told = Redundancy {
            policy: Policy::PrimaryStandby,
            state: Some(state),
            since: UnixMs(0),
            common_cause_ppm: 50_000,
            bare_since: None,
            longest_bare: None,
            members: vec![
                member(&ids[1], Status::Operational, Some(Role::Primary), true),
                member(&ids[2], second, (second == Status::Operational).then_some(Role::Standby), false),
            ],
        };
        let change =
            Change::RedundancyChanged { component: ids[0].clone(), redundancy: Some(Box::new(told)) };
        snapshot.apply_change(snapshot.at, &change).unwrap();
        crate::markup(redundancy(&snapshot, &snapshot.components[0], Words::english()).unwrap())
    }

    #[test]
    fn who_serves_and_who_stands_by_is_told_in_words() {
        let html = html(RedundancyState::Full, Status::Operational);
        assert!(html.contains("Full redundancy") && html.contains("serves now"), "{html}");
        assert!(html.contains("Standby") && html.contains("less than 1 second behind"), "{html}");
        assert!(html.contains("A &lt;b&gt;") && !html.contains("<b>"), "{html}");
    }

    #[test]
    fn a_member_that_is_down_has_no_role_and_no_lag() {
        let html = html(RedundancyState::None, Status::MajorOutage);
        assert!(html.contains("No redundancy left") && html.contains("Major outage"), "{html}");
        assert!(!html.contains("Standby") && !html.contains("behind"), "{html}");
    }

    #[test]
    fn a_component_that_is_not_redundant_has_no_picture() {
        let snapshot = samples::page(&[("API", Status::Operational)]);
        assert!(redundancy(&snapshot, &snapshot.components[0], Words::english()).is_none());
        assert!(!is_told_of(&snapshot));
    }
}
