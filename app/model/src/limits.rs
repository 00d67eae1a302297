//! Every bound of the public model, in one place.

/// Days of history a snapshot carries, today included.
pub const DAYS_MAX: usize = 91;
/// Days of history the bars show, today included.
pub const BAR_DAYS: usize = 90;
/// Components on one page.
pub const COMPONENTS_MAX: usize = 5_000;
/// Groups on one page.
pub const GROUPS_MAX: usize = 500;
/// Further pages beside the main one.
pub const FURTHER_PAGES_MAX: usize = 20;
/// Incidents a snapshot carries: all open ones, then the newest ended ones.
pub const INCIDENTS_MAX: usize = 200;
/// Maintenances a snapshot carries: those to come and in progress, then the newest that are over.
pub const MAINTENANCES_MAX: usize = 200;
/// Announcements a snapshot carries: those that are shown, then the newest that were taken down.
pub const ANNOUNCEMENTS_MAX: usize = 50;
/// Drills a snapshot carries, the newest of them.
pub const DRILLS_MAX: usize = 30;
/// Failovers a snapshot carries, the newest of them.
pub const FAILOVERS_MAX: usize = 200;
/// Updates kept on one maintenance.
pub const MAINTENANCE_UPDATES_MAX: usize = 50;
/// How long an ended incident or maintenance stays in the snapshot.
pub const INCIDENT_RETENTION_MS: u64 = 30 * 24 * 3_600_000;
/// Updates kept on one incident; of later ones that Pharos makes the last is kept, and each still changes the status.
pub const INCIDENT_UPDATES_MAX: usize = 200;
/// Updates kept beyond those: people's words that end an incident, and what follows their last.
pub const INCIDENT_UPDATES_RESERVED: usize = 20;
/// Characters of an identifier.
pub const ID_CHARS_MAX: usize = 64;
/// Characters of an incident's identifier: a date, a component's identifier and a number.
pub const INCIDENT_ID_CHARS_MAX: usize = 96;
/// Beginnings of addresses that are kept: one for each language of each path under which the page has been since the start.
pub const BEGINNINGS_MAX: usize = 10_000;
