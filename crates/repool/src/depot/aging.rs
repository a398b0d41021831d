//! Aging: ends a period between sweeps, and with it a generation of magazines.

use super::Depot;
use super::arena::Arena;
use super::magazine::Magazine;
use super::stack::Chain;
use crate::sync::Ordering;

impl Depot {
    /// Ends a period: returns the victims, for the caller to own (M1), and makes recent magazines victims.
    /// `None` if another thread is ending the same period.
    pub(crate) fn age(&self) -> Option<Aged<'_>> {
        let turn = self.turn.load(Ordering::Acquire);
        let aged = Aged {
            depot: self,
            magazines: self.full[(turn + 1) % 2].drain(&self.arena),
        };
        // Only now, so that the new victims are all of this period. Until then only what is to be dropped
        // cannot be found. If the exchange fails, `aged` is stored again.
        self.turn
            .compare_exchange(turn, turn + 1, Ordering::AcqRel, Ordering::Relaxed)
            .ok()
            .map(|_| aged)
    }
}

/// The victims that [`Depot::age`] removed; those not iterated are stored again when this is dropped.
pub(crate) struct Aged<'a> {
    depot: &'a Depot,
    magazines: Chain<'a, Arena>,
}

impl<'a> Iterator for Aged<'a> {
    type Item = &'a Magazine;

    fn next(&mut self) -> Option<&'a Magazine> {
        let magazine = self.magazines.next()?;
        self.depot.budget.count_magazine_out(magazine);
        Some(magazine)
    }
}

impl Drop for Aged<'_> {
    fn drop(&mut self) {
        while let Some(magazine) = self.next() {
            self.depot.store(magazine);
        }
    }
}
