//! Profilers before `main` and after it.

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::SeqCst};
use std::sync::{Mutex, OnceLock};
use std::thread;

use repool_prof::Profiler;
use repool_testing::cases::CASE;
use repool_testing::totals::{Totals, assert_possible, assert_sane};

use crate::program::{block, intact, start};

/// The exit status that the last code of a process sets.
pub const LAST: i32 = 43;

const BEFORE: usize = 6161;
const STARTED: usize = 6262;
const MAIN: usize = 6363;
const AFTER: usize = 6464;

static EARLY: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
static PROFILER: OnceLock<Profiler> = OnceLock::new();
static RATE: AtomicI32 = AtomicI32::new(0);
static HANDLERS: AtomicI32 = AtomicI32::new(0);

#[used]
#[unsafe(link_section = ".init_array")]
static FIRST: extern "C" fn() = first;
#[used]
#[unsafe(link_section = ".fini_array")]
static FINAL: extern "C" fn() = last;

/// The case of this process, read without std, which is not initialised before `main`.
fn case() -> &'static [u8] {
    // SAFETY: nothing changes the environment; getenv gives null or a C string in it.
    unsafe {
        let value = libc::getenv(CASE.as_ptr());
        if value.is_null() {
            b""
        } else {
            CStr::from_ptr(value).to_bytes()
        }
    }
}

extern "C" fn first() {
    let mut early = EARLY.lock().expect("no thread panicked");
    early.push(block(BEFORE));
    if let Some(rate) = case().strip_prefix(b"before_main_started@") {
        let rate = std::str::from_utf8(rate).expect("digits");
        let profiler = start(rate.parse().expect("a rate"));
        for _ in 0..100 {
            early.push(block(STARTED));
        }
        PROFILER.set(profiler).expect("the first");
    }
}

/// Blocks that are allocated before `main`, before the profiler starts.
pub fn before_main(rate: u64) {
    let profiler = start(rate);
    let early = std::mem::take(&mut *EARLY.lock().expect("no thread panicked"));
    assert!(early.len() == 1 && early.iter().all(|block| intact(block)));
    drop(early);
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    assert_eq!(Totals::of_size(&snapshot, BEFORE as u64), Totals::default());
}

/// A profiler that is started before `main`.
pub fn started(rate: u64) {
    let profiler = PROFILER.get().expect("started before main");
    let size = STARTED as u64;
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    Totals::of_size(&snapshot, size).assert_estimates(Totals::blocks(size, 100, 100), rate);
    let early = std::mem::take(&mut *EARLY.lock().expect("no thread panicked"));
    assert!(early.len() == 101 && early.iter().all(|block| intact(block)));
    drop(early);
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    Totals::of_size(&snapshot, size).assert_estimates(Totals::blocks(size, 100, 0), rate);
}

/// Runs after `main` has returned and its thread-locals are destroyed, while other threads work.
extern "C" fn handler() {
    let Some(profiler) = PROFILER.get() else {
        std::process::abort();
    };
    let early = std::mem::take(&mut *EARLY.lock().expect("no thread panicked"));
    assert!(early.len() == 101 && early.iter().all(|block| intact(block)));
    drop(early);
    for _ in 0..100 {
        assert!(intact(&block(AFTER)));
    }
    let snapshot = profiler.snapshot();
    assert_possible(&snapshot);
    let rate = RATE.load(SeqCst) as u64;
    let main = Totals::of_size(&snapshot, MAIN as u64);
    main.assert_estimates(Totals::blocks(MAIN as u64, 100, 0), rate);
    let after = Totals::of_size(&snapshot, AFTER as u64);
    assert_eq!(after.inuse_objects, 0);
    HANDLERS.fetch_add(1, SeqCst);
}

/// Runs last. Does nothing in processes of other cases.
extern "C" fn last() {
    let early = block(AFTER);
    if !intact(&early) {
        std::process::abort();
    }
    if case().starts_with(b"after_main@") && HANDLERS.load(SeqCst) == 1 {
        // SAFETY: ends the process.
        unsafe { libc::_exit(LAST) };
    }
}

pub fn after_main(rate: u64) {
    static WORKING: AtomicBool = AtomicBool::new(false);
    RATE.store(rate as i32, SeqCst);
    for _ in 0..2 {
        thread::spawn(|| {
            loop {
                assert!(intact(&block(999)));
                WORKING.store(true, SeqCst);
            }
        });
    }
    PROFILER.set(start(rate)).expect("the first");
    let mut early = EARLY.lock().expect("no thread panicked");
    early.extend((0..100).map(|_| block(MAIN)));
    while !WORKING.load(SeqCst) {
        thread::yield_now();
    }
    // SAFETY: the handler does not unwind: a panic in it aborts.
    assert_eq!(unsafe { libc::atexit(handler) }, 0);
}
