//! Systems on which stacks cannot be unwound.

use std::ops::Range;

use super::{DEPTH, Unwind};
use crate::snapshot::{Frame, Module};

/// Says why not.
pub(crate) fn prepare(_: Unwind) -> Result<(), &'static str> {
    Err("stacks can be unwound on x86-64 Linux with glibc only")
}

/// No frames.
pub(crate) fn capture(_: &mut [Frame; DEPTH]) -> usize {
    0
}

/// None.
pub(crate) fn modules() -> Vec<Module> {
    Vec::new()
}

/// None.
pub(crate) fn memory() -> usize {
    0
}

/// Never.
pub(crate) fn is_prepared() -> bool {
    false
}

/// None.
pub(crate) fn function_at(_: u64) -> Option<Range<Frame>> {
    None
}

/// None.
pub(crate) fn function_of(_: Frame) -> Option<Range<Frame>> {
    None
}
