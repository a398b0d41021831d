//! The profiler's state of each thread: counters, the countdown to the next sample, and flags.
//!
//! The thread-local is const-initialised and has no destructor. So it needs no set-up, never
//! allocates, and works before `main`, while a thread ends, and in signal handlers.
//!
//! Bytes are counted down, because the sampler has to decide at zero. `granted` is the sum of all
//! that the countdown was given, so that `granted - countdown` is exactly what was allocated. The
//! lower bits of the same word count allocations, so that an allocation costs one subtraction and a
//! test of the sign. These bits do not overflow: each allocation takes at least a byte of the
//! countdown, which is given at most [`MAX_COUNTDOWN`] bytes at a time, and each grant moves the
//! count into `allocations`.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

/// The state of one thread.
pub(crate) struct Thread {
    /// Bytes until the sampler decides, times [`BYTE`], less the allocations that are not in
    /// `allocations` yet. Negative while a decision is due.
    left: Cell<i64>,
    /// Bytes that the countdown was given.
    granted: Cell<u64>,
    /// Allocations that were moved out of `left`.
    allocations: Cell<u64>,
    frees: Cell<u64>,
    /// Whether the profiler itself runs on this thread: meanwhile nothing is sampled.
    busy: Cell<bool>,
    /// The probe that the next allocation is.
    probe: Cell<Probe>,
    /// How many `SessionGuard`s this thread holds.
    entered: Cell<u32>,
    /// The thread's number; 0 until [`number`] is first called.
    number: Cell<u32>,
    /// The state of the sampler.
    pub(crate) gap: SampleGap,
}

/// The distance of a thread from its next sample.
pub(crate) struct SampleGap {
    /// The sampler's state for which the other fields were drawn.
    pub(crate) state: Cell<u64>,
    /// Bytes from the end of the countdown to the next sample.
    pub(crate) ahead: Cell<i64>,
    /// Mean bytes between samples.
    pub(crate) rate: Cell<u64>,
    /// The state of the random number generator.
    pub(crate) random: Cell<u64>,
}

/// An allocation of the profiler's own that takes the hook's slow path, to find something out there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// No probe: an ordinary allocation.
    None,
    /// Finds the hook's functions: see `hook_functions`.
    Stack,
    /// Measures the allocator that the hook wraps: see `cost_measurement`.
    Costs,
}

/// One byte of the countdown, in units of `Thread::left`.
const BYTE: i64 = 1 << COUNT_BITS;
/// The lower bits of `Thread::left` that count allocations.
const COUNT_BITS: u32 = 17;

/// The longest countdown, in bytes: as many allocations of one byte fit into the count.
pub(crate) const MAX_COUNTDOWN: i64 = 1 << (COUNT_BITS - 1);

thread_local! {
    static THREAD: Thread = const {
        Thread {
            left: Cell::new(0),
            granted: Cell::new(0),
            allocations: Cell::new(0),
            frees: Cell::new(0),
            busy: Cell::new(false),
            probe: Cell::new(Probe::None),
            entered: Cell::new(0),
            number: Cell::new(0),
            gap: SampleGap {
                state: Cell::new(0),
                ahead: Cell::new(0),
                rate: Cell::new(0),
                random: Cell::new(0),
            },
        }
    };
}

/// Adds to a counter. Wraps, because a panic inside an allocator would abort the program.
#[inline]
fn add(counter: &Cell<u64>, by: u64) {
    counter.set(counter.get().wrapping_add(by));
}

/// Counts an allocation of `bytes` bytes that is about to be made. Returns whether the countdown is
/// over, so that the sampler has to decide on this allocation.
#[inline]
pub(crate) fn count_allocation(bytes: usize) -> bool {
    THREAD.with(|thread| {
        let bytes_and_one = ((bytes as i64) << COUNT_BITS) | 1;
        let left = thread.left.get().wrapping_sub(bytes_and_one);
        thread.left.set(left);
        left < 0
    })
}

/// Reverts [`count_allocation`], because the allocator refused the request. The sampler decides only
/// on requests that succeeded, so the state is as before.
#[cold]
#[inline(never)]
pub(crate) extern "C" fn uncount_allocation(bytes: usize) {
    THREAD.with(|thread| {
        add(&thread.allocations, u64::MAX);
        let left = thread.left.get().wrapping_add((bytes as i64) << COUNT_BITS);
        thread.left.set(left);
    });
}

/// Counts a free by the calling thread.
#[inline]
pub(crate) fn count_free() {
    THREAD.with(|thread| add(&thread.frees, 1));
}

/// The calling thread's allocations, bytes and frees so far.
#[inline]
pub(crate) fn totals() -> (u64, u64, u64) {
    THREAD.with(|thread| (thread.allocations(), thread.bytes(), thread.frees.get()))
}

/// Bytes that the calling thread has allocated.
pub(crate) fn bytes() -> u64 {
    THREAD.with(Thread::bytes)
}

/// The calling thread's number, which no other thread has or had. Numbers wrap after 2³² threads.
pub(crate) fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    THREAD.with(|thread| {
        if thread.number.get() == 0 {
            thread.number.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        thread.number.get()
    })
}

