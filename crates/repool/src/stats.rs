//! What a pool tells about itself.

use core::fmt;

/// The figures of a pool at one moment, in objects.
///
/// Exact whenever nobody is in the middle of a call to the pool; otherwise each may be off by
/// what those calls are about. They cost the fast path nothing: objects are counted where they
/// lie.
///
/// `created + adopted = idle + in_use + discarded + detached`
///
/// ```
/// let pool = repool::Pool::new(Vec::<u8>::new);
/// let line = pool.get();
/// pool.put(Vec::new());
///
/// let stats = pool.stats();
/// assert_eq!((stats.created, stats.adopted), (1, 1));
/// assert_eq!((stats.idle, stats.in_use), (1, 1));
/// assert_eq!(
///     stats.to_string(),
///     "1 idle, 1 in use, 1 created, 1 adopted, 0 discarded, 0 detached"
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Stats {
    /// Made by the pool's `create`.
    pub created: usize,
    /// Brought in by [`Pool::put`](crate::Pool::put), whether it kept them or not.
    pub adopted: usize,
    /// Dropped by the pool: refused by recycling, over budget, cleared.
    pub discarded: usize,
    /// Taken out for good by [`Pooled::detach`](crate::Pooled::detach).
    pub detached: usize,
    /// Waiting in the pool.
    pub idle: usize,
    /// Lent out, in guards; those of forgotten guards too.
    pub in_use: usize,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} idle, {} in use, {} created, {} adopted, {} discarded, {} detached",
            self.idle, self.in_use, self.created, self.adopted, self.discarded, self.detached
        )
    }
}
