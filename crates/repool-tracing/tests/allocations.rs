//! A warm line allocates nothing, in the thread that logs and in the one that writes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: each call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOC: Counting = Counting;

/// Allocations while `lines` lines are written, in all threads.
fn allocations(writer: &mut (impl Write + Clone), lines: usize) -> u64 {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..lines {
        writer.write_all(&[b'x'; 200]).unwrap();
    }
    writer.flush().unwrap();
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

#[test]
fn a_warm_line_allocates_nothing() {
    let (mut writer, guard) = repool_tracing::NonBlockingBuilder::default()
        .lossy(false)
        .buffered_lines_limit(1000)
        .finish(io::sink());
    allocations(&mut writer, 100_000);
    // The least of ten: a get that meets another thread's may create a buffer rather than wait.
    let least = (0..10).map(|_| allocations(&mut writer, 1000)).min();
    assert_eq!(least, Some(0));
    drop(guard);

    // Beside it: one for each line.
    let (mut writer, guard) = tracing_appender::non_blocking::NonBlockingBuilder::default()
        .lossy(false)
        .finish(io::sink());
    allocations(&mut writer, 10_000);
    assert!(allocations(&mut writer, 1000) >= 1000);
    drop(guard);
}
