-- What operators do and who they are.
-- What the checks found while operators stated another status; NULL where the status is what was found.
ALTER TABLE spans ADD COLUMN measured TEXT;
-- Told of no more, and kept all the same.
ALTER TABLE incidents ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;

CREATE TABLE maintenances (
    id TEXT PRIMARY KEY,
    scheduled_start INTEGER NOT NULL,
    payload TEXT NOT NULL
);
CREATE INDEX maintenances_by_time ON maintenances (scheduled_start);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    seq INTEGER,
    before TEXT,
    after TEXT
);
CREATE INDEX audit_by_target ON audit (target, id);

-- What a request with a key of its own led to, so that hearing it twice does it once.
CREATE TABLE once (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    outcome TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (actor, key)
) WITHOUT ROWID;
CREATE INDEX once_by_time ON once (at);

CREATE TABLE users (name TEXT PRIMARY KEY, subject TEXT UNIQUE, payload TEXT NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE sessions (
    hash BLOB PRIMARY KEY,
    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER
) WITHOUT ROWID;
