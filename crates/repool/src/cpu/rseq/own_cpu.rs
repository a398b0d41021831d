//! The cache of the calling thread's CPU, for a thread that has the pool's storage but not its table:
//! the process's sweeper.

use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::table::{Storage, Table};
use super::{Cpus, RseqView, registration, section};
use crate::cpu::{CpuCache, DrainSink, Drained, MagazineSlot, cache};
use crate::depot::in_flight::InFlight;

/// The right to change the cache of the calling thread's CPU, whichever that is at each step (R3).
pub(crate) struct OwnCpu<'a> {
    storage: &'a Storage,
    /// As the pool's, which may have moved.
    table: Table,
}

impl Storage {
    /// CPUs that have something cached, at a glance.
    pub(crate) fn cpus_in_use(&self) -> impl Iterator<Item = usize> {
        let caches = self.each_cache().enumerate();
        caches.filter_map(|(cpu, cache)| (cache.count() > 0).then_some(cpu))
    }

    /// Every cache, to read.
    pub(crate) fn each_cache(&self) -> impl Iterator<Item = &CpuCache> {
        self.caches().iter().map(|cache| &cache.cache)
    }

    /// The cache of the calling thread's CPU, which may be another at once.
    fn here(&self) -> &CpuCache {
        &self.caches()[self.current_cpu() % self.caches().len()].cache
    }

    /// The number of the calling thread's CPU, which may be another at once; huge if it is not registered.
    pub(super) fn current_cpu(&self) -> usize {
        // SAFETY: the offset is set before there is a storage.
        unsafe { section::current_cpu(registration::offset()) as usize }
    }

    /// The objects in flight of the calling thread's CPU.
    pub(crate) fn in_flight_here(&self) -> &InFlight {
        &self.here().in_flight
    }

    /// `None` if nothing is cached.
    pub(crate) fn own_cpu(&self) -> Option<OwnCpu<'_>> {
        (self.here().count() > 0).then(|| OwnCpu {
            storage: self,
            table: Table {
                active: AtomicUsize::new(self.usable),
                ..Table::new()
            },
        })
    }
}

impl OwnCpu<'_> {
    /// The caches, of which only `pop`, `push`, `swap` and what reads may be used: sections of this CPU
    /// (R3).
    fn cpus(&self) -> RseqView<'_> {
        RseqView {
            table: &self.table,
            storage: self.storage,
        }
    }

    /// The objects in flight of this CPU.
    pub(crate) fn in_flight(&self) -> &InFlight {
        self.storage.in_flight_here()
    }

    /// Moves all to `sink`, which must not use the caches.
    pub(crate) fn drain(&self, sink: &mut dyn DrainSink) {
        // A sink that counts objects in flight begins here, before any leaves its cache.
        if !sink.has_room() {
            return;
        }
        let cpus = self.cpus();
        if cpus.is_asked() {
            return cpus.answer(sink);
        }
        for slot in [MagazineSlot::Previous, MagazineSlot::Loaded] {
            let magazine = self.storage.here().magazine_slot(slot);
            if cache::count(magazine.load(Ordering::Acquire)) > 0
                && let Ok(magazine) = cpus.swap(slot, ptr::null_mut())
                && !magazine.is_null()
            {
                sink.put(Drained::Magazine(magazine));
            }
        }
        let object = cpus.pop();
        if !object.is_null() {
            sink.put(Drained::Object(object));
        }
    }

    /// Moves to `sink`, which must not use the caches, what was not used since the last trim, and each
    /// other object for which `drops` returns `true`. As [`CpuCache::trim`], which changes a stopped
    /// cache.
    pub(crate) fn trim(&self, sink: &mut dyn DrainSink, drops: Option<&dyn Fn(*mut ()) -> bool>) {
        let cpus = self.cpus();
        let cache = self.storage.here();
        let unused = cache.unused.load(Ordering::Relaxed);
        let private_unused = cache.private_unused.load(Ordering::Relaxed);
        let drops_too = |object: *mut ()| drops.is_some_and(|drops| drops(object));
        if (private_unused || drops.is_some()) && cache.has_private() && sink.has_room() {
            // The private object, or one of the magazine if a get popped the private one just now.
            let object = cpus.pop();
            let stays =
                object.is_null() || !private_unused && !drops_too(object) && cpus.push(object);
            if !stays {
                sink.put(Drained::Object(object));
            }
        }
        if (unused > 0 || drops.is_some())
            && let Ok(loaded) = cpus.swap(MagazineSlot::Loaded, ptr::null_mut())
        {
            // SAFETY: null, or a magazine of the pool's arena, which outlives the cache (C2).
            if let Some(magazine) = unsafe { loaded.as_ref() } {
                for index in (0..magazine.count()).rev() {
                    if sink.has_room()
                        && (index < unused || magazine.get(index).is_some_and(drops_too))
                        && let Some(object) = magazine.remove(index)
                    {
                        sink.put(Drained::Object(object));
                    }
                }
            }
            match cpus.swap(MagazineSlot::Loaded, loaded) {
                Ok(none) if none.is_null() => {}
                // A return has loaded a fresh one meanwhile.
                Ok(other) => sink.put(Drained::Magazine(other)),
                Err(_) if loaded.is_null() => {}
                Err(_) => sink.put(Drained::Magazine(loaded)),
            }
        }
        cache.unused.store(cache.count_loaded(), Ordering::Relaxed);
        cache
            .private_unused
            .store(cache.has_private(), Ordering::Relaxed);
    }
}
