//! The session of the one running profiler, and the guard by which the hook reads its store.
//!
//! The hook of any thread may hold a guard when a profiler ends, so its store is retired first and
//! freed only when no guard exists. A guard is counted before it loads the store's pointer, and the
//! pointer is cleared before the count is read. Both are sequentially consistent, so that one of
//! the two sees the other. The end of a profiler yields to other threads at most [`MAX_YIELDS`]
//! times; a session that is still in use then is freed at the end of a later one.
//!
//! A forked child has one thread. Its count of guards is reset to those which that thread holds.
//!
//! Invariant N1: a store that [`STORE`] points to, or pointed to when a live [`SessionGuard`] was
//! created, is not freed.

use std::io;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use std::thread as std_thread;
use std::time::{Instant, SystemTime};

use crate::minor_faults::FaultCounts;
use crate::store::Store;
use crate::{address_space, blocks, sampler, thread};

/// The data of one profiler, from its start to its drop.
#[derive(Debug)]
pub(crate) struct Session {
    /// Increases from session to session.
    pub(crate) number: u32,
    pub(crate) store: Store,
    pub(crate) started: (SystemTime, Instant),
    /// Where the counts of faults of this session begin.
    pub(crate) faults: FaultCounts,
    /// The next session in the list of retired ones, or null.
    previous: AtomicPtr<Session>,
}

/// The running session, or null.
static STORE: AtomicPtr<Session> = AtomicPtr::new(ptr::null_mut());
/// How many guards exist.
static ENTERED: AtomicU32 = AtomicU32::new(0);
/// The newest of the sessions that ended and are not freed yet. Only the holder of [`RUNNING`] uses
/// the list.
static RETIRED: AtomicPtr<Session> = AtomicPtr::new(ptr::null_mut());
/// Whether a profiler exists. Setting it claims the place of the one profiler.
static RUNNING: AtomicBool = AtomicBool::new(false);
/// The number of the running session, or of the last one.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// How often the end of a profiler yields to other threads until no guard exists. Afterwards the
/// session stays in the list of retired ones.
const MAX_YIELDS: u32 = 10_000;

/// Access to the running session, which is not freed while the guard exists (N1).
pub(crate) struct SessionGuard {
    session: &'static Session,
    /// Keeps the guard on its thread, whose own count is all that remains after a fork.
    _local: PhantomData<*const ()>,
}

impl SessionGuard {
    /// A guard of the running session; `None` if no profiler runs.
    pub(crate) fn enter() -> Option<Self> {
        thread::count_enter();
        ENTERED.fetch_add(1, Ordering::SeqCst);
        // SAFETY: the pointer is null or that of a session which N1 keeps, as the guard is counted.
        match unsafe { STORE.load(Ordering::SeqCst).as_ref() } {
            Some(session) => Some(Self {
                session,
                _local: PhantomData,
            }),
            None => {
                Self::end();
                None
            }
        }
    }

    fn end() {
        // Release: a thread that reads 0 may free the store. Acquire: the thread's own count is
        // lowered after this one, not before.
        ENTERED.fetch_sub(1, Ordering::AcqRel);
        thread::count_leave();
    }
}

impl Deref for SessionGuard {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session
    }
}

impl Drop for SessionGuard {
    fn drop(&mut self) {
        Self::end();
    }
}

/// Owns the running session, and ends it when dropped.
#[derive(Debug)]
pub(crate) struct RunningSession {
    session: *mut Session,
}

// SAFETY: the session is shared with every thread's hook: its store is atomics, and its other fields
// never change. `RunningSession` retires it once, on the thread that drops it.
unsafe impl Send for RunningSession {}
// SAFETY: as above; a shared `RunningSession` only gives shared sessions.
unsafe impl Sync for RunningSession {}

impl RunningSession {
    /// Claims the place of the one profiler; `false` if it is taken.
    fn claim() -> bool {
        !RUNNING.swap(true, Ordering::Acquire)
    }

