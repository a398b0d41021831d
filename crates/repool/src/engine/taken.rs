//! Magazines that were taken for the sake of what is in them.

use crate::depot::Depot;
use crate::depot::magazine::Magazine;

/// Magazines, and the one it is at. When the user's code panics, what is left goes back to the
/// depot.
pub(crate) struct Taken<'a, I: Iterator<Item = &'a Magazine>> {
    magazines: I,
    current: Option<&'a Magazine>,
    depot: &'a Depot,
}

impl<'a, I: Iterator<Item = &'a Magazine>> Taken<'a, I> {
    pub(crate) fn new(magazines: I, depot: &'a Depot) -> Self {
        Taken {
            magazines,
            current: None,
            depot,
        }
    }

    /// Hands each object to `sink`, which may panic, or use the pool.
    pub(crate) fn hand_to(&mut self, sink: &mut dyn FnMut(*mut ())) {
        while let Some(object) = self.next() {
            sink(object);
        }
    }

    fn next(&mut self) -> Option<*mut ()> {
        loop {
            match self.current {
                Some(magazine) => match magazine.pop() {
                    Some(object) => return Some(object),
                    None => {
                        self.current = None;
                        self.depot.store(magazine);
                    }
                },
                None => self.current = Some(self.magazines.next()?),
            }
        }
    }
}

impl<'a, I: Iterator<Item = &'a Magazine>> Drop for Taken<'a, I> {
    fn drop(&mut self) {
        for magazine in self.current.take().into_iter().chain(&mut self.magazines) {
            self.depot.store(magazine);
        }
    }
}
