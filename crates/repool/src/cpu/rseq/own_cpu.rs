//! What the calling thread's CPU has cached, for a thread that has the pool's storage but not its table.

use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::table::{LEFT_OPEN, Storage, Table};
use super::{Cpus, CpusOf, registration, section};
use crate::cpu::{Loot, Place, Sink, Slot, holds};
use crate::depot::hands::Hands;
use crate::process;

/// The right to work on the slot of the calling thread's CPU, whichever that is at each step (R3).
pub(crate) struct OwnCpu<'a> {
    storage: &'a Storage,
    /// Its `open` is always that of an open table.
    table: Table,
}

impl Storage {
    /// CPUs that have something cached, at a glance.
    pub(crate) fn cpus_in_use(&self) -> impl Iterator<Item = usize> {
        let slots = self.slots().iter().enumerate();
        slots.filter_map(|(cpu, slot)| (slot.0.idle() > 0).then_some(cpu))
    }

    /// Every slot, to look at.
    pub(crate) fn each_slot(&self) -> impl Iterator<Item = &Slot> {
        self.slots().iter().map(|slot| &slot.0)
    }

    /// See [`Hands::forget`].
    pub(crate) fn forget_hands(&self) {
        self.each_slot().for_each(|slot| slot.hands.forget());
    }

    /// The slot of the calling thread's CPU, which may be another at once.
    fn here(&self) -> &Slot {
        // SAFETY: the offset is set before there is a storage.
        let cpu = unsafe { section::current_cpu(registration::offset()) };
        &self.slots()[cpu as usize % self.slots().len()].0
    }

    /// The hands of the calling thread's CPU.
    pub(crate) fn hands_here(&self) -> &Hands {
        &self.here().hands
    }

    /// `None` where nothing is cached, and while another thread is the holder, in a forked child also if its parent's had closed the
    /// table, until a call that has the table opens it.
    pub(crate) fn own_cpu(&self) -> Option<OwnCpu<'_>> {
        if self.here().idle() == 0 {
            return None;
        }
        let here = process::id() | LEFT_OPEN;
        let holder = self.holder.load(Ordering::Relaxed);
        let orphaned = holder & LEFT_OPEN != 0 && holder != here;
        if holder != 0 && !orphaned {
            return None;
        }
        self.holder
            .compare_exchange(holder, here, Ordering::Acquire, Ordering::Relaxed)
            .ok()?;
        Some(OwnCpu {
            storage: self,
            table: Table {
                open: AtomicUsize::new(self.usable),
                ..Table::new()
            },
        })
    }
}

impl Drop for OwnCpu<'_> {
    fn drop(&mut self) {
        // Release: the next holder sees what this one did.
        self.storage.holder.store(0, Ordering::Release);
    }
}

impl OwnCpu<'_> {
    /// Only its `take`, `give`, `swap` and what looks are used, which are sections of this CPU (R3).
    fn cpus(&self) -> CpusOf<'_> {
        CpusOf {
            table: &self.table,
            storage: self.storage,
        }
    }

    /// The hands here.
    pub(crate) fn hands(&self) -> &Hands {
        self.storage.hands_here()
    }

    /// Moves all to `sink`, which must not use the slots.
    pub(crate) fn unload(&self, sink: &mut dyn Sink) {
        // Also says that something is in hand, from before it is out of its slot.
        if !sink.has_room() {
            return;
        }
        let cpus = self.cpus();
        for place in [Place::Previous, Place::Loaded] {
            let magazine = self.storage.here().place(place);
            if holds(magazine.load(Ordering::Acquire)) > 0
                && let Ok(magazine) = cpus.swap(place, ptr::null_mut())
                && !magazine.is_null()
            {
                sink.put(Loot::Magazine(magazine));
            }
        }
        let object = cpus.take();
        if !object.is_null() {
            sink.put(Loot::Object(object));
        }
    }

    /// Moves to `sink`, which must not use the slots, what was not used since the last trim, and what
    /// else `goes`; as [`Slot::trim`](crate::cpu::Slot), which changes the slot of a table that is closed.
    pub(crate) fn trim(&self, sink: &mut dyn Sink, goes: Option<&dyn Fn(*mut ()) -> bool>) {
        let cpus = self.cpus();
        let slot = self.storage.here();
        let unused = slot.unused.load(Ordering::Relaxed);
        let private_unused = slot.private_unused.load(Ordering::Relaxed);
        let goes_too = |object: *mut ()| goes.is_some_and(|goes| goes(object));
        if (private_unused || goes.is_some()) && slot.has_private() && sink.has_room() {
            // The private object, unless it was taken just now: then one of the magazine's.
            let object = cpus.take();
            let stays =
                object.is_null() || !private_unused && !goes_too(object) && cpus.give(object);
            if !stays {
                sink.put(Loot::Object(object));
            }
        }
        if (unused > 0 || goes.is_some())
            && let Ok(loaded) = cpus.swap(Place::Loaded, ptr::null_mut())
        {
            // SAFETY: null, or a magazine of the pool's arena, which outlives the slot (C2).
            if let Some(magazine) = unsafe { loaded.as_ref() } {
                for place in (0..magazine.count()).rev() {
                    if sink.has_room()
                        && (place < unused || magazine.get(place).is_some_and(goes_too))
                        && let Some(object) = magazine.remove(place)
                    {
                        sink.put(Loot::Object(object));
                    }
                }
            }
            match cpus.swap(Place::Loaded, loaded) {
                Ok(none) if none.is_null() => {}
                // A return has put a fresh one there meanwhile.
                Ok(other) => sink.put(Loot::Magazine(other)),
                Err(_) if loaded.is_null() => {}
                Err(_) => sink.put(Loot::Magazine(loaded)),
            }
        }
        slot.unused.store(slot.in_loaded(), Ordering::Relaxed);
        slot.private_unused
            .store(slot.has_private(), Ordering::Relaxed);
    }
}
