use std::fmt;
use std::hint::black_box;
use std::ops::Sub;

use crate::thread;

/// What a thread has asked of its allocator, exactly.
///
/// [`Counters::now`] reads the running totals of the calling thread; subtract
/// an earlier reading ([`since`](Counters::since), or `-`) for what a piece of
/// code did.
///
/// A block that is resized (`realloc`, as when a `Vec` outgrows its capacity)
/// counts as one allocation of the *new* size and one free, whether it moved or
/// not: the way Go's figures show a slice that grows. A request that the allocator could not meet counts nothing.
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
    /// Blocks that the allocator handed out, growths and shrinkings included.
    pub allocations: u64,
    /// Bytes asked for by those allocations. What the allocator rounds a
    /// request up to is not in it.
    pub bytes: u64,
    /// Blocks given back, among them the old blocks of growths and shrinkings.
    pub frees: u64,
}

impl Counters {
    /// The calling thread's totals since it started.
    ///
    /// All zero for ever in a program whose global allocator is not a
    /// [`ProfAlloc`](crate::ProfAlloc); ask [`is_installed`].
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

    /// What happened between `earlier` and this reading.
    ///
    /// Both are readings of one thread. A figure that is lower than in
    /// `earlier`, which only readings of different threads or swapped ones can
    /// give, comes out as 0.
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

/// Whether this program's global allocator counts, that is, whether it is a
/// [`ProfAlloc`](crate::ProfAlloc).
///
/// Finds out by trying: it allocates and frees one byte, which the calling
/// thread's counters will show.
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
