//! The pool: its constructors, and the calls that move objects. Other files add to `Pool`: `setters`
//! (settings), `creation` (objects ahead of time, or that may fail), `owned` and `reservation` (guards),
//! `stats`.

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
/// `F` creates an object if none is idle. `R` recycles one that is returned: [`ByTrait`], for types
/// that are [`Recycle`], or a function. Both run on the caller's thread while no lock is held: they may
/// be slow, panic, or use the same pool.
///
/// A pool that was never used is 192 bytes (with function pointers) and has nothing on the heap.
/// A pool that is used on C CPUs has a cache of 64 bytes for each, and nothing for a thread. Dropping
/// it drops every idle object.
///
/// # Memory
///
/// Pointers to idle objects are in magazines of 320 bytes, for up to 30 objects each. The first 252 are
/// in blocks of the allocator, 80 KiB at most; those beyond 7,560 idle objects in chunks of 40 KiB from
/// the system, made one at a time: no return pays for more than one. [`clear`](Pool::clear) and sweeps
/// give chunks back in which no magazine is in use (on Linux; elsewhere the pool reuses them). After a
/// `clear`, a pool has the caches, the first 252 magazines, at most two chunks for each CPU, and
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
/// # Which object a get returns
///
/// The one that was returned last on this CPU, or one of the last: each CPU has a private slot for one
/// object, and a stack behind it. If this CPU has none cached, one from the depot, then one from
/// another CPU. No order is promised.
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
/// and if many threads may call its closures:
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
/// It can be sent to another thread if its objects and its closures can:
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
/// Objects may borrow what outlives the pool, and nothing that lives shorter:
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
/// // A pool of 'static strings must not be used as one of shorter-lived ones.
/// fn shorten<'a>(pool: &'a Pool<Vec<&'static str>>) -> &'a Pool<Vec<&'a str>> {
///     pool
/// }
/// ```
#[repr(C, align(64))]
pub struct Pool<T, F = fn() -> T, R = ByTrait> {
    engine: Engine<T, R>,
    create: F,
}

/// A pool for a `static` of a type that is not [`Recycle`]: its functions are function pointers, so that
/// its type can be written. Made by [`Pool::with`].
///
/// ```
/// use repool::{StaticPool, Pool};
///
/// static IDS: StaticPool<[u8; 16]> = Pool::with(|| [0; 16], |id| { *id = [0; 16]; true });
/// assert_eq!(*IDS.get(), [0; 16]);
/// ```
pub type StaticPool<T> = Pool<T, fn() -> T, fn(&mut T) -> bool>;

/// The former name of [`StaticPool`].
#[deprecated(since = "0.1.0", note = "renamed to `StaticPool`")]
pub type FnPool<T> = StaticPool<T>;

impl<T: Recycle, F: Fn() -> T> Pool<T, F> {
    /// An empty pool that creates its objects with `create`, which may be a closure that captures.
    ///
    /// A pool in a `static` that needs settings begins with [`new_static`](Pool::new_static) instead.
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
    /// An empty pool for a `static`: `create` is a function, or a closure that captures nothing.
    ///
    /// It is [`new`](Pool::new) with `create` as a function pointer, so that settings can follow and the
    /// type of the `static` is still `Pool<T>`.
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::new_static(Vec::new).max_idle(64);
    /// # LINES.get();
    /// ```
    ///
    /// After `new`, the type of `create` is that of the function itself, which cannot be written, and the
    /// compiler reports mismatched types (E0308: "fn items are distinct from fn pointers"):
    ///
    /// ```compile_fail,E0308
    /// use repool::Pool;
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::new(Vec::new).max_idle(64);
    /// ```
    pub const fn new_static(create: fn() -> T) -> Self {
        Pool::from_parts(create, ByTrait, Settings::new(true).of::<T, ByTrait>())
    }

    /// The former name of [`new_static`](Pool::new_static).
    #[deprecated(since = "0.1.0", note = "renamed to `Pool::new_static`")]
    pub const fn from_fn(create: fn() -> T) -> Self {
        Pool::new_static(create)
    }
}

