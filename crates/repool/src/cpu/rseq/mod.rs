//! A slot for each CPU, worked on in restartable sequences.
//!
//! The [`Table`] stands in the pool itself, where the fast path reads it; its [`Storage`] is
//! made when the pool is first used.
//!
//! **R1.** `Table::slots`, once not null, points to `Storage::numbers` slots that live as long
//! as the pool; `Table::open` is that number or 0.
//!
//! **R2.** Who has changed `Storage::holder` from 0 to the process's identity may set `open` to 0;
//! after a barrier that restarts the sections of a CPU, the holder alone has that CPU's slot,
//! until `open` is set again. Other threads meanwhile go to the depot; none waits.
//!
//! **R3.** The holder may also leave the table open and work on its own CPU's slot by sections that read
//! an `open` of their own. They exclude that CPU's other sections as any two sections do, and no other
//! thread can close the table meanwhile. So [`OwnCpu`](own_cpu::OwnCpu) needs the storage alone, not the table, which
//! lies in the pool and moves with it.

mod own_cpu;
mod registration;
mod section;
mod table;

use core::ptr;
use core::sync::atomic::Ordering;

use super::{Busy, Cpus, Loot, Patience, Place, Search, Sink, Slot, Sought, holds};
use crate::clock;
use crate::depot::magazine::{CAPACITY, Magazine};
use crate::process;
use crate::sync::yield_now;
pub(crate) use registration::{cpus_online, prepare, support};
pub(crate) use table::{Checks, Entered, Storage, Table};
use table::{CpuSlot, LEFT_OPEN};

/// A polite steal follows another after this many nanoseconds at the earliest. Without it, a
/// thread that only takes and one that only gives would pass each object by interrupting the
/// other's CPU (about a microsecond); creating instead fills the magazines until the depot
/// carries them.
///
/// Polite or not, no more is left with other CPUs than one magazine for each that there is: what is
/// created beside idle objects stays within that bound.
const STEAL_GAP: u64 = 20_000;

/// How often a seizure lets others go first before it gives up.
const PATIENCE: usize = 100;

impl Table {
    /// Opens the table for the first time.
    pub(crate) fn publish(&self, storage: &Storage) {
        drop(Closed {
            table: self,
            storage,
        });
    }
}

/// The table, closed by this thread (R2); opened again when dropped.
struct Closed<'a> {
    table: &'a Table,
    storage: &'a Storage,
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        // Also after the first time: the thread that was to publish may not be in a forked child.
        let slots = self.storage.slots.as_ptr();
        if !self.storage.checks.takes {
            self.table.slots.store(slots, Ordering::Release);
        }
        if !self.storage.checks.returns {
            self.table.unchecked.store(slots, Ordering::Release);
        }
        self.table
            .open
            .store(self.storage.usable, Ordering::Release);
        self.storage.holder.store(0, Ordering::Release);
    }
}

/// A table and its storage.
pub(crate) struct CpusOf<'a> {
    pub(crate) table: &'a Table,
    pub(crate) storage: &'a Storage,
}

impl<'a> CpusOf<'a> {
    /// Closes the table, or says that another thread has.
    fn close(&self) -> Option<Closed<'a>> {
        let here = process::id();
        let holder = &self.storage.holder;
        let free = holder.compare_exchange(0, here, Ordering::Acquire, Ordering::Relaxed);
        if let Err(other) = free {
            // A holder of another process's identity is a thread that this forked child does not
            // have: take its place.
            let orphaned = other & !LEFT_OPEN != here
                && holder
                    .compare_exchange(other, here, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok();
            if !orphaned {
                return None;
            }
        }
        self.table.open.store(0, Ordering::SeqCst);
        Some(Closed {
            table: self.table,
            storage: self.storage,
        })
    }

