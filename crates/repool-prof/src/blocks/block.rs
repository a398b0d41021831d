//! What the table of live sampled blocks keeps of each, and its form as words.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::{Object, Site};

/// A sampled block that is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Bytes that were requested.
    pub(crate) size: u64,
    /// The nodes of the store that count it.
    pub(crate) site: Site,
    pub(crate) object: Object,
    /// The number of the session whose store counts it.
    pub(crate) session: u32,
    /// When it was allocated: nanoseconds on the monotonic clock.
    pub(crate) time: u64,
    /// Bytes that the thread had allocated by then, this block included.
    pub(crate) thread_bytes: u64,
    /// Estimate of the bytes that the program had allocated by then.
    pub(crate) program_bytes: u64,
}

impl Block {
    pub(super) const WORDS: usize = 7;

    pub(super) fn write(&self, words: &[AtomicU64]) {
        let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let fields: [u64; Self::WORDS] = [
            self.size,
            pair(self.site.stack, self.site.record),
            pair(self.object.origin, self.object.thread),
            self.session.into(),
            self.time,
            self.thread_bytes,
            self.program_bytes,
        ];
        for (word, field) in words.iter().zip(fields) {
            word.store(field, Ordering::Relaxed);
        }
    }

    pub(super) fn read(words: &[AtomicU64]) -> Self {
        let word = |index: usize| words[index].load(Ordering::Relaxed);
        let pair = |index: usize| ((word(index) >> 32) as u32, word(index) as u32);
        let ((stack, record), (origin, thread)) = (pair(1), pair(2));
        Self {
            size: word(0),
            site: Site { stack, record },
            object: Object { origin, thread },
            session: word(3) as u32,
            time: word(4),
            thread_bytes: word(5),
            program_bytes: word(6),
        }
    }
}
