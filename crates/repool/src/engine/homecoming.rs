//! An object that is being recycled, which a panic must not lose.

use ::core::mem::ManuallyDrop;

use super::counts::Why;
use super::{Engine, Line};

/// An object on its way home, which is discarded if `recycle` panics.
pub(super) struct Homecoming<'a, T, R> {
    engine: &'a Engine<T, R>,
    pub(super) object: ManuallyDrop<Box<Line<T>>>,
}

impl<'a, T, R> Homecoming<'a, T, R> {
    #[inline(always)]
    pub(super) fn new(engine: &'a Engine<T, R>, object: Box<Line<T>>) -> Self {
        Homecoming {
            engine,
            object: ManuallyDrop::new(object),
        }
    }

    /// The object, which was recycled.
    #[inline(always)]
    pub(super) fn arrived(self) -> Box<Line<T>> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is never dropped, so that the box is taken once.
        unsafe { ManuallyDrop::take(&mut this.object) }
    }
}

impl<T, R> Drop for Homecoming<'_, T, R> {
    fn drop(&mut self) {
        // SAFETY: the only other taker is `arrived`, after which there is no drop.
        let object = unsafe { ManuallyDrop::take(&mut self.object) };
        self.engine.discard_slow(object, Why::Refused);
    }
}
