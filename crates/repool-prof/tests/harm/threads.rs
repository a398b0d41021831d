//! Threads that end, and threads with a very small stack.

use std::cell::RefCell;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering::SeqCst};
use std::thread;

use repool_prof::Counters;
use repool_testing::totals::{Totals, assert_sane};

use crate::program::{block, intact, start};

const THREADS: i64 = 100;
/// The size of blocks that the thread allocates and its destructors free.
const GIVEN: usize = 5555;
/// The size of blocks that destructors allocate and free.
const INSIDE: usize = 7777;

static KEY: AtomicI32 = AtomicI32::new(-1);
static RAN: AtomicI64 = AtomicI64::new(0);

/// Allocates and frees in its destructor, and there initialises the other thread-local.
struct First(Vec<u8>);

/// Is initialised while the thread ends.
struct Second;

thread_local! {
    static FIRST: RefCell<Option<First>> = const { RefCell::new(None) };
    static SECOND: RefCell<Option<Second>> = const { RefCell::new(None) };
}

/// Allocates and frees a block, and checks that the exact counters count it.
fn inside() {
    let before = Counters::now();
    let right = intact(&block(INSIDE));
    let spent = Counters::now() - before;
    let seen = (spent.allocations, spent.bytes, spent.frees) == (1, INSIDE as u64, 1);
    RAN.fetch_add(i64::from(right && seen), SeqCst);
}

impl Drop for First {
    fn drop(&mut self) {
        inside();
        assert!(intact(&std::mem::take(&mut self.0)));
        SECOND.with(|slot| *slot.borrow_mut() = Some(Second));
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        inside();
    }
}

/// The C library's destructors run after Rust's. One that sets its key again runs again.
extern "C" fn key_destructor(rounds: *mut c_void) {
    inside();
    let left = rounds.addr() - 1;
    if left > 0 {
        // SAFETY: the key exists; any value may be set.
        unsafe { libc::pthread_setspecific(KEY.load(SeqCst) as _, ptr::without_provenance(left)) };
    }
}

pub fn destructors(rate: u64) {
    let mut key = 0;
    // SAFETY: the destructor takes any value.
    let made = unsafe { libc::pthread_key_create(&mut key, Some(key_destructor)) };
    assert_eq!(made, 0);
    KEY.store(key as i32, SeqCst);
    let profiler = start(rate);
    for _ in 0..THREADS / 4 {
        let threads = [0; 4].map(|_| {
            let given = block(GIVEN);
            thread::spawn(move || {
                FIRST.with(|slot| *slot.borrow_mut() = Some(First(given)));
                // SAFETY: the key exists; the value counts rounds.
                let set = unsafe { libc::pthread_setspecific(key, ptr::without_provenance(3)) };
                assert_eq!(set, 0);
            })
        });
        for thread in threads {
            thread.join().expect("the thread ends well");
        }
    }
    assert_eq!(
        RAN.load(SeqCst),
        5 * THREADS,
        "destructors that saw what they should"
    );

    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    let given = Totals::of_size(&snapshot, GIVEN as u64);
    given.assert_estimates(Totals::blocks(GIVEN as u64, THREADS, 0), rate);
    let inside = Totals::of_size(&snapshot, INSIDE as u64);
    assert_eq!((inside.inuse_objects, inside.inuse_bytes), (0, 0));
    if rate == 1 {
        // The profiler may skip threads that end.
        assert!(inside.alloc_objects <= 5 * THREADS, "{inside:?}");
    }
}

/// Bytes of a small stack: the minimum (`PTHREAD_STACK_MIN`).
const SMALL: usize = 16 * 1024;
const ON_SMALL: usize = 3131;
static KEPT: AtomicI64 = AtomicI64::new(0);

/// Allocates on the stack of a thread that C started, without Rust's own frames.
extern "C" fn small(_: *mut c_void) -> *mut c_void {
    for _ in 0..10 {
        // Not `block`, which in a debug build takes more of the stack than the profiler.
        let first = Vec::<u8>::with_capacity(ON_SMALL);
        let second = Vec::<u8>::with_capacity(ON_SMALL);
        KEPT.fetch_add(
            i64::from(std::hint::black_box(first).capacity() == ON_SMALL),
            SeqCst,
        );
        drop(std::hint::black_box(second));
    }
    ptr::null_mut()
}

pub fn small_stacks(rate: u64) {
    let profiler = start(rate);
    for _ in 0..20 {
        let mut attributes = MaybeUninit::uninit();
        let mut thread = 0;
        // SAFETY: the attributes are set up first; the thread is joined, and needs no argument.
        unsafe {
            let attributes = attributes.as_mut_ptr();
            assert_eq!(libc::pthread_attr_init(attributes), 0);
            let size = libc::PTHREAD_STACK_MIN.max(SMALL);
            assert_eq!(libc::pthread_attr_setstacksize(attributes, size), 0);
            assert_eq!(
                libc::pthread_create(&mut thread, attributes, small, ptr::null_mut()),
                0
            );
            assert_eq!(libc::pthread_join(thread, ptr::null_mut()), 0);
            assert_eq!(libc::pthread_attr_destroy(attributes), 0);
        }
    }
    assert_eq!(KEPT.load(SeqCst), 200);
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    let size = ON_SMALL as u64;
    Totals::of_size(&snapshot, size).assert_estimates(Totals::blocks(size, 400, 0), rate);
}
