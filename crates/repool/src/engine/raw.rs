//! The engine without types: a pool of pointers.
//!
//! Compiled once, whatever is pooled. It never looks behind a pointer, and runs none of the
//! user's code.

use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::exchange::Exchange;
use crate::backend::{Backend, backend};
use crate::cpu::slots::Slots;
use crate::cpu::{Cpus, Search, rseq};
use crate::depot::Depot;
use crate::depot::magazine::{CAPACITY, Magazine};

/// The part of a pool that stands in the pool's own memory, so that a `static` needs no heap
/// until it is used.
///
/// On a line of its own what the fast path reads and hardly anyone writes; on another, what slow
/// paths count.
#[repr(C, align(64))]
pub(crate) struct RawPool {
    table: rseq::Table,
    /// Null until first used; then a box that lives as long as the pool.
    core: AtomicPtr<Core>,
    max_idle: usize,
    counts: Counts,
}

/// How many objects came and went, but for those that went out by a get and home again.
#[repr(align(64))]
pub(crate) struct Counts {
    pub(crate) created: AtomicUsize,
    pub(crate) adopted: AtomicUsize,
    pub(crate) discarded: AtomicUsize,
    pub(crate) detached: AtomicUsize,
}

impl Counts {
    /// Adds one. Relaxed: counts are exact once nobody is in the middle of a call, which takes
    /// some other synchronisation to know.
    pub(crate) fn add(count: &AtomicUsize) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a pool has on the heap once it is used.
struct Core {
    depot: Depot,
    cpus: Storage,
    /// See [`Exchange`].
    magazines: bool,
}

enum Storage {
    Rseq(rseq::Storage),
    Slots(Slots),
}

/// Does `$body` with the pool's exchange, whichever engine it runs on.
macro_rules! with_exchange {
    ($pool:expr, $core:expr, |$exchange:ident| $body:expr) => {{
        let (depot, magazines) = (&$core.depot, $core.magazines);
        match &$core.cpus {
            Storage::Rseq(storage) => {
                let table = &$pool.table;
                let cpus = rseq::CpusOf { table, storage };
                let $exchange = Exchange {
                    cpus,
                    depot,
                    magazines,
                };
                $body
            }
            Storage::Slots(slots) => {
                let cpus = slots.seen_from_here();
                let $exchange = Exchange {
                    cpus,
                    depot,
                    magazines,
                };
                $body
            }
        }
    }};
}

impl RawPool {
    pub(crate) const fn new() -> Self {
        RawPool {
            table: rseq::Table::new(),
            core: AtomicPtr::new(ptr::null_mut()),
            max_idle: usize::MAX,
            counts: Counts {
                created: AtomicUsize::new(0),
                adopted: AtomicUsize::new(0),
                discarded: AtomicUsize::new(0),
                detached: AtomicUsize::new(0),
            },
        }
    }

