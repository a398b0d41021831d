//! Signal handlers that allocate, and the code that they interrupt.

use std::hint::black_box;
use std::mem::{self, MaybeUninit};
use std::ptr;
use std::sync::atomic::{AtomicI64, AtomicPtr, Ordering::SeqCst};
use std::thread;

use repool_prof::Profiler;
use repool_testing::totals::{Totals, assert_possible, assert_sane};

/// The size of blocks that the handler allocates.
const IN_HANDLER: usize = 1717;
/// The size of blocks that the interrupted code allocates.
const OUTSIDE: usize = 2828;

static HANDLED: AtomicI64 = AtomicI64::new(0);
static RIGHT: AtomicI64 = AtomicI64::new(0);
/// Blocks that the program passes to the handler and the handler to the program. The side that swaps
/// a block out owns it.
static TO_HANDLER: AtomicPtr<[u8; OUTSIDE]> = AtomicPtr::new(ptr::null_mut());
static FROM_HANDLER: AtomicPtr<[u8; IN_HANDLER]> = AtomicPtr::new(ptr::null_mut());

fn start(rate: u64) -> Profiler {
    Profiler::builder()
        .rate(rate)
        .start()
        .expect("the profiler starts")
}

/// Stores `new` in `slot`, and frees the block that was there. Returns whether that was intact.
fn swap<const N: usize>(slot: &AtomicPtr<[u8; N]>, new: *mut [u8; N]) -> bool {
    let old = slot.swap(new, SeqCst);
    if old.is_null() {
        return true;
    }
    // SAFETY: the swap made this call the owner.
    let old = unsafe { Box::from_raw(old) };
    old.iter().all(|byte| *byte == N as u8)
}

fn fresh<const N: usize>() -> Box<[u8; N]> {
    black_box(Box::new([N as u8; N]))
}

/// Allocates two blocks, of which it frees one and passes one to the program; and frees one of the
/// program's.
extern "C" fn handler(_: libc::c_int) {
    drop(fresh::<IN_HANDLER>());
    let right = swap(&FROM_HANDLER, Box::into_raw(fresh::<IN_HANDLER>()))
        & swap(&TO_HANDLER, ptr::null_mut());
    RIGHT.fetch_add(i64::from(right), SeqCst);
    HANDLED.fetch_add(1, SeqCst);
}

fn handle(signal: libc::c_int, flags: libc::c_int) {
    // SAFETY: the handler is safe at any point: this program's allocator takes no lock.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = handler as extern "C" fn(libc::c_int) as usize;
        action.sa_flags = flags;
        assert_eq!(libc::sigaction(signal, &action, ptr::null_mut()), 0);
    }
}

/// Allocates, and passes a block to the handler. Returns how many blocks were allocated.
fn step() -> i64 {
    assert!(swap(&TO_HANDLER, Box::into_raw(fresh::<OUTSIDE>())));
    assert!(swap(&FROM_HANDLER, ptr::null_mut()));
    drop(fresh::<OUTSIDE>());
    2
}

/// Frees the blocks that are in the slots. No signal is pending: those sent to this thread were
/// handled before the call that stopped them returned, and other threads are joined.
fn come_to_rest() {
    assert!(swap(&TO_HANDLER, ptr::null_mut()));
    assert!(swap(&FROM_HANDLER, ptr::null_mut()));
    assert_eq!(RIGHT.load(SeqCst), HANDLED.load(SeqCst));
}

/// Handlers at known points, between allocations.
pub fn raised(rate: u64) {
    handle(libc::SIGUSR1, 0);
    let profiler = start(rate);
    let mut outside = 0;
    for _ in 0..5000 {
        outside += step();
        // SAFETY: no preconditions.
        assert_eq!(unsafe { libc::raise(libc::SIGUSR1) }, 0);
    }
    come_to_rest();
    assert_eq!(HANDLED.load(SeqCst), 5000);
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    for (size, count) in [(OUTSIDE, outside), (IN_HANDLER, 10_000)] {
        let truth = Totals::blocks(size as u64, count, 0);
        Totals::of_size(&snapshot, size as u64).assert_estimates(truth, rate);
    }
}

