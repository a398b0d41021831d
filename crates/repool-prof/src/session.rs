//! One profiler at a time: its store, and how the hook gets at it.
//!
//! The hook may be anywhere when a profiler ends, so a store is freed only when nobody is in it:
//! each user is counted before it looks whether there is a store, and the store is taken away
//! before the count is read (both sequentially consistent, so that one of the two sees the other).
//!
//! A child that was forked has one thread, and starts with the visits which that one had begun.
//!
//! Invariant N1: a store that [`STORE`] points to, or pointed to when a [`SessionGuard`] began that has
//! not ended, is not freed.

use std::io;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use std::thread as std_thread;
use std::time::{Instant, SystemTime};

use crate::store::Store;
use crate::{address_space, blocks, sampler, thread};

/// What a running profiler has.
#[derive(Debug)]
pub(crate) struct Session {
    /// Told apart from those before it.
    pub(crate) number: u32,
    pub(crate) store: Store,
    pub(crate) started: (SystemTime, Instant),
    /// The session before, if somebody was still in its store when it ended.
    previous: AtomicPtr<Session>,
}

static STORE: AtomicPtr<Session> = AtomicPtr::new(ptr::null_mut());
/// How many are in the store.
static ENTERED: AtomicU32 = AtomicU32::new(0);
/// The last of the sessions that ended while somebody was in a store. Used by who has [`RUNNING`].
static RETIRED: AtomicPtr<Session> = AtomicPtr::new(ptr::null_mut());
/// Whether there is a profiler.
static RUNNING: AtomicBool = AtomicBool::new(false);
/// The number of the session that runs, or of the last one.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// How often the end of a profiler lets others run, in the hope that nobody is in its store any
/// more; after that the store is left to the end of a later one.
const MAX_YIELDS: u32 = 10_000;

/// Use of the running profiler's session.
pub(crate) struct SessionGuard {
    session: &'static Session,
    /// Not sent away: the count is the thread's that a fork leaves.
    _local: PhantomData<*const ()>,
}

impl SessionGuard {
    /// `None` if no profiler runs.
    pub(crate) fn enter() -> Option<Self> {
        thread::count_enter();
        ENTERED.fetch_add(1, Ordering::SeqCst);
        // SAFETY: the store is there, or null, and N1: the visit is counted.
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
        // Release: who finds nobody in the store may free it. Acquire: what the thread itself knows
        // of its visit goes after, not before.
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

/// The session of a profiler; ends with it.
#[derive(Debug)]
pub(crate) struct RunningSession {
    session: *mut Session,
}

// SAFETY: the session is shared with every thread's hook anyway: its store is atomics, the rest is
// plain data that nobody changes. `RunningSession` frees it once, from whichever thread drops it.
unsafe impl Send for RunningSession {}
// SAFETY: as above; a shared `RunningSession` only gives shared sessions.
unsafe impl Sync for RunningSession {}

impl RunningSession {
    /// Claims the one place for a profiler, or `None`.
    fn claim() -> bool {
        !RUNNING.swap(true, Ordering::Acquire)
    }

    /// Starts a session that samples nothing yet. `Ok(None)` if there is one already.
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

/// Whether nobody is in a store; else lets others run.
fn is_store_unused() -> bool {
    let is_unused = ENTERED.load(Ordering::SeqCst) == 0;
    if !is_unused {
        std_thread::yield_now();
    }
    is_unused
}

/// Frees the sessions that ended, in none of whose stores anybody is.
fn free_retired() {
    let mut session = RETIRED.swap(ptr::null_mut(), Ordering::Relaxed);
    while !session.is_null() {
        // SAFETY: made by `Box::into_raw`, and freed once, since it is in the list no more; N1.
        let ended = unsafe { Box::from_raw(session) };
        session = ended.previous.load(Ordering::Relaxed);
    }
}

/// In a forked child only the thread that forked is left; if others were in the store, nobody there
/// would ever count them out.
fn reset_count_after_forks() {
    #[cfg(target_os = "linux")]
    {
        extern "C" fn in_child() {
            // A signal handler may fork within a visit, or several. Each is counted here before it
            // is in `ENTERED`, and for longer, so that there may be one too many, never too few.
            ENTERED.store(thread::entered(), Ordering::SeqCst);
        }
        static ONCE: Once = Once::new();
        // SAFETY: registers a function that lives as long as the program and only stores a number.
        ONCE.call_once(|| unsafe {
            libc::pthread_atfork(None, None, Some(in_child));
        });
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Whether `work` says yes in a forked child.
    fn in_child(work: impl FnOnce() -> bool) -> bool {
        // SAFETY: the child does `work`, which takes no lock, and ends.
        match unsafe { libc::fork() } {
            // SAFETY: no preconditions.
            0 => unsafe { libc::_exit(i32::from(!work())) },
            child => {
                let mut status = -1;
                // SAFETY: `status` is writable; the child is this one's.
                let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
                (waited, status) == (child, 0)
            }
        }
    }

    /// A signal handler may fork wherever it interrupts.
    #[test]
    fn a_child_counts_the_visits_of_the_thread_that_forked() {
        reset_count_after_forks();
        let session = Box::leak(Box::new(Session {
            number: u32::MAX,
            store: Store::new(1, None, u64::MAX).expect("there is memory"),
            started: (SystemTime::now(), Instant::now()),
            previous: AtomicPtr::default(),
        }));
        let entered = || ENTERED.load(Ordering::SeqCst);
        // In a child, for other tests know that there is no session.
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
