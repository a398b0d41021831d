//! An object that is being recycled, which a panic must not lose.

use ::core::mem::ManuallyDrop;

use super::counts::DropReason;
use super::{Engine, Node};

/// A returned object, dropped and counted as refused if `recycle` panics.
pub(super) struct ReturnGuard<'a, T, R> {
    engine: &'a Engine<T, R>,
    pub(super) object: ManuallyDrop<Box<Node<T>>>,
}

impl<'a, T, R> ReturnGuard<'a, T, R> {
    #[inline(always)]
    pub(super) fn new(engine: &'a Engine<T, R>, object: Box<Node<T>>) -> Self {
        ReturnGuard {
            engine,
            object: ManuallyDrop::new(object),
        }
    }

    /// The object, once `recycle` has returned.
    #[inline(always)]
    pub(super) fn disarm(self) -> Box<Node<T>> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is never dropped, so that the box is taken once.
        unsafe { ManuallyDrop::take(&mut this.object) }
    }
}

impl<T, R> Drop for ReturnGuard<'_, T, R> {
    fn drop(&mut self) {
        // SAFETY: only `disarm` takes the box too, after which there is no drop.
        let object = unsafe { ManuallyDrop::take(&mut self.object) };
        self.engine.discard_slow(object, DropReason::Refused);
    }
}
