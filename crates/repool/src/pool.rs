//! The pool.

use core::fmt;

use crate::cpu::PopError;
use crate::cpu::Search;
use crate::engine::counts::Counts;
use crate::engine::settings::Settings;
use crate::engine::{Engine, Node};
use crate::guard::Pooled;
use crate::recycle::{ByTrait, Recycle, Recycler};

/// A pool of objects of type `T`, for any number of threads.
///
/// `F` makes a new object when none is idle; `R` recycles one that comes home: [`ByTrait`], for
/// types that are [`Recycle`], or a function. Both run on the caller's thread, outside every
/// lock: they may take their time, panic, or use the same pool.
///
/// A pool that was never used is 192 bytes (with function pointers) and has nothing on the heap.
/// One that is used on C CPUs holds a slot of 64 bytes for each, and nothing for a thread. Dropping it
/// drops every idle object.
///
/// # Memory
///
/// Pointers to idle objects are in magazines of 320 bytes, for up to 30 objects each. The first 252 are
/// in blocks of the allocator, 80 KiB at most; those beyond 7,560 idle objects in chunks of 40 KiB from
/// the system, made one at a time: no return pays for more than one. [`clear`](Pool::clear) and sweeps
/// give chunks back in which no magazine is in use (on Linux; elsewhere they are used again). After a
/// `clear`, a pool holds the slots, the first 252 magazines, at most two chunks for each CPU, and
/// 24 bytes for each chunk that there ever was.
///
/// ```
/// use repool::Pool;
///
/// static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
///
/// let mut line = LINES.get();
/// line.extend_from_slice(b"hello");
/// drop(line);
/// assert_eq!(LINES.get().len(), 0);
/// ```
///
/// # Which object comes
///
/// The one that came home last on this CPU, or nearly: one object waits in a private place, in
/// front of a stack. When this CPU has none, the depot's, then another CPU's. No order is
/// promised.
///
/// # Threads
///
/// A pool can be shared if its objects may go from thread to thread:
///
/// ```compile_fail,E0277
/// use std::rc::Rc;
/// fn is_sync(_: impl Sync) {}
/// is_sync(repool::Pool::builder(|| Rc::new(0)).recycle(|_| true).build());
/// ```
///
/// and its closures may be used by many:
///
/// ```compile_fail,E0277
/// use std::cell::Cell;
/// fn is_sync(_: impl Sync) {}
/// let made = Cell::new(0);
/// is_sync(repool::Pool::new(|| { made.set(made.get() + 1); Vec::<u8>::new() }));
/// ```
///
/// ```compile_fail,E0277
/// use std::cell::Cell;
/// fn is_sync(_: impl Sync) {}
/// let seen = Cell::new(0);
/// is_sync(repool::Pool::builder(|| 0).recycle(|_| { seen.set(1); true }).build());
/// ```
///
/// It can be sent to another thread if all of them may:
///
/// ```compile_fail,E0277
/// use std::rc::Rc;
/// fn is_send(_: impl Send) {}
/// is_send(repool::Pool::builder(|| Rc::new(0)).recycle(|_| true).build());
/// ```
///
/// ```compile_fail,E0277
/// use std::rc::Rc;
/// fn is_send(_: impl Send) {}
/// let name = Rc::new(0);
/// is_send(repool::Pool::new(move || vec![*name]));
/// ```
///
/// # Borrowing
///
/// Objects may borrow what outlives the pool, and nothing shorter can be smuggled in:
///
/// ```compile_fail,E0597
/// let pool = repool::Pool::builder(|| "").recycle(|_: &mut &str| true).build();
/// {
///     let short = String::from("short");
///     pool.put(&short);
/// }
/// println!("{}", *pool.get());
/// ```
///
/// ```compile_fail
/// use repool::Pool;
/// // A pool of 'static strings must not pass for one of shorter ones.
/// fn shorten<'a>(pool: &'a Pool<Vec<&'static str>>) -> &'a Pool<Vec<&'a str>> {
///     pool
/// }
/// ```
#[repr(C, align(64))]
pub struct Pool<T, F = fn() -> T, R = ByTrait> {
    engine: Engine<T, R>,
    create: F,
}

