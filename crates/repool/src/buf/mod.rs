//! Byte buffers of every size: a pool for each size class.
//!
//! A buffer comes from the class of the requested capacity, and is returned to the class of its capacity
//! by then: every buffer that is idle in a class has at least the class's capacity. `class` has the
//! arithmetic, `pooled` and `owned` the guards, `stats` the figures.

pub(crate) mod class;
#[cfg(feature = "bytes")]
mod frozen;
// Borrows from the pool whose `Arc` is beside it: O1.
#[allow(unsafe_code)]
pub(crate) mod owned;
// Takes the class's guard out of a buffer's guard, once.
#[allow(unsafe_code)]
pub(crate) mod pooled;
pub(crate) mod stats;

use core::fmt;

use crate::engine::settings::Settings;
use crate::guard::Pooled;
use crate::pool::Pool;
use crate::recycle::ByTrait;
use pooled::PooledBuf;
use stats::BufStats;

/// A pool of byte buffers of any size, for any number of threads.
///
/// ```
/// use repool::BufPool;
///
/// static BUFS: BufPool = BufPool::new();
///
/// let mut frame = BUFS.with_capacity(1500); // empty, with room for 1500 bytes or more
/// frame.extend_from_slice(b"hello");
/// drop(frame);                              // cleared, and returned to the pool
///
/// assert_eq!(BUFS.with_capacity(1400).capacity(), 1536);
/// assert_eq!(BUFS.stats().total().created, 1);
/// ```
///
/// # Sizes
///
/// There are 81 size classes from 64 bytes to 64 MiB: the powers of two, each in four steps. A
/// buffer's capacity is that of the first class that has room for the request, at most a quarter more
/// (below 64 bytes: 64). Each class is a [`Pool`] of its own, and what its documentation says holds
/// here; in particular, a warm get and return has no atomic read-modify-write and no allocation.
///
/// A buffer may grow, shrink, or be replaced by another `Vec` while it is in use. It is returned to the
/// largest class whose capacity it has. Request the capacity that will be needed all the same: a buffer
/// that grows each time is created anew each time. A class accepts buffers of other classes up to the
/// number that it created and lost itself, plus one mebibyte; further ones are freed. A buffer above
/// 64 MiB is created with the requested capacity, and is freed when it is returned, as is one below
/// 64 bytes.
///
/// # Old bytes
///
/// What one user wrote cannot be read by the next: a buffer has length 0, or from
/// [`get_zeroed`](BufPool::get_zeroed) contains zeros. The memory behind the length is not wiped; no
/// safe code can read it.
///
/// # Memory
///
/// The pool itself is 16 KiB; on the heap, each class that was used has what a [`Pool`] has there.
/// Idle buffers stay as long as recent demand needs them: see [`sweep`](BufPool::sweep).
pub struct BufPool {
    classes: [ClassPool; class::COUNT],
    /// Creates and counts the buffers that no class is for or has room for; keeps none.
    misfits: ClassPool,
    max_idle_bytes: usize,
}

/// Bytes of buffers from other classes that a class accepts beyond the number that it created and lost.
const SPARE: usize = 1 << 20;

/// The buffers of one size class. `create` is `()`, because a new buffer's capacity is known to the
/// [`BufPool`] only.
type ClassPool = Pool<Vec<u8>, ()>;

/// The settings of every class.
const SETTINGS: Settings = Settings::new(true).of::<Vec<u8>, ByTrait>();

/// A buffer in the guard of its class.
type ClassGuard<'a> = Pooled<'a, Vec<u8>>;

impl BufPool {
    /// The number of the size class whose buffers have room for `capacity` bytes: 0 for 64 bytes or
    /// less, then four classes for each power of two. From 81 on, for more than 64 MiB, the numbers go
    /// on in the same way, but buffers of these sizes are not pooled.
    ///
    /// ```
    /// use repool::BufPool;
    ///
    /// assert_eq!([0, 64, 65, 80, 81].map(BufPool::size_class), [0, 0, 1, 1, 2]);
    /// assert_eq!([64 << 20, (64 << 20) + 1].map(BufPool::size_class), [80, 81]);
    /// ```
    pub const fn size_class(capacity: usize) -> usize {
        class::of_request(capacity)
    }

    /// An empty pool; nothing is on the heap until it is used.
    ///
    /// ```
    /// use repool::BufPool;
    ///
    /// static BUFS: BufPool = BufPool::new();
    /// let local = BufPool::new();
    /// # (BUFS.with_capacity(1), local.with_capacity(1));
    /// ```
    pub const fn new() -> Self {
        BufPool {
            classes: [const { Pool::from_parts((), ByTrait, SETTINGS) }; class::COUNT],
            misfits: Pool::from_parts((), ByTrait, SETTINGS).max_idle(0),
            max_idle_bytes: usize::MAX,
        }
    }

