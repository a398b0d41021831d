//! What the profiler knows of each thread.
//!
//! Const-initialised and without a destructor, so that it needs no set-up, never allocates, and
//! works before `main`, while a thread is torn down, and in signal handlers.
//!
//! Bytes are counted down, since the sampler wants to know when to look next: `granted` is what the
//! countdown was given so far, hence `granted - countdown` is what was allocated, exactly. The same
//! word counts allocations in its lower bits, so that an allocation is one subtraction and a look at
//! the sign. They do not overflow: each allocation takes a byte of the countdown at least, which is
//! given no more than [`MAX_COUNTDOWN`] at a time, and whoever gives takes the count out.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) struct Thread {
    /// Bytes until the sampler looks, times [`BYTE`], less the allocations that are not in
    /// `allocations` yet. Negative from when it is to look until it has.
    left: Cell<i64>,
    /// Bytes that the countdown was given.
    granted: Cell<u64>,
    /// Allocations that were taken out of `left`.
    allocations: Cell<u64>,
    frees: Cell<u64>,
    /// Whether the profiler itself is at work here: nothing is sampled meanwhile.
    busy: Cell<bool>,
    /// Whether the next allocation is a probe: it goes the way of those that are sampled.
    probing: Cell<bool>,
    /// How often it is in the running profiler's store.
    entered: Cell<u32>,
    /// Who this thread is; 0 while nobody has asked.
    number: Cell<u32>,
    /// The sampler's own.
    pub(crate) gap: SampleGap,
}

/// Where a thread is between two samples.
pub(crate) struct SampleGap {
    /// The sampler's state for which the rest was drawn.
    pub(crate) state: Cell<u64>,
    /// Bytes from the end of the countdown to the next sample.
    pub(crate) ahead: Cell<i64>,
    /// Mean bytes between samples.
    pub(crate) rate: Cell<u64>,
    pub(crate) random: Cell<u64>,
}

/// A byte, in what is left.
const BYTE: i64 = 1 << COUNT_BITS;
/// Bits of what is left that count allocations.
const COUNT_BITS: u32 = 17;

/// No countdown is longer, in bytes.
pub(crate) const MAX_COUNTDOWN: i64 = 1 << (COUNT_BITS - 1);

thread_local! {
    static THREAD: Thread = const {
        Thread {
            left: Cell::new(0),
            granted: Cell::new(0),
            allocations: Cell::new(0),
            frees: Cell::new(0),
            busy: Cell::new(false),
            probing: Cell::new(false),
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

/// Adds to a counter. Wrapping, for a panic inside an allocator would abort the program.
#[inline]
fn add(counter: &Cell<u64>, by: u64) {
    counter.set(counter.get().wrapping_add(by));
}

/// Counts an allocation of `bytes` bytes that is about to be made, and says whether the sampler is
/// to look at it.
#[inline]
pub(crate) fn count_allocation(bytes: usize) -> bool {
    THREAD.with(|thread| {
        let bytes_and_one = ((bytes as i64) << COUNT_BITS) | 1;
        let left = thread.left.get().wrapping_sub(bytes_and_one);
        thread.left.set(left);
        left < 0
    })
}

/// Takes back what [`count_allocation`] counted: there was no memory. As nobody looks at a request
/// before it was met, all is as it was before.
#[cold]
#[inline(never)]
pub(crate) extern "C" fn uncount_allocation(bytes: usize) {
    THREAD.with(|thread| {
        add(&thread.allocations, u64::MAX);
        let left = thread.left.get().wrapping_add((bytes as i64) << COUNT_BITS);
        thread.left.set(left);
    });
}

/// Counts a block that the calling thread gives back.
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

/// A number that no other thread has or had, but for the wrap after four thousand million.
pub(crate) fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    THREAD.with(|thread| {
        if thread.number.get() == 0 {
            thread.number.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        thread.number.get()
    })
}

/// Makes room to count on, for a thread on which nobody gives the countdown anything.
pub(crate) fn collect() {
    THREAD.with(Thread::collect);
}

/// Runs `work` with the calling thread's state, unless the profiler is at work on this thread
/// already: in what a signal interrupted, or further up the stack.
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

/// Runs `allocate`, whose first allocation is a probe. The way to the thread's next sample stays as
/// long as it was.
pub(crate) fn probe(allocate: impl FnOnce()) {
    THREAD.with(|thread| {
        let was_busy = thread.busy.replace(false);
        let countdown = thread.countdown();
        thread.probing.set(true);
        // The way of those that are sampled is taken when the countdown is over.
        thread.grant(0);
        allocate();
        thread.probing.set(false);
        thread.grant(countdown);
        thread.busy.set(was_busy);
    });
}

/// How often the calling thread is in a store.
pub(crate) fn entered() -> u32 {
    THREAD.with(|thread| thread.entered.get())
}

/// The calling thread is about to enter a store.
pub(crate) fn count_enter() {
    THREAD.with(|thread| thread.entered.set(thread.entered.get().wrapping_add(1)));
}

/// The calling thread has left a store.
pub(crate) fn count_leave() {
    THREAD.with(|thread| thread.entered.set(thread.entered.get().wrapping_sub(1)));
}

/// While it lives, nothing that the calling thread allocates is sampled, and the way to its next
/// sample gets no shorter. For the profiler's own work.
pub(crate) struct UnsampledGuard {
    was_busy: bool,
    countdown: i64,
    /// Belongs to the thread that made it.
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

    /// The next [`MAX_COUNTDOWN`] bytes are counted on the short way, as most are that a program allocates:
    /// for what is to be timed.
    pub(crate) fn grant(&self) {
        THREAD.with(|thread| thread.grant(MAX_COUNTDOWN));
    }
}

impl Drop for UnsampledGuard {
    fn drop(&mut self) {
        THREAD.with(|thread| {
            // As it was, for the sampler looked at nothing meanwhile. Another one that ended within
            // this one has done the same.
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

    /// The allocations that are counted in `left`.
    #[inline]
    fn uncollected(&self) -> u64 {
        (self.left.get().wrapping_neg() & (BYTE - 1)) as u64
    }

    /// Bytes until the sampler looks.
    #[inline]
    pub(crate) fn countdown(&self) -> i64 {
        self.left.get().wrapping_add(BYTE - 1) >> COUNT_BITS
    }

    /// Lets the sampler look after `countdown` bytes more, [`MAX_COUNTDOWN`] at most.
    pub(crate) fn grant(&self, countdown: i64) {
        self.collect();
        let more = countdown.wrapping_sub(self.countdown());
        add(&self.granted, more as u64);
        self.left
            .set(self.left.get().wrapping_add(more << COUNT_BITS));
    }

    /// Whether the allocation at hand is a probe.
    pub(crate) fn is_probing(&self) -> bool {
        self.probing.get()
    }

    /// Takes the count of allocations out of `left`.
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
    fn own_work_within_own_work_is_given_back_once() {
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
