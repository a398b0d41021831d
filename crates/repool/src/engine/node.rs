//! The heap box of an object: its weight, and the object on cache lines of its own.

use core::alloc::Layout;
use core::mem::MaybeUninit;
use std::alloc::{alloc, handle_alloc_error};

/// Whole cache lines, so that two CPUs that use two objects never share one. Without the alignment, two
/// buffers that one thread had created one after the other, in use on two CPUs, made a get and return
/// seven times slower.
#[repr(C, align(64))]
pub(crate) struct Node<T> {
    /// Bytes that the object weighed when it was last weighed. First: the depot reads it there (W1).
    pub(crate) weight: usize,
    pub(crate) object: T,
}

impl<T> Node<T> {
    /// Moves `object` to the heap; ends the process if memory has run out, as a `Box` does.
    pub(crate) fn new(object: T) -> Box<Self> {
        match Self::try_new(object) {
            Ok(node) => node,
            Err(_) => handle_alloc_error(Layout::new::<Self>()),
        }
    }

    /// Moves `object` to the heap; returns it if memory has run out.
    pub(crate) fn try_new(object: T) -> Result<Box<Self>, T> {
        // SAFETY: a node is never empty, because it has a weight.
        let node = unsafe { alloc(Layout::new::<Self>()) }.cast::<MaybeUninit<Self>>();
        if node.is_null() {
            return Err(object);
        }
        // SAFETY: allocated above with the layout of a node, as a box is; `MaybeUninit` allows any
        // content.
        let node = unsafe { Box::from_raw(node) };
        Ok(Box::write(node, Node { weight: 0, object }))
    }
}
