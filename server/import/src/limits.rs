//! Every bound of importing, in one place.

/// Bytes of one file or answer that is read whole.
pub const DOCUMENT_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Files or answers of one import.
pub const DOCUMENTS_MAX: usize = 2_000;
/// Bytes of all of them together.
pub const INPUT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Sections and lists within one another.
pub const DEPTH_MAX: usize = 32;
/// Values, lists and sections in a document, what aliases repeat counted each time.
pub const NODES_MAX: usize = 500_000;
/// Characters of a value repeated in a message.
pub const SHOWN_CHARS_MAX: usize = 60;
/// Characters of a name or a title; longer ones are cut, and that is said.
pub const NAME_CHARS_MAX: usize = 100;
/// Characters of an incident's or a maintenance's title.
pub const TITLE_CHARS_MAX: usize = 200;
/// Characters of a description of the page or of a component.
pub const DESCRIPTION_CHARS_MAX: usize = 500;
/// Characters of what was said in one update.
pub const SAID_CHARS_MAX: usize = 20_000;
/// Components of one import.
pub const COMPONENTS_MAX: usize = 5_000;
/// Groups of one import.
pub const GROUPS_MAX: usize = 500;
/// Incidents, and as many maintenances, of one import.
pub const INCIDENTS_MAX: usize = 100_000;
/// Updates of one incident or maintenance.
pub const UPDATES_MAX: usize = 1_000;
/// Changes of status of one import.
pub const TURNS_MAX: usize = 2_000_000;
/// Looks handed over at once.
pub const LOOKS_AT_ONCE: usize = 5_000;
/// What could not be carried that is told one by one; more is counted.
pub const LEFT_MAX: usize = 5_000;
/// Characters of an identifier that is made of a name, before a number makes it unique.
pub const SLUG_CHARS_MAX: usize = 48;
/// Pages of a history that are asked for one after the other.
pub const HISTORY_PAGES_MAX: usize = 60;

/// Rows of a table of Uptime Kuma, other than heartbeats and figures.
pub const KUMA_ROWS_MAX: usize = 50_000;
/// Characters of one of its texts.
pub const KUMA_CELL_CHARS_MAX: usize = 100_000;
/// Rows of figures by the hour, and as many by the day.
pub const KUMA_STATS_MAX: usize = 2_000_000;

/// Pages of each list of Cachet that are asked for.
pub const CACHET_PAGES_MAX: usize = 200;
/// Things on each of them.
pub const CACHET_PER_PAGE: usize = 100;
