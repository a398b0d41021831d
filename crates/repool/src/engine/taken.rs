//! Magazines that were taken for the sake of what is in them.

use crate::depot::Depot;
use crate::depot::magazine::Magazine;
use crate::depot::stack::{Chain, Stack};

/// Magazines, and the one it is at. When the user's code panics, what is left goes back to the
/// depot.
pub(crate) struct Taken<'a> {
    magazines: Chain<'a>,
    current: Option<&'a Magazine>,
    depot: &'a Depot,
}

impl<'a> Taken<'a> {
    /// Takes `magazines` out at once: while the user's code runs, which may take its time, none of
    /// them counts as held any more.
    pub(crate) fn new(magazines: impl Iterator<Item = &'a Magazine>, depot: &'a Depot) -> Self {
        let taken = Stack::new();
        magazines.for_each(|magazine| taken.push(magazine));
        Taken {
            magazines: taken.take_all(depot.arena()),
            current: None,
            depot,
        }
    }

    /// Hands each object to `sink`, which may panic, or use the pool.
    pub(crate) fn hand_to(&mut self, sink: &mut dyn FnMut(*mut ())) {
        while let Some(object) = self.next_object() {
            sink(object);
        }
    }

    fn next_object(&mut self) -> Option<*mut ()> {
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

/// The magazines themselves, for the caller to own; not where objects were handed out before.
impl<'a> Iterator for Taken<'a> {
    type Item = &'a Magazine;

    fn next(&mut self) -> Option<&'a Magazine> {
        self.magazines.next()
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        for magazine in self.current.take().into_iter().chain(&mut self.magazines) {
            self.depot.store(magazine);
        }
    }
}
