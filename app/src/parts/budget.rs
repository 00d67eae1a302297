//! What is left of what was promised of a component.

use leptos::prelude::*;
use pharos_model::{Component, ErrorBudget, Snapshot, Status};

use super::icon::{StatusLabel, classes};
use crate::words::{Words, piece};

/// The burn rates over an hour and six hours from which a budget goes so fast that somebody should be woken: 2 % of it in an
/// hour, 5 % in six.
const ALARMING: [u64; 2] = [1_440, 600];

/// The entry of a component in the list of error budgets.
pub fn budget(snapshot: &Snapshot, component: &Component, budget: &ErrorBudget, words: Words) -> AnyView {
    let text = words.page();
    let name = component.definition.name.of(words.tag()).to_owned();
    let address = super::component_address(&component.definition.id, words);
    let note =
        (budget.coverage_bp < snapshot.page.weights.coverage_floor_bp).then(|| words.budget_seen(budget));
    let burn = budget.burn.iter().enumerate().map(|(index, burn)| {
        let is_alarming = ALARMING.get(index).is_some_and(|limit| burn.is_some_and(|burn| burn >= *limit));
        let class = if is_alarming { classes("burn", Status::MajorOutage) } else { "burn".to_owned() };
        view! { <span class=class><span class="soft">{piece(text.burn_windows, index)}</span> " " {words.burn(*burn)}</span> }
    });
    let burn: Vec<_> = burn.collect();
    view! {
        <li>
            <div class="row-head">
                <h3 class="name"><a href=address dir="auto">{name}</a></h3>
                <StatusLabel status=component.status words/>
            </div>
            {bar(budget)}
            <dl class="means">
                <div><dt>{text.budget_promised}</dt><dd>{words.share(budget.objective_ppm)}{note}</dd></div>
                <div>
                    <dt>{text.budget_left}</dt>
                    <dd>
                        {words.percent(budget.left_bp())}
                        <span class="soft promise">{words.budget_left(budget)}</span>
                    </dd>
                </div>
                <div><dt>{text.burn}</dt><dd class="burns">{burn}</dd></div>
            </dl>
        </li>
    }
    .into_any()
}

/// What is left, as a bar. The figure beside it says the same.
fn bar(budget: &ErrorBudget) -> AnyView {
    let look = match budget.left_bp() {
        0 => Status::MajorOutage,
        1..2_500 => Status::DegradedPerformance,
        _ => Status::Operational,
    };
    let width = (budget.left_bp() / 10).to_string();
    view! {
        <svg class=classes("budget", look) viewBox="0 0 1000 1" preserveAspectRatio="none" aria-hidden="true">
            <rect class="whole" width="1000" height="1"/>
            <rect width=width height="1"/>
        </svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn html(spent_ms: u64, burn: [Option<u64>; 3], coverage_bp: u32) -> String {
        let snapshot = samples::page(&[("Public API", Status::Operational)]);
        let known =
            ErrorBudget { objective_ppm: 999_000, allowed_ms: 2_592_000, spent_ms, burn, coverage_bp };
        crate::markup(budget(&snapshot, &snapshot.components[0], &known, Words::english()))
    }

    #[test]
    fn what_is_left_is_told_as_a_share_and_as_a_time() {
        let html = html(648_000, [Some(0), Some(150), Some(25)], 10_000);
        for told in ["99.90%", "75.00%", "32 minutes 24 seconds of 43 minutes 12 seconds", "1.50×", "0.25×"]
        {
            assert!(html.contains(told), "{told}: {html}");
        }
        assert!(!html.contains("watched"), "{html}");
    }

    #[test]
    fn a_budget_that_is_used_up_says_by_how_much() {
        let html = html(2_652_000, [None, Some(0), Some(102)], 10_000);
        assert!(html.contains("0.00%") && html.contains("1 minute too much"), "{html}");
    }

    #[test]
    fn what_rests_on_too_little_says_so() {
        assert!(html(0, [None, None, Some(0)], 4_000).contains("watched 40.00% of the time"));
    }

    #[test]
    fn an_alarming_burn_is_marked_in_the_short_windows_only() {
        let calm = html(0, [Some(1_439), Some(599), Some(99_999)], 10_000);
        assert!(!calm.contains("burn mo"), "{calm}");
        assert_eq!(html(0, [Some(1_440), Some(600), None], 10_000).matches("burn mo").count(), 2);
    }
}
