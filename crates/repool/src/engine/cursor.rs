//! Magazines whose objects are handed out one by one: to the user's `Drop`, or to the sweeper.

use crate::depot::Depot;
use crate::depot::arena::Arena;
use crate::depot::magazine::Magazine;
use crate::depot::stack::{Chain, Stack};
use crate::process;

/// Magazines, and the current one. If the user's code panics, what is left goes back to the depot.
///
/// If the user's code forks, the child leaves the magazines alone: the first call there that moves a
/// magazine [recovers](Depot::recover) those that are in no cache and on no stack.
pub(crate) struct DrainCursor<'a> {
    magazines: Chain<'a, Arena>,
    current: Option<&'a Magazine>,
    depot: &'a Depot,
    /// Identity of the process that took the magazines.
    process: u32,
}

impl<'a> DrainCursor<'a> {
    /// Takes over magazines that the caller owns (M1).
    pub(crate) fn new(magazines: impl Iterator<Item = &'a Magazine>, depot: &'a Depot) -> Self {
        let taken = Stack::new();
        magazines.for_each(|magazine| taken.push(magazine));
        DrainCursor {
            magazines: taken.drain(depot.arena()),
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
        self.is_current()
    }

    /// Whether the magazines are the calling process's. Where identities are uncertain they always are,
    /// because no child recovers any.
    fn is_current(&self) -> bool {
        self.process == process::id() || !process::is_certain()
    }

    fn next_object(&mut self) -> Option<*mut ()> {
        if !self.is_current() {
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

/// The magazines themselves, for the caller to own (M1). Not to be mixed with
/// [`hand_to`](DrainCursor::hand_to), which keeps a current one.
impl<'a> Iterator for DrainCursor<'a> {
    type Item = &'a Magazine;

    fn next(&mut self) -> Option<&'a Magazine> {
        self.magazines.next()
    }
}

impl Drop for DrainCursor<'_> {
    fn drop(&mut self) {
        if !self.is_current() {
            return;
        }
        for magazine in self.current.take().into_iter().chain(&mut self.magazines) {
            self.depot.store(magazine);
        }
    }
}
