-- The nodes that share this database, as each last told of itself. Times are the database's own.
CREATE TABLE nodes (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    config TEXT NOT NULL,
    seq BIGINT NOT NULL,
    term BIGINT,
    told BYTEA NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    told_at TIMESTAMPTZ NOT NULL
);

-- What nodes have to tell each other. A letter goes when it is collected; whoever collects it is the only one who has it.
-- Without a recipient it is for whoever leads.
CREATE TABLE letters (
    place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recipient UUID,
    sender UUID NOT NULL,
    number BIGINT NOT NULL,
    body BYTEA NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX letters_by_recipient ON letters (recipient, place);
