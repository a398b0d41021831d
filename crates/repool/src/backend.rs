//! The choice of the engine for all pools of the process. The engines are in `cpu/`.

use core::fmt;
use core::sync::atomic::{AtomicU8, Ordering};

use crate::cpu::rseq;
use crate::process;

/// The engine behind every pool of a process; see [`backend`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// Each CPU has a cache of its own, accessed in Linux restartable sequences: a warm get or return has
    /// no atomic read-modify-write.
    Rseq,
    /// A few slots that threads share, each with a lock that no call waits for.
    Slots,
}

impl Backend {
    /// Why the process has this engine, in words for a log.
    ///
    /// ```
    /// println!("pools run on {}: {}", repool::backend(), repool::backend().reason());
    /// ```
    pub fn reason(self) -> &'static str {
        match (self, rseq::support()) {
            (Backend::Rseq, Ok(())) => "this system has restartable sequences",
            (_, Err(reason)) => reason,
            (Backend::Slots, Ok(())) => "REPOOL_BACKEND=slots asks for it",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Backend::Rseq => "rseq",
            Backend::Slots => "slots",
        })
    }
}

/// The choice: 1 for `Rseq`, 2 for `Slots`, 0 before the first use.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

/// The engine of all pools of the process, from the first use of any of them to the end.
///
/// It is [`Backend::Rseq`] on x86-64 Linux from 5.10 with glibc from 2.35, if glibc has registered
/// restartable sequences with the kernel. The environment variable `REPOOL_BACKEND=slots`, set before
/// the first use, chooses the other engine; any other value of it changes nothing.
///
/// ```
/// let backend = repool::backend();
/// assert!(["rseq", "slots"].contains(&backend.to_string().as_str()));
/// ```
pub fn backend() -> Backend {
    // Acquire: a thread that reads 1 also sees what `rseq::support` stored.
    match CHOSEN.load(Ordering::Acquire) {
        1 => Backend::Rseq,
        2 => Backend::Slots,
        _ => choose(),
    }
}

/// Makes now the system calls that the first use of a pool would make, and returns the engine: for a
/// process that restricts itself afterwards, for example with a seccomp filter.
///
/// Pools work without it. After it, in the same process, they make only these system calls, on Linux:
///
/// - `membarrier`, on [`Backend::Rseq`], when a get steals from another CPU, and in sweeps and
///   `clear`. A filter may answer it with an error: objects on other CPUs then stay there until
///   those CPUs use them. A filter that **kills** the process for it must allow it, or the process must
///   run with `REPOOL_BACKEND=slots`, on which pools never make it.
/// - `sched_yield`, when a sweep or `clear` contends with another thread;
/// - `clock_gettime`, if the system cannot read the time without a system call;
/// - `mmap`, `munmap` and `madvise`, for the magazines of more than 7,560 idle objects;
/// - what the allocator needs to create objects, and what the threads of a [`Sweeper`](crate::Sweeper) need to
///   wait and to read memory pressure;
/// - `sched_getaffinity` and `sched_setaffinity`, on [`Backend::Rseq`], by the thread of a
///   [sweeper of the process](crate::Sweeper::spawn_for_process) alone. A filter may answer them with an
///   error: the thread then sweeps the CPU that it runs on.
///
/// A forked child may register for `membarrier` again, which is the same system call.
///
/// ```
/// let backend = repool::init();
/// // Here the process would install its filter.
/// assert_eq!(backend, repool::backend());
/// ```
pub fn init() -> Backend {
    let backend = backend();
    process::id();
    if backend == Backend::Rseq {
        rseq::prepare();
    }
    backend
}

#[cold]
fn choose() -> Backend {
    let asked = std::env::var_os("REPOOL_BACKEND");
    let slots = asked.is_some_and(|name| name == "slots") || rseq::support().is_err();
    // Threads that choose at the same time find the same, unless the variable changes meanwhile: then the
    // first choice holds for all.
    let mine = if slots { 2 } else { 1 };
    let chosen = CHOSEN.compare_exchange(0, mine, Ordering::AcqRel, Ordering::Acquire);
    match chosen.err().unwrap_or(mine) {
        1 => Backend::Rseq,
        _ => Backend::Slots,
    }
}

/// How often the kernel has restarted a critical section of this process's pools, because the thread was
/// preempted, moved or interrupted by a signal in it. A restart costs a few nanoseconds. 0 on
/// [`Backend::Slots`].
///
/// ```
/// println!("{} restarts so far", repool::restarts());
/// ```
pub fn restarts() -> u64 {
    rseq::restarts()
}
