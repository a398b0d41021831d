//! Where the slots are: what the fast path reads in the pool, and what is on the heap.

use core::alloc::Layout;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::alloc::{alloc_zeroed, dealloc};

use super::{registration, section};
use crate::cpu::Slot;
use crate::process;

/// What the sections read: where the slots are, and how many may be used now.
pub(crate) struct Table {
    /// For whoever takes.
    pub(super) slots: AtomicPtr<CpuSlot>,
    /// The same, for whoever gives; null for ever where returns are to be looked at first.
    pub(super) unchecked: AtomicPtr<CpuSlot>,
    pub(super) open: AtomicUsize,
}

/// Which ways into the table stay shut, so that the pool is asked first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Checks {
    pub(crate) takes: bool,
    pub(crate) returns: bool,
}

/// One CPU's slot, alone on its cache line.
#[repr(C, align(64))]
pub(super) struct CpuSlot(pub(super) Slot);

/// Pools begin their slots at so many different distances from what the allocator gives, after
/// Bonwick's slab coloring ("The Slab Allocator", 1994). Pools that are made one after the other
/// lie a fixed stride apart, and where that is a power of two, all of them share a few sets of the
/// processor's caches: a thousand pools then took 9 ns a pair instead of 2.5.
const COLORS: usize = 8;

/// The next pool's color.
static COLOR: AtomicUsize = AtomicUsize::new(0);

/// Set in [`Storage::holder`] beside an identity if that holder has left the table open (R3). Neither
/// identities that are drawn nor process numbers go so far.
pub(super) const LEFT_OPEN: u32 = 1 << 31;

/// The slots, and who may close the table.
pub(crate) struct Storage {
    pub(super) slots: NonNull<CpuSlot>,
    numbers: usize,
    /// How many slots' room is before the first.
    color: usize,
    /// What `open` is set to when the table is opened: `numbers`, or 0 for a pool that keeps
    /// nothing.
    pub(super) usable: usize,
    /// Whether returns are to be looked at first, and takes.
    pub(super) checks: Checks,
    /// CPUs that can run now.
    pub(super) online: usize,
    /// The identity of the process whose thread has closed the table, or keeps others from it, or 0: so
    /// that a forked child can tell a holder that it does not have.
    pub(super) holder: AtomicU32,
    /// When something was last stolen, in nanoseconds.
    pub(super) stolen: AtomicU64,
}

// SAFETY: `slots` is an allocation that this struct owns and does not tie to a thread; what is
// in it is atomics. The other fields are atomics and an integer.
unsafe impl Send for Storage {}
// SAFETY: as for Send; through a shared reference the slots are reached as `&Slot` only, or by
// sections under R2.
unsafe impl Sync for Storage {}

impl Table {
    pub(crate) const fn new() -> Self {
        Table {
            slots: AtomicPtr::new(ptr::null_mut()),
            unchecked: AtomicPtr::new(ptr::null_mut()),
            open: AtomicUsize::new(0),
        }
    }

    /// A way to this CPU's slot, to take; `None` before the first use, and for ever on the other
    /// engine.
    #[inline(always)]
    pub(crate) fn enter(&self) -> Option<Entered<'_>> {
        self.by(&self.slots)
    }

    /// The same way, to give; `None` also where returns are to be looked at first.
    #[inline(always)]
    pub(crate) fn enter_unchecked(&self) -> Option<Entered<'_>> {
        self.by(&self.unchecked)
    }

    #[inline(always)]
    fn by(&self, slots: &AtomicPtr<CpuSlot>) -> Option<Entered<'_>> {
        // Acquire: the registration was found before the slots were published.
        let slots = NonNull::new(slots.load(Ordering::Acquire))?;
        Some(Entered {
            slots,
            open: &self.open,
        })
    }
}

/// A table whose slots are published (R1).
pub(crate) struct Entered<'a> {
    pub(super) slots: NonNull<CpuSlot>,
    pub(super) open: &'a AtomicUsize,
}

impl Entered<'_> {
    /// Takes an object of this CPU's; null when there is none at hand.
    #[inline(always)]
    pub(crate) fn take(&self) -> *mut () {
        // SAFETY: R1, and magazines in slots outlive them (C2); the offset is set before R1.
        unsafe { section::take(self.slots.as_ptr(), self.open, registration::offset()) }
    }

    /// Keeps an object with this CPU; `false` when there is no room.
    #[inline(always)]
    pub(crate) fn give(&self, object: *mut ()) -> bool {
        // SAFETY: as in `take`.
        unsafe {
            section::give(
                self.slots.as_ptr(),
                self.open,
                registration::offset(),
                object,
            )
        }
    }
}

impl Storage {
    /// Slots for every CPU that can be, closed; `None` when memory has run out. `usable` says
    /// whether they may ever hold anything.
    pub(crate) fn new(usable: bool, checks: Checks) -> Option<Self> {
        let numbers = registration::cpu_numbers();
        let color = COLOR.fetch_add(1, Ordering::Relaxed) % COLORS;
        let layout = Layout::array::<CpuSlot>(numbers.checked_add(color)?).ok()?;
        if layout.size() == 0 {
            return None;
        }
        // Zeroed by the allocator, so that the slots of CPUs that never come cost no memory.
        // SAFETY: the layout is not empty.
        let slots = unsafe { alloc_zeroed(layout) }.cast::<CpuSlot>();
        let slots = NonNull::new(slots)?;
        Some(Storage {
            // SAFETY: within the allocation, which is that much longer.
            slots: unsafe { slots.add(color) },
            numbers,
            color,
            usable: if usable { numbers } else { 0 },
            checks,
            online: registration::cpus_online(),
            holder: AtomicU32::new(process::id()),
            stolen: AtomicU64::new(0),
        })
    }

    pub(super) fn slots(&self) -> &[CpuSlot] {
        // SAFETY: `new` allocated `numbers` slots from here on; all bytes zero is a slot of null pointers.
        unsafe { core::slice::from_raw_parts(self.slots.as_ptr(), self.numbers) }
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        // The product did not overflow when `new` computed it; nothing in a slot needs dropping.
        let layout = Layout::new::<CpuSlot>();
        let size = layout.size() * (self.numbers + self.color);
        // SAFETY: allocated in `new` with this alignment and this size, and begun that far in.
        unsafe {
            dealloc(
                self.slots.sub(self.color).as_ptr().cast(),
                Layout::from_size_align_unchecked(size, layout.align()),
            );
        }
    }
}
