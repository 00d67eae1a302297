//! Every bound of the store, in one place.

use std::time::Duration;

/// Requests that wait for the writer.
pub const JOBS_WAITING_MAX: usize = 1_024;
/// Requests committed together.
pub const JOBS_PER_COMMIT_MAX: usize = 256;
/// Facts of one append.
pub const FACTS_PER_APPEND_MAX: usize = 20_000;
/// Samples of one batch.
pub const SAMPLES_PER_BATCH_MAX: usize = 10_000;
/// Samples written by one statement: few enough that SQLite takes their values, many enough that the statement's own cost is
/// spread.
pub const ROWS_PER_INSERT: usize = 25;
/// Entries put into an empty store in one transaction.
pub const ENTRIES_PER_FILL: usize = 5_000;
/// Samples put into an empty store in one transaction.
pub const SAMPLES_PER_PIECE: usize = 20_000;
/// Entries read at once.
pub const ENTRIES_PER_READ_MAX: usize = 10_000;
/// Entries folded at once at the start.
pub const LOAD_ENTRIES: usize = 5_000;
/// Connections that only read.
pub const READERS: u32 = 2;
/// Bytes of a file without sums that is given them when it is opened. A longer one gets them by a command, because it takes a while.
pub const SEALED_AT_ONCE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Damaged pages of one file that are told.
pub const DAMAGED_PAGES_MAX: usize = 256;
/// How often a page that does not match its sum is read again, because it may just be written.
pub const TORN_TRIES: u32 = 3;
/// Pause before that.
pub const TORN_PAUSE: Duration = Duration::from_millis(20);
/// Rows copied at once out of a table that is damaged. Where they meet the damage, it is tried with fewer and fewer.
pub const SALVAGE_ROWS: i64 = 4_096;
/// How long one waits for a lock that another process holds.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one waits for a connection that reads.
pub const READER_TIMEOUT: Duration = Duration::from_secs(5);
/// Snapshot rows kept.
pub const FOLDS_KEPT: i64 = 3;
/// Rows let go in one step.
pub const RETAIN_ROWS_PER_STEP: i64 = 20_000;
/// Steps of letting go in one round.
pub const RETAIN_STEPS_MAX: usize = 50;
/// Samples rolled up in one step.
pub const ROLL_UP_MS_PER_STEP: u64 = 3_600_000;
/// How long after a minute its samples are awaited before it is rolled up.
pub const ROLL_UP_DELAY_MS: u64 = 5_000;
/// Characters of a sample's reason.
pub const REASON_CHARS_MAX: usize = 300;
/// Rollup rows read for one chart.
pub const POINTS_MAX: i64 = 20_000;
/// How long a request's key is remembered.
pub const ONCE_MS: u64 = 24 * 3_600_000;
/// How long it is remembered that somebody was not let in.
pub const REFUSED_SIGN_INS_MS: u64 = 90 * 86_400_000;

