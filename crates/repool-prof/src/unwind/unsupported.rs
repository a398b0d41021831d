//! Systems on which stacks cannot be unwound.

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
