//! Which engine the pools of this process run on.

use core::fmt;
use core::sync::atomic::{AtomicU8, Ordering};

use crate::cpu::rseq;
use crate::process;

/// The engine behind every pool of a process; see [`backend`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// A slot for each CPU, used in Linux restartable sequences: no atomic read-modify-write
    /// on the way of a warm get or return.
    Rseq,
    /// A few slots that threads share, each behind a lock that is never waited for.
    Slots,
}

impl Backend {
    /// DropReason it is this one, in words for a log.
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

/// What was chosen; 0 while nothing is.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

/// Which engine pools run on: the same for all of them, from the first use of any to the end of
/// the process.
///
/// [`Backend::Rseq`] wherever it can be had: x86-64 Linux from 5.10 with glibc from 2.35, which
/// did register with the kernel. The environment variable `REPOOL_BACKEND=slots`, set before the
/// first use, asks for the other; any other value of it changes nothing.
///
/// ```
/// let backend = repool::backend();
/// assert!(["rseq", "slots"].contains(&backend.to_string().as_str()));
/// ```
pub fn backend() -> Backend {
    // Acquire: who reads that it is rseq also sees what was found out for it.
    match CHOSEN.load(Ordering::Acquire) {
        1 => Backend::Rseq,
        2 => Backend::Slots,
        _ => choose(),
    }
}

/// Asks the system now what the first use of a pool would ask it, and says which engine pools run on:
/// for a process that confines itself afterwards, by a seccomp filter for example.
///
/// Pools work without a call of this. With it, and on the same process only, they make these system
/// calls from then on, on Linux:
///
/// - `membarrier`, on [`Backend::Rseq`], when a get steals from another CPU, and in sweeps and
///   `clear`. A filter that answers it with an error is fine: objects on other CPUs then stay there
///   until those use them. One that **kills** the process for it must let it pass, or the process be
///   started with `REPOOL_BACKEND=slots`, on which pools never make it.
/// - `sched_yield`, when a sweep or `clear` finds another thread at the same objects;
/// - `clock_gettime`, where the system has no faster way to tell the time;
/// - `mmap`, `munmap` and `madvise`, for the magazines of more than 7,560 idle objects;
/// - what the allocator needs to make objects, and the threads of a [`Sweeper`](crate::Sweeper) to
///   wait and to read memory pressure;
/// - `sched_getaffinity` and `sched_setaffinity`, on [`Backend::Rseq`], by the thread of a
///   [sweeper of the process](crate::Sweeper::spawn_for_process) alone. A filter that answers them with
///   an error is fine: it then sweeps the CPU that it runs on.
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
    // Threads that choose at a time find the same, unless the variable changes under them: then
    // the first one's word holds for all.
    let mine = if slots { 2 } else { 1 };
    let chosen = CHOSEN.compare_exchange(0, mine, Ordering::AcqRel, Ordering::Acquire);
    match chosen.err().unwrap_or(mine) {
        1 => Backend::Rseq,
        _ => Backend::Slots,
    }
}

/// How often the kernel has restarted a critical section of this process's pools, because the
/// thread lost its CPU, moved or took a signal within: a few nanoseconds each. 0 on
/// [`Backend::Slots`].
///
/// ```
/// println!("{} restarts so far", repool::restarts());
/// ```
pub fn restarts() -> u64 {
    rseq::restarts()
}
