//! Every bound of the configuration, in one place.

use std::time::Duration;

/// Bytes of a configuration file.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;
/// Values, lists and sections in a file.
pub const NODES_MAX: usize = 250_000;
/// Sections and lists within one another.
pub const DEPTH_MAX: usize = 32;
/// Bytes that environment variables may put into one file.
pub const SUBSTITUTED_BYTES_MAX: usize = 1024 * 1024;
/// Problems reported at once; more are counted.
pub const PROBLEMS_MAX: usize = 20;
/// Characters of a line shown around a problem.
pub const EXCERPT_CHARS_MAX: usize = 160;
/// Characters of a value repeated in a message.
pub const SHOWN_CHARS_MAX: usize = 60;

/// Characters of a name of the page, a group or a component.
pub const NAME_CHARS_MAX: usize = 100;
/// Characters of a description or of the page's notice.
pub const DESCRIPTION_CHARS_MAX: usize = 500;
/// Links at the top or at the bottom of the page.
pub const LINKS_MAX: usize = 10;
/// Other addresses of the same page: a browser tries one after the other.
pub const MIRRORS_MAX: usize = 5;
/// Characters of an address.
pub const ADDRESS_CHARS_MAX: usize = 2_000;
/// Characters of the name of a host.
pub const HOST_CHARS_MAX: usize = 253;
/// Characters between two dots of such a name.
pub const LABEL_CHARS_MAX: usize = 63;
/// Proxies of one file.
pub const PROXIES_MAX: usize = 100;
/// What a provider may be asked for.
pub const SCOPES_MAX: usize = 20;
/// Groups that have one role.
pub const GROUPS_PER_ROLE_MAX: usize = 100;
/// Bytes of the operator's logo.
pub const LOGO_BYTES_MAX: usize = 256 * 1024;
/// Bytes of the operator's style sheet.
pub const STYLESHEET_BYTES_MAX: usize = 64 * 1024;
/// Planned works of one file.
pub const MAINTENANCES_MAX: usize = 100;
/// The longest that planned work may last.
pub const MAINTENANCE_MAX_MS: u64 = 31 * 24 * 3_600_000;
/// Members of one redundant component.
pub const MEMBERS_MAX: usize = 50;
/// How much a member may count.
pub const WEIGHT_MAX: u32 = 1_000;
/// The longest a service may be without a primary while it moves.
pub const SWITCH_TIME_MAX_MS: u64 = 3_600_000;
/// How long it may be so when the file does not say.
pub const SWITCH_TIME_DEFAULT_MS: u64 = 30_000;
/// The longest that may be promised.
pub const OBJECTIVE_MAX_MS: u64 = 7 * 24 * 3_600_000;
/// Checks of one component.
pub const CHECKS_PER_COMPONENT_MAX: usize = 50;
/// Checks of one file.
pub const CHECKS_MAX: usize = 10_000;
/// Reference targets of one file.
pub const REFERENCES_MAX: usize = 20;

/// Characters of the path below which the page is.
pub const BASE_PATH_CHARS_MAX: usize = 100;
/// The shortest time between two looks.
pub const INTERVAL_MIN_MS: u64 = 1_000;
/// The longest time between two looks.
pub const INTERVAL_MAX_MS: u64 = 24 * 3_600_000;
/// The time between two looks when the file does not say.
pub const INTERVAL_DEFAULT_MS: u64 = 60_000;
/// The shortest time a look may be given.
pub const TIMEOUT_MIN_MS: u64 = 10;
/// The longest a look may take when the file does not say and the interval is not shorter.
pub const TIMEOUT_DEFAULT_MS: u64 = 10_000;
/// The shortest time between two heartbeats.
pub const PERIOD_MIN_MS: u64 = 1_000;
/// The longest time between two heartbeats.
pub const PERIOD_MAX_MS: u64 = 40 * 24 * 3_600_000;
/// The longest a heartbeat may be late without being missed.
pub const GRACE_MAX_MS: u64 = 7 * 24 * 3_600_000;
/// How late a heartbeat may be when the file does not say.
pub const GRACE_DEFAULT_MS: u64 = 60_000;
/// The longest a component may have to stay well until its incident is resolved.
pub const RESOLVE_AFTER_MAX_MS: u64 = 24 * 3_600_000;
/// How often in a row a change must be seen when the file does not say.
pub const CONFIRMATIONS_DEFAULT: u32 = 2;

/// Characters of a push token, at least: 22 of base64 carry 128 bits.
pub const TOKEN_CHARS_MIN: usize = 22;
/// Characters of a push token, at most: it stands in an address.
pub const TOKEN_CHARS_MAX: usize = 200;
/// Different characters in a push token, at least.
pub const TOKEN_DISTINCT_MIN: usize = 8;

/// Hooks of one file.
pub const HOOKS_MAX: usize = 50;
/// Rules of one hook.
pub const HOOK_RULES_MAX: usize = 200;
/// Secrets of one hook.
pub const HOOK_SECRETS_MAX: usize = 10;
/// Components of one rule.
pub const HOOK_COMPONENTS_MAX: usize = 20;
/// Characters of a text with places for fields.
pub const HOOK_TEMPLATE_CHARS_MAX: usize = 1_000;
/// How long what was said last of an alert counts when the file does not say: three times what Alertmanager and Grafana repeat after.
pub const HOOK_EXPIRES_DEFAULT_MS: u64 = 12 * 3_600_000;
/// How long at least.
pub const HOOK_EXPIRES_MIN_MS: u64 = 60_000;
/// How long at most.
pub const HOOK_EXPIRES_MAX_MS: u64 = 30 * 86_400_000;
/// Other places from which checks are looked at.
pub const VANTAGES_MAX: usize = 20;

/// Reports of the watcher that wait to be taken.
pub const REPORTS_WAITING_MAX: usize = 4;
/// How long the file must be left alone until it is read: an editor writes in several steps.
pub const QUIET: Duration = Duration::from_millis(150);
/// How long a file that does not come to rest may put off being read.
pub const QUIET_WAIT_MAX: Duration = Duration::from_secs(2);
/// Time between two looks at the file without being told of a change, for file systems that tell of none.
pub const POLL_INTERVAL: Duration = Duration::from_secs(15);
/// How often an archive is restored on trial unless it is said, in milliseconds.
pub const DRILL_DEFAULT_MS: u64 = 86_400_000;
/// How often at most, in milliseconds.
pub const DRILL_MIN_MS: u64 = 60_000;
/// How often at least, in milliseconds.
pub const DRILL_MAX_MS: u64 = 90 * 86_400_000;
/// Bytes of a file with keys.
pub const KEY_FILE_BYTES_MAX: usize = 64 * 1024;
/// How often a sign of life is sent unless it is said, in milliseconds.
pub const PING_DEFAULT_MS: u64 = 60_000;
/// How often at most, in milliseconds.
pub const PING_MIN_MS: u64 = 10_000;
/// How often at least, in milliseconds.
pub const PING_MAX_MS: u64 = 3_600_000;
/// Components that one may need directly.
pub const DEPENDENCIES_MAX: usize = 20;
/// What share of their failures members have in common unless it is said, in millionths.
pub const COMMON_CAUSE_DEFAULT_PPM: u32 = 50_000;
