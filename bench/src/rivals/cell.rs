//! The lower bound: a thread-local cell with one buffer.

use std::cell::Cell;

use crate::rival::{Rival, buffer};

thread_local! {
    static CELL: Cell<Option<Box<Vec<u8>>>> = const { Cell::new(None) };
}

/// A bare `thread_local!` cell.
pub struct LocalCell;

impl Rival for LocalCell {
    const NAME: &'static str = "thread_local Cell";
    type Held = Box<Vec<u8>>;

    #[inline(always)]
    fn get() -> Self::Held {
        CELL.take().unwrap_or_else(|| Box::new(buffer()))
    }

    #[inline(always)]
    fn bytes(held: &mut Self::Held) -> *mut u8 {
        held.as_mut_ptr()
    }

    #[inline(always)]
    fn put(mut held: Self::Held) {
        held.clear();
        CELL.set(Some(held));
    }
}