    /// Starts a session, with sampling still off. `Ok(None)` if one runs already.
    pub(crate) fn start(rate: u64, seed: u64, limit: Option<usize>) -> io::Result<Option<Self>> {
        if !Self::claim() {
            return Ok(None);
        }
        reset_count_after_forks();
        let store = address_space::check_start()
            .map_err(io::Error::from)
            .and_then(|room| Store::new(rate, limit, room));
        let store = match store {
            Ok(store) => store,
            Err(error) => {
                RUNNING.store(false, Ordering::Release);
                return Err(error);
            }
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let started = (SystemTime::now(), Instant::now());
        let session = Box::into_raw(Box::new(Session {
            number,
            store,
            started,
            faults: FaultCounts::now(),
            previous: AtomicPtr::default(),
        }));
        sampler::set(rate, seed);
        STORE.store(session, Ordering::SeqCst);
        Ok(Some(Self { session }))
    }
}

impl Deref for RunningSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        // SAFETY: N1: `STORE` points to it until `self` is dropped.
        unsafe { &*self.session }
    }
}

impl Drop for RunningSession {
    fn drop(&mut self) {
        let _own_work = thread::UnsampledGuard::new();
        sampler::pause();
        STORE.store(ptr::null_mut(), Ordering::SeqCst);
        let previous = RETIRED.swap(self.session, Ordering::Relaxed);
        self.previous.store(previous, Ordering::Relaxed);
        if (0..MAX_YIELDS).any(|_| is_store_unused()) {
            blocks::clear();
            free_retired();
        }
        RUNNING.store(false, Ordering::Release);
    }
}

/// Whether no guard exists; if one does, yields to other threads.
fn is_store_unused() -> bool {
    let is_unused = ENTERED.load(Ordering::SeqCst) == 0;
    if !is_unused {
        std_thread::yield_now();
    }
    is_unused
}

/// Frees the retired sessions. The caller has seen that no guard exists.
fn free_retired() {
    let mut session = RETIRED.swap(ptr::null_mut(), Ordering::Relaxed);
    while !session.is_null() {
        // SAFETY: made by `Box::into_raw`, and freed once, as it is out of the list; N1.
        let ended = unsafe { Box::from_raw(session) };
        session = ended.previous.load(Ordering::Relaxed);
    }
}

/// Resets the count of guards in forked children. A child has only the thread that forked, so the
/// guards of the parent's other threads would never be dropped.
fn reset_count_after_forks() {
    #[cfg(target_os = "linux")]
    {
        extern "C" fn in_child() {
            // A signal handler may fork while its thread holds guards. The thread's own count is
            // raised before `ENTERED` and lowered after it, so it may be one too high, never too
            // low.
            ENTERED.store(thread::entered(), Ordering::SeqCst);
        }
        static ONCE: Once = Once::new();
        // SAFETY: registers a static function that only stores a number.
        ONCE.call_once(|| unsafe {
            libc::pthread_atfork(None, None, Some(in_child));
        });
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Whether `work` returns `true` in a forked child.
    fn in_child(work: impl FnOnce() -> bool) -> bool {
        // SAFETY: the child runs `work`, which takes no lock, and ends.
        match unsafe { libc::fork() } {
            // SAFETY: no preconditions.
            0 => unsafe { libc::_exit(i32::from(!work())) },
            child => {
                let mut status = -1;
                // SAFETY: `status` is writable, and the child is this process's.
                let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
                (waited, status) == (child, 0)
            }
        }
    }

    /// A signal handler may fork while its thread holds guards.
    #[test]
    fn a_child_counts_the_guards_of_the_thread_that_forked() {
        reset_count_after_forks();
        let session = Box::leak(Box::new(Session {
            number: u32::MAX,
            store: Store::new(1, None, u64::MAX).expect("there is memory"),
            faults: FaultCounts::now(),
            started: (SystemTime::now(), Instant::now()),
            previous: AtomicPtr::default(),
        }));
        let entered = || ENTERED.load(Ordering::SeqCst);
        // In a child, because other tests of this process expect that no session runs.
        assert!(in_child(|| {
            STORE.store(session, Ordering::SeqCst);
            let (outer, inner) = (SessionGuard::enter(), SessionGuard::enter());
            in_child(|| {
                let begun = entered();
                drop((outer, inner));
                begun == 2 && entered() == 0
            })
        }));
    }
}
