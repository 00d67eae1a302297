//! Every bound of the server, in one place.

use std::time::Duration;

/// Event streams held at once.
pub const STREAMS_MAX: usize = 12_000;
/// Event streams from one address that is not this machine's own.
pub const STREAMS_PER_ADDRESS_MAX: usize = 20;
/// How long a client may take over the body of a request.
pub const BODY_READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Languages of an `Accept-Language` that are looked at.
pub const ACCEPTED_LANGUAGES_MAX: usize = 20;
/// Bytes of the body of a heartbeat.
pub const PUSH_BODY_BYTES_MAX: usize = 64 * 1024;
/// Bytes of what a hook is sent at once.
pub const HOOK_BODY_BYTES_MAX: usize = 256 * 1024;
/// Bytes of what a hook's rules make of that: it must fit into a letter to the node that leads.
pub const HOOK_DELIVERY_BYTES_MAX: usize = 448 * 1024;
/// Alerts that a hook is sent at once.
pub const HOOK_ALERTS_MAX: usize = 500;
/// Fields of one alert.
pub const HOOK_FIELDS_MAX: usize = 1_000;
/// Levels within one another of what a signed hook is sent.
pub const HOOK_DEPTH_MAX: usize = 16;
/// Characters of an alert's name.
pub const HOOK_NAME_CHARS_MAX: usize = 100;
/// Characters of a field's text where it is put into another.
pub const HOOK_VALUE_CHARS_MAX: usize = 300;
/// Characters of what readers are told of an alert.
pub const HOOK_MESSAGE_CHARS_MAX: usize = 2_000;
/// Characters of what is said to a sender that cannot be understood.
pub const UNREAD_CHARS_MAX: usize = 200;
/// Characters of the id of a signed message.
pub const HOOK_ID_CHARS_MAX: usize = 200;
/// Signatures of one message that are looked at.
pub const HOOK_SIGNATURES_MAX: usize = 16;
/// How far the clock of a sender that signs may differ from ours, in milliseconds.
pub const HOOK_CLOCK_SLACK_MS: u64 = 5 * 60_000;
/// How far ahead a sender's time may lie to be believed, in milliseconds.
pub const HOOK_AHEAD_MS: u64 = 5 * 60_000;
/// Deliveries of one hook in a minute.
pub const HOOK_DELIVERIES_PER_MINUTE_MAX: u32 = 300;
/// Frames a stream may lag behind before it is sent a reset instead.
pub const STREAM_LAG_MAX: usize = 64;
/// Frames kept in memory for those who resume.
pub const RING_FRAMES_MAX: usize = 1_024;
/// Journal entries read for one who resumes from before the ring.
pub const RESUME_ENTRIES_MAX: usize = 2_000;
/// Time between two pulses.
pub const PULSE_INTERVAL: Duration = Duration::from_secs(5);
/// Components told of in one pulse.
pub const PULSE_ROWS_MAX: usize = 100;
/// How long a wall clock that jumped must stand where it jumped to before it is followed.
pub const CLOCK_DOUBTED: Duration = Duration::from_mins(5);
/// From which difference on the clocks of two machines do not show the same time, in milliseconds.
pub const CLOCKS_APART_MS: u64 = 5_000;
/// Where the journal is ahead of the wall clock, its time goes on more slowly by one in so many.
pub const CLOCK_SLOWER: u64 = 10;
/// The longest time between two steps of the core.
pub const TICK_INTERVAL: Duration = Duration::from_secs(1);
/// Time between two notes that somebody watches.
pub const WATCH_INTERVAL: Duration = Duration::from_secs(5);
/// Pause between two attempts to write to the store.
pub const STORE_RETRY: Duration = Duration::from_millis(500);
/// How long after the start the pages of the database are read for damage.
pub const SCRUB_FIRST: Duration = Duration::from_secs(10);
/// Time from one reading of them to the next.
pub const SCRUB_INTERVAL: Duration = Duration::from_hours(6);
/// How long they are not read anew although somebody met damage: whoever meets it once meets it often.
pub const SCRUB_AGAIN: Duration = Duration::from_mins(5);
/// Pause after each piece of 256 KiB: about 1 MiB a second, so that nobody notices.
pub const SCRUB_PAUSE: Duration = Duration::from_millis(250);
/// Raw observations that wait for the store.
pub const SAMPLES_WAITING_MAX: usize = 10_000;
/// Raw observations written in one batch.
pub const SAMPLE_BATCH_MAX: usize = 100;
/// Reports that are remembered as acknowledged, to notice when a failover of the database lost them.
pub const ACKNOWLEDGED_MAX: usize = 8_192;
/// How long: less than any raw observation is kept.
pub const ACKNOWLEDGED_KEPT: Duration = Duration::from_hours(1);
/// How long after a failover it is looked once more what it lost: longer than a write may be on its way.
pub const LOST_AGAIN: Duration = Duration::from_secs(12);
/// How long health tells that a failover lost something.
pub const LOST_TOLD: Duration = Duration::from_hours(1);
/// How long a batch of raw observations is collected.
pub const SAMPLE_BATCH_INTERVAL: Duration = Duration::from_millis(100);
/// Probes under way at once.
pub const PROBES_MAX: usize = 512;
/// Servers that are listened to because they tell of changes by themselves.
pub const WATCHERS_MAX: usize = 256;
/// Changes that were told of and wait for the core.
pub const NEWS_WAITING_MAX: usize = 256;
/// Time between two looks that follow what a server told.
pub const FOLLOWED_PAUSE: Duration = Duration::from_secs(1);
/// How many looks follow what a server told, beside the first.
pub const FOLLOWED_LOOKS_MAX: u32 = 20;
/// Bytes of what an agent hands in at once: it must fit into a letter to the node that leads.
pub const HANDED_IN_BYTES_MAX: usize = 448 * 1024;
/// Results of looks that an agent hands in at once.
pub const HANDED_IN_MAX: usize = 500;
/// How long what was handed in may take to be stored.
pub const HAND_IN_TIMEOUT: Duration = Duration::from_secs(10);
/// What agents handed in and waits for the core.
pub const REPORTS_WAITING_MAX: usize = 64;
/// How far ahead of ours the clock of an agent may be, in milliseconds.
pub const AGENT_AHEAD_MS: u64 = 5_000;
/// How long an agent keeps what it cannot hand in, in milliseconds.
pub const AGENT_KEPT_MS: u64 = 6 * 3_600_000;
/// Results that our own agent hands in at once, each of which may have a long reason.
pub const AGENT_BATCH_MAX: usize = 200;
/// Results that an agent keeps while it cannot hand them in.
pub const AGENT_KEPT_MAX: usize = 10_000;
/// How often an agent asks what to look at.
pub const ASSIGNMENT_INTERVAL: Duration = Duration::from_secs(15);
/// How often an agent hands in what it saw.
pub const HAND_IN_INTERVAL: Duration = Duration::from_secs(1);
/// The longest pause between two attempts of an agent that is cut off.
pub const AGENT_RETRY_MAX: Duration = Duration::from_secs(30);
/// How long an agent waits for an answer.
pub const AGENT_REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// How long an agent may take to hand in what waits when it ends.
pub const AGENT_FAREWELL: Duration = Duration::from_secs(5);
/// Bytes of an answer that an agent reads.
pub const ASSIGNMENT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Commands that wait for the core.
pub const COMMANDS_WAITING_MAX: usize = 1_024;
/// Entries the tail reads at once.
pub const TAIL_ENTRIES_MAX: usize = 500;
/// Entries after which the tail saves a snapshot row.
pub const SNAPSHOT_EVERY_ENTRIES: u64 = 1_000;
/// Rendered pages held at once, beside the first page.
pub const PAGES_MAX: usize = 2_048;
/// Bytes of rendered pages held at once, in all their encodings: whoever asks for every day of every component in every
/// language must not fill the memory.
pub const PAGES_BYTES_MAX: usize = 12 * 1024 * 1024;
/// Incidents on one page of history.
pub const HISTORY_INCIDENTS_MAX: usize = 500;
/// Incidents on a component's page.
pub const COMPONENT_INCIDENTS_MAX: usize = 50;
/// How long what a look told is shown as a figure, in milliseconds.
pub const PROBE_FIGURES_MS: u64 = 10 * 60_000;
/// Open incidents told of in a summary for other sites.
pub const SUMMARY_INCIDENTS_MAX: usize = 10;
/// The shortest time after which a widget's broken stream should be taken up again.
pub const EMBED_RETRY_MIN_MS: u64 = 2_000;
/// By how much that time differs between widgets.
pub const EMBED_RETRY_SPREAD_MS: u64 = 5_000;
/// Bytes of an address that somebody wants to embed.
pub const OEMBED_URL_BYTES_MAX: usize = 2_048;
/// Incidents that are found by their codes of twelve characters, the newest of them.
pub const CODED_INCIDENTS_MAX: usize = 2_000;
/// Spans in one download, and those that a page is made from.
pub const SPANS_MAX: usize = 10_000;
/// How long the first connection waits for the first page.
pub const FIRST_PAGE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a node that is asked to end goes on with its work, so that requests which are under way are answered: longer than it
/// takes to hear from the one that leads.
pub const LAST_ANSWERS_TIMEOUT: Duration = Duration::from_millis(1_500);
/// The same of the node that leads: no other can before it is done.
pub const LAST_ANSWERS_LEADING_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a leader that ends waits for looks that are under way, and then until what they found is stored.
pub const LAST_LOOKS_TIMEOUT: Duration = Duration::from_millis(200);
/// Up to what age a look counts that another leader had asked for, in milliseconds: one that handed over.
pub const HANDED_OVER_MS_MAX: u64 = 3_000;
/// How long open requests may take to end after a shutdown began.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a node tells how it is.
pub const BEAT_INTERVAL: Duration = Duration::from_secs(2);
/// How long a node is alone with its time until it leads nobody because of it: the others have told theirs by then.
pub const CLOCK_ALONE: Duration = Duration::from_secs(10);
/// How long a node may be silent and still be given something to look at.
pub const NODE_LIVE: Duration = Duration::from_secs(6);
/// How often letters of other nodes are asked for.
pub const POST_INTERVAL: Duration = Duration::from_millis(200);
/// Letters that wait to be sent.
pub const LETTERS_WAITING_MAX: usize = 4_096;
/// Letters sent or taken at once.
pub const LETTERS_AT_ONCE: usize = 256;
/// Requests that wait for the answer of the node that leads.
pub const REQUESTS_WAITING_MAX: usize = 2_048;
/// How long an order waits until the node that leads has it. Less than [`ORDER_TIMEOUT`], so that one which nobody has taken is known
/// not to be done.
pub const FORWARD_TIMEOUT: Duration = Duration::from_secs(8);
/// How long a heartbeat waits until it is stored.
pub const PUSH_TIMEOUT: Duration = Duration::from_secs(10);
/// What was found for the node that leads, in one letter.
pub const FINDINGS_AT_ONCE: usize = 200;
/// How long it is collected.
pub const FINDINGS_INTERVAL: Duration = Duration::from_millis(100);
/// How old an errand may be when it is collected.
pub const ERRAND_MAX_AGE: Duration = Duration::from_secs(5);
/// Errands that wait to be begun, each a list.
pub const ERRANDS_WAITING_MAX: usize = 64;
/// How long it is believed that a node that looks for another sees anything.
pub const SIGHT_MAX_AGE: Duration = Duration::from_secs(5);
/// Time between two rounds of upkeep: rollups and retention.
pub const UPKEEP_INTERVAL: Duration = Duration::from_secs(20);
/// How long a reckoned health document may be served.
pub const HEALTH_MAX_AGE: Duration = Duration::from_secs(1);
/// How often it is looked whether whoever supervises the process has to be told something.
pub const SUPERVISOR_INTERVAL: Duration = Duration::from_secs(1);
/// How often at most, however soon a sign of life is wanted.
pub const SUPERVISOR_INTERVAL_MIN: Duration = Duration::from_millis(10);
/// How long a loop that a node lives by may take to come round: longer than all that one turn may ask of a database that hangs.
pub const TURN_MAX: Duration = Duration::from_mins(1);
/// How long this node's own answer to itself may take.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an operator's request waits until it is written.
pub const ORDER_TIMEOUT: Duration = Duration::from_secs(10);
/// Operators' requests that wait for the core.
pub const ORDERS_WAITING_MAX: usize = 256;
/// Passwords hashed or checked at once: each takes 64 MiB.
pub const PASSWORD_HASHES_MAX: usize = 2;
/// Passwords that wait to be hashed or checked, before whoever comes is told that there are too many.
pub const PASSWORD_HASHES_WAITING_MAX: usize = 32;
/// Addresses and names whose attempts to sign in are counted before those that have recovered are let go.
pub const THROTTLE_KEYS_MAX: usize = 10_000;
/// How deep quotes, lists and emphasis may stand within one another.
pub const MARKDOWN_DEPTH_MAX: usize = 32;
/// Places that are remembered where somebody signed in.
pub const KNOWN_PLACES_MAX: usize = 10_000;
/// How long a browser stays signed in, in milliseconds.
pub const SESSION_MS: u64 = 7 * 86_400_000;
/// How long a browser that does nothing stays signed in, in milliseconds.
pub const SESSION_IDLE_MS: u64 = 12 * 3_600_000;
/// Browsers in which one user may be signed in.
pub const SESSIONS_PER_USER_MAX: usize = 20;
/// Users.
pub const USERS_MAX: usize = 1_000;
/// Tokens.
pub const TOKENS_MAX: usize = 1_000;
/// Bytes of the body of an operator's request.
pub const OPERATOR_BODY_BYTES_MAX: usize = 1024 * 1024;
/// Requests of models that are answered at once.
pub const MCP_CALLS_MAX: usize = 64;
/// Those of one address that is not this machine's own.
pub const MCP_CALLS_PER_ADDRESS_MAX: usize = 8;
/// Requests of models that one address may make in a row.
pub const MCP_BURST: u32 = 60;
/// How soon after that each next one may come.
pub const MCP_CALL_PERIOD: Duration = Duration::from_millis(200);
/// Messages of models in one batch.
pub const MCP_BATCH_MAX: usize = 8;
/// Addresses whose requests are counted before those that were calm since are let go.
pub const MCP_CALLERS_MAX: usize = 10_000;
/// Components in one answer to a model, and resources in one list.
pub const MCP_COMPONENTS_MAX: usize = 500;
/// Spans in one answer to a model.
pub const MCP_SPANS_MAX: usize = 500;
/// Bytes of an answer of the API that is handed on to a model.
pub const MCP_ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Entries on one page of a list of the API.
pub const API_PAGE_MAX: usize = 100;
/// Rows of an export that are read at once.
pub const EXPORT_ROWS_AT_ONCE: usize = 500;
/// How long an answer waits until what was done can be read on this node.
pub const READ_BACK_TIMEOUT: Duration = Duration::from_secs(2);
/// Components applied by one request.
pub const APPLIED_COMPONENTS_MAX: usize = 500;
/// Error budgets told at once.
pub const BUDGETS_MAX: usize = 200;
/// Pause between two attempts to write the archive, and between two looks whether this node leads.
pub const ARCHIVE_RETRY: Duration = Duration::from_secs(2);
/// How long what is committed is collected before it is archived.
pub const ARCHIVE_COLLECTS: Duration = Duration::from_millis(200);
/// How often the archive says that there is nothing new.
pub const ARCHIVE_IDLE: Duration = Duration::from_secs(5);
/// How often it is looked whether accounts and the audit log have changed.
pub const ARCHIVE_REST_INTERVAL: Duration = Duration::from_secs(5);
/// How long the end of the journal may take to be archived when a node ends.
pub const ARCHIVE_FAREWELL: Duration = Duration::from_secs(4);
/// How long the archive may fail before that is an alarm.
pub const ARCHIVE_ALARM: Duration = Duration::from_secs(10);
/// How often objects of the archive that nothing refers to are removed.
pub const GARBAGE_INTERVAL: Duration = Duration::from_hours(1);
/// How often it is looked which part of the history is to be archived.
pub const HISTORY_INTERVAL: Duration = Duration::from_secs(20);
/// How often it is looked whether a drill is due.
pub const DRILL_INTERVAL: Duration = Duration::from_secs(15);
/// How long after a drill that could not be held the next is tried.
pub const DRILL_RETRY: Duration = Duration::from_mins(5);
/// How long after a drill that was not passed the next is held at the latest, in milliseconds: what failed for a moment must not be an alarm for long.
pub const DRILL_AGAIN_MS: u64 = 3_600_000;
/// Entries that a drill compares at once.
pub const DRILL_COMPARES_ENTRIES: usize = 1_000;
/// How much later than it is due a drill may be, beside its interval, before that is an alarm.
pub const DRILL_SLACK: Duration = Duration::from_mins(10);
/// How often the copy is said to be still true, where nothing changes.
pub const COPY_PERIOD: Duration = Duration::from_mins(1);
/// How long the copy may fail to be published before that is an alarm, and how long that of another journal must stand unrenewed before it
/// is taken over: two periods.
pub const COPY_ALARM: Duration = Duration::from_mins(2);
/// How long what changes is gathered before the copy is published again.
pub const COPY_PAUSE: Duration = Duration::from_secs(2);
/// Parts of the copy.
pub const COPY_DOCUMENTS_MAX: usize = 20_000;
/// Months of which the copy has pages.
pub const COPY_MONTHS_MAX: usize = 60;
/// Entries of the journal among which it is looked whether the copy tells of an incident what is not said any more.
pub const COPY_ENTRIES_MAX: usize = 1_000;
/// Parts of the copy that are held in memory until they are written together.
pub const COPY_BATCH: usize = 64;
/// Their bytes.
pub const COPY_BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How often the first pages of the copy are made anew where nothing else changes, so that the age they tell is small, in milliseconds.
pub const COPY_FIRST_MS: i64 = 300_000;
/// How often what tells of long times is made anew where nothing else changes, in milliseconds.
pub const COPY_HISTORY_MS: i64 = 3_600_000;
/// After what time a part of the copy is written anew although it says the same, so that the age it tells is not too great, in milliseconds.
pub const COPY_REFRESH_MS: i64 = 6 * 3_600_000;
/// How long a sign of life may take to be answered.
pub const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How often it is looked whether one is to be sent at all.
pub const PING_LOOKS: Duration = Duration::from_mins(1);
/// Entries, or figures, that an import puts into the database at once.
pub const IMPORT_ROWS_AT_ONCE: usize = 5_000;
/// How often the page is laid out anew in an imported past, because components came to it one after the other.
pub const IMPORT_LAYOUTS_MAX: usize = 50;
/// The earliest moment of which an import may tell: the beginning of the year 2000.
pub const IMPORT_BEGINS_MIN: pharos_model::UnixMs = pharos_model::UnixMs(946_684_800_000);
