//! An allocator without locks, which signal handlers may use.
//!
//! Blocks are powers of two, aligned to their size, cut from one large reservation. Free blocks form
//! a stack for each size. A head is the block's number (its distance from the start in units of 16
//! bytes, from 1 on) below a tag of 32 bits, which each change increments, so that a compare-and-swap
//! fails if the head was popped and pushed again meanwhile.
//!
//! A1: A block is on at most one free stack, and only while it is not allocated.
//! A2: The reservation stays mapped, so that a block's first word can be read although another
//!     thread or handler popped the block meanwhile; the compare-and-swap then fails by the tag.

use std::alloc::{GlobalAlloc, Layout};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering::SeqCst};

const RESERVED: usize = 32 << 30;
const UNIT: usize = 16;
const CLASSES: usize = 40;
const NUMBER: u64 = u32::MAX as u64;

pub struct Arena {
    start: AtomicPtr<u8>,
    used: AtomicUsize,
    free: [AtomicU64; CLASSES],
}

impl Arena {
    pub const fn new() -> Self {
        Self {
            start: AtomicPtr::new(ptr::null_mut()),
            used: AtomicUsize::new(UNIT),
            free: [const { AtomicU64::new(0) }; CLASSES],
        }
    }

    fn start(&self) -> *mut u8 {
        let start = self.start.load(SeqCst);
        if !start.is_null() {
            return start;
        }
        let (access, flags) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
        );
        // SAFETY: a new mapping at an address that the kernel chooses overlaps nothing.
        let mapped = unsafe { libc::mmap(ptr::null_mut(), RESERVED, access, flags, -1, 0) };
        if mapped == libc::MAP_FAILED {
            std::process::abort();
        }
        match self
            .start
            .compare_exchange(ptr::null_mut(), mapped.cast(), SeqCst, SeqCst)
        {
            Ok(_) => mapped.cast(),
            Err(other) => {
                // SAFETY: no other thread has this mapping.
                unsafe { libc::munmap(mapped, RESERVED) };
                other
            }
        }
    }

    /// The block `number`'s first word, which links it to the next free one.
    fn link(&self, number: u64) -> &AtomicU64 {
        // SAFETY: a number of a block, so within the reservation and aligned (A2).
        unsafe { &*self.start().add(number as usize * UNIT).cast::<AtomicU64>() }
    }

    fn class(layout: Layout) -> usize {
        let size = layout.size().max(layout.align()).max(UNIT);
        size.next_power_of_two().trailing_zeros() as usize
    }

    fn cut(&self, class: usize) -> *mut u8 {
        let (start, size) = (self.start(), 1usize << class);
        let mut used = self.used.load(SeqCst);
        loop {
            let begin = (start.addr() + used).next_multiple_of(size) - start.addr();
            if begin + size > RESERVED {
                return ptr::null_mut();
            }
            match self
                .used
                .compare_exchange(used, begin + size, SeqCst, SeqCst)
            {
                // SAFETY: within the reservation.
                Ok(_) => return unsafe { start.add(begin) },
                Err(other) => used = other,
            }
        }
    }
}

// SAFETY: a block is cut once, and afterwards popped from its stack by one thread at a time (A1); it
// has the size of its class and is aligned to it.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let class = Self::class(layout);
        let mut head = self.free[class].load(SeqCst);
        loop {
            let number = head & NUMBER;
            if number == 0 {
                return self.cut(class);
            }
            let next = self.link(number).load(SeqCst) & NUMBER;
            let new = ((head >> 32).wrapping_add(1) << 32) | next;
            match self.free[class].compare_exchange(head, new, SeqCst, SeqCst) {
                // SAFETY: within the reservation.
                Ok(_) => return unsafe { self.start().add(number as usize * UNIT) },
                Err(other) => head = other,
            }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let stack = &self.free[Self::class(layout)];
        let number = ((block.addr() - self.start().addr()) / UNIT) as u64;
        let mut head = stack.load(SeqCst);
        loop {
            self.link(number).store(head & NUMBER, SeqCst);
            let new = ((head >> 32).wrapping_add(1) << 32) | number;
            match stack.compare_exchange(head, new, SeqCst, SeqCst) {
                Ok(_) => return,
                Err(other) => head = other,
            }
        }
    }
}
