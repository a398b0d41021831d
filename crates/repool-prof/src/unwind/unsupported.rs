//! The unwinder for systems on which stacks cannot be unwound: every function reports that it has
//! nothing. It has the interface of `native`.

use std::ops::Range;

use super::{DEPTH, Unwind};
use crate::snapshot::{Frame, Module};

/// Always an error, which says what is supported.
pub(crate) fn prepare(_: Unwind) -> Result<(), &'static str> {
    Err("stacks can be unwound on x86-64 Linux with glibc only")
}

/// Captures no frames.
pub(crate) fn capture(_: &mut [Frame; DEPTH]) -> usize {
    0
}

/// Always empty.
pub(crate) fn modules() -> Vec<Module> {
    Vec::new()
}

/// Always 0.
pub(crate) fn memory() -> usize {
    0
}

/// Always `false`.
pub(crate) fn is_prepared() -> bool {
    false
}

/// Always `None`.
pub(crate) fn function_at(_: u64) -> Option<Range<Frame>> {
    None
}

/// Always `None`.
pub(crate) fn function_of(_: Frame) -> Option<Range<Frame>> {
    None
}
