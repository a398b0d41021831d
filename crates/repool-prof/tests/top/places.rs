//! Functions that allocate in unusual ways: in closures, threads, generic code and callbacks of C.

use std::future::Future;
use std::hint::black_box;
use std::mem::forget;
use std::pin::{Pin, pin};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

use repool_prof::Counters;

use crate::sites::{Known, Site, known};

fn exactly(objects: u64, bytes: u64) -> Known {
    Known {
        objects,
        bytes,
        left: objects,
        left_bytes: bytes,
    }
}

#[inline(never)]
pub fn in_closure() -> Site {
    let closure = |size| forget(black_box(Vec::<u8>::with_capacity(size)));
    // Called from two places, so that it is not inlined.
    let closure: &dyn Fn(usize) = black_box(&closure);
    closure(black_box(1001));
    ("in_closure::{", exactly(1, 1001))
}

/// The closure is inlined into the iterator, and that into the function.
#[inline(never)]
pub fn in_map() -> [Site; 2] {
    let made: Vec<_> = (0..black_box(10u8))
        .map(|n| black_box(Box::new([n; 113])))
        .collect();
    forget(black_box(made));
    [
        ("in_map::{", exactly(10, 1130)),
        ("::in_map", exactly(1, 80)),
    ]
}

/// A closure that is inlined into a function of the same file.
#[inline(never)]
pub fn in_map_too() -> [Site; 2] {
    let made: Vec<_> = (0..black_box(20u8))
        .map(|n| black_box(Box::new([n; 114])))
        .collect();
    forget(black_box(made));
    [
        ("in_map_too::{", exactly(20, 2280)),
        ("::in_map_too", exactly(1, 160)),
    ]
}

#[inline(always)]
fn helper_inlined() {
    forget(black_box(Box::new([1u8; 1002])));
}

/// Allocates only in functions that are inlined into it.
#[inline(never)]
pub fn calls_inlined() -> Site {
    helper_inlined();
    helper_inlined();
    black_box(());
    ("helper_inlined", exactly(2, 2004))
}

trait Make {
    fn make(&self, size: usize);
}

struct Maker;

impl Make for Maker {
    #[inline(never)]
    fn make(&self, size: usize) {
        let block = Vec::<u8>::with_capacity(size);
        forget(black_box(block));
    }
}

#[inline(never)]
pub fn calls_method() -> Site {
    let maker: &dyn Make = black_box(&Maker);
    maker.make(1003);
    ("Make>::make", exactly(1, 1003))
}

/// Allocates on a thread of its own.
#[inline(never)]
pub fn in_thread() -> Site {
    let block = Vec::<u8>::with_capacity(black_box(1004));
    forget(black_box(block));
    ("::in_thread", exactly(1, 1004))
}

#[inline(never)]
pub fn some_dropped() -> Site {
    let figures = known!({
        let mut blocks: [Vec<u8>; 10] = [const { Vec::new() }; 10];
        for block in &mut blocks {
            *block = Vec::with_capacity(black_box(105));
        }
        for block in &mut blocks[..6] {
            drop(black_box(std::mem::take(block)));
        }
        forget(blocks);
        Some(4 * 105)
    });
    assert_eq!((figures.objects, figures.left), (10, 4));
    ("::some_dropped", figures)
}

#[inline(never)]
fn drops_of_others(block: Vec<u8>) {
    drop(black_box(block));
}

#[inline(never)]
pub fn dropped_elsewhere() -> Site {
    let figures = known!({
        drops_of_others(Vec::with_capacity(black_box(1006)));
        Some(0)
    });
    assert_eq!((figures.bytes, figures.left), (1006, 0));
    ("::dropped_elsewhere", figures)
}

#[inline(never)]
fn made_in_iterator(n: usize) -> Box<[u8; 107]> {
    black_box(Box::new([n as u8; 107]))
}

/// A function of the program that the standard library calls: both allocate.
#[inline(never)]
pub fn over_iterator() -> [Site; 2] {
    let make: fn(usize) -> Box<[u8; 107]> = black_box(made_in_iterator);
    let made: Vec<_> = (0..black_box(10)).map(make).collect();
    forget(black_box(made));
    [
        ("::made_in_iterator", exactly(10, 1070)),
        ("::over_iterator", exactly(1, 80)),
    ]
}

#[inline(never)]
fn descend(deep: u32) {
    if deep > 0 {
        descend(deep - 1);
    }
    let block = Vec::<u8>::with_capacity(black_box(108));
    forget(black_box(block));
}

#[inline(never)]
pub fn recursive() -> Site {
    descend(4);
    black_box(());
    ("::descend", exactly(5, 540))
}

#[inline(never)]
fn make_lazy() -> Vec<u8> {
    black_box(Vec::with_capacity(black_box(1009)))
}

static LAZY: LazyLock<Vec<u8>> = LazyLock::new(make_lazy);

#[inline(never)]
pub fn first_use() -> Site {
    assert_eq!(LAZY.capacity(), 1009);
    ("::make_lazy", exactly(1, 1009))
}

struct Noisy;

impl Drop for Noisy {
    #[inline(never)]
    fn drop(&mut self) {
        let block = Vec::<u8>::with_capacity(black_box(1010));
        forget(black_box(block));
    }
}

#[inline(never)]
pub fn drops() -> Site {
    drop(black_box([Noisy, Noisy]));
    black_box(());
    ("Noisy as", exactly(2, 2020))
}

async fn in_future(size: usize) {
    let block = Vec::<u8>::with_capacity(size);
    forget(black_box(block));
}

#[inline(never)]
pub fn polls() -> Site {
    let future = pin!(in_future(black_box(1011)));
    let future: Pin<&mut dyn Future<Output = ()>> = black_box(future);
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(future.poll(&mut context), Poll::Ready(()));
    ("in_future", exactly(1, 1011))
}

extern "C" fn compare(left: *const libc::c_void, right: *const libc::c_void) -> libc::c_int {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    if CALLS.fetch_add(1, SeqCst) == 0 {
        let block = Vec::<u8>::with_capacity(black_box(1012));
        forget(black_box(block));
    }
    // SAFETY: the C library passes pointers into the array.
    let (left, right) = unsafe { (*left.cast::<u8>(), *right.cast::<u8>()) };
    i32::from(left) - i32::from(right)
}

/// Allocates in a callback of the C library.
#[inline(never)]
pub fn through_c() -> Site {
    let mut bytes = [2u8, 1];
    // SAFETY: two elements of a byte each, and a function that compares such.
    unsafe { libc::qsort(bytes.as_mut_ptr().cast(), 2, 1, Some(compare)) };
    assert_eq!(bytes, [1, 2]);
    ("::compare", exactly(1, 1012))
}
