//! Every bound of the sums, in one place.

/// Damaged pages that are remembered, over all files. Of more the first are enough to know that a disk fails.
pub const NOTED_MAX: usize = 256;
/// Pages read in one go by whoever reads a whole file: 256 KiB.
pub const WALK_PAGES: u32 = 64;
