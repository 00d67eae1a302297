//! The resident memory of a process while something goes on: the most it ever was.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use crate::limits;
use pharos_measure::proc_stat;

/// Looks at a process until it is dropped.
pub struct Watch {
    most_bytes: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins.
    pub fn begin(pid: u32) -> Self {
        let (most_bytes, is_over) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let (most, over) = (Arc::clone(&most_bytes), Arc::clone(&is_over));
        let thread = thread::spawn(move || {
            while !over.load(Ordering::SeqCst) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a count of bytes below 2^52"
                )]
                let bytes = proc_stat::resident_bytes(pid).unwrap_or(0.0) as u64;
                most.fetch_max(bytes, Ordering::SeqCst);
                thread::sleep(limits::POLL_PAUSE);
            }
        });
        Self { most_bytes, is_over, thread: Some(thread) }
    }

    /// The most it was so far, in bytes; forgotten with this.
    pub fn most(&self) -> u64 {
        self.most_bytes.swap(0, Ordering::SeqCst)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // It looks at nothing but the process.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
