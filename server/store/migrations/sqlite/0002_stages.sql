-- Where the time of the looks of a rollup went: sums in microseconds over the looks that told, so that rollups add up and a
-- mean is exact at every width.
ALTER TABLE rollups ADD COLUMN staged_looks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN dns_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN connect_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN tls_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN first_byte_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN body_us INTEGER NOT NULL DEFAULT 0;