impl<T> StaticPool<T> {
    /// An empty pool for a `static` of a type that is not [`Recycle`]: `create` makes the objects, and
    /// `recycle` resets one for its next user, or returns `false`, and the pool drops the object.
    ///
    /// ```
    /// use repool::{StaticPool, Pool};
    ///
    /// struct Parser { stack: Vec<u32> }
    ///
    /// impl Parser {
    ///     fn new() -> Self { Parser { stack: Vec::new() } }
    ///     fn reset(&mut self) -> bool { self.stack.clear(); true }
    /// }
    ///
    /// static PARSERS: StaticPool<Parser> = Pool::with(Parser::new, Parser::reset).max_idle(8);
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

    /// Drops every idle object, but for those that are returned during the call. Objects in use are not
    /// affected.
    ///
    /// It stops the caches of CPUs one after the other, each for a few microseconds, and no other call waits
    /// for it: gets and returns on that CPU use the depot. If another thread has stopped a cache, it backs off
    /// for a bounded time. Some of the objects cached on CPUs stay if that time is not enough, if memory has
    /// run out, or if the system refuses the memory barrier.
    ///
    /// # Panics
    ///
    /// If the `Drop` of an object does. The others then stay, for the next `clear`.
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

    /// Ends a period: drops every object that was idle at the last sweep and has been idle since. An
    /// object that was used since then stays.
    ///
    /// So two sweeps drop what was not needed between them: after a burst, a pool shrinks to the most
    /// objects that were in use at a time since, give or take what CPUs have cached. Objects that the
    /// next sweep would drop serve gets before `create` is called.
    ///
    /// Ordinary calls sweep too; see [`sweep_every`](Pool::sweep_every). A sweep asks each CPU that has
    /// objects cached for them, and the next call on that CPU hands them over, in some 200 ns. Only a CPU
    /// that has made no call since the sweep before is interrupted. No call waits for a sweep. Two sweeps at
    /// the same time count as one. Some of the objects cached on CPUs age one sweep later if another thread
    /// clears or sweeps, if memory has run out, or if the system refuses the memory barrier.
    ///
    /// # Panics
    ///
    /// If the `Drop` of an object does. The others then stay, until later sweeps.
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
    /// An idle object if one is available at once, else a new one.
    ///
    /// It looks on this CPU, in the depot, and on other CPUs. It does not steal from other CPUs within
    /// 20 microseconds of the last steal, or while other threads have stopped their caches, and creates
    /// instead.
    ///
    /// # Panics
    ///
    /// As `create` does.
    ///
    /// ```
    /// static LINES: repool::Pool<String> = repool::Pool::new(String::new);
    /// let mut line = LINES.get();
    /// line.push_str("one line");
    /// ```
    #[inline]
    pub fn get(&self) -> Pooled<'_, T, R> {
        Pooled::new(self.take(), &self.engine)
    }

    /// The object of a [`get`](Pool::get), without a guard.
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

    /// A new object, which is not counted yet.
    pub(crate) fn make(&self) -> T {
        (self.create)()
    }
}

impl<T, F, R: Recycler<T>> Pool<T, F, R> {
    /// An idle object, if there is any; never creates one.
    ///
    /// It looks on every CPU. If other threads are in the middle of calls, `None` may also mean that
    /// one of them was moving an object, or was stealing too.
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

    /// An idle object that is cached on this CPU, if there is one.
    #[inline(always)]
    pub(crate) fn get_cached(&self) -> Option<Pooled<'_, T, R>> {
        Some(Pooled::new(self.engine.get()?, &self.engine))
    }

    /// An idle object from the depot or another CPU, where [`get`](Pool::get) looks next.
    pub(crate) fn get_uncached(&self) -> Result<Pooled<'_, T, R>, PopError> {
        let object = self.engine.get_slow(Search::Polite)?;
        Ok(Pooled::new(object, &self.engine))
    }

    /// Brings an object into the pool, as if it were returned: it is recycled, and kept or dropped.
    ///
    /// # Panics
    ///
    /// As recycling does, or the object's `Drop` if the pool does not keep it.
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
    /// A pool that creates its objects with their own `Default`.
    fn default() -> Self {
        Pool::new(T::default)
    }
}
