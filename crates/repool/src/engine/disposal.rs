//! How a thread that does not know the type of a pool's objects drops an idle one: the process's sweeper,
//! in [`visit`](super::visit).
//!
//! **D1.** A function that [`of`] gives may be called with any object that is idle in the pool, on any
//! thread and at any time after, also when the pool is gone; with [`Disposal::once_recycled`], if all
//! of its idle objects were recycled before.

use super::node::Node;
use crate::recycle::{Level, Recycler, sealed::ThisCrate};

/// Drops idle objects of one type; made by [`of`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disposal {
    pub(super) dispose: Dispose,
    /// Whether the object must have been recycled (D1).
    pub(super) once_recycled: bool,
}

/// Drops an object through its pointer; unsafe by D1.
type Dispose = unsafe fn(*mut ());

/// Finds how to drop the idle objects of a pool; `None` if a thread that uses the pool has to.
pub(crate) type Find = fn() -> Option<Disposal>;

/// The disposal of a pool whose types are not known.
pub(crate) fn none() -> Option<Disposal> {
    None
}

/// The disposal of objects of type `T` that `R` recycles.
pub(crate) fn of<T, R: Recycler<T>>() -> Option<Disposal> {
    let level = R::idle_drop(ThisCrate).level();
    (level > Level::UsersThreads).then_some(Disposal {
        dispose: drop_node::<T>,
        once_recycled: level == Level::OnceRecycled,
    })
}

/// # Safety
///
/// The object came from a box of a `Node<T>`, and is the caller's; D1.
unsafe fn drop_node<T>(object: *mut ()) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::<Node<T>>::from_raw(object.cast()) });
}

/// Objects that left their pools, to be dropped after the registry's lock was released.
#[derive(Default)]
pub(crate) struct PendingDrops(Vec<(*mut (), Dispose)>);

impl PendingDrops {
    /// Makes room for `more` objects; `false` if memory has run out.
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

    /// Drops every object, each in a call of `run`, which catches its panic.
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
        // The memory of one large round is not kept.
        self.0.shrink_to(MOST_KEPT);
    }
}

/// Objects that the list keeps room for: 4 KiB.
const MOST_KEPT: usize = 256;
