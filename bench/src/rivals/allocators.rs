//! Rivals without a pool: malloc and free of each buffer, by three allocators.

use std::alloc::{GlobalAlloc, Layout, System};

use crate::rival::{Rival, SIZE, SizedRival};

/// A block of one of the allocators, and its only owner.
pub struct Memory(*mut u8);

// SAFETY: the value owns the block, and all three allocators free from any thread.
unsafe impl Send for Memory {}

const LAYOUT: Layout = match Layout::from_size_align(SIZE, 1) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

/// A block with the layout that `dealloc` needs.
pub struct SizedMemory(Memory, Layout);

macro_rules! allocator {
    ($rival:ident, $name:literal, $allocator:expr) => {
        #[doc = concat!("malloc + free with ", $name, ".")]
        pub struct $rival;

        impl Rival for $rival {
            const NAME: &'static str = concat!("malloc + free, ", $name);
            type Held = Memory;

            #[inline(always)]
            fn get() -> Memory {
                // SAFETY: the layout's size is not zero.
                Memory(unsafe { $allocator.alloc(LAYOUT) })
            }

            #[inline(always)]
            fn bytes(held: &mut Memory) -> *mut u8 {
                held.0
            }

            #[inline(always)]
            fn put(held: Memory) {
                // SAFETY: `get` allocated the block with this layout, and `held` is consumed.
                unsafe { $allocator.dealloc(held.0, LAYOUT) }
            }
        }

        impl SizedRival for $rival {
            const NAME: &'static str = <Self as Rival>::NAME;
            type Held = SizedMemory;

            #[inline(always)]
            fn get(size: usize) -> SizedMemory {
                let layout = Layout::array::<u8>(size).expect("capacity overflow");
                // SAFETY: the scenarios' sizes are at least 1.
                SizedMemory(Memory(unsafe { $allocator.alloc(layout) }), layout)
            }

            #[inline(always)]
            fn bytes(held: &mut SizedMemory) -> *mut u8 {
                held.0.0
            }

            #[inline(always)]
            fn put(SizedMemory(Memory(place), layout): SizedMemory) {
                // SAFETY: `get` allocated the block with this layout, and `held` is consumed.
                unsafe { $allocator.dealloc(place, layout) }
            }
        }
    };
}

allocator!(Glibc, "the system", System);
allocator!(Jemalloc, "jemalloc", tikv_jemallocator::Jemalloc);
allocator!(Mimalloc, "mimalloc", mimalloc::MiMalloc);
