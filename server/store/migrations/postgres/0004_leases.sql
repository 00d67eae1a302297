-- Who leads. Times are the database's own.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    term BIGINT NOT NULL,
    nonce UUID NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