    /// Keeps idle buffers of at most `bytes` bytes, over all classes. No bound by default.
    ///
    /// The bound holds for what the classes own, idle and in use together, each buffer counted as its
    /// class's capacity. If none is idle and a further one would exceed the bound, the pool creates one
    /// that is freed when it is returned. So the bound should be above what is in use at a time:
    /// otherwise some buffers are created anew each time. Idle buffers of one class use up the bound of
    /// the others until they are [swept](BufPool::sweep) or [cleared](BufPool::clear).
    ///
    /// The bound is checked when a buffer is created or has changed its class, and costs a warm get and
    /// return nothing. Threads that do so at the same time may each exceed it by one buffer.
    ///
    /// Set it before the first use.
    ///
    /// ```
    /// static BUFS: repool::BufPool = repool::BufPool::new().max_idle_bytes(100_000);
    ///
    /// drop((BUFS.with_capacity(65_536), BUFS.with_capacity(65_536)));
    /// assert_eq!(BUFS.stats().idle_bytes(), 65_536);
    /// ```
    #[must_use = "this returns the pool with the setting"]
    pub const fn max_idle_bytes(mut self, bytes: usize) -> Self {
        self.max_idle_bytes = bytes;
        self
    }

    /// Gives the pool a name, for its [`BufStats`] and the [`Stats`](crate::Stats) of each class.
    ///
    /// ```
    /// static BUFS: repool::BufPool = repool::BufPool::new().name("bodies");
    /// drop(BUFS.with_capacity(100));
    /// assert_eq!(BUFS.stats().total().name, Some("bodies"));
    /// ```
    #[must_use = "this returns the pool with the setting"]
    pub const fn name(mut self, name: &'static str) -> Self {
        let mut class = 0;
        while class < class::COUNT {
            self.classes[class].engine_mut().name = Some(name);
            class += 1;
        }
        self.misfits.engine_mut().name = Some(name);
        self
    }

