-- Where the time of the looks of a rollup went: sums in microseconds over the looks that told, so that rollups add up and a
-- mean is exact at every width.
ALTER TABLE rollups
    ADD COLUMN staged_looks BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN dns_us BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN connect_us BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN tls_us BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN first_byte_us BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN body_us BIGINT NOT NULL DEFAULT 0;
