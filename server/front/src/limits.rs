//! Bounds of the door.

use std::time::Duration;

/// Connections held at once. Leaves room for files and probes below the usual limit of 20,000 descriptors.
pub const CONNECTIONS_MAX: usize = 15_000;

/// Connections from one address that is not this machine's own.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 100;

/// How long a client may take over the head of a request, and may be silent between two.
pub const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a client may leave an answer unread.
pub const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Bytes of a request's head, and of what is buffered of an answer.
pub const BUFFER_BYTES_MAX: usize = 16 * 1024;

/// Header fields of a request.
pub const HEADERS_MAX: usize = 100;

/// Bytes of a request's target.
pub const TARGET_BYTES_MAX: usize = 4 * 1024;

/// How long a node that is asked to end still lets in who comes, so that nobody is refused who was sent before that was known.
pub const LAST_CONNECTIONS: Duration = Duration::from_millis(200);

/// How long a connection on which nothing was asked yet may still ask then.
pub const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_millis(250);
