-- What a journal and its projections look like. Later migrations only add.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    after INTEGER,
    at INTEGER NOT NULL,
    term INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    chain BLOB NOT NULL
);

CREATE TABLE folds (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, checksum BLOB NOT NULL);

CREATE TABLE lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    holder TEXT NOT NULL,
    term INTEGER NOT NULL,
    nonce TEXT NOT NULL,
    renewed_at INTEGER NOT NULL
);

CREATE TABLE spans (
    id INTEGER PRIMARY KEY,
    component TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER,
    status TEXT NOT NULL
);
CREATE INDEX spans_by_component ON spans (component, starts_at);
CREATE UNIQUE INDEX spans_open ON spans (component) WHERE ends_at IS NULL;

CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    began_at INTEGER NOT NULL,
    resolved_at INTEGER,
    payload TEXT NOT NULL
);
CREATE INDEX incidents_by_time ON incidents (began_at);
CREATE TABLE incident_components (
    component TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    incident TEXT NOT NULL REFERENCES incidents (id),
    PRIMARY KEY (component, began_at, incident)
) WITHOUT ROWID;

CREATE TABLE checks (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, component TEXT);
CREATE TABLE samples (
    check_id INTEGER NOT NULL REFERENCES checks (id),
    scheduled_at INTEGER NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER NOT NULL,
    latency_us INTEGER,
    dns_us INTEGER,
    connect_us INTEGER,
    tls_us INTEGER,
    first_byte_us INTEGER,
    body_us INTEGER,
    reason TEXT,
    PRIMARY KEY (check_id, scheduled_at)
) WITHOUT ROWID;
CREATE INDEX samples_by_time ON samples (at);

CREATE TABLE rollups (
    component TEXT NOT NULL,
    resolution INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    looks INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    sketch BLOB NOT NULL,
    PRIMARY KEY (component, resolution, starts_at)
) WITHOUT ROWID;
