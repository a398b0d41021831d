//! An allocator that checks that its callers keep the contract of `GlobalAlloc`.
//!
//! It writes a header with the requested layout before each block, and ends the process if a block
//! is freed with another layout, is freed twice, or was never allocated. Memory that need not be
//! zero is filled with other bytes, and freed memory is overwritten. It counts the blocks of all recorders of
//! the process together.

use std::alloc::{GlobalAlloc, Layout};
use std::fmt::{self, Write};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static LIVE: AtomicUsize = AtomicUsize::new(0);
static LIVE_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Blocks in use, and their bytes.
pub fn live() -> (usize, usize) {
    (LIVE.load(Relaxed), LIVE_BYTES.load(Relaxed))
}

const ALIVE: usize = 0x5EED_B10C;
const FREED: usize = 0xDEAD_B10C;
/// Bytes at each end of a block that are overwritten.
const EDGE: usize = 4096;

/// The header before a block.
#[repr(C)]
struct Header {
    state: usize,
    size: usize,
    align: usize,
    _fill: usize,
}

/// Checks requests and forwards them to `inner`.
pub struct Recorder<A> {
    inner: A,
}

impl<A> Recorder<A> {
    /// Checks requests for `inner`.
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }
}

/// Writes to standard error without the heap.
struct Stderr;

impl Write for Stderr {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // SAFETY: `text` is readable for its length.
        unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
        Ok(())
    }
}

fn broken(what: fmt::Arguments<'_>) -> ! {
    let _ = writeln!(Stderr, "allocator's contract broken: {what}");
    std::process::abort()
}

/// Bytes from the start of `inner`'s block to the caller's.
const fn front(align: usize) -> usize {
    let header = size_of::<Header>();
    if align > header { align } else { header }
}

/// The layout of `inner`'s block, for a caller's block of `layout`.
fn outer(layout: Layout) -> Layout {
    let front = front(layout.align());
    match layout.size().checked_add(front) {
        Some(size) => Layout::from_size_align(size, layout.align().max(align_of::<Header>())),
        None => Layout::from_size_align(usize::MAX, 1),
    }
    .unwrap_or_else(|_| broken(format_args!("{layout:?} is too large")))
}

/// Fills the edges of `size` bytes from `from` on.
///
/// # Safety
///
/// `from` is writable for `size` bytes.
unsafe fn soil(from: *mut u8, size: usize, with: u8) {
    let edge = size.min(EDGE);
    // SAFETY: both ends are within the `size` bytes.
    unsafe {
        ptr::write_bytes(from, with, edge);
        ptr::write_bytes(from.add(size - edge), with, edge);
    }
}

impl<A> Recorder<A> {
    /// Writes the header of a block that `inner` returned.
    ///
    /// # Safety
    ///
    /// `base` is null or writable for `outer(layout)`.
    unsafe fn hand_out(base: *mut u8, layout: Layout) -> *mut u8 {
        if base.is_null() {
            return base;
        }
        if !base.addr().is_multiple_of(layout.align()) {
            broken(format_args!("{base:?} for {layout:?}: misaligned"));
        }
        LIVE.fetch_add(1, Relaxed);
        LIVE_BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: `front` bytes before the block are the recorder's, and hold a header.
        unsafe {
            let block = base.add(front(layout.align()));
            block.cast::<Header>().sub(1).write(Header {
                state: ALIVE,
                size: layout.size(),
                align: layout.align(),
                _fill: 0,
            });
            block
        }
    }

    /// Checks that `block` is in use and of `layout`, marks it as freed, and returns `inner`'s block.
    ///
    /// # Safety
    ///
    /// Bytes before `block` are readable, as they are if it is a block at all.
    unsafe fn take_back(block: *mut u8, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let header = unsafe { &mut *block.cast::<Header>().sub(1) };
        match header.state {
            ALIVE => {}
            FREED => broken(format_args!("{block:?} of {layout:?} came back twice")),
            _ => broken(format_args!(
                "{block:?} of {layout:?} was never handed out, or not with such an alignment"
            )),
        }
        if (header.size, header.align) != (layout.size(), layout.align()) {
            broken(format_args!(
                "{block:?}, {} bytes aligned to {}, came back as {layout:?}",
                header.size, header.align
            ));
        }
        header.state = FREED;
        LIVE.fetch_sub(1, Relaxed);
        LIVE_BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: `hand_out` added as much.
        unsafe { block.sub(front(layout.align())) }
    }

    fn check_request(layout: Layout, size: usize) {
        if size == 0 || layout.size() == 0 || !layout.align().is_power_of_two() {
            broken(format_args!("{layout:?}, {size} bytes, was asked for"));
        }
    }
}

// SAFETY: a block is a part of `inner`'s, after a header whose size is a multiple of the requested
// alignment; `inner` gets its own block back, with the same layout.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Recorder<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::check_request(layout, layout.size());
        // SAFETY: `outer` is not empty, and `inner` returns as many bytes.
        unsafe {
            let block = Self::hand_out(self.inner.alloc(outer(layout)), layout);
            if !block.is_null() {
                soil(block, layout.size(), 0xA5);
            }
            block
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: checked as far as possible; the block is not used afterwards.
        unsafe {
            let base = Self::take_back(block, layout);
            soil(block, layout.size(), 0xDD);
            self.inner.dealloc(base, outer(layout));
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::check_request(layout, layout.size());
        // SAFETY: as in `alloc`.
        unsafe { Self::hand_out(self.inner.alloc_zeroed(outer(layout)), layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        Self::check_request(layout, new_size);
        let Ok(new) = Layout::from_size_align(new_size, layout.align()) else {
            broken(format_args!("{layout:?} to {new_size} bytes"));
        };
        // SAFETY: `inner` gets its own block; the header is written again if the block did not move.
        unsafe {
            let base = Self::take_back(block, layout);
            let moved = self.inner.realloc(base, outer(layout), outer(new).size());
            if moved.is_null() {
                Self::hand_out(base, layout);
                return moved;
            }
            let block = Self::hand_out(moved, new);
            if new_size > layout.size() {
                soil(block.add(layout.size()), new_size - layout.size(), 0xA5);
            }
            block
        }
    }
}
