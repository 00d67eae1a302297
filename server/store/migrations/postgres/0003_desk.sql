-- What operators do and who they are.
-- What the checks found while operators stated another status; NULL where the status is what was found.
ALTER TABLE spans ADD COLUMN measured TEXT;
-- Told of no more, and kept all the same.
ALTER TABLE incidents ADD COLUMN hidden BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE maintenances (
    id TEXT COLLATE "C" PRIMARY KEY,
    scheduled_start BIGINT NOT NULL,
    payload TEXT NOT NULL
);
CREATE INDEX maintenances_by_time ON maintenances (scheduled_start);

CREATE TABLE audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    seq BIGINT,
    before TEXT,
    after TEXT
);
CREATE INDEX audit_by_target ON audit (target, id);

-- What a request with a key of its own led to, so that hearing it twice does it once.
CREATE TABLE once (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    outcome TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (actor, key)
);
CREATE INDEX once_by_time ON once (at);

CREATE TABLE users (
    name TEXT COLLATE "C" PRIMARY KEY,
    subject TEXT UNIQUE,
    payload TEXT NOT NULL,
    revision BIGINT NOT NULL
);

CREATE TABLE sessions (
    hash BYTEA PRIMARY KEY,
    "user" TEXT COLLATE "C" NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions ("user");

CREATE TABLE tokens (
    id TEXT COLLATE "C" PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    "user" TEXT COLLATE "C" NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at BIGINT
);
CREATE INDEX tokens_by_user ON tokens ("user");