    /// An empty buffer with room for `capacity` bytes or more: an idle one if one is available at
    /// once, else a new one.
    ///
    /// # Panics
    ///
    /// As [`Vec::with_capacity`] does: "capacity overflow", if `capacity` is above `isize::MAX` bytes.
    ///
    /// ```
    /// static BUFS: repool::BufPool = repool::BufPool::new();
    /// let mut buf = BUFS.with_capacity(4000);
    /// assert_eq!((buf.len(), buf.capacity()), (0, 4096));
    /// buf.extend_from_slice(b"one message");
    /// ```
    #[inline]
    pub fn with_capacity(&self, capacity: usize) -> PooledBuf<'_> {
        self.get_or_create(capacity, Vec::with_capacity)
    }

    /// The same as [`with_capacity`](BufPool::with_capacity), under the name that it has in
    /// [`Pool`]: the buffer is empty, and `capacity` is not its length. For a buffer of a length see
    /// [`get_zeroed`](BufPool::get_zeroed).
    ///
    /// # Panics
    ///
    /// As [`with_capacity`](BufPool::with_capacity) does.
    ///
    /// ```
    /// static BUFS: repool::BufPool = repool::BufPool::new();
    /// assert!(BUFS.get(4000).is_empty());
    /// ```
    #[inline]
    pub fn get(&self, capacity: usize) -> PooledBuf<'_> {
        self.with_capacity(capacity)
    }

    /// A buffer of `len` zeros: [`with_capacity`](BufPool::with_capacity), and `len` bytes written.
    ///
    /// # Panics
    ///
    /// As [`with_capacity`](BufPool::with_capacity) does.
    ///
    /// ```
    /// static BUFS: repool::BufPool = repool::BufPool::new();
    /// BUFS.with_capacity(100).extend_from_slice(&[7; 100]);
    /// assert_eq!(**BUFS.get_zeroed(100), [0; 100]);
    /// ```
    #[inline]
    pub fn get_zeroed(&self, len: usize) -> PooledBuf<'_> {
        // A new buffer is zeroed over its whole capacity, a large one by the system; an idle one is
        // empty.
        let mut buf = self.get_or_create(len, |capacity| vec![0; capacity]);
        buf.resize(len, 0);
        buf
    }

    #[inline(always)]
    fn get_or_create(&self, capacity: usize, create: fn(usize) -> Vec<u8>) -> PooledBuf<'_> {
        let class = class::of_request(capacity);
        let (cached, expected) = match self.classes.get(class) {
            Some(pool) => (pool.get_cached(), class::capacity(class)),
            None => (None, capacity),
        };
        let guard = cached.unwrap_or_else(|| self.get_slow(capacity, create));
        PooledBuf::new(guard, expected, self)
    }

    #[cold]
    #[inline(never)]
    fn get_slow(&self, capacity: usize, create: fn(usize) -> Vec<u8>) -> ClassGuard<'_> {
        // Computed again, so that the caller keeps no register for it.
        let class = class::of_request(capacity);
        let Some(pool) = self.classes.get(class) else {
            return self.misfits.guard_new(create(capacity), None);
        };
        pool.get_uncached().unwrap_or_else(|without| {
            self.pool_with_room(class)
                .guard_new(create(class::capacity(class)), Some(without))
        })
    }

    /// The pool that takes one more buffer of this class: `misfits` if it would exceed the bound.
    fn pool_with_room(&self, class: usize) -> &ClassPool {
        let pool = &self.classes[class];
        if self.max_idle_bytes == usize::MAX {
            return pool;
        }
        let classes = self.classes.iter().enumerate();
        let owned: usize = classes
            .map(|(index, pool)| class::capacity(index) * pool.stats_without_idle().in_use)
            .sum();
        if owned.saturating_add(class::capacity(class)) <= self.max_idle_bytes {
            pool
        } else {
            &self.misfits
        }
    }

    /// Drops every idle buffer; see [`Pool::clear`].
    ///
    /// It looks at every CPU for each class that was used.
    ///
    /// ```
    /// let bufs = repool::BufPool::new();
    /// drop(bufs.with_capacity(1 << 20));
    /// assert_eq!(bufs.stats().idle_bytes(), 1 << 20);
    /// bufs.clear();
    /// assert_eq!(bufs.stats().idle_bytes(), 0);
    /// ```
    pub fn clear(&self) {
        self.classes.iter().for_each(ClassPool::clear);
    }

    /// Ends a period of every class: drops the buffers that were not used since the last sweep; see
    /// [`Pool::sweep`].
    ///
    /// Ordinary calls also sweep a class every 30 seconds, but only if they go beyond the buffers cached
    /// on their CPU. A [`Sweeper`](crate::Sweeper) sweeps all classes, as does the one
    /// [of the process](crate::Sweeper::spawn_for_process).
    ///
    /// ```
    /// let bufs = repool::BufPool::new();
    /// drop((bufs.with_capacity(100), bufs.with_capacity(5000)));
    /// bufs.sweep();
    /// drop(bufs.with_capacity(100));
    /// bufs.sweep();
    /// assert_eq!(bufs.stats().idle_bytes(), 112);
    /// ```
    pub fn sweep(&self) {
        self.classes.iter().for_each(ClassPool::sweep);
    }

    /// The pool's figures now, class by class; see [`Pool::stats`].
    ///
    /// ```
    /// let bufs = repool::BufPool::new();
    /// let (small, _large) = (bufs.with_capacity(100), bufs.with_capacity(5000));
    /// drop(small);
    ///
    /// let stats = bufs.stats();
    /// assert_eq!((stats.total().idle, stats.total().in_use), (1, 1));
    /// ```
    pub fn stats(&self) -> BufStats {
        BufStats::new(
            self.classes.each_ref().map(ClassPool::stats),
            self.misfits.stats(),
        )
    }

    /// Returns a buffer that no longer has the capacity of the class it came from (`expected`), to the
    /// class of its present capacity.
    #[cold]
    #[inline(never)]
    fn return_resized_slow(&self, guard: ClassGuard<'_>, expected: usize) {
        let class = class::of_capacity(guard.capacity());
        // It grew by less than a class. Such a buffer stays in its class, and may come here each time.
        if class.is_some_and(|class| class::capacity(class) == expected) {
            return drop(guard);
        }
        let class = class.filter(|&class| self.accepts_resized(class));
        let buf = Pooled::detach(guard);
        class
            .map_or(&self.misfits, |class| self.pool_with_room(class))
            .put(buf);
    }

    /// Whether a class accepts one more buffer from another class: up to the number that it created and
    /// lost, and [`SPARE`]. If users always request too little, the buffers that grew would otherwise
    /// pile up in a class that no request is for.
    fn accepts_resized(&self, class: usize) -> bool {
        let stats = self.classes[class].stats_without_idle();
        let spare = (SPARE / class::capacity(class)).max(1);
        [stats.created, stats.detached, stats.dropped.total()]
            .into_iter()
            .fold(spare, usize::saturating_add)
            > stats.adopted
    }
}

impl Default for BufPool {
    fn default() -> Self {
        BufPool::new()
    }
}

impl fmt::Debug for BufPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufPool")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
