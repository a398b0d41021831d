//! A hand-written thread-local stack of buffers.

use std::cell::RefCell;

use crate::rival::{Rival, buffer};

thread_local! {
    static STACK: RefCell<Vec<Box<Vec<u8>>>> = const { RefCell::new(Vec::new()) };
}

/// A `thread_local!` `Vec` of buffers.
pub struct LocalStack;

impl Rival for LocalStack {
    const NAME: &'static str = "thread_local Vec";
    type Held = Box<Vec<u8>>;

    #[inline(always)]
    fn get() -> Self::Held {
        STACK
            .with_borrow_mut(Vec::pop)
            .unwrap_or_else(|| Box::new(buffer()))
    }

    #[inline(always)]
    fn bytes(held: &mut Self::Held) -> *mut u8 {
        held.as_mut_ptr()
    }

    #[inline(always)]
    fn put(mut held: Self::Held) {
        held.clear();
        STACK.with_borrow_mut(|stack| stack.push(held));
    }
}
