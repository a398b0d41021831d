//! The profiler's memory with a large heap.

use std::alloc::{Layout, alloc, dealloc};

use repool_prof::{Counters, Profiler};
use repool_testing::cases::GUARD;
use repool_testing::statm::resident;
use repool_testing::totals::{Totals, assert_sane};

use crate::program::{assert_within, promised};

const LIVE: usize = 1_000_000_000;

/// Allocates a gigabyte of small blocks, each of which begins with the next one's address and its
/// own size. Returns the last.
fn fill() -> *mut [usize; 2] {
    let (mut last, mut sum) = (std::ptr::null_mut::<[usize; 2]>(), 0);
    while sum < LIVE {
        let size = 32 + 8 * (sum / 8 % 28);
        let layout = Layout::from_size_align(size, 8).expect("a layout");
        // SAFETY: large and aligned enough for two words.
        unsafe {
            let block = alloc(layout).cast::<[usize; 2]>();
            assert!(!block.is_null());
            block.write([last.expose_provenance(), size]);
            last = block;
        }
        sum += size;
    }
    last
}

fn free(mut last: *mut [usize; 2]) {
    while !last.is_null() {
        // SAFETY: `fill` wrote this, and allocated it with that layout.
        unsafe {
            let [next, size] = last.read();
            dealloc(last.cast(), Layout::from_size_align_unchecked(size, 8));
            last = std::ptr::with_exposed_provenance_mut(next);
        }
    }
}

/// The resident memory of a process with that heap and without a profiler.
fn without_profiler() -> u64 {
    let mut ends = [0; 2];
    // SAFETY: the pipe's ends are written before they are used; the child, of a process with one
    // thread, ends with `_exit`; the buffer is writable for its length.
    unsafe {
        assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
        let child = libc::fork();
        assert!(child >= 0);
        if child == 0 {
            libc::alarm(GUARD / 2);
            fill();
            let bytes = resident().to_ne_bytes();
            let wrote = libc::write(ends[1], bytes.as_ptr().cast(), bytes.len());
            libc::_exit(i32::from(wrote != bytes.len() as isize));
        }
        let (mut status, mut bytes) = (-1, [0; 8]);
        assert_eq!(libc::waitpid(child, &mut status, 0), child);
        assert_eq!(status, 0);
        assert_eq!(
            libc::read(ends[0], bytes.as_mut_ptr().cast(), bytes.len()),
            8
        );
        u64::from_ne_bytes(bytes)
    }
}

/// With a gigabyte of small blocks at the default rate, the profiler takes at most the bound, and
/// what unwinding takes.
pub fn gigabyte(rate: u64) {
    const SLACK: u64 = 16 << 20;
    let plain = without_profiler();
    let profiler = Profiler::builder().seed(1).start();
    let profiler = profiler.expect("the profiler starts");
    assert_eq!(profiler.rate(), rate, "the default");
    let before = Counters::now();
    let last = fill();
    let spent = Counters::now() - before;
    let snapshot = profiler.snapshot();
    let profiled = resident();
    assert_sane(&snapshot);
    let memory = snapshot.memory();
    assert_within(memory, promised(spent.bytes));
    let truth = Totals {
        alloc_bytes: spent.bytes as i64,
        inuse_bytes: spent.bytes as i64,
        ..Totals::default()
    };
    let totals = Totals::of(&snapshot);
    totals.assert_estimates(truth, rate);
    let more = profiled.saturating_sub(plain);
    println!("{plain} bytes without, {more} more with, {memory:?}");
    let beside = (memory.unwinder + memory.symbols) as u64;
    assert!(
        more <= promised(spent.bytes) as u64 + beside + SLACK,
        "{more} bytes more"
    );
    free(last);
    let rest = Totals::of(&profiler.snapshot());
    assert_eq!((rest.inuse_objects, rest.inuse_bytes), (0, 0));
}
