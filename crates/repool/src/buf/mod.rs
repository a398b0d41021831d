//! Byte buffers of every size: a pool for each size class.
//!
//! A buffer is lent out by the class of what was asked for, and comes home to the class of what
//! it is then: every buffer that is idle in a class has at least the class's capacity.

pub(crate) mod class;
#[cfg(feature = "bytes")]
mod frozen;
// Borrows from the pool that it has a share in: O1.
#[allow(unsafe_code)]
pub(crate) mod owned;
// Takes the guard out of a buffer's guard once.
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
/// let mut frame = BUFS.get(1500);      // empty, with room for 1500 bytes or more
/// frame.extend_from_slice(b"hello");
/// drop(frame);                         // cleared, and home
///
/// assert_eq!(BUFS.get(1400).capacity(), 1536);
/// assert_eq!(BUFS.stats().total().created, 1);
/// ```
///
/// # Sizes
///
/// There are 81 size classes from 64 bytes to 64 MiB: the powers of two, each in four steps. A
/// buffer's capacity is that of the first class which has room for what was asked for, at most a
/// quarter more (below 64 bytes: 64). Each class is a [`Pool`] of its own, and all that is said
/// there holds here; in particular, a warm get and return is no atomic read-modify-write and no
/// allocation.
///
/// A buffer may grow, shrink, or be replaced by another `Vec` while it is out. It comes home to
/// the last class whose capacity it has. (Ask for what will be needed all the same: a buffer that
/// grows each time is made anew each time. A class takes in what was another's up to as many as it
/// made and lost itself, and a mebibyte; what is beyond is freed.) What is heavier than 64 MiB is made as heavy as it was
/// asked for, and is freed when it comes home, as is what is lighter than 64 bytes.
///
/// # Old bytes
///
/// What one user wrote is not there for the next to read: a buffer comes with length 0, or from
/// [`get_zeroed`](BufPool::get_zeroed) with zeros. The memory behind the length is not wiped; no
/// safe code sees it.
///
/// # Memory
///
/// 16 KiB in its own place; on the heap, for each class that was used, what a [`Pool`] has there.
/// Idle buffers stay as long as recent demand needs them: see [`sweep`](BufPool::sweep).
pub struct BufPool {
    classes: [OfClass; class::COUNT],
    /// Lends out and counts what no class is for or has room for; keeps nothing.
    misfits: OfClass,
    max_idle_bytes: usize,
}

/// Bytes that a class takes in of buffers that grew or shrank, beyond the rule.
const SPARE: usize = 1 << 20;

/// The buffers of one size class. It has no function that creates: the request says how heavy.
type OfClass = Pool<Vec<u8>, ()>;

/// The settings of every class.
const SETTINGS: Settings = Settings::new(true).of::<Vec<u8>, ByTrait>();

/// A buffer that its class lent out.
type Lent<'a> = Pooled<'a, Vec<u8>>;

impl BufPool {
    /// An empty pool; nothing is on the heap until it is used.
    ///
    /// ```
    /// use repool::BufPool;
    ///
    /// static BUFS: BufPool = BufPool::new();
    /// let local = BufPool::new();
    /// # (BUFS.get(1), local.get(1));
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
    /// The classes own no more than that, idle and lent out together, each buffer counted as its
    /// class's capacity. When none is idle and a further one would be too many, one is made that
    /// is freed when it comes home. So the bound is to be above what is in use at a time: below
    /// it, some buffers are made anew each time. Idle buffers of one class are in the way of
    /// another's until they are [swept](BufPool::sweep) or [cleared](BufPool::clear).
    ///
    /// It is looked at when a buffer is made or has changed its class, and costs a warm get and
    /// return nothing. Threads that are at this in the same moment may each go one buffer above.
    ///
    /// To be set before the first use.
    ///
    /// ```
    /// static BUFS: repool::BufPool = repool::BufPool::new().max_idle_bytes(100_000);
    ///
    /// drop((BUFS.get(65_536), BUFS.get(65_536)));
    /// assert_eq!(BUFS.stats().idle_bytes(), 65_536);
    /// ```
    #[must_use = "this returns the pool with the setting"]
    pub const fn max_idle_bytes(mut self, bytes: usize) -> Self {
        self.max_idle_bytes = bytes;
        self
    }

    /// Gives the pool a name, for its [`BufStats`] and those of every class: so that two of them are
    /// told apart where figures are collected.
    ///
    /// ```
    /// static BUFS: repool::BufPool = repool::BufPool::new().name("bodies");
    /// drop(BUFS.get(100));
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

