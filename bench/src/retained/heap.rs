//! A counting global allocator: exact bytes on the heap, of all allocations of the process.
//!
//! The counters are shared by all threads, because a block may be freed by another thread than the one
//! that allocated it. Their contention does not matter, since nothing is timed here.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The size in bytes of the burst's objects. Blocks of exactly this size are counted separately.
pub const OBJECT: usize = 4096;

static LIVE: AtomicU64 = AtomicU64::new(0);
static OBJECTS: AtomicU64 = AtomicU64::new(0);
static ALLOCATED: AtomicU64 = AtomicU64::new(0);

/// The system's allocator with counters.
pub struct Counting;

/// The counters at one moment.
#[derive(Clone, Copy)]
pub struct Heap {
    /// Bytes of live blocks.
    pub live: u64,
    /// The number of live blocks of [`OBJECT`] bytes.
    pub objects: u64,
    /// Bytes allocated since the start; a `realloc` counts its new size.
    pub allocated: u64,
}

impl Heap {
    /// The counters now; exact while no other thread allocates or frees.
    pub fn now() -> Heap {
        Heap {
            live: LIVE.load(Relaxed),
            objects: OBJECTS.load(Relaxed),
            allocated: ALLOCATED.load(Relaxed),
        }
    }
}

fn add(bytes: usize) {
    LIVE.fetch_add(bytes as u64, Relaxed);
    ALLOCATED.fetch_add(bytes as u64, Relaxed);
    OBJECTS.fetch_add((bytes == OBJECT).into(), Relaxed);
}

fn remove(bytes: usize) {
    LIVE.fetch_sub(bytes as u64, Relaxed);
    OBJECTS.fetch_sub((bytes == OBJECT).into(), Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let block = unsafe { System.alloc(layout) };
        if !block.is_null() {
            add(layout.size());
        }
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            add(layout.size());
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        remove(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        let grown = unsafe { System.realloc(block, layout, size) };
        if !grown.is_null() {
            remove(layout.size());
            add(size);
        }
        grown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, MutexGuard};

    /// Serialises the tests. The test harness allocates on other threads too, but no blocks of this size.
    fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    #[test]
    fn blocks_are_counted_by_size() {
        let _alone = alone();
        let before = Heap::now().objects;
        let mut object = Vec::<u8>::with_capacity(OBJECT);
        assert_eq!(Heap::now().objects, before + 1);
        object.reserve_exact(2 * OBJECT);
        assert_eq!(Heap::now().objects, before);
    }

    #[test]
    fn what_is_freed_is_not_live_but_was_allocated() {
        let _alone = alone();
        let before = Heap::now();
        drop(vec![1_u8; 1 << 24]);
        let after = Heap::now();
        assert!(after.allocated - before.allocated >= 1 << 24);
        assert!(after.live < before.live + (1 << 24));
    }
}
