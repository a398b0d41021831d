//! On which thread an idle object may be dropped: a type's answer, from `Recycle::idle_drop`. The engine reads
//! it in `engine/disposal.rs`.

use core::fmt;
use core::marker::PhantomData;
use core::mem::needs_drop;

/// On which thread an idle `T` may be dropped: a type's answer to the process's
/// [sweeper](crate::Sweeper::spawn_for_process), in [`Recycle::idle_drop`](crate::Recycle::idle_drop).
///
/// ```
/// use repool::{IdleDrop, Pool, Recycle};
///
/// struct Page(Box<[u8; 4096]>);
///
/// impl Recycle for Page {
///     fn recycle(&mut self) -> bool {
///         true
///     }
///
///     fn idle_drop() -> IdleDrop<Self> {
///         IdleDrop::on_any_thread()
///     }
/// }
///
/// static PAGES: Pool<Page> = Pool::new(|| Page(Box::new([0; 4096])));
/// # PAGES.get();
/// ```
///
/// Only a type that is `Send` and borrows nothing can be dropped on any thread:
///
/// ```compile_fail,E0277
/// repool::IdleDrop::<std::rc::Rc<u8>>::on_any_thread();
/// ```
///
/// ```compile_fail
/// fn borrowed<'a>(_: &'a u8) -> repool::IdleDrop<&'a u8> {
///     repool::IdleDrop::on_any_thread()
/// }
/// ```
pub struct IdleDrop<T> {
    level: Level,
    /// Makes `T` invariant: the answer for a `T` that borrows for `'static` must not be used for one that
    /// borrows for less.
    object: PhantomData<fn(T) -> T>,
}

/// What is known about dropping an idle object, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Its `Drop` may need the thread or what it borrows.
    UsersThreads,
    /// After it was recycled, dropping it only frees memory, on any thread.
    OnceRecycled,
    /// It may be dropped on any thread, in any state.
    AnyThread,
}

impl<T> IdleDrop<T> {
    /// On any thread, at any time.
    ///
    /// ```
    /// let _ = repool::IdleDrop::<String>::on_any_thread();
    /// ```
    pub const fn on_any_thread() -> Self
    where
        T: Send + 'static,
    {
        IdleDrop::of(Level::AnyThread)
    }

    /// On a thread that uses the pool, in one of its calls. This is right for every type.
    ///
    /// ```
    /// let _ = repool::IdleDrop::<std::rc::Rc<u8>>::on_users_threads();
    /// ```
    pub const fn on_users_threads() -> Self {
        IdleDrop::of(Level::UsersThreads)
    }

    pub(super) const fn of(level: Level) -> Self {
        IdleDrop {
            level,
            object: PhantomData,
        }
    }

    pub(crate) const fn level(&self) -> Level {
        // A type without drop code needs neither its thread nor what it borrows.
        match needs_drop::<T>() {
            true => self.level,
            false => Level::AnyThread,
        }
    }
}

/// The answer for a collection of `E` that recycling clears: dropping it drops its elements, if it has any,
/// and frees memory.
pub(super) const fn of_cleared<T, E>() -> IdleDrop<T> {
    IdleDrop::of(match needs_drop::<E>() {
        true => Level::OnceRecycled,
        false => Level::AnyThread,
    })
}

impl<T> Clone for IdleDrop<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for IdleDrop<T> {}

impl<T> fmt::Debug for IdleDrop<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IdleDrop").field(&self.level()).finish()
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;
    use crate::recycle::Recycle;
    use std::collections::HashMap;
    use std::rc::Rc;

    fn level<T: Recycle>() -> Level {
        T::idle_drop().level()
    }

    #[test]
    fn std_types_answer_for_their_cleared_state() {
        use Level::{AnyThread, OnceRecycled, UsersThreads};
        assert_eq!(level::<Vec<u8>>(), AnyThread);
        assert_eq!(level::<Vec<&u8>>(), AnyThread);
        assert_eq!(level::<Vec<Rc<u8>>>(), OnceRecycled);
        assert_eq!(level::<HashMap<u64, String>>(), OnceRecycled);
        assert_eq!(level::<HashMap<u64, u64>>(), AnyThread);
        assert_eq!(level::<HashMap<u64, u64, Hasher>>(), UsersThreads);
        assert_eq!(level::<(String, Option<Vec<u8>>)>(), AnyThread);
        assert_eq!(level::<(String, [Vec<String>; 2])>(), OnceRecycled);
        assert_eq!(level::<(String, Box<Vec<u8>>)>(), UsersThreads);
        assert_eq!(level::<Plain>(), AnyThread);
        assert_eq!(level::<Owner>(), UsersThreads);
    }

    /// A hasher's state that has drop code.
    struct Hasher(#[expect(dead_code)] Rc<u8>);
    struct Plain;
    struct Owner(#[expect(dead_code)] String);

    impl Recycle for Plain {
        fn recycle(&mut self) -> bool {
            true
        }
    }

    impl Recycle for Owner {
        fn recycle(&mut self) -> bool {
            true
        }
    }
}