/// Moves the count of allocations out of the countdown's word. For an allocation while the profiler
/// runs on this thread: no grant follows, and the count must not overflow.
pub(crate) fn collect() {
    THREAD.with(Thread::collect);
}

/// Runs `work` with the calling thread's state. Returns `None` without running it if the profiler
/// already runs on this thread: further up the stack, or in code that a signal interrupted.
#[inline]
pub(crate) fn unless_busy<R>(work: impl FnOnce(&Thread) -> R) -> Option<R> {
    THREAD.with(|thread| {
        if thread.busy.replace(true) {
            return None;
        }
        let result = work(thread);
        thread.busy.set(false);
        Some(result)
    })
}

/// Runs `allocate`, whose first allocation is this probe. The distance to the thread's next sample
/// stays the same.
pub(crate) fn probe(probe: Probe, allocate: impl FnOnce()) {
    THREAD.with(|thread| {
        let was_busy = thread.busy.replace(false);
        let countdown = thread.countdown();
        thread.probe.set(probe);
        // An allocation takes the sampled path if the countdown is over.
        thread.grant(0);
        allocate();
        thread.probe.set(Probe::None);
        thread.grant(countdown);
        thread.busy.set(was_busy);
    });
}

/// Whether the current allocation is this probe. If so, later ones are ordinary.
pub(crate) fn end_probe(probe: Probe) -> bool {
    THREAD.with(|thread| {
        let is_probe = thread.probe.get() == probe;
        if is_probe {
            thread.probe.set(Probe::None);
        }
        is_probe
    })
}

/// How many `SessionGuard`s the calling thread holds.
pub(crate) fn entered() -> u32 {
    THREAD.with(|thread| thread.entered.get())
}

/// Counts a `SessionGuard` that the calling thread is about to create.
pub(crate) fn count_enter() {
    THREAD.with(|thread| thread.entered.set(thread.entered.get().wrapping_add(1)));
}

/// Counts a `SessionGuard` that the calling thread has dropped.
pub(crate) fn count_leave() {
    THREAD.with(|thread| thread.entered.set(thread.entered.get().wrapping_sub(1)));
}

/// While this guard exists, no allocation of the calling thread is sampled, and the distance to its
/// next sample stays the same. For the profiler's own work.
pub(crate) struct UnsampledGuard {
    was_busy: bool,
    countdown: i64,
    /// Keeps the guard on its thread.
    _local: std::marker::PhantomData<*const ()>,
}

impl UnsampledGuard {
    pub(crate) fn new() -> Self {
        THREAD.with(|thread| Self {
            was_busy: thread.busy.replace(true),
            countdown: thread.countdown(),
            _local: std::marker::PhantomData,
        })
    }

    /// Lets the next [`MAX_COUNTDOWN`] bytes take the fast path, as most of a program's allocations
    /// do. For allocations that are timed.
    pub(crate) fn grant(&self) {
        THREAD.with(|thread| thread.grant(MAX_COUNTDOWN));
    }
}

impl Drop for UnsampledGuard {
    fn drop(&mut self) {
        THREAD.with(|thread| {
            // Restores the distance to the next sample: the sampler made no decision meanwhile. A
            // nested guard restored the same.
            thread.grant(self.countdown);
            thread.busy.set(self.was_busy);
        });
    }
}

impl Thread {
    #[inline]
    fn bytes(&self) -> u64 {
        self.granted.get().wrapping_sub(self.countdown() as u64)
    }

    #[inline]
    fn allocations(&self) -> u64 {
        self.allocations.get().wrapping_add(self.uncollected())
    }

    /// The allocations that only `left` counts.
    #[inline]
    fn uncollected(&self) -> u64 {
        (self.left.get().wrapping_neg() & (BYTE - 1)) as u64
    }

    /// Bytes until the sampler decides.
    #[inline]
    pub(crate) fn countdown(&self) -> i64 {
        self.left.get().wrapping_add(BYTE - 1) >> COUNT_BITS
    }

    /// Lets the sampler decide after `countdown` more bytes, at most [`MAX_COUNTDOWN`].
    pub(crate) fn grant(&self, countdown: i64) {
        self.collect();
        let more = countdown.wrapping_sub(self.countdown());
        add(&self.granted, more as u64);
        self.left
            .set(self.left.get().wrapping_add(more << COUNT_BITS));
    }

    /// Whether the current allocation is a [`Probe::Stack`].
    pub(crate) fn is_probing(&self) -> bool {
        self.probe.get() == Probe::Stack
    }

    /// Moves the count of allocations from `left` to `allocations`.
    fn collect(&self) {
        let count = self.uncollected();
        add(&self.allocations, count);
        self.left.set(self.left.get().wrapping_add_unsigned(count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_guards_restore_the_countdown_once() {
        let countdown = || THREAD.with(|thread| thread.countdown());
        THREAD.with(|thread| thread.grant(1000));
        let before = totals();
        let outer = UnsampledGuard::new();
        count_allocation(10);
        let inner = UnsampledGuard::new();
        inner.grant();
        assert!(!count_allocation(300));
        drop(inner);
        assert!(unless_busy(|_| ()).is_none());
        drop(outer);
        assert!(unless_busy(|_| ()).is_some());
        assert_eq!(countdown(), 1000);
        assert_eq!(totals(), (before.0 + 2, before.1 + 310, before.2));
    }
}
