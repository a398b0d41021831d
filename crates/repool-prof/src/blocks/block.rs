use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::Site;

/// A sampled block that is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Bytes that were asked for.
    pub(crate) size: u64,
    /// Where it is counted.
    pub(crate) site: Site,
    /// By whom.
    pub(crate) session: u32,
    /// The thread that allocated it.
    pub(crate) thread: u32,
    /// Nanoseconds, on the system's monotonic clock, when it did.
    pub(crate) time: u64,
    /// Bytes that the thread had allocated then, itself included.
    pub(crate) thread_bytes: u64,
    /// Bytes that the program had, as estimated.
    pub(crate) program_bytes: u64,
}

impl Block {
    pub(super) const WORDS: usize = 6;

    pub(super) fn write(&self, words: &[AtomicU64]) {
        let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let fields: [u64; Self::WORDS] = [
            self.size,
            pair(self.site.stack, self.site.record),
            pair(self.session, self.thread),
            self.time,
            self.thread_bytes,
            self.program_bytes,
        ];
        for (word, field) in words.iter().zip(fields) {
            word.store(field, Ordering::Relaxed);
        }
    }

    pub(super) fn read(words: &[AtomicU64]) -> Self {
        let word = |place: usize| words[place].load(Ordering::Relaxed);
        let pair = |place: usize| ((word(place) >> 32) as u32, word(place) as u32);
        let ((stack, record), (session, thread)) = (pair(1), pair(2));
        Self {
            size: word(0),
            site: Site { stack, record },
            session,
            thread,
            time: word(3),
            thread_bytes: word(4),
            program_bytes: word(5),
        }
    }
}
