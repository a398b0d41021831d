//! How a thread that knows no types drops an idle object.
//!
//! **D1.** A function that [`of`] gives may be called with any object that is idle in the pool, on any
//! thread and at any time after, also when the pool is gone; with [`Disposal::once_recycled`], if all
//! of its idle objects were recycled before.

use super::line::Line;
use crate::recycle::{Level, Recycler, sealed::ThisCrate};

/// See [`of`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disposal {
    pub(super) dispose: Dispose,
    /// Whether D1 takes that the object was recycled.
    pub(super) once_recycled: bool,
}

/// Drops an object through its pointer; unsafe by D1.
type Dispose = unsafe fn(*mut ());

/// How to dispose of the idle objects of a pool; `None` where a thread that uses the pool has to.
pub(crate) type Find = fn() -> Option<Disposal>;

/// What is known of every pool.
pub(crate) fn none() -> Option<Disposal> {
    None
}

/// What objects of type `T` say that `R` recycles.
pub(crate) fn of<T, R: Recycler<T>>() -> Option<Disposal> {
    let level = R::idle_drop(ThisCrate).level();
    (level > Level::UsersThreads).then_some(Disposal {
        dispose: drop_line::<T>,
        once_recycled: level == Level::OnceRecycled,
    })
}

/// # Safety
///
/// The object came from a box of such a line, and is the caller's; D1.
unsafe fn drop_line<T>(object: *mut ()) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::<Line<T>>::from_raw(object.cast()) });
}

/// Objects that left their pools, to be dropped where no lock is held.
#[derive(Default)]
pub(crate) struct Doomed(Vec<(*mut (), Dispose)>);

impl Doomed {
    /// Makes room for `more` objects; `false` when memory has run out.
    pub(super) fn reserve(&mut self, more: usize) -> bool {
        self.0.try_reserve(more).is_ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// # Safety
    ///
    /// The object was idle, and is the caller's; D1.
    pub(super) unsafe fn push(&mut self, object: *mut (), disposal: Disposal) {
        self.0.push((object, disposal.dispose));
    }

    /// Drops every object, each in a call of `run`, which is to catch its panic.
    pub(crate) fn drop_all(&mut self, run: &mut dyn FnMut(&mut dyn FnMut())) {
        while let Some((object, dispose)) = self.0.pop() {
            let mut object = Some(object);
            run(&mut || {
                if let Some(object) = object.take() {
                    // SAFETY: the promise of `push`; taken out of the list, and once.
                    unsafe { dispose(object) }
                }
            });
        }
        // One large round need not keep its room for ever.
        self.0.shrink_to(MOST_KEPT);
    }
}

/// Objects that the list keeps room for: 4 KiB.
const MOST_KEPT: usize = 256;