    /// Most idle objects, as far as [`crate::Pool::max_idle`] promises. Before the first use.
    pub(crate) const fn set_max_idle(&mut self, max_idle: usize) {
        self.max_idle = max_idle;
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Takes an object that is at hand; null when there is none.
    #[inline(always)]
    pub(crate) fn take(&self) -> *mut () {
        match self.table.enter() {
            Some(slots) => slots.take(),
            None => self.take_shared_slow(),
        }
    }

    /// Keeps an object at hand; `false` when there is no room.
    #[inline(always)]
    pub(crate) fn give(&self, object: *mut ()) -> bool {
        match self.table.enter() {
            Some(slots) => slots.give(object),
            None => self.give_shared_slow(object),
        }
    }

    /// `take` on the slots engine: out of line, and no more than that needs.
    #[inline(never)]
    fn take_shared_slow(&self) -> *mut () {
        match self.made().map(|core| &core.cpus) {
            Some(Storage::Slots(slots)) => slots.seen_from_here().take(),
            _ => ptr::null_mut(),
        }
    }

    /// `give` on the slots engine.
    #[inline(never)]
    fn give_shared_slow(&self, object: *mut ()) -> bool {
        match self.made().map(|core| &core.cpus) {
            Some(Storage::Slots(slots)) if self.max_idle > 0 => slots.seen_from_here().give(object),
            _ => false,
        }
    }

    /// Takes an idle object from wherever there is one; null when there is none.
    #[inline(never)]
    pub(crate) fn take_slow(&self, search: Search) -> *mut () {
        match self.core() {
            Some(core) => with_exchange!(self, core, |exchange| exchange.take(search)),
            None => ptr::null_mut(),
        }
    }

    /// Keeps an object wherever there is room; `false` when there is none.
    #[inline(never)]
    pub(crate) fn give_slow(&self, object: *mut ()) -> bool {
        self.max_idle > 0
            && self
                .core()
                .is_some_and(|core| with_exchange!(self, core, |exchange| exchange.give(object)))
    }

    /// Hands every idle object to `sink`, which may panic, or use the pool.
    pub(crate) fn drain(&self, sink: &mut dyn FnMut(*mut ())) {
        let Some(core) = self.made() else { return };
        with_exchange!(self, core, |exchange| exchange.collect());
        let mut taken = Taken {
            magazines: core.depot.take_all(),
            current: None,
            depot: &core.depot,
        };
        while let Some(object) = taken.next() {
            sink(object);
        }
    }

    /// Hands every idle object to `sink`, which may panic, whatever a dead thread left locked.
    /// Called again after a panic, it goes on with the rest.
    pub(crate) fn drain_mut(&mut self, sink: &mut dyn FnMut(*mut ())) {
        let Some(core) = self.made() else { return };
        // SAFETY: `&mut self`: nobody else has the pool.
        with_exchange!(self, core, |exchange| unsafe {
            exchange.cpus.drain_privates(sink);
        });
        // Every magazine is ours too, wherever it is.
        for magazine in core.depot.arena().iter() {
            while let Some(object) = magazine.pop() {
                sink(object);
            }
        }
    }

    /// Objects that are idle; exact while nobody is in the middle of a call.
    pub(crate) fn idle(&self) -> usize {
        self.made().map_or(0, |core| {
            let privates = with_exchange!(self, core, |exchange| exchange.cpus.privates());
            // A magazine is counted wherever it is.
            let magazines = core.depot.arena().iter();
            privates + magazines.map(|magazine| magazine.count()).sum::<usize>()
        })
    }

    fn made(&self) -> Option<&Core> {
        // Acquire: sees the core made.
        let core = self.core.load(Ordering::Acquire);
        // SAFETY: null, or leaked by `make` for as long as the pool lives.
        unsafe { core.as_ref() }
    }

    /// The core, made now if need be; `None` when memory has run out.
    #[inline]
    fn core(&self) -> Option<&Core> {
        self.made().or_else(|| self.make())
    }

    #[cold]
    fn make(&self) -> Option<&Core> {
        let mut fresh = Vec::new();
        fresh.try_reserve_exact(1).ok()?;
        fresh.push(Core::new(self.max_idle)?);
        let fresh = Box::into_raw(fresh.into_boxed_slice());
        let placed = self.core.compare_exchange(
            ptr::null_mut(),
            fresh.cast::<Core>(),
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if placed.is_err() {
            // SAFETY: `fresh` came from `Box::into_raw` above and nobody else has seen it.
            drop(unsafe { Box::from_raw(fresh) });
            return self.made();
        }
        let core = self.made()?;
        if let Storage::Rseq(storage) = &core.cpus {
            self.table.publish(storage);
        }
        Some(core)
    }
}

impl Drop for RawPool {
    /// Frees the core. The objects in it must have been drained: what is left is leaked.
    fn drop(&mut self) {
        let core = *self.core.get_mut();
        if !core.is_null() {
            // SAFETY: `make` leaked a boxed slice of one core, and nobody else has the pool.
            drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(core, 1)) });
        }
    }
}

impl Core {
    fn new(max_idle: usize) -> Option<Self> {
        // A CPU holds one private object and two magazines: together no more than the pool may,
        // so that one thread alone finds the bound exact.
        let limit = CAPACITY.min(max_idle.saturating_sub(1) / 2);
        let budget = match max_idle {
            usize::MAX => usize::MAX,
            0 => 0,
            bound => bound - 1 - 2 * limit,
        };
        let storage = match backend() {
            Backend::Rseq => rseq::Storage::new(max_idle > 0).map(Storage::Rseq),
            Backend::Slots => None,
        };
        Some(Core {
            depot: Depot::new(limit.max(1), budget),
            cpus: match storage {
                Some(storage) => storage,
                None => Storage::Slots(Slots::for_this_machine()?),
            },
            magazines: limit > 0,
        })
    }
}

/// Magazines that a drain took, and the one it is at. When the user's code panics, what is left
/// goes back to the depot.
struct Taken<'a, I: Iterator<Item = &'a Magazine>> {
    magazines: I,
    current: Option<&'a Magazine>,
    depot: &'a Depot,
}

impl<'a, I: Iterator<Item = &'a Magazine>> Taken<'a, I> {
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