    fn entered(&self) -> Entered<'_> {
        Entered {
            slots: self.storage.slots,
            open: &self.table.open,
        }
    }

    /// Does `work` to every slot while nobody else can; gives up when others do not let it.
    fn each_held_still(&self, patience: Patience, mut work: impl FnMut(&Slot)) {
        // Nobody is interrupted for nothing.
        if !self.have_any() {
            return;
        }
        if patience == Patience::Some {
            // Others are held up least by a thread that has just got its CPU.
            yield_now();
        }
        patience.attempts(PATIENCE, || {
            let closed = self.close();
            if closed.is_some() && registration::restart_sections(None) {
                self.slots().for_each(&mut work);
            }
            closed.is_some()
        });
    }

    /// Opens a table that a fork left closed.
    #[cold]
    fn reopen_orphaned(&self) {
        let holder = self.storage.holder.load(Ordering::Relaxed);
        if holder != 0 && holder & !LEFT_OPEN != process::id() {
            drop(self.close());
        }
    }

    /// Moves all that is in `slot` to `sink`. For the holder, after a barrier (R2).
    fn unload(slot: &Slot, sink: &mut dyn Sink) {
        for place in [Place::Previous, Place::Loaded] {
            let magazine = slot.place(place).load(Ordering::Relaxed);
            if holds(magazine) > 0 {
                slot.place(place).store(ptr::null_mut(), Ordering::Relaxed);
                sink.put(Loot::Magazine(magazine));
            }
        }
        slot.unload_private(sink);
    }
}

impl Cpus for CpusOf<'_> {
    fn take(&self) -> *mut () {
        self.entered().take()
    }

    fn give(&self, object: *mut ()) -> bool {
        self.entered().give(object)
    }

    fn swap(&self, place: Place, new: *mut Magazine) -> Result<*mut Magazine, Busy> {
        let place = match place {
            Place::Loaded => core::mem::offset_of!(Slot, loaded),
            Place::Previous => core::mem::offset_of!(Slot, previous),
        };
        // SAFETY: R1 and C2; the caller owns `new` (M1).
        let old = unsafe {
            section::swap(
                self.storage.slots.as_ptr(),
                &self.table.open,
                registration::offset(),
                place,
                new,
            )
        };
        old.ok_or_else(|| {
            self.reopen_orphaned();
            Busy
        })
    }

    #[cold]
    fn steal(&self, search: Search, sink: &mut dyn Sink) -> Sought {
        let (here, count) = (self.here(), self.count());
        // The neighbour first, this CPU last: something may have come home to it meanwhile.
        let mut found = (1..=count)
            .map(|step| (here + step) % count)
            .map(|cpu| (cpu, self.slot(cpu).idle()))
            .filter(|&(_, idle)| idle > 0);
        let Some((victim, idle)) = found.next() else {
            return Sought::Through;
        };
        let now = clock::exact();
        let last = self.storage.stolen.load(Ordering::Relaxed);
        if search == Search::Polite && now.saturating_sub(last) < STEAL_GAP {
            let mut room = (self.storage.online * CAPACITY).checked_sub(idle);
            for (_, idle) in found {
                room = room.and_then(|room| room.checked_sub(idle));
            }
            if room.is_some() {
                return Sought::Left;
            }
        }
        let Some(_closed) = self.close() else {
            return Sought::Busy;
        };
        self.storage.stolen.store(now, Ordering::Relaxed);
        if !registration::restart_sections(Some(victim)) {
            return Sought::Left;
        }
        Self::unload(self.slot(victim), sink);
        Sought::Through
    }

    fn seize(&self, patience: Patience, sink: &mut dyn Sink) {
        self.each_held_still(patience, |slot| Self::unload(slot, sink));
    }

    fn renew(&self) {
        self.reopen_orphaned();
        self.slots().for_each(|slot| slot.hands.forget());
    }

    unsafe fn seize_alone(&self, sink: &mut dyn Sink) {
        // No barrier: by the caller's promise no section is under way.
        self.slots().for_each(|slot| Self::unload(slot, sink));
    }

    fn trim(
        &self,
        patience: Patience,
        sink: &mut dyn Sink,
        goes: Option<&dyn Fn(*mut ()) -> bool>,
    ) {
        self.each_held_still(patience, |slot| slot.trim(sink, goes));
    }

    fn shut(&self) -> bool {
        self.table.open.load(Ordering::Relaxed) != self.storage.usable
    }

    fn count(&self) -> usize {
        self.storage.slots().len()
    }

    fn slot(&self, number: usize) -> &Slot {
        &self.storage.slots()[number].0
    }

    fn here(&self) -> usize {
        // SAFETY: the offset is set before there is a storage.
        let cpu = unsafe { section::current_cpu(registration::offset()) };
        cpu as usize % self.count()
    }
}

/// Critical sections of this process that the kernel has restarted.
pub(crate) fn restarts() -> u64 {
    section::RESTARTS.load(Ordering::Relaxed)
}
