-- What a journal and its projections look like. Later migrations only add. What is put in order by its name is compared byte
-- by byte, whatever the database's own language is.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE journal (
    seq BIGINT PRIMARY KEY,
    after BIGINT,
    at BIGINT NOT NULL,
    term BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- Not jsonb: the chain covers every byte.
    payload TEXT NOT NULL,
    chain BYTEA NOT NULL
);

-- The journal's end. Whoever appends locks it first, so that places are gapless in the order of commits.
CREATE TABLE head (
    id SMALLINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    chain BYTEA NOT NULL,
    at BIGINT NOT NULL,
    public_seq BIGINT NOT NULL
);
INSERT INTO head VALUES (1, 0, decode(repeat('00', 32), 'hex'), -9223372036854775808, 0);

CREATE TABLE folds (seq BIGINT PRIMARY KEY, body BYTEA NOT NULL, checksum BYTEA NOT NULL);

CREATE TABLE lease (
    id SMALLINT PRIMARY KEY CHECK (id = 1),
    holder TEXT NOT NULL,
    term BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    renewed_at BIGINT NOT NULL
);

CREATE TABLE spans (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    component TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    status TEXT NOT NULL
);
CREATE INDEX spans_by_component ON spans (component, starts_at);
CREATE UNIQUE INDEX spans_open ON spans (component) WHERE ends_at IS NULL;

CREATE TABLE incidents (
    id TEXT COLLATE "C" PRIMARY KEY,
    began_at BIGINT NOT NULL,
    resolved_at BIGINT,
    payload TEXT NOT NULL
);
CREATE INDEX incidents_by_time ON incidents (began_at);
CREATE TABLE incident_components (
    component TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    incident TEXT COLLATE "C" NOT NULL REFERENCES incidents (id),
    PRIMARY KEY (component, began_at, incident)
);
CREATE INDEX incident_components_by_incident ON incident_components (incident);

CREATE TABLE checks (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    component TEXT
);
CREATE TABLE samples (
    check_id BIGINT NOT NULL REFERENCES checks (id),
    scheduled_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    status BIGINT NOT NULL,
    latency_us BIGINT,
    dns_us BIGINT,
    connect_us BIGINT,
    tls_us BIGINT,
    first_byte_us BIGINT,
    body_us BIGINT,
    reason TEXT,
    PRIMARY KEY (check_id, scheduled_at)
);
CREATE INDEX samples_by_time ON samples (at);

CREATE TABLE rollups (
    component TEXT NOT NULL,
    resolution BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    looks BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    sketch BYTEA NOT NULL,
    PRIMARY KEY (component, resolution, starts_at)
);
