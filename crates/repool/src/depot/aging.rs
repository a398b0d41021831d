//! Aging of the depot's magazines in two generations, as in Go's `sync.Pool`.
//!
//! A period is the time between two sweeps. Magazines that were stored in this period are recent, and
//! those left over from the previous period are victims. When a period ends, the victims are removed and
//! the recent magazines become victims.

use super::Depot;
use super::arena::Arena;
use super::magazine::Magazine;
use super::stack::Chain;
use crate::sync::Ordering;

impl Depot {
    /// Ends the period: makes the recent magazines victims, and returns the previous victims, which the
    /// caller then owns (rule M1 of [`magazine`](super::magazine)). `None` if another thread ended the
    /// period meanwhile.
    pub(crate) fn age(&self) -> Option<RemovedVictims<'_>> {
        let period = self.period.load(Ordering::Acquire);
        // Drains the victims before the period ends, because their stack receives the magazines of the
        // next period. Until the exchange, other threads can still pop every recent magazine.
        let victims = RemovedVictims {
            depot: self,
            magazines: self.full[(period + 1) % 2].drain(&self.arena),
        };
        // If the exchange fails, `victims` is dropped, which stores the magazines again.
        self.period
            .compare_exchange(period, period + 1, Ordering::AcqRel, Ordering::Relaxed)
            .ok()
            .map(|_| victims)
    }
}

/// The victims that [`Depot::age`] removed. An iterator of them; the magazines that are left when it is
/// dropped are stored in the depot again.
pub(crate) struct RemovedVictims<'a> {
    depot: &'a Depot,
    magazines: Chain<'a, Arena>,
}

impl<'a> Iterator for RemovedVictims<'a> {
    type Item = &'a Magazine;

    /// Removes the next magazine from the depot's budget; the caller then owns it.
    fn next(&mut self) -> Option<&'a Magazine> {
        let magazine = self.magazines.next()?;
        self.depot.budget.count_magazine_out(magazine);
        Some(magazine)
    }
}

impl Drop for RemovedVictims<'_> {
    fn drop(&mut self) {
        while let Some(magazine) = self.next() {
            self.depot.store(magazine);
        }
    }
}
