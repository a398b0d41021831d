//! An object's place on the heap.

use core::alloc::Layout;
use core::mem::MaybeUninit;
use std::alloc::{alloc, handle_alloc_error};

/// Whole cache lines, so that two CPUs at work on two objects never share one. Without it, two
/// buffers that one thread made one after the other, in use on two CPUs, made a get and return
/// seven times slower.
#[repr(C, align(64))]
pub(crate) struct Line<T> {
    /// Bytes that the object weighed when it was last weighed; first, where the depot finds it
    /// (W1).
    pub(crate) weight: usize,
    pub(crate) object: T,
}

impl<T> Line<T> {
    /// A line of its own for `object`; ends the process, as a `Box` does, when memory has run out.
    pub(crate) fn new(object: T) -> Box<Self> {
        match Self::try_new(object) {
            Ok(line) => line,
            Err(_) => handle_alloc_error(Layout::new::<Self>()),
        }
    }

    /// A line of its own for `object`, which comes back when memory has run out.
    pub(crate) fn try_new(object: T) -> Result<Box<Self>, T> {
        // SAFETY: a line is never empty, for it has a weight.
        let line = unsafe { alloc(Layout::new::<Self>()) }.cast::<MaybeUninit<Self>>();
        if line.is_null() {
            return Err(object);
        }
        // SAFETY: allocated just now with the layout of a line, as a box is; what is in it may be
        // anything.
        let line = unsafe { Box::from_raw(line) };
        Ok(Box::write(line, Line { weight: 0, object }))
    }
}
