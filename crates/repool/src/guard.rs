//! The guard of an object in use, which returns the object to its pool when it is dropped. It holds the
//! engine, not the pool; `owned.rs` has the guard that holds the pool.

use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};

use crate::engine::{Engine, Node};
use crate::recycle::{ByTrait, Recycler};

/// An object of a pool, which is returned to the pool when this is dropped.
///
/// Made by [`Pool::get`](crate::Pool::get). It can be sent to another thread if the object can, and is
/// returned from there. If it is [forgotten](core::mem::forget), its object is leaked and counted as
/// [in use](crate::Stats::in_use) for ever, and nothing else happens.
///
/// ```
/// static WORDS: repool::Pool<Vec<String>> = repool::Pool::new(Vec::new);
///
/// let mut words = WORDS.get();
/// words.push("a".to_string());
/// assert_eq!(words.len(), 1);
/// drop(words);
/// assert_eq!(WORDS.stats().idle, 1);
/// ```
///
/// It is `Sync` only if the object is:
///
/// ```compile_fail,E0277
/// use std::cell::Cell;
/// fn is_sync(_: impl Sync) {}
/// let pool = repool::Pool::builder(|| Cell::new(0)).recycle(|_| true).build();
/// is_sync(pool.get());
/// ```
///
/// It is `Send` only if the object is:
///
/// ```compile_fail,E0277
/// use std::rc::Rc;
/// fn is_send(_: impl Send) {}
/// let pool = repool::Pool::builder(|| Rc::new(0)).recycle(|_| true).build();
/// is_send(pool.get());
/// ```
///
/// and only if other threads can call the pool's closure, which runs where the guard is dropped:
///
/// ```compile_fail,E0277
/// use std::cell::Cell;
/// fn is_send(_: impl Send) {}
/// let seen = Cell::new(0);
/// let pool = repool::Pool::builder(|| 0).recycle(|_| { seen.set(1); true }).build();
/// is_send(pool.get());
/// ```
///
/// It does not outlive its pool:
///
/// ```compile_fail,E0505
/// let pool = repool::Pool::new(Vec::<u8>::new);
/// let line = pool.get();
/// drop(pool);
/// drop(line);
/// ```
pub struct Pooled<'a, T, R = ByTrait>
where
    R: Recycler<T>,
{
    object: ManuallyDrop<Box<Node<T>>>,
    engine: &'a Engine<T, R>,
}

// SAFETY: `object`: a shared guard gives access to `&T` only, which needs `T: Sync`. `engine`: not
// reachable through a shared guard. It is used only on drop, which needs the guard itself and so `Send`.
unsafe impl<T: Sync, R: Recycler<T>> Sync for Pooled<'_, T, R> {}

impl<'a, T, R: Recycler<T>> Pooled<'a, T, R> {
    #[inline(always)]
    pub(crate) fn new(object: Box<Node<T>>, engine: &'a Engine<T, R>) -> Self {
        Pooled {
            object: ManuallyDrop::new(object),
            engine,
        }
    }

    /// Takes the object out for good: it is neither returned nor recycled, and is counted no longer.
    ///
    /// An associated function, so that it hides no method of the object.
    ///
    /// ```
    /// use repool::{Pool, Pooled};
    ///
    /// let pool = Pool::new(String::new);
    /// let mut name = pool.get();
    /// name.push_str("kept");
    /// let name: String = Pooled::detach(name);
    /// assert_eq!(name, "kept");
    /// assert_eq!(pool.stats().in_use, 0);
    /// ```
    pub fn detach(this: Self) -> T {
        let (object, engine) = this.into_parts();
        engine.add_detached();
        object.object
    }

    #[inline(always)]
    fn into_parts(self) -> (Box<Node<T>>, &'a Engine<T, R>) {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is never dropped, so that the box is taken once.
        (unsafe { ManuallyDrop::take(&mut this.object) }, this.engine)
    }
}

impl<T, R: Recycler<T>> Drop for Pooled<'_, T, R> {
    /// Returns the object to its pool.
    ///
    /// # Panics
    ///
    /// As the pool's recycling does, or the object's own `Drop` if the pool does not keep it.
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: only `into_parts` also takes it, after which there is no drop.
        self.engine
            .put(unsafe { ManuallyDrop::take(&mut self.object) });
    }
}

impl<T, R: Recycler<T>> Deref for Pooled<'_, T, R> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.object.object
    }
}

impl<T, R: Recycler<T>> DerefMut for Pooled<'_, T, R> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.object.object
    }
}

impl<T: fmt::Debug, R: Recycler<T>> fmt::Debug for Pooled<'_, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display, R: Recycler<T>> fmt::Display for Pooled<'_, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
