//! Unwinding on the main thread, in a program that counts its allocations.
//!
//! It compiles the unwinder's files a second time, by path: the unwinder is private, and the crate's unit
//! tests, which can call it, have neither the main thread nor a counting allocator.

#![allow(dead_code, unused_imports)]

#[path = "../src/unwind/mod.rs"]
mod unwind;

mod snapshot {
    pub use repool_profile::symbols::{Frame, Module};
}

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use snapshot::Frame;
use unwind::{DEPTH, Unwind};

static CALLS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: the system's allocator, and a count.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises, passed on.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOC: Counting = Counting;

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod supported {
    use core::ffi::{c_int, c_void};

    use super::*;

    type Visit = extern "C" fn(*mut c_void, *mut c_void) -> c_int;

    unsafe extern "C" {
        fn _Unwind_Backtrace(visit: Visit, to: *mut c_void) -> c_int;
        fn _Unwind_GetIP(context: *mut c_void) -> usize;
    }

    extern "C" fn note(context: *mut c_void, to: *mut c_void) -> c_int {
        // SAFETY: libgcc's context, and the Vec of `compare`.
        unsafe {
            let pc = _Unwind_GetIP(context);
            if pc != 0 {
                (*to.cast::<Vec<u64>>()).push(pc as u64 - 1);
            }
        }
        0
    }

    #[inline(never)]
    fn compare(frames: &mut [Frame; DEPTH]) -> usize {
        let mut expected = Vec::<u64>::with_capacity(DEPTH);
        let before = CALLS.load(Ordering::Relaxed);
        let count = unwind::capture(frames);
        let allocated = CALLS.load(Ordering::Relaxed) - before;
        // SAFETY: `note` gets the Vec that it expects.
        unsafe { _Unwind_Backtrace(note, (&raw mut expected).cast()) };
        assert_eq!(allocated, 0, "it allocated");

        let modules = unwind::modules();
        let address = |frame: &Frame| {
            let module = frame.module().expect("all code here has a module");
            modules[module].range().start + frame.offset()
        };
        let found: Vec<u64> = frames[1..count].iter().map(address).collect();
        assert_eq!(found, expected[1..]);
        count
    }

    #[inline(never)]
    fn recurse(depth: usize, frames: &mut [Frame; DEPTH]) -> usize {
        black_box(if depth == 0 {
            compare(frames)
        } else {
            recurse(depth - 1, frames)
        })
    }

    pub(super) fn main() {
        let mut frames = [Frame::default(); DEPTH];
        assert_eq!(unwind::capture(&mut frames), 0, "before it is prepared");
        unwind::prepare(Unwind::Tables).expect("it is supported here");
        let ten = recurse(10, &mut frames);
        let again = recurse(10, &mut frames);
        let twenty = recurse(20, &mut frames);
        assert_eq!((again, twenty), (ten, ten + 10));
        // The outermost frame is the program's start.
        assert_eq!(frames[twenty - 1].module(), Some(0));

        // If all of the program was built with frame pointers, `Auto` chooses them, and finds all
        // but the outermost frames, which are libc's and the start.
        unwind::prepare(Unwind::Auto).expect("it is supported here");
        let mut by_auto = [Frame::default(); DEPTH];
        let count = unwind::capture(&mut by_auto);
        unwind::prepare(Unwind::Tables).expect("it is supported here");
        let by_tables = unwind::capture(&mut frames);
        assert!(
            count <= by_tables && count + 3 >= by_tables,
            "{count} {by_tables}"
        );
        assert_eq!(by_auto[1..count], frames[1..count]);
        assert_eq!(
            unwind::modules()[0].path(),
            std::env::current_exe().expect("a path")
        );
        println!("{count} by Auto, {by_tables} by tables");
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
fn main() {
    supported::main();
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")))]
fn main() {
    assert!(unwind::prepare(Unwind::Auto).is_err());
    assert_eq!(unwind::capture(&mut [Frame::default(); DEPTH]), 0);
}
