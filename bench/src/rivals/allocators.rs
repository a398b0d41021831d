//! malloc and free of the buffer itself, no pool at all.

use std::alloc::{GlobalAlloc, Layout, System};

use crate::rival::{OfSize, Rival, SIZE};

/// Memory of one of the allocators; its only owner.
pub struct Memory(*mut u8);

// SAFETY: the memory is this value's alone, and all three allocators free from any thread.
unsafe impl Send for Memory {}

const LAYOUT: Layout = match Layout::from_size_align(SIZE, 1) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

/// Memory of some size, which whoever frees it must know.
pub struct SizedMemory(Memory, Layout);

macro_rules! allocator {
    ($rival:ident, $name:literal, $allocator:expr) => {
        #[doc = concat!("malloc + free with ", $name, ".")]
        pub struct $rival;

        impl Rival for $rival {
            const NAME: &'static str = concat!("malloc + free, ", $name);
            type Held = Memory;

            #[inline(always)]
            fn take() -> Memory {
                // SAFETY: the layout's size is not zero.
                Memory(unsafe { $allocator.alloc(LAYOUT) })
            }

            #[inline(always)]
            fn bytes(held: &mut Memory) -> *mut u8 {
                held.0
            }

            #[inline(always)]
            fn give(held: Memory) {
                // SAFETY: `take` allocated it with this layout, and it goes with `held`.
                unsafe { $allocator.dealloc(held.0, LAYOUT) }
            }
        }

        impl OfSize for $rival {
            const NAME: &'static str = <Self as Rival>::NAME;
            type Held = SizedMemory;

            #[inline(always)]
            fn take(size: usize) -> SizedMemory {
                let layout = Layout::array::<u8>(size).expect("capacity overflow");
                // SAFETY: nobody asks for a size of zero.
                SizedMemory(Memory(unsafe { $allocator.alloc(layout) }), layout)
            }

            #[inline(always)]
            fn bytes(held: &mut SizedMemory) -> *mut u8 {
                held.0.0
            }

            #[inline(always)]
            fn give(SizedMemory(Memory(place), layout): SizedMemory) {
                // SAFETY: `take` allocated it with this layout, and it goes with `held`.
                unsafe { $allocator.dealloc(place, layout) }
            }
        }
    };
}

allocator!(Glibc, "the system", System);
allocator!(Jemalloc, "jemalloc", tikv_jemallocator::Jemalloc);
allocator!(Mimalloc, "mimalloc", mimalloc::MiMalloc);
