//! Every bound of the archive, in one place.

/// Bytes of one object as it is kept.
pub const OBJECT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of one object once it is unpacked.
pub const UNPACKED_BYTES_MAX: usize = 1024 * 1024 * 1024;
/// Bytes of a manifest.
pub const MANIFEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Entries of the journal in one segment when it is first written.
pub const SEGMENT_ENTRIES: usize = 5_000;
/// Segments of one level that are put together to one of the next.
pub const SEGMENTS_MERGED: usize = 32;
/// Entries in a segment that is put together.
pub const MERGED_ENTRIES_MAX: u64 = 100_000;
/// Bytes of a segment above which it is left as it is.
pub const MERGED_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Entries of the audit log that are read at once.
pub const AUDIT_ENTRIES: usize = 1_000;
/// Snapshots kept.
pub const SNAPSHOTS_KEPT: usize = 5;
/// Entries after which another snapshot is kept.
pub const SNAPSHOT_EVERY_ENTRIES: u64 = 10_000;
/// Slices of history written in one step.
pub const SLICES_PER_STEP: usize = 48;
/// Rows of one slice.
pub const SLICE_ROWS_MAX: usize = 4_000_000;
/// How long after its end a slice of history is written: what is seen in it has come in by then.
pub const SLICE_SETTLES_MS: u64 = 30_000;
/// For how long after its end it is looked whether more came in: agents that were cut off hand in late.
pub const SLICE_LATE_MS: u64 = 7 * 3_600_000;
/// How often that is looked at, in milliseconds.
pub const LATE_LOOK_MS: u64 = 600_000;
/// How old an object that nothing refers to must be before it is removed, in milliseconds: somebody may be restoring by a manifest that
/// referred to it.
pub const GARBAGE_AGE_MS: i64 = 3_600_000;
/// Threads and strength of packing: quick, because it happens all the time.
pub const PACKING_LEVEL: i32 = 3;
/// Recipients for whom an archive is sealed.
pub const RECIPIENTS_MAX: usize = 16;
/// Entries of the journal that are scrubbed at once.
pub const SCRUB_ENTRIES: usize = 1_000;
/// Maintenances read at once while scrubbing.
pub const SCRUB_MAINTENANCES: usize = 200;
/// How often it is tried to look at a journal that goes on all the time.
pub const SCRUB_TRIES: usize = 20;
/// Faults that are told.
pub const FAULTS_MAX: usize = 1_000;
