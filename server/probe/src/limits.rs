//! Every bound of a probe, in one place.

use std::time::Duration;

/// Bytes of a body, counted after decoding.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Bytes of the head of an answer.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Header fields of an answer.
pub const HEADERS_MAX: usize = 100;
/// Bytes read of one connection of HTTP in all: a head and a body in the smallest of chunks fit into it.
pub const CONNECTION_BYTES_MAX: usize = 2 * 1024 * 1024;
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
/// Probes under way at once when nobody says otherwise.
pub const CONCURRENT_PROBES_DEFAULT: usize = 256;
/// How long a look-up of a name waits for one answer before it asks again.
pub const DNS_ATTEMPT: Duration = Duration::from_secs(2);
