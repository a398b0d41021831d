//! The requests that reach the wrapped allocator, and how failures are counted. The tests call the
//! wrapper directly, so that no other requests go through it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;
use std::ptr;

use repool_prof::{Counters, ProfAlloc};

/// Forwards requests to the system's allocator, and records each.
#[derive(Default)]
struct Recorder {
    calls: RefCell<Vec<String>>,
}

impl Recorder {
    fn note(&self, call: String) {
        self.calls.borrow_mut().push(call);
    }
}

// SAFETY: passes each request to the system's allocator unchanged. It records
// in memory of the global allocator, which is not this one.
unsafe impl GlobalAlloc for &Recorder {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.note(format!("alloc {}", layout.size()));
        // SAFETY: the caller's promises, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.note(format!("dealloc {}", layout.size()));
        // SAFETY: the caller's promises, passed on.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.note(format!("alloc_zeroed {}", layout.size()));
        // SAFETY: the caller's promises, passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        self.note(format!("realloc {} {new_size}", layout.size()));
        // SAFETY: the caller's promises, passed on.
        unsafe { System.realloc(block, layout, new_size) }
    }
}

/// Refuses every request.
struct Exhausted;

// SAFETY: null is a permitted answer, and no block exists to be freed.
unsafe impl GlobalAlloc for Exhausted {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
        unreachable!("nothing was handed out");
    }
}

#[test]
fn each_request_stays_what_it_is() {
    let recorder = Recorder::default();
    let wrapped = ProfAlloc::with(&recorder);
    let layout = |size| Layout::from_size_align(size, 8).expect("a valid layout");
    let before = Counters::now();

    // SAFETY: sizes are not zero, and each block is used and freed with the
    // layout it has at that time.
    unsafe {
        let first = wrapped.alloc(layout(10));
        let zeroed = wrapped.alloc_zeroed(layout(20));
        assert_eq!(std::slice::from_raw_parts(zeroed, 20), [0; 20]);
        let grown = wrapped.realloc(first, layout(10), 1000);
        wrapped.dealloc(grown, layout(1000));
        wrapped.dealloc(zeroed, layout(20));
    }

    assert_eq!(
        *recorder.calls.borrow(),
        [
            "alloc 10",
            "alloc_zeroed 20",
            "realloc 10 1000",
            "dealloc 1000",
            "dealloc 20"
        ],
    );
    let spent = Counters::now() - before;
    assert_eq!(
        spent,
        Counters {
            allocations: 3,
            bytes: 10 + 20 + 1000,
            frees: 3
        }
    );
}

#[test]
fn what_failed_counts_nothing() {
    let wrapped = ProfAlloc::with(Exhausted);
    let layout = Layout::new::<[u8; 64]>();
    let before = Counters::now();
    let mut standing = [0u8; 64];

    // SAFETY: the layouts are not empty; the block given to `realloc` has its
    // layout, and a failed `realloc` leaves it alone.
    unsafe {
        assert!(wrapped.alloc(layout).is_null());
        assert!(wrapped.alloc_zeroed(layout).is_null());
        // `Exhausted` has the trait's default `realloc`, which allocates a new block first and fails
        // if that is null.
        assert!(
            wrapped
                .realloc(standing.as_mut_ptr(), layout, 128)
                .is_null()
        );
    }
    assert_eq!(Counters::now(), before);
}
