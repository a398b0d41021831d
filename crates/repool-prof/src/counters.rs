//! Exact counters of the calling thread's allocations, without a profiler: the public face of what
//! `thread` counts in the hook.

use std::fmt;
use std::hint::black_box;
use std::ops::Sub;

use crate::thread;

/// Allocations, bytes and frees of one thread, exactly.
///
/// [`Counters::now`] reads the running totals of the calling thread. The difference of two readings
/// ([`since`](Counters::since), or `-`) is what the code between them allocated and freed.
///
/// A block that is resized (`realloc`, as when a `Vec` outgrows its capacity) counts as one
/// allocation of the *new* size and one free, whether it moved or not, as Go's figures count a
/// slice that grows. A request that the allocator refused counts nothing.
///
/// The fields are public, and a value can be built and taken apart, because the three figures are
/// all that an allocator's interface tells; no field will be added.
///
/// ```
/// use repool_prof::{Counters, ProfAlloc};
///
/// #[global_allocator]
/// static ALLOC: ProfAlloc = ProfAlloc::new();
///
/// let mut line: Vec<u8> = Vec::with_capacity(8);
/// let before = Counters::now();
/// line.reserve_exact(64); // from 8 bytes to 64
/// let growth = Counters::now() - before;
/// assert_eq!(growth.to_string(), "1 allocations, 64 bytes, 1 frees");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counters {
    /// Blocks that were allocated, resized ones included.
    pub allocations: u64,
    /// Bytes that those allocations requested, before the allocator rounds up.
    pub bytes: u64,
    /// Blocks that were freed, the old blocks of resizes included.
    pub frees: u64,
}

impl Counters {
    /// The calling thread's totals since it started.
    ///
    /// They stay 0 in a program whose global allocator is not a [`ProfAlloc`](crate::ProfAlloc):
    /// see [`is_installed`].
    ///
    /// ```
    /// use repool_prof::{Counters, ProfAlloc};
    ///
    /// #[global_allocator]
    /// static ALLOC: ProfAlloc = ProfAlloc::new();
    ///
    /// let before = Counters::now();
    /// let boxed = Box::new([0u8; 100]);
    /// assert_eq!(Counters::now().since(before).bytes, 100);
    /// # drop(boxed);
    /// ```
    #[must_use]
    #[inline]
    pub fn now() -> Self {
        let (allocations, bytes, frees) = thread::totals();
        Self {
            allocations,
            bytes,
            frees,
        }
    }

    /// The difference of this reading and `earlier`, both of one thread.
    ///
    /// A figure that is lower than in `earlier` becomes 0. That happens only if the readings are of
    /// different threads, or swapped.
    ///
    /// ```
    /// use repool_prof::Counters;
    ///
    /// let earlier = Counters { allocations: 2, bytes: 100, frees: 1 };
    /// let later = Counters { allocations: 5, bytes: 180, frees: 4 };
    /// assert_eq!(later.since(earlier), Counters { allocations: 3, bytes: 80, frees: 3 });
    /// assert_eq!(earlier.since(later), Counters::default());
    /// ```
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            allocations: self.allocations.saturating_sub(earlier.allocations),
            bytes: self.bytes.saturating_sub(earlier.bytes),
            frees: self.frees.saturating_sub(earlier.frees),
        }
    }
}

/// The same as [`Counters::since`].
impl Sub for Counters {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        self.since(earlier)
    }
}

/// `3 allocations, 80 bytes, 3 frees`.
impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            allocations,
            bytes,
            frees,
        } = self;
        write!(f, "{allocations} allocations, {bytes} bytes, {frees} frees")
    }
}

/// Whether this program's global allocator is a [`ProfAlloc`](crate::ProfAlloc), and so counts.
///
/// Finds out by a trial: it allocates and frees one byte, which the calling thread's counters show
/// afterwards.
///
/// ```
/// // This program has no `#[global_allocator]`.
/// assert!(!repool_prof::is_installed());
/// ```
#[must_use]
pub fn is_installed() -> bool {
    let before = Counters::now();
    // Without the black box the optimiser may remove the allocation.
    drop(black_box(Box::new(0u8)));
    Counters::now() != before
}
