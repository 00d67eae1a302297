//! Every bound of a probe, in one place.

use std::time::Duration;

/// Bytes of a body, counted after decoding.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Bytes of the head of an answer.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Header fields of an answer.
pub const HEADERS_MAX: usize = 100;
/// Bytes read of one connection of HTTP in all, for each byte that a body may have: a head and a body in the smallest of chunks fit
/// into it.
pub const CONNECTION_BYTES_TIMES: usize = 8;
/// Bytes of a supplier's status page: one of hundreds of components, with the maintenance planned for them, takes a megabyte.
pub const SUPPLIER_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// How long a connection may take to end once it is over.
pub const HANGING_UP_MAX: Duration = Duration::from_secs(1);
/// Redirects followed when the configuration does not say.
pub const REDIRECTS_DEFAULT: u8 = 5;
/// Redirects that may be followed at most.
pub const REDIRECTS_MAX: u8 = 10;
/// Addresses of one name that are tried.
pub const ADDRESSES_MAX: usize = 4;
/// Records of one DNS answer that are looked at.
pub const RECORDS_MAX: usize = 200;
/// Bytes read from a TCP target while waiting for what is expected.
pub const TCP_BYTES_MAX: usize = 64 * 1024;
/// Bytes sent to a TCP target, and bytes expected of it.
pub const TCP_TEXT_BYTES_MAX: usize = 4096;
/// Bytes of one line of a conversation, such as with a mail server.
pub const LINE_BYTES_MAX: usize = 4096;
/// Bytes of all that is read of a conversation.
pub const CONVERSATION_BYTES_MAX: usize = 64 * 1024;
/// Lines of one answer of a mail server.
pub const SMTP_LINES_MAX: usize = 100;
/// Lines of an SSH server before it has introduced itself.
pub const SSH_LINES_MAX: usize = 50;
/// Bytes of all frames that are read of a WebSocket.
pub const WEBSOCKET_BYTES_MAX: u64 = 64 * 1024;
/// Bytes of the answer of a gRPC health service.
pub const GRPC_MESSAGE_BYTES_MAX: usize = 4096;
/// Bytes of the name of a gRPC service.
pub const GRPC_SERVICE_BYTES_MAX: usize = 200;
/// Bytes of the list of services of a gRPC server.
pub const GRPC_LIST_BYTES_MAX: usize = 64 * 1024;
/// How long a gRPC server may take until it begins to tell of changes, in milliseconds.
pub const WATCH_CONNECT_MS: u64 = 10_000;
/// Time between two pings on a connection on which a server tells of changes. gRPC servers end one on which they come more
/// often than every five minutes.
pub const WATCH_PING_EVERY: Duration = Duration::from_mins(6);
/// The longest such time, however often a server asks for fewer pings.
pub const WATCH_PING_EVERY_MAX: Duration = Duration::from_hours(2);
/// How long the answer to such a ping may take.
pub const WATCH_PING_PATIENCE: Duration = Duration::from_secs(20);
/// How long the other side of such a connection may be silent before TCP asks whether it is there.
pub const SILENCE_MAX: Duration = Duration::from_secs(10);
/// Time between two such questions.
pub const SILENCE_ASKED_EVERY: Duration = Duration::from_secs(5);
/// Questions without an answer after which the connection is dead.
pub const SILENCE_ASKED_MAX: u32 = 3;
/// The first pause before such a connection is made anew.
pub const WATCH_PAUSE_MIN: Duration = Duration::from_secs(1);
/// How long such a connection must have lasted for the next pause to be the first again.
pub const WATCH_LASTING_MIN: Duration = Duration::from_secs(10);
/// The longest pause before such a connection is made anew.
pub const WATCH_PAUSE_MAX: Duration = Duration::from_mins(1);
/// The longest such pause where the server has no way to tell of changes, as far as it says.
pub const WATCH_ABSENT_PAUSE_MAX: Duration = Duration::from_mins(10);
/// The shortest time between two changes that one server tells of.
pub const WATCH_NEWS_PAUSE: Duration = Duration::from_secs(1);
/// Messages that one server may send within that time before the connection is ended.
pub const WATCH_MESSAGES_MAX: usize = 1_000;
/// How often a host is asked that is asked by datagrams, which may be lost.
pub const DATAGRAM_TRIES: u16 = 3;
/// Datagrams that are read of one host while waiting for its answer.
pub const DATAGRAMS_MAX: u32 = 1_000;
/// Bytes of one datagram that are read.
pub const DATAGRAM_BYTES_MAX: usize = 1500;
/// Bytes that a database may answer with in all.
pub const TALK_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a statement for a database, and of what is expected of it.
pub const STATEMENT_BYTES_MAX: usize = 4096;
/// Bytes of a user's name, of a password and of a database's name.
pub const CREDENTIAL_BYTES_MAX: usize = 1024;
/// Rounds of hashing that PostgreSQL may ask for in a login; it asks for 4096 unless told otherwise.
pub const SCRAM_ROUNDS_MAX: u32 = 100_000;
/// Words of a command for Redis.
pub const WORDS_MAX: usize = 32;
/// Lists within lists in an answer of Redis.
pub const REPLY_DEPTH_MAX: usize = 8;
/// Columns of an answer of MySQL, which has no more itself.
pub const COLUMNS_MAX: u64 = 4096;
/// Characters of the sentence that says why.
pub const SENTENCE_CHARS_MAX: usize = 300;
/// Characters of a foreign text within a sentence.
pub const EXCERPT_CHARS_MAX: usize = 80;
/// Bytes that a secret has at least to be hidden where a target echoes it; anything shorter stands in every text.
pub const SECRET_BYTES_MIN: usize = 4;
/// How old the results in a health document may be that says when they were found, in seconds.
pub const DOCUMENT_AGE_S_MAX: i64 = 600;
/// Parts of one health document that may speak for components of their own.
pub const PATTERNS_MAX: usize = 200;
/// Bytes of the path of a part.
pub const PATTERN_BYTES_MAX: usize = 300;
/// Levels of a health document.
pub const DOCUMENT_DEPTH_MAX: usize = 16;
/// Values in a health document.
pub const DOCUMENT_NODES_MAX: usize = 1_000;
/// Values in a supplier's status page, which tells of each of its components in a dozen of them and of each maintenance in a
/// hundred.
pub const SUPPLIER_NODES_MAX: usize = 60_000;
/// Parts that one document may tell of.
pub const PARTS_MAX: usize = 1_000;
/// Elements and texts of a feed, and its entries.
pub const FEED_NODES_MAX: usize = 20_000;
/// Entries of a feed.
pub const FEED_ENTRIES_MAX: usize = 500;
/// Lines of one entry of a feed that are looked at: the newest word stands in the first of them.
pub const ENTRY_LINES_MAX: usize = 200;
/// How long an entry of a feed that does not say whether it is over leaves it open how the supplier is, in seconds.
pub const ENTRY_OPEN_S_MAX: i64 = 86_400;
/// Characters of a supplier's name.
pub const SUPPLIER_NAME_CHARS_MAX: usize = 80;
/// Components of a supplier that are named where the one that is meant is not among them.
pub const SUPPLIER_HINTS_MAX: usize = 5;
/// Probes under way at once when nobody says otherwise.
pub const CONCURRENT_PROBES_DEFAULT: usize = 256;
/// How long a look-up of a name waits for one answer before it asks again.
pub const DNS_ATTEMPT: Duration = Duration::from_secs(2);
