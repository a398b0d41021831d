//! What a pool counts, on slow paths only: the numbers behind `Stats`.

use core::sync::atomic::{AtomicUsize, Ordering};

/// Objects that came into the pool and left it, without gets and returns. In the pool's own memory.
pub(crate) struct Counts {
    pub(crate) created: AtomicUsize,
    pub(crate) adopted: AtomicUsize,
    pub(crate) detached: AtomicUsize,
    /// Objects dropped for lack of room while there was no memory for a [`Tally`].
    pub(crate) unplaced: AtomicUsize,
}

/// Why objects were dropped, and why gets missed. On the heap: all of it in the pool would make a
/// `static` so large that a thousand of them share few sets of the processor's cache.
pub(crate) struct Tally {
    dropped: [AtomicUsize; DropReason::COUNT],
    missed: [AtomicUsize; MissReason::COUNT],
    /// The most objects that were live at a time.
    peak: AtomicUsize,
}

/// Why an object was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DropReason {
    /// Recycling refused it, or panicked.
    Refused,
    /// It was heavier than an object may be, or far heavier than recent demand.
    Heavy,
    /// There was no room for it.
    OverBudget,
    /// It was created because of contention while others were idle, and returned when there were enough.
    Surplus,
    /// It was idle from one sweep to the next.
    Swept,
    /// It was the parent's, in a forked child, or it was returned while a forked child claimed the pool.
    Fork,
    /// The pool was cleared.
    Cleared,
}

impl DropReason {
    const COUNT: usize = 7;
}

/// Why a get found no idle object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MissReason {
    /// There were never as many objects as were in use then.
    Cold,
    /// There had been enough, but some were dropped.
    Empty,
    /// Objects were idle, but could not be reached at once.
    Contended,
}

impl MissReason {
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

    /// Adds one. Relaxed: counts are exact while no call is under way, which a reader needs other
    /// synchronisation to know.
    pub(crate) fn add(count: &AtomicUsize) {
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Live objects: idle or in use.
    fn live(&self, tally: &Tally) -> usize {
        let load = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let gone = tally.dropped.iter().chain([&self.detached, &self.unplaced]);
        (load(&self.created).wrapping_add(load(&self.adopted)))
            .saturating_sub(gone.map(load).sum::<usize>())
    }
}

impl Tally {
    pub(crate) fn new() -> Self {
        Tally {
            dropped: [const { AtomicUsize::new(0) }; DropReason::COUNT],
            missed: [const { AtomicUsize::new(0) }; MissReason::COUNT],
            peak: AtomicUsize::new(0),
        }
    }

    pub(crate) fn add_dropped(&self, why: DropReason) {
        Counts::add(&self.dropped[why as usize]);
    }

    pub(crate) fn add_missed(&self, miss: MissReason) {
        Counts::add(&self.missed[miss as usize]);
    }

    pub(crate) fn dropped(&self, why: DropReason) -> usize {
        self.dropped[why as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn missed(&self, miss: MissReason) -> usize {
        self.missed[miss as usize].load(Ordering::Relaxed)
    }

    /// The reason of a miss that found no object anywhere.
    pub(crate) fn cold_or_empty(&self, counts: &Counts) -> MissReason {
        match counts.live(self) >= self.peak.load(Ordering::Relaxed) {
            true => MissReason::Cold,
            false => MissReason::Empty,
        }
    }

    /// Updates the peak: after an object was created, and before one is dropped, since adopting objects
    /// does not update it.
    pub(crate) fn note_live(&self, counts: &Counts) {
        self.peak.fetch_max(counts.live(self), Ordering::Relaxed);
    }
}