/// A handler on an alternate stack.
pub fn raised_on_own_stack(rate: u64) {
    let mut memory = vec![0u8; 32 * 1024];
    let stack = libc::stack_t {
        ss_sp: memory.as_mut_ptr().cast(),
        ss_flags: 0,
        ss_size: memory.len(),
    };
    // SAFETY: the memory stays until the old stack is back.
    unsafe {
        let mut old = MaybeUninit::uninit();
        assert_eq!(libc::sigaltstack(&stack, old.as_mut_ptr()), 0);
        handle(libc::SIGUSR1, libc::SA_ONSTACK);
        raised(rate);
        assert_eq!(libc::sigaltstack(old.as_ptr(), ptr::null_mut()), 0);
    }
}

/// Sends SIGRTMIN to this process, four times a millisecond.
fn start_timer() -> libc::timer_t {
    let signal = libc::SIGRTMIN();
    handle(signal, libc::SA_RESTART);
    // SAFETY: the event and the times are set up; the timer is written before it is used.
    unsafe {
        let mut event: libc::sigevent = mem::zeroed();
        event.sigev_notify = libc::SIGEV_SIGNAL;
        event.sigev_signo = signal;
        let mut timer = MaybeUninit::uninit();
        let made = libc::timer_create(libc::CLOCK_MONOTONIC, &mut event, timer.as_mut_ptr());
        assert_eq!(made, 0);
        let timer = timer.assume_init();
        let mut times: libc::itimerspec = mem::zeroed();
        times.it_value.tv_nsec = 250_000;
        times.it_interval.tv_nsec = 250_000;
        assert_eq!(libc::timer_settime(timer, 0, &times, ptr::null_mut()), 0);
        timer
    }
}

/// Steps until enough signals were handled, and calls `meanwhile` every hundred steps. Returns how
/// many blocks were allocated.
fn interrupted(signals: i64, mut meanwhile: impl FnMut()) -> i64 {
    let timer = start_timer();
    let mut outside = 0;
    while HANDLED.load(SeqCst) < signals {
        for _ in 0..100 {
            outside += step();
        }
        meanwhile();
    }
    // SAFETY: made above, deleted once.
    assert_eq!(unsafe { libc::timer_delete(timer) }, 0);
    outside
}

/// Blocks of a signal that may not be sampled at rate 1, because its handler interrupted a sample.
fn check(profiler: &Profiler, rate: u64, outside: i64) {
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    let handled = HANDLED.load(SeqCst);
    for (size, count) in [(OUTSIDE, outside), (IN_HANDLER, 2 * handled)] {
        let is = Totals::of_size(&snapshot, size as u64);
        if rate == 1 {
            let missing = count - is.alloc_objects;
            assert!(
                (0..=4 * handled).contains(&missing),
                "{missing} of {count} missing"
            );
            assert_eq!(
                (is.inuse_objects, is.inuse_bytes),
                (0, 0),
                "of {size} bytes"
            );
        } else if size == OUTSIDE {
            is.assert_estimates(Totals::blocks(size as u64, count, 0), rate);
        }
    }
}

/// Handlers at any point, also within a sample.
pub fn timer(rate: u64) {
    let profiler = start(rate);
    let outside = thread::scope(|scope| {
        // The signal is not blocked, so that it also interrupts the threads that are started here.
        let worker = scope.spawn(|| {
            let mut steps = 0;
            while HANDLED.load(SeqCst) < 1000 {
                drop(fresh::<OUTSIDE>());
                steps += 1;
            }
            steps
        });
        let outside = interrupted(1000, || ());
        outside + worker.join().expect("the worker does not panic")
    });
    come_to_rest();
    check(&profiler, rate, outside);
}

/// Handlers also while a snapshot is taken, and while a profiler starts and stops.
pub fn timer_in_snapshots(rate: u64) {
    let mut profiler = Some(start(rate));
    let mut rounds = 0;
    interrupted(1000, || {
        rounds += 1;
        if rounds % 10 == 0 {
            drop(profiler.take());
            profiler = Some(start(rate));
        }
        assert_possible(&profiler.as_ref().expect("it runs").snapshot());
    });
    drop(profiler.take());
    come_to_rest();
    HANDLED.store(0, SeqCst);
    RIGHT.store(0, SeqCst);
    let profiler = start(rate);
    let outside = interrupted(200, || assert_possible(&profiler.snapshot()));
    come_to_rest();
    check(&profiler, rate, outside);
}
