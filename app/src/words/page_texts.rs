//! What only the server writes. How texts are given stands beside those of the living parts.

use super::catalogue::texts;

texts! {
    /// What only the server writes.
    PageTexts {
        /// The first thing a keyboard meets.
        skip,
        /// Names the links at the top.
        nav,
        /// The link to the first page.
        nav_status,
        /// The link to the history, and its heading.
        history,
        /// Before the links to other languages.
        language,
        /// The theme switch, and what it stands at.
        theme,
        /// As the visitor's system is.
        theme_auto,
        /// Light.
        theme_light,
        /// Dark.
        theme_dark,
        /// Who made the page.
        powered_by,
        /// Names the line that says what must not be mistaken.
        notice,
        /// What is true with and without scripts, before the stream lives.
        waiting,
        /// Before the first check.
        nothing_checked,
        /// Names the banner.
        current_status,
        /// Names the components that stand in no group.
        components,
        /// How to use the bars with a keyboard.
        bars_hint,
        /// How many components a group has: `{n}`.
        components_count,
        /// Before the box that filters the components.
        filter,
        /// No component fits the filter.
        filter_nothing,
        /// How many components fit: `{n}`.
        filter_found,
        /// The legend of the bars.
        legend_well,
        /// The legend.
        legend_degraded,
        /// The legend.
        legend_partial,
        /// The legend.
        legend_major,
        /// The legend.
        legend_maintenance,
        /// Heads the last days.
        past_days,
        /// The link below them.
        all_incidents,
        /// The links between months.
        months_nav,
        /// The names of the months where they stand alone, divided by `|`.
        months_alone,
        /// A month of a year: `{month}`, `{y}`.
        month_year,
        /// The title of a month's history: `{month}`.
        history_of,
        /// A month without incidents: `{month}`.
        month_quiet,
        /// How many incidents a month had: `{n}`, `{month}`.
        month_incidents,
        /// A month without incidents, where its name stands above.
        no_incidents_in_month,
        /// A component without incidents.
        no_incidents_so_far,
        /// Heads the incidents of a component.
        incidents,
        /// Before the choice of a component in the history.
        history_filter,
        /// The choice of all components.
        all_components,
        /// Heads the latency chart.
        latency,
        /// Heads how a component is seen from several places, and the places.
        seen_from,
        /// The place where the page's own servers are.
        seen_here,
        /// Heads when it was last looked at from there.
        last_look,
        /// A range of the chart.
        range_day,
        /// A range of the chart: the last `{n}` days.
        range_days,
        /// Names the choice of ranges.
        ranges,
        /// The chart without a point.
        no_latency,
        /// The median's line.
        median,
        /// The 95th percentile's line.
        upper,
        /// The marks on the chart's floor.
        failed,
        /// What a screen reader hears of the chart: `{typical}` and `{highest}` are in milliseconds; `{failed}`.
        chart,
        /// No check failed.
        chart_none_failed,
        /// `{n}` checks failed.
        chart_failed,
        /// Heads the chart by stage.
        stages,
        /// A stage.
        stage_dns,
        /// A stage.
        stage_connect,
        /// A stage.
        stage_tls,
        /// A stage.
        stage_first_byte,
        /// A stage.
        stage_body,
        /// How uptime is reckoned: `{major}`, `{partial}`.
        formula,
        /// In which zone the page's days begin: `{zone}`.
        day_zone,
        /// Heads the page for what is not there.
        not_found,
        /// Says why.
        not_found_why,
        /// The way out.
        not_found_way,
        /// Heads what stands in the place of a page whose history is damaged.
        damaged,
        /// What is damaged: when which component was how.
        damaged_statuses,
        /// Incidents and maintenance.
        damaged_incidents,
        /// Response times.
        damaged_figures,
        /// Something else.
        damaged_other,
        /// What is not.
        damaged_now,
        /// Heads a component's days; the link to them.
        days_table,
        /// A column of a table.
        column_day,
        /// A column.
        column_state,
        /// A column.
        column_from,
        /// A column.
        column_until,
        /// A column.
        column_coverage,
        /// In place of the end of what lasts.
        still,
        /// The title of a day: `{name}`, `{date}`.
        day_title,
        /// Heads what happened on a day.
        day_spans,
        /// A day without incidents.
        day_quiet,
        /// Names the links between days.
        days_nav,
        /// The link to the day before.
        day_before,
        /// The link to the day after.
        day_after,
        /// Nothing is known of a day.
        day_unknown,
        /// The link to the year, and its heading.
        calendar,
        /// The title of a year: `{name}`, `{year}`.
        calendar_title,
        /// Names the links between years.
        years_nav,
        /// Short names of the days of the week from Monday on, divided by `|`.
        weekdays,
        /// The day with which weeks begin: 1 is Monday, 6 Saturday, 7 Sunday.
        week_start,
        /// The download of spans.
        download,
        /// Heads maintenance to come.
        maintenance_ahead,
        /// When maintenance takes place: `{from}`, `{until}`.
        maintenance_time,
        /// Heads the announcements.
        announcements,
        /// Since when an announcement is shown: `{time}`.
        published_at,
        /// Maintenance is done, and it is looked whether all is well.
        maintenance_verifying,
        /// Heads what was said about maintenance.
        maintenance_updates,
        /// The states of redundancy, divided by `|`: full, reduced, none left, unknown, conflict, no primary.
        redundancy_states,
        /// The roles of members, divided by `|`: primary, standby.
        roles,
        /// Marks the member on which the service rests.
        serves,
        /// How far a member lags at most: `{time}`.
        lag_below,
        /// How far a member lags at least: `{time}`.
        lag_above,
        /// Names the members of a redundant component.
        members,
        /// The link to the record of failovers, and its heading.
        resilience,
        /// What the record is about.
        resilience_about,
        /// The kinds of failovers, divided by `|`: failover, failback, switchover, recovery, member lost.
        failover_kinds,
        /// Heads the failovers.
        failovers,
        /// No failover so far.
        no_failovers,
        /// Heads the observed recovery times.
        recovery_time,
        /// Heads the data that was at risk.
        data_at_risk,
        /// Heads the time without full redundancy.
        time_at_risk,
        /// Nothing was reported.
        not_reported,
        /// What was promised: `{time}`.
        objective,
        /// The promise was kept.
        objective_met,
        /// The promise was broken.
        objective_missed,
        /// Nobody looked often enough to say whether it was kept.
        objective_open,
        /// A length of time that is known within bounds: `{least}`, `{most}`.
        range,
        /// Heads the mean recovery time.
        mean_recovery,
        /// Heads the mean time between two failures.
        mean_between,
        /// A mean of too few events is not told.
        from_three,
        /// Heads the redundant components.
        redundant_parts,
        /// Heads the longest time in which nothing more might fail.
        longest_bare,
        /// There was none so far.
        longest_bare_never,
        /// Heads the availability that is to be expected of members together.
        expected,
        /// What that rests on, where all members promise something: `{common}`.
        expected_promised,
        /// What that rests on, where members were watched: `{common}`.
        expected_observed,
        /// Heads the error budgets.
        budgets,
        /// What they are.
        budgets_about,
        /// Heads what was promised.
        budget_promised,
        /// Heads what is left.
        budget_left,
        /// What is left and of how much: `{left}`, `{whole}`.
        budget_of,
        /// By how much more was lost than was allowed: `{time}`.
        budget_over,
        /// Too little was watched: `{share}`.
        budget_seen,
        /// Heads how fast the budget goes.
        burn,
        /// Over which times, divided by `|`: an hour, six hours, 30 days.
        burn_windows,
        /// Heads the restores that Pharos tried of its own archive.
        drills,
        /// What they are.
        drills_about,
        /// What was restored is what is there.
        drill_passed,
        /// It is not, or could not be restored.
        drill_failed,
        /// Heads how much was restored.
        drill_restored,
        /// How much that was: `{entries}`, `{observations}`.
        drill_amount,
        /// Before the components that one needs.
        needs,
        /// Before the components that need one.
        needed_by,
        /// Why an incident names several components: `{name}`.
        suffers,
        /// Heads the gallery of embeddable parts.
        embed,
        /// What the gallery is for.
        embed_about,
        /// Before what the snippet looks like.
        embed_preview,
        /// Before the snippet with a script.
        embed_script,
        /// Before the snippet with a frame.
        embed_frame,
        /// Copies a snippet.
        embed_copy,
        /// It was copied.
        embed_copied,
        /// A variant.
        embed_dot,
        /// A variant.
        embed_pill,
        /// A variant.
        embed_banner,
        /// A variant.
        embed_card,
        /// A variant: appears while something is wrong.
        embed_floating,
        /// The widget when no server answers.
        unavailable,
        /// The widget's link.
        open_page,
        /// Hides the floating widget until the state changes.
        dismiss,
        /// The page is a copy that the browser kept: `{time}`.
        kept,
        /// What is said while a state goes on.
        update_said,
        /// Maintenance is over.
        maintenance_completed,
        /// Maintenance does not take place.
        maintenance_cancelled,
        /// Over maintenance in feeds: `{from}`, `{until}`.
        scheduled_event,
        /// Uptime over a length of time: `{range}`.
        uptime_over,
        /// Heads the addresses of feeds and of data for programs.
        feeds,
        /// The page is a copy that is kept elsewhere: `{time}`.
        copied,
    }
}
