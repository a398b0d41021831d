//! Magazines that were taken for the sake of what is in them.

use crate::depot::Depot;
use crate::depot::arena::Arena;
use crate::depot::magazine::Magazine;
use crate::depot::stack::{Chain, Stack};
use crate::process;

/// Magazines, and the one it is at. When the user's code panics, what is left goes back to the
/// depot.
///
/// When the user's code forks, the child leaves the magazines where they are: there, the first call
/// that moves one [recovers](Depot::recover) all that are in no place, whichever thread had them.
pub(crate) struct Taken<'a> {
    magazines: Chain<'a, Arena>,
    current: Option<&'a Magazine>,
    depot: &'a Depot,
    /// The identity of the process that took them.
    process: u32,
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
            process: process::id(),
        }
    }

    /// Hands each object to `sink`, which may panic, or use the pool. `false` in a child that `sink`
    /// forked: what is left is idle there.
    pub(crate) fn hand_to(&mut self, sink: &mut dyn FnMut(*mut ())) -> bool {
        while let Some(object) = self.next_object() {
            sink(object);
        }
        self.are_ours()
    }

    /// Whether the magazines may be used. Where identities are uncertain, no child recovers any.
    fn are_ours(&self) -> bool {
        self.process == process::id() || !process::is_certain()
    }

    fn next_object(&mut self) -> Option<*mut ()> {
        if !self.are_ours() {
            return None;
        }
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
        if !self.are_ours() {
            return;
        }
        for magazine in self.current.take().into_iter().chain(&mut self.magazines) {
            self.depot.store(magazine);
        }
    }
}