/// A pool whose functions are plain pointers, so that a `static` can name its type: for types
/// that are not [`Recycle`]. See [`Pool::with`].
///
/// ```
/// use repool::{FnPool, Pool};
///
/// static IDS: FnPool<[u8; 16]> = Pool::with(|| [0; 16], |id| { *id = [0; 16]; true });
/// assert_eq!(*IDS.get(), [0; 16]);
/// ```
pub type FnPool<T> = Pool<T, fn() -> T, fn(&mut T) -> bool>;

impl<T: Recycle, F: Fn() -> T> Pool<T, F> {
    /// An empty pool that makes its objects with `create`.
    ///
    /// ```
    /// use repool::Pool;
    /// use std::collections::HashMap;
    ///
    /// static SEEN: Pool<HashMap<u64, String>> = Pool::new(HashMap::new);
    ///
    /// let capacity = 512;
    /// let local = Pool::new(|| Vec::<u8>::with_capacity(capacity));
    /// assert!(local.get().capacity() >= 512);
    /// # SEEN.get();
    /// ```
    pub const fn new(create: F) -> Self {
        Pool::from_parts(create, ByTrait, Settings::new(true).of::<T, ByTrait>())
    }
}

impl<T: Recycle> Pool<T> {
    /// As [`new`](Pool::new), for a `static` with further settings: `create` is a function
    /// pointer from the start, so that the type can be named whatever is called on it.
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::from_fn(Vec::new).max_idle(64);
    /// # LINES.get();
    /// ```
    pub const fn from_fn(create: fn() -> T) -> Self {
        Pool::from_parts(create, ByTrait, Settings::new(true).of::<T, ByTrait>())
    }
}

impl<T> FnPool<T> {
    /// An empty pool that makes its objects with `create` and recycles them with `recycle`,
    /// which may refuse one with `false`: for a `static` of a type that is not [`Recycle`].
    ///
    /// ```
    /// use repool::{FnPool, Pool};
    ///
    /// struct Parser { stack: Vec<u32> }
    ///
    /// impl Parser {
    ///     fn new() -> Self { Parser { stack: Vec::new() } }
    ///     fn reset(&mut self) -> bool { self.stack.clear(); true }
    /// }
    ///
    /// static PARSERS: FnPool<Parser> = Pool::with(Parser::new, Parser::reset).max_idle(8);
    /// PARSERS.get().stack.push(1);
    /// assert!(PARSERS.get().stack.is_empty());
    /// ```
    pub const fn with(create: fn() -> T, recycle: fn(&mut T) -> bool) -> Self {
        Pool::from_parts(
            create,
            recycle,
            Settings::new(false).of::<T, fn(&mut T) -> bool>(),
        )
    }
}

impl<T, F, R> Pool<T, F, R> {
    pub(crate) const fn from_parts(create: F, recycle: R, settings: Settings) -> Self {
        Pool {
            engine: Engine::new(recycle, settings),
            create,
        }
    }

    pub(crate) const fn engine(&self) -> &Engine<T, R> {
        &self.engine
    }

    pub(crate) const fn engine_mut(&mut self) -> &mut Engine<T, R> {
        &mut self.engine
    }

    /// Drops every idle object. What is lent out is not affected, nor what comes home meanwhile.
    ///
    /// It looks at every CPU (a few microseconds), and holds nobody up: gets and returns that
    /// meet it use the depot. It lets other threads go first for a while where one is at the
    /// same; where that does not end, memory has run out, or the system refuses the barrier that
    /// it takes, some of what CPUs have at hand is left.
    ///
    /// # Panics
    ///
    /// If the `Drop` of an object does; the others are then kept, for the next `clear`.
    ///
    /// ```
    /// let pool = repool::Pool::new(String::new);
    /// drop(pool.get());
    /// pool.clear();
    /// assert_eq!(pool.stats().idle, 0);
    /// ```
    pub fn clear(&self) {
        self.engine.clear();
    }

