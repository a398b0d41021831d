//! Where the caches are: the [`Table`] in the pool, which the fast path reads, and the [`Storage`] on
//! the heap. How they are used is in the [module above](super), how they are stopped in [`stop`](super::stop).

use core::alloc::Layout;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::alloc::{alloc_zeroed, dealloc};

use super::{registration, section};
use crate::cpu::CpuCache;

/// What the sections read: where the caches are, and how many they may use now.
pub(crate) struct Table {
    /// For pops; null for ever if they need a check first.
    pub(super) caches: AtomicPtr<AlignedCache>,
    /// For returns; null for ever if they need a check first.
    pub(super) unchecked: AtomicPtr<AlignedCache>,
    /// Caches that sections may use: all, or 0 before the table is published.
    pub(super) active: AtomicUsize,
}

/// Which calls may not use the table before the pool has checked them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Checks {
    pub(crate) pops: bool,
    pub(crate) returns: bool,
}

/// One CPU's cache, alone on its cache line.
#[repr(C, align(64))]
pub(super) struct AlignedCache {
    pub(super) cache: CpuCache,
    /// Identity of the process whose thread has stopped this cache, or is about to; or 0. It tells a
    /// forked child that the holder is a thread of its parent.
    pub(super) holder: AtomicU32,
}

/// Number of different offsets at which pools begin their caches in the memory that the allocator gives,
/// after Bonwick's slab coloring ("The Slab Allocator", 1994). Pools made one after the other lie a fixed
/// stride apart; if that is a power of two, all of them share a few sets of the processor's caches: a
/// thousand pools then took 9 ns a pair instead of 2.5.
const COLORS: usize = 8;

/// The next pool's color.
static COLOR: AtomicUsize = AtomicUsize::new(0);

/// The caches of one pool.
pub(crate) struct Storage {
    pub(super) caches: NonNull<AlignedCache>,
    count: usize,
    /// Caches that would fit before the first; see [`COLORS`].
    color: usize,
    /// Value of `active` once the table is published: `count`, or 0 for a pool that keeps nothing.
    pub(super) usable: usize,
    /// Which calls need a check first.
    pub(super) checks: Checks,
    /// CPUs that can run now.
    pub(super) online: usize,
    /// Time of the last steal, in nanoseconds.
    pub(super) stolen: AtomicU64,
}

// SAFETY: `caches` is an allocation that this struct owns and that is not tied to a thread; it holds
// atomics. The other fields are atomics and an integer.
unsafe impl Send for Storage {}
// SAFETY: as for Send; through a shared reference the caches are reached as `&CpuCache` only, or by
// sections under R2.
unsafe impl Sync for Storage {}

impl Table {
    pub(crate) const fn new() -> Self {
        Table {
            caches: AtomicPtr::new(ptr::null_mut()),
            unchecked: AtomicPtr::new(ptr::null_mut()),
            active: AtomicUsize::new(0),
        }
    }

    /// Lets sections use the caches (R1). Done again, it changes nothing.
    pub(crate) fn publish(&self, storage: &Storage) {
        // First: a section that finds the caches may find 0 here, and then goes to the slow path.
        self.active.store(storage.usable, Ordering::Release);
        let caches = storage.caches.as_ptr();
        if !storage.checks.pops {
            self.caches.store(caches, Ordering::Release);
        }
        if !storage.checks.returns {
            self.unchecked.store(caches, Ordering::Release);
        }
    }

    /// Access to this CPU's cache, to pop; `None` before the first use, and always on the other engine.
    #[inline(always)]
    pub(crate) fn enter(&self) -> Option<Entered<'_>> {
        self.entered(&self.caches)
    }

    /// Access to this CPU's cache, to push; `None` also if returns need a check first.
    #[inline(always)]
    pub(crate) fn enter_unchecked(&self) -> Option<Entered<'_>> {
        self.entered(&self.unchecked)
    }

    #[inline(always)]
    fn entered(&self, caches: &AtomicPtr<AlignedCache>) -> Option<Entered<'_>> {
        // Acquire: the registration was found before the caches were published.
        let caches = NonNull::new(caches.load(Ordering::Acquire))?;
        Some(Entered {
            caches,
            active: &self.active,
        })
    }
}

/// A table whose caches are published (R1).
pub(crate) struct Entered<'a> {
    pub(super) caches: NonNull<AlignedCache>,
    pub(super) active: &'a AtomicUsize,
}

impl Entered<'_> {
    /// Pops an object that this CPU has cached; null if there is none.
    #[inline(always)]
    pub(crate) fn pop(&self) -> *mut () {
        // SAFETY: R1, and magazines in caches outlive them (C2); the offset is set before R1.
        unsafe { section::pop(self.caches.as_ptr(), self.active, registration::offset()) }
    }

    /// Caches an object on this CPU; `false` if there is no room.
    #[inline(always)]
    pub(crate) fn push(&self, object: *mut ()) -> bool {
        // SAFETY: as in `pop`.
        unsafe {
            section::push(
                self.caches.as_ptr(),
                self.active,
                registration::offset(),
                object,
            )
        }
    }
}

impl Storage {
    /// Caches for every CPU that can be; `None` if memory has run out. `usable` says
    /// whether they may ever hold anything.
    pub(crate) fn new(usable: bool, checks: Checks) -> Option<Self> {
        let count = registration::cpu_numbers();
        let color = COLOR.fetch_add(1, Ordering::Relaxed) % COLORS;
        let layout = Layout::array::<AlignedCache>(count.checked_add(color)?).ok()?;
        if layout.size() == 0 {
            return None;
        }
        // Zeroed by the allocator, so that the caches of CPUs that never run cost no memory.
        // SAFETY: the layout is not empty.
        let caches = unsafe { alloc_zeroed(layout) }.cast::<AlignedCache>();
        let caches = NonNull::new(caches)?;
        Some(Storage {
            // SAFETY: within the allocation, which is that much longer.
            caches: unsafe { caches.add(color) },
            count,
            color,
            usable: if usable { count } else { 0 },
            checks,
            online: registration::cpus_online(),
            stolen: AtomicU64::new(0),
        })
    }

    pub(super) fn caches(&self) -> &[AlignedCache] {
        // SAFETY: `new` allocated `count` caches from here on; all bytes zero is a cache of null pointers
        // without a holder.
        unsafe { core::slice::from_raw_parts(self.caches.as_ptr(), self.count) }
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        // The product did not overflow when `new` computed it; nothing in a cache needs dropping.
        let layout = Layout::new::<AlignedCache>();
        let size = layout.size() * (self.count + self.color);
        // SAFETY: allocated in `new` with this alignment and this size, and begun that far in.
        unsafe {
            dealloc(
                self.caches.sub(self.color).as_ptr().cast(),
                Layout::from_size_align_unchecked(size, layout.align()),
            );
        }
    }
}