    /// An empty buffer with room for `len` bytes or more: an idle one if one can be had at once,
    /// else a new one.
    ///
    /// # Panics
    ///
    /// As [`Vec::with_capacity`] does: "capacity overflow", if `len` is above `isize::MAX` bytes.
    ///
    /// ```
    /// static BUFS: repool::BufPool = repool::BufPool::new();
    /// let mut buf = BUFS.get(4000);
    /// assert_eq!((buf.len(), buf.capacity()), (0, 4096));
    /// buf.extend_from_slice(b"on its way");
    /// ```
    #[inline]
    pub fn get(&self, len: usize) -> PooledBuf<'_> {
        self.lend(len, Vec::with_capacity)
    }

    /// A buffer of `len` zeros: [`get`](BufPool::get), and `len` bytes written.
    ///
    /// # Panics
    ///
    /// As [`get`](BufPool::get) does.
    ///
    /// ```
    /// static BUFS: repool::BufPool = repool::BufPool::new();
    /// BUFS.get(100).extend_from_slice(&[7; 100]);
    /// assert_eq!(**BUFS.get_zeroed(100), [0; 100]);
    /// ```
    #[inline]
    pub fn get_zeroed(&self, len: usize) -> PooledBuf<'_> {
        // A new one is zeroed over its whole capacity, by the system where it is heavy; an idle
        // one is empty.
        let mut buf = self.lend(len, |capacity| vec![0; capacity]);
        buf.resize(len, 0);
        buf
    }

    #[inline(always)]
    fn lend(&self, len: usize, create: fn(usize) -> Vec<u8>) -> PooledBuf<'_> {
        let class = class::of_request(len);
        let (at_hand, lent) = match self.classes.get(class) {
            Some(pool) => (pool.at_hand(), class::capacity(class)),
            None => (None, len),
        };
        let guard = at_hand.unwrap_or_else(|| self.lend_slow(len, create));
        PooledBuf::new(guard, lent, self)
    }

    #[cold]
    #[inline(never)]
    fn lend_slow(&self, len: usize, create: fn(usize) -> Vec<u8>) -> Lent<'_> {
        // Found again, so that the way here has nothing to keep for it.
        let class = class::of_request(len);
        let Some(pool) = self.classes.get(class) else {
            return self.misfits.lend_new(create(len), None);
        };
        pool.elsewhere().unwrap_or_else(|without| {
            self.with_room(class)
                .lend_new(create(class::capacity(class)), Some(without))
        })
    }

    /// The pool for one more buffer of this class.
    fn with_room(&self, class: usize) -> &OfClass {
        let pool = &self.classes[class];
        if self.max_idle_bytes == usize::MAX {
            return pool;
        }
        let classes = self.classes.iter().enumerate();
        let owned: usize = classes
            .map(|(index, pool)| class::capacity(index) * pool.counted().in_use)
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
    /// drop(bufs.get(1 << 20));
    /// assert_eq!(bufs.stats().idle_bytes(), 1 << 20);
    /// bufs.clear();
    /// assert_eq!(bufs.stats().idle_bytes(), 0);
    /// ```
    pub fn clear(&self) {
        self.classes.iter().for_each(OfClass::clear);
    }

    /// Ends a period of every class: drops the buffers that were not used since the last sweep; see
    /// [`Pool::sweep`]. Ordinary calls do it by themselves every 30 seconds, for classes whose
    /// buffers go beyond what a CPU has at hand; a [`Sweeper`](crate::Sweeper) for all, as that
    /// [of the process](crate::Sweeper::spawn_for_process).
    ///
    /// ```
    /// let bufs = repool::BufPool::new();
    /// drop((bufs.get(100), bufs.get(5000)));
    /// bufs.sweep();
    /// drop(bufs.get(100));
    /// bufs.sweep();
    /// assert_eq!(bufs.stats().idle_bytes(), 112);
    /// ```
    pub fn sweep(&self) {
        self.classes.iter().for_each(OfClass::sweep);
    }

    /// The pool's figures now, class by class; see [`Pool::stats`].
    ///
    /// ```
    /// let bufs = repool::BufPool::new();
    /// let (small, _large) = (bufs.get(100), bufs.get(5000));
    /// drop(small);
    ///
    /// let stats = bufs.stats();
    /// assert_eq!((stats.total().idle, stats.total().in_use), (1, 1));
    /// ```
    pub fn stats(&self) -> BufStats {
        BufStats::new(
            self.classes.each_ref().map(OfClass::stats),
            self.misfits.stats(),
        )
    }

    /// Takes home a buffer that no longer has the capacity of the class that lent it out: to the
    /// class which it is now in.
    #[cold]
    #[inline(never)]
    fn rehome_slow(&self, guard: Lent<'_>, lent: usize) {
        let home = class::of_capacity(guard.capacity());
        // A buffer that grew by less than a class, once and for all: it may come often.
        if home.is_some_and(|home| class::capacity(home) == lent) {
            return drop(guard);
        }
        let home = home.filter(|&home| self.wants(home));
        let buf = Pooled::detach(guard);
        home.map_or(&self.misfits, |home| self.with_room(home))
            .put(buf);
    }

    /// Whether a class is to take in one more buffer that was another's: up to as many as it made
    /// and lost, and [`SPARE`]. Where buffers are always asked for too light, what they become
    /// would else pile up where nobody asks.
    fn wants(&self, class: usize) -> bool {
        let figures = self.classes[class].counted();
        let spare = (SPARE / class::capacity(class)).max(1);
        [figures.created, figures.detached, figures.discarded]
            .into_iter()
            .fold(spare, usize::saturating_add)
            > figures.adopted
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
