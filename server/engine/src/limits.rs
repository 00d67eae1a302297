//! Every bound and constant of time of the core, in one place.

/// Silence of the watcher that is written down as a gap; a shorter one lies within the grain of probing.
pub const GAP_MIN_MS: u64 = 10_000;
/// Difference between wall clock and monotonic clock that counts as a step.
pub const CLOCK_STEP_MIN_MS: u64 = 2_000;
/// Time between two checkpoints when nothing else happens.
pub const CHECKPOINT_MS: u64 = 3_600_000;
/// First probes after a start are spread over this time, or over the check's interval if that is shorter.
pub const START_SPREAD_MS: u64 = 3_000;
/// Consecutive observations a check may ask for before a change is confirmed.
pub const CONFIRMATIONS_MAX: u32 = 100;
/// Intervals without an answer after which what was seen last is no evidence any more.
pub const STALE_AFTER_INTERVALS: u64 = 2;
/// How long what was seen elsewhere may be on its way.
pub const HANDED_IN_WITHIN_MS: u64 = 10_000;
/// How long who looks elsewhere may take to come back after a start, and to learn what to look at.
pub const ASSIGNED_WITHIN_MS: u64 = 45_000;
/// Time between two looks at what follows from time alone, when observations leave no room for ticks.
pub const SWEEP_MS: u64 = 1_000;
/// A look that began at most this long before watching did still counts: its time was read a moment earlier.
pub const SIGHT_SLACK_MS: u64 = 1_000;
/// A probe that has not come back this long after its time-out is taken for lost.
pub const LOST_AFTER_MS: u64 = 10_000;
/// Verdicts of one check that are remembered to date a component's status back.
pub const TURNS_MAX: usize = 64;
/// Steps in which the lag of a member is told.
pub const LAG_STEPS_MS: [u64; 5] = [1_000, 10_000, 60_000, 600_000, 3_600_000];
/// Lags of a member that are remembered.
pub const LAGS_MAX: usize = 32;
/// Levels of redundant components within one another.
pub const REDUNDANCY_DEPTH_MAX: usize = 8;
/// Probes handed out in one step; the rest follow in the next.
pub const PROBES_PER_STEP_MAX: usize = 10_000;
/// Characters of a reason kept with a verdict.
pub const REASON_CHARS_MAX: usize = 300;
/// Characters of a title or a name that operators give.
pub const TITLE_CHARS_MAX: usize = 200;
/// Characters of what operators say, as it is written.
pub const SOURCE_CHARS_MAX: usize = 20_000;
/// Characters of what operators say, as HTML.
pub const HTML_CHARS_MAX: usize = 200_000;
/// Characters of a reason that operators give.
pub const STATEMENT_REASON_CHARS_MAX: usize = 500;
/// Incidents that may be open at once before operators may open no more.
pub const OPEN_INCIDENTS_MAX: usize = 100;
/// Maintenances that may be planned at once before operators may plan no more.
pub const PLANNED_MAINTENANCES_MAX: usize = 150;
/// Drafts kept.
pub const DRAFTS_MAX: usize = 100;
/// Templates kept.
pub const TEMPLATES_MAX: usize = 200;
/// Series kept.
pub const SERIES_MAX: usize = 50;
/// Characters of a series' rule.
pub const CRON_CHARS_MAX: usize = 100;
/// How far ahead the occurrences of a series are announced.
pub const SERIES_AHEAD_MS: u64 = 60 * 86_400_000;
/// How many of a series are announced at once.
pub const SERIES_OCCURRENCES_MAX: usize = 8;
/// Beginnings of a series that may be called off.
pub const SERIES_SKIPPED_MAX: usize = 100;
/// The longest maintenance may last.
pub const MAINTENANCE_MS_MAX: u64 = 30 * 86_400_000;
/// How far ahead or back anything may be dated.
pub const DATED_MS_MAX: u64 = 10 * 366 * 86_400_000;
/// What operators were reminded of that is kept.
pub const REMINDERS_MAX: usize = 100;
/// How long before a promised update operators are reminded of it.
pub const REMIND_UPDATE_MS: u64 = 5 * 60_000;
/// Drafts published in one step.
pub const DRAFTS_PER_STEP_MAX: usize = 10;
/// Hidden incidents whose names are remembered, so that no other gets them.
pub const HIDDEN_MAX: usize = 1_000;
/// Announcements shown at once.
pub const SHOWN_ANNOUNCEMENTS_MAX: usize = 20;
/// Alerts of other systems that may fire at once before no more are taken.
pub const ALERTS_FIRING_MAX: usize = 500;
/// Alerts that are kept, those that are over among them.
pub const ALERTS_KEPT_MAX: usize = 1_000;
/// How long an alert that is over is remembered, so that late words of it change nothing.
pub const ALERT_REMEMBERED_MS: u64 = 24 * 3_600_000;
/// How far what is told of an alert may be dated back.
pub const ALERT_DATED_BACK_MS_MAX: u64 = 3_600_000;
/// The share of its time that an alert must gain for another word of it to be written down.
pub const ALERT_RENEWED_SHARE: u64 = 8;
/// Components kept beside those of the file.
pub const KEPT_COMPONENTS_MAX: usize = 500;
/// Characters of the definition of a component that is kept.
pub const DEFINITION_CHARS_MAX: usize = 20_000;
/// Time between two looks at whether occurrences of series are to be announced.
pub const ANNOUNCE_MS: u64 = 15_000;
/// How long an outage is not told while what the component needs is looked at once more.
pub const CAUSE_WAIT_MS: u64 = 30_000;
/// How much later than its victims a root may be noticed, at most.
pub const CAUSE_SLACK_MAX_MS: u64 = 600_000;
/// Levels of components that need one another.
pub const DEPENDENCY_DEPTH_MAX: usize = 16;