    /// Ends a period: drops every object that has been idle since the last sweep, and was idle then
    /// too. What was used in between stays, and so does what was idle at this sweep only.
    ///
    /// So two sweeps drop what was not needed between them, and keep what was: after a burst, a
    /// pool comes down to the most that was in use at a time since, give or take what CPUs keep at
    /// hand. Gets are served from what waits to be dropped before `create` is called.
    ///
    /// Ordinary calls do it by themselves; see [`sweep_every`](Pool::sweep_every). It looks at
    /// every CPU (a few microseconds), and holds nobody up: gets and returns that meet it use the
    /// depot. Two at once count as one. Where another thread keeps it from looking at CPUs, memory
    /// has run out, or the system refuses the barrier that it takes, some of what CPUs have at hand
    /// gets older later.
    ///
    /// # Panics
    ///
    /// If the `Drop` of an object does; the others are then kept, until later sweeps.
    ///
    /// ```
    /// let pool = repool::Pool::new(String::new);
    /// drop((pool.get(), pool.get(), pool.get()));
    /// pool.sweep();
    /// drop(pool.get());
    /// pool.sweep();
    /// assert_eq!(pool.stats().idle, 1);
    /// pool.sweep();
    /// assert_eq!(pool.stats().idle, 0);
    /// ```
    pub fn sweep(&self) {
        self.engine.sweep();
    }
}

impl<T, F: Fn() -> T, R: Recycler<T>> Pool<T, F, R> {
    /// An object: an idle one if one can be had at once, else a new one.
    ///
    /// It looks on this CPU, in the depot, and on other CPUs; those it does not disturb again
    /// within 20 microseconds, or while another thread looks at them, and creates instead.
    ///
    /// # Panics
    ///
    /// As `create` does.
    ///
    /// ```
    /// static LINES: repool::Pool<String> = repool::Pool::new(String::new);
    /// let mut line = LINES.get();
    /// line.push_str("on its way");
    /// ```
    #[inline]
    pub fn get(&self) -> Pooled<'_, T, R> {
        Pooled::new(self.take(), &self.engine)
    }

    /// An object out of the pool, without its guard.
    #[inline(always)]
    pub(crate) fn take(&self) -> Box<Node<T>> {
        match self.engine.get() {
            Some(object) => object,
            None => self.get_slow(),
        }
    }

    #[cold]
    #[inline(never)]
    fn get_slow(&self) -> Box<Node<T>> {
        match self.engine.get_slow(Search::Polite) {
            Ok(object) => object,
            Err(without) => self.admit_new(Node::new(self.make()), Some(without)),
        }
    }

    /// A new object.
    pub(crate) fn make(&self) -> T {
        (self.create)()
    }
}

impl<T, F, R: Recycler<T>> Pool<T, F, R> {
    /// An idle object, if there is any; never creates one.
    ///
    /// It looks on every CPU. While other threads are in the middle of calls, `None` may also
    /// mean that an object was just then on its way, or that another thread was looking too.
    ///
    /// ```
    /// let pool = repool::Pool::new(String::new);
    /// assert!(pool.try_get().is_none());
    /// pool.put(String::new());
    /// assert!(pool.try_get().is_some());
    /// ```
    #[inline]
    pub fn try_get(&self) -> Option<Pooled<'_, T, R>> {
        let object = self.engine.get().or_else(|| self.try_get_slow())?;
        Some(Pooled::new(object, &self.engine))
    }

    #[cold]
    #[inline(never)]
    fn try_get_slow(&self) -> Option<Box<Node<T>>> {
        self.engine.get_slow(Search::Thorough).ok()
    }

    /// An idle object that is at hand on this CPU, if there is one.
    #[inline(always)]
    pub(crate) fn at_hand(&self) -> Option<Pooled<'_, T, R>> {
        Some(Pooled::new(self.engine.get()?, &self.engine))
    }

    /// An idle object from where [`get`](Pool::get) looks before it creates one.
    pub(crate) fn elsewhere(&self) -> Result<Pooled<'_, T, R>, PopError> {
        let object = self.engine.get_slow(Search::Polite)?;
        Ok(Pooled::new(object, &self.engine))
    }

    /// Brings an object into the pool, as if it came home: it is recycled, and kept or dropped.
    ///
    /// # Panics
    ///
    /// As recycling does, or the object's `Drop` when the pool does not keep it.
    ///
    /// ```
    /// let pool = repool::Pool::new(String::new);
    /// pool.put(String::with_capacity(100));
    /// assert!(pool.get().capacity() >= 100);
    /// ```
    pub fn put(&self, object: T) {
        Counts::add(&self.engine.counts().adopted);
        self.engine.put(Node::new(object));
    }
}

impl<T, F, R> fmt::Debug for Pool<T, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl<T: Default + Recycle> Default for Pool<T> {
    /// A pool that makes its objects with their own `Default`.
    fn default() -> Self {
        Pool::new(T::default)
    }
}