/// Hosts of one database address.
pub const HOSTS_MAX: usize = 8;
/// How long a host may take until it has let us in and told how it is.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long other hosts are awaited once one was found that can be written to, in case another is newer.
pub const NEWER_HOST_GRACE: Duration = Duration::from_millis(150);
/// How long a statement that reads may take, in the database.
pub const READ_STATEMENT_MS: u64 = 4_000;
/// How long all of one reading may take, seen from here: a little longer, so that the database gives up first and tells why.
pub const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a statement that writes may take, in the database.
pub const WRITE_STATEMENT_MS: u64 = 8_000;
/// How long all of one transaction that writes may take, seen from here.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// For how long the connection that writes is taken to be open without being asked.
pub const WRITER_TRUSTED: Duration = Duration::from_secs(1);
/// How long a lock is awaited in the database.
pub const LOCK_MS: u64 = 2_500;
/// How long a transaction may lie idle before the database ends it. Below the lease, so that one who was stopped in the
/// middle of a write holds nobody up for long.
pub const IDLE_IN_TRANSACTION_MS: u64 = 3_000;
/// How long a step of bringing the schema up to date waits for nodes that are at work, which wait for it meanwhile.
pub const MIGRATE_LOCK_MS: u64 = 250;
/// How long they are then left alone before it is tried again.
pub const MIGRATE_RETRY: Duration = Duration::from_millis(200);
/// How long bringing the schema up to date may take, with all tries.
pub const MIGRATE_TIMEOUT: Duration = Duration::from_mins(2);
/// Connections to PostgreSQL that only read.
pub const POSTGRES_READERS: usize = 4;
/// How often the end of the journal is asked for.
pub const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// How often, when nothing was new for [`POLL_IDLE_AFTER`].
pub const POLL_INTERVAL_IDLE: Duration = Duration::from_secs(1);
/// After how long without news the end is asked for less often.
pub const POLL_IDLE_AFTER: Duration = Duration::from_mins(1);
/// The longest pause of the poll while the database cannot be asked.
pub const POLL_BACKOFF_MAX: Duration = Duration::from_secs(5);
/// How long an answer may take that tells what the database's clock shows: it is wrong by half of that at most.
pub const CLOCK_ASKED_WITHIN: Duration = Duration::from_secs(1);
/// Hints that are given to other nodes at most: one in this time.
pub const HINT_INTERVAL: Duration = Duration::from_millis(100);
/// Within which time a hint must come back to whoever gave it.
pub const HINT_HEARD_WITHIN: Duration = Duration::from_secs(2);
/// Entries written by one statement.
pub const ENTRIES_PER_INSERT: usize = 500;
/// Appends that are remembered because it is not known whether they were done.
pub const UNKNOWN_APPENDS_MAX: usize = 256;
/// How long a request about the lease may take. Small against the lease, so that one that hangs does not cost it.
pub const LEASE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a statement about the lease may take, in the database.
pub const LEASE_STATEMENT_MS: u64 = 2_800;
/// How often hosts that are not written to are asked whether they take writes, too.
pub const RIVALS_INTERVAL: Duration = Duration::from_secs(3);
/// Ends of the journal that are remembered, to find out how much was lost.
pub const ENDS_KEPT: usize = 4_096;
/// Connections to PostgreSQL for what nodes have to tell each other.
pub const POSTGRES_POST: usize = 2;
/// Letters of one sending, and those that are taken at once.
pub const LETTERS_PER_POST_MAX: usize = 256;
/// Bytes of one letter.
pub const LETTER_BYTES_MAX: usize = 512 * 1024;
/// Bytes of what a node tells of itself.
pub const TOLD_BYTES_MAX: usize = 64 * 1024;
/// How long a letter waits for whoever wants it, in milliseconds.
pub const LETTER_KEPT_MS: i64 = 60_000;
/// After how long a node that tells nothing is forgotten.
pub const NODE_FORGOTTEN: Duration = Duration::from_mins(10);
/// How long who leads may be silent before another takes over.
pub const LEASE_TTL: Duration = Duration::from_secs(15);
/// How often the lease is renewed.
pub const LEASE_RENEW_INTERVAL: Duration = Duration::from_millis(250);
/// How long one ask for it is waited for before another is begun beside it, on a connection of its own.
pub const LEASE_PATIENCE: Duration = Duration::from_millis(300);
/// How long who leads may act, by its own clock since it last asked for the lease and was answered. A little less than 11 s, so that it
/// has stopped by then although its machine is busy.
pub const LEASE_ACTS: Duration = Duration::from_millis(10_900);
/// Connections to PostgreSQL for the lease: for the oldest ask, for the newest, and for who wants to know who leads.
pub const POSTGRES_LEASING: usize = 3;
/// How often it is looked whether a lease is free.
pub const LEASE_RETRY: Duration = Duration::from_millis(400);
/// How long the line to the database may be cut without a change of the leader.
pub const LEASE_CUT: Duration = Duration::from_secs(10);
/// How long an ask on a new connection and the answer to it may take together, on a line that is good, for that to hold.
pub const LEASE_ANSWER: Duration = Duration::from_millis(350);
/// How long before another may lead who led has stopped.
pub const LEASE_MARGIN: Duration = Duration::from_secs(4);
/// How long after the leader was killed another leads.
pub const LEASE_REPLACED: Duration = Duration::from_secs(18);

// The last ask before the cut was answered, the next went out an interval later and was cut off; when the line is there again an ask
// may just have been begun, and the one after it must be answered in time.
const _: () = assert!(
    LEASE_CUT.as_millis()
        + LEASE_RENEW_INTERVAL.as_millis()
        + LEASE_PATIENCE.as_millis()
        + LEASE_ANSWER.as_millis()
        <= LEASE_ACTS.as_millis()
);
const _: () = assert!(LEASE_ACTS.as_millis() + LEASE_MARGIN.as_millis() <= LEASE_TTL.as_millis());
// Who waits for a free lease looks for it once more, asks who holds it, and asks for it.
const _: () = assert!(
    LEASE_TTL.as_millis() + LEASE_RETRY.as_millis() + 2 * LEASE_ANSWER.as_millis()
        <= LEASE_REPLACED.as_millis()
);
