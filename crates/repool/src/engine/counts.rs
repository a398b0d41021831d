//! What a pool counts: on slow paths only.

use core::sync::atomic::{AtomicUsize, Ordering};

/// How many objects came and went, but for those that went out by a get and home again. In the
/// pool's own memory.
pub(crate) struct Counts {
    pub(crate) created: AtomicUsize,
    pub(crate) adopted: AtomicUsize,
    pub(crate) detached: AtomicUsize,
    /// Objects that were dropped for want of room when memory had run out for a [`Tally`].
    pub(crate) unplaced: AtomicUsize,
}

/// Why they went, and why others had to come. On the heap: all of it in the pool would make a
/// `static` so large that a thousand of them share few sets of the processor's cache.
pub(crate) struct Tally {
    dropped: [AtomicUsize; Why::COUNT],
    missed: [AtomicUsize; Miss::COUNT],
    /// The most objects there ever were.
    peak: AtomicUsize,
}

/// Why an object was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Recycling refused it, or panicked.
    Refused,
    /// It was heavier than an object may be, or far heavier than recent demand.
    Heavy,
    /// There was no room for it.
    OverBudget,
    /// It was made only because others were in the way, and came home when there was enough.
    Surplus,
    /// It was idle from one sweep to the next.
    Swept,
    /// It was the parent's, in a forked child.
    Fork,
    /// The pool was cleared.
    Cleared,
}

impl Why {
    const COUNT: usize = 7;
}

/// Why a get found no idle object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Miss {
    /// There were never as many objects as were wanted then.
    Cold,
    /// There had been enough, but some were given up.
    Empty,
    /// There were idle ones, where they could not be had at once.
    Contended,
}

impl Miss {
    const COUNT: usize = 3;
}

impl Counts {
    pub(crate) const fn new() -> Self {
        Counts {
            created: AtomicUsize::new(0),
            adopted: AtomicUsize::new(0),
            detached: AtomicUsize::new(0),
            unplaced: AtomicUsize::new(0),
        }
    }

    /// Adds one. Relaxed: counts are exact once nobody is in the middle of a call, which takes
    /// some other synchronisation to know.
    pub(crate) fn add(count: &AtomicUsize) {
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Objects that there are, idle or in use.
    fn alive(&self, tally: &Tally) -> usize {
        let load = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let gone = tally.dropped.iter().chain([&self.detached, &self.unplaced]);
        (load(&self.created).wrapping_add(load(&self.adopted)))
            .saturating_sub(gone.map(load).sum::<usize>())
    }
}

impl Tally {
    pub(crate) fn new() -> Self {
        Tally {
            dropped: [const { AtomicUsize::new(0) }; Why::COUNT],
            missed: [const { AtomicUsize::new(0) }; Miss::COUNT],
            peak: AtomicUsize::new(0),
        }
    }

    pub(crate) fn add_dropped(&self, why: Why) {
        Counts::add(&self.dropped[why as usize]);
    }

    pub(crate) fn add_missed(&self, miss: Miss) {
        Counts::add(&self.missed[miss as usize]);
    }

    pub(crate) fn dropped(&self, why: Why) -> usize {
        self.dropped[why as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn missed(&self, miss: Miss) -> usize {
        self.missed[miss as usize].load(Ordering::Relaxed)
    }

    /// Why a get missed that found nothing anywhere.
    pub(crate) fn cold_or_empty(&self, counts: &Counts) -> Miss {
        match counts.alive(self) >= self.peak.load(Ordering::Relaxed) {
            true => Miss::Cold,
            false => Miss::Empty,
        }
    }

    /// Notes how many objects there are now: when one was made, and before one goes, for then it
    /// may have been the last of many that were brought in, which is not looked at.
    pub(crate) fn note_alive(&self, counts: &Counts) {
        self.peak.fetch_max(counts.alive(self), Ordering::Relaxed);
    }
}
