//! The pooled objects, which are numbered, and a ledger of them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use repool::Recycle;

/// The numbers of the objects that were created and dropped.
#[derive(Default)]
pub struct Ledger {
    made: Cell<usize>,
    dropped: RefCell<Vec<usize>>,
}

impl Ledger {
    /// A new object, numbered from 0, that weighs `bytes`.
    pub fn make(self: &Rc<Self>, bytes: usize) -> Item {
        let id = self.made.replace(self.made.get() + 1);
        Item {
            id,
            bytes,
            used: 0,
            spoiled: false,
            ledger: Rc::clone(self),
        }
    }

    pub fn made(&self) -> usize {
        self.made.get()
    }

    /// The objects that were dropped since this was last called.
    pub fn take_dropped(&self) -> Vec<usize> {
        self.dropped.take()
    }
}

pub struct Item {
    pub id: usize,
    pub bytes: usize,
    /// The part of `bytes` that the present user needs.
    pub used: usize,
    /// Whether recycling will refuse it.
    pub spoiled: bool,
    ledger: Rc<Ledger>,
}

impl Recycle for Item {
    fn recycle(&mut self) -> bool {
        self.used = 0;
        !self.spoiled
    }

    fn weight(&self) -> usize {
        self.bytes
    }

    fn used(&self) -> usize {
        self.used
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        self.ledger.dropped.borrow_mut().push(self.id);
    }
}
