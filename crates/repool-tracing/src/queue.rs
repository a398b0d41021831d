//! The queue of lines between the threads that log and the writer thread, bounded by a number of lines.
//!
//! A mutex guards a `Vec` of pooled chunks. Pushing a line copies it to the end of the last chunk under
//! the lock. The writer thread works in rounds: it takes all lines, writes them and lingers.
//!
//! - **Take**: swaps the `Vec` of chunks for the empty `Vec` of the previous round. Both keep their
//!   capacity, so that the queue allocates nothing for a line once it is warm. If the queue is empty,
//!   the thread first sets `is_asleep` and sleeps until a push wakes it.
//! - **Linger**: waits for more lines, so that a round writes many at once. A push wakes the lingering
//!   thread only if the line makes the queue half full.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use crate::chunk::{Chunk, PooledChunk};

/// The queue of lines for the writer thread.
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Wakes the writer thread: it sleeps and there is a line, the queue is half full, another thread
    /// waits for room or for a flush, or the queue is closed.
    work: Condvar,
    /// Wakes the threads that wait for the writer thread: it has taken the lines, written a round, or
    /// ended; or the queue is closed.
    progress: Condvar,
    /// The most lines in the queue, at least 1.
    limit: usize,
    /// The identity of the process that has the writer thread. A forked child has another.
    process: u32,
}

struct State {
    /// The queued lines, oldest first.
    chunks: Vec<PooledChunk>,
    /// The number of lines in `chunks`.
    lines: usize,
    /// The number of lines that were ever pushed.
    pushed: u64,
    /// Of the lines ever pushed, the number that were written and flushed, or counted as failed.
    done: u64,
    /// Whether the writer thread sleeps because the queue is empty, and no push has woken it yet.
    is_asleep: bool,
    /// The number of threads that wait for room or for a flush. The writer thread does not linger while
    /// there are any.
    waiting: usize,
    /// Whether [`Queue::close`] was called or the writer thread has ended. Pushes then fail.
    is_closed: bool,
    /// Whether the writer thread has ended.
    has_ended: bool,
    /// The writer thread; `None` before it runs.
    writer: Option<ThreadId>,
}

impl State {
    /// Whether the caller is the writer thread. It must not wait for progress, which only it makes.
    fn is_writer(&self) -> bool {
        self.writer == Some(thread::current().id())
    }
}

/// Why a line was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PushError {
    /// The queue is full, and the caller asked not to wait or is the writer thread.
    Full,
    /// The queue is closed, or this is a forked child, which has no writer thread.
    Closed,
}

impl Queue {
    /// An empty queue for at most `limit` lines. A limit of 0 is raised to 1.
    pub(crate) fn new(limit: usize) -> Self {
        Queue {
            state: Mutex::new(State {
                chunks: Vec::new(),
                lines: 0,
                pushed: 0,
                done: 0,
                is_asleep: false,
                waiting: 0,
                is_closed: false,
                has_ended: false,
                writer: None,
            }),
            work: Condvar::new(),
            progress: Condvar::new(),
            limit: limit.max(1),
            process: repool::process::id(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A poisoned state is consistent: under the lock only an allocation can panic, and it does so
        // before the state changes.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a line. If the queue is full, waits for room if `can_wait`.
    ///
    /// # Errors
    ///
    /// [`PushError`] says why the line was not queued.
    pub(crate) fn push(&self, line: &[u8], can_wait: bool) -> Result<(), PushError> {
        if self.is_forked() {
            return Err(PushError::Closed);
        }
        let mut state = self.lock();
        if state.lines >= self.limit && !state.is_closed {
            if !can_wait || state.is_writer() {
                return Err(PushError::Full);
            }
            state.waiting += 1;
            self.work.notify_one();
            while state.lines >= self.limit && !state.is_closed {
                state = self
                    .progress
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            state.waiting -= 1;
        }
        if state.is_closed {
            return Err(PushError::Closed);
        }
        match state.chunks.last_mut() {
            Some(chunk) if !chunk.is_full(line.len()) => chunk.push(line),
            _ => {
                let mut chunk = Chunk::get();
                chunk.push(line);
                state.chunks.push(chunk);
            }
        }
        state.lines += 1;
        state.pushed += 1;
        // Each of the two is true for at most one push in a round, so that a burst of lines seldom wakes.
        let needs_wake = mem::take(&mut state.is_asleep) || state.lines == self.limit / 2;
        drop(state);
        if needs_wake {
            self.work.notify_one();
        }
        Ok(())
    }

    /// Whether this process is a forked child of the one that has the writer thread. The child must not
    /// lock, because a thread that exists only in the parent may have held the lock during the fork.
    fn is_forked(&self) -> bool {
        repool::process::id() != self.process
    }

    /// Waits until each line that was pushed before this call is written and flushed, or has failed, or
    /// until the writer thread has ended. Returns `false` without waiting in the writer thread and in a
    /// forked child.
    pub(crate) fn flush(&self) -> bool {
        if self.is_forked() {
            return false;
        }
        let mut state = self.lock();
        if state.is_writer() {
            return false;
        }
        let pushed = state.pushed;
        state.waiting += 1;
        self.work.notify_one();
        while state.done < pushed && !state.has_ended {
            state = self
                .progress
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting -= 1;
        true
    }

    /// Closes the queue, so that pushes fail, and waits until the writer thread has written the lines in
    /// the queue and ended. Waits for `timeout` at most, or without limit if it is `None`. Returns
    /// whether the writer thread has ended; `false` without waiting in the writer thread and in a forked
    /// child.
    pub(crate) fn close(&self, timeout: Option<Duration>) -> bool {
        if self.is_forked() {
            return false;
        }
        let mut state = self.lock();
        state.is_closed = true;
        self.work.notify_one();
        self.progress.notify_all();
        if state.is_writer() {
            return false;
        }
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        while !state.has_ended {
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            state = match left {
                None => self
                    .progress
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return false,
                Some(left) => {
                    let waited = self.progress.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        true
    }

    /// Makes the calling thread the writer thread.
    pub(crate) fn register_writer(&self) {
        self.lock().writer = Some(thread::current().id());
    }

    /// Moves all queued lines into `chunks`, which must be empty. Waits until there are lines; returns
    /// `false` if the queue is empty and closed. For the writer thread.
    pub(crate) fn take(&self, chunks: &mut Vec<PooledChunk>) -> bool {
        let mut state = self.lock();
        while state.lines == 0 {
            if state.is_closed {
                return false;
            }
            state.is_asleep = true;
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.is_asleep = false;
        mem::swap(&mut state.chunks, chunks);
        state.lines = 0;
        let has_waiters = state.waiting > 0;
        drop(state);
        if has_waiters {
            self.progress.notify_all();
        }
        true
    }

    /// Ends a round of the writer thread: counts the lines of `chunks` as done, returns the chunks to
    /// their pool, and lingers. Lingering takes `linger` at most, and ends earlier if the queue is half
    /// full or closed, or if a thread waits for room or for a flush.
    pub(crate) fn finish_round(&self, chunks: &mut Vec<PooledChunk>, linger: Duration) {
        let count: usize = chunks.iter().map(|chunk| chunk.lines()).sum();
        chunks.clear();
        let mut state = self.lock();
        state.done += count as u64;
        if state.waiting > 0 {
            self.progress.notify_all();
        } else if !state.is_closed && state.lines < self.limit / 2 {
            // A spurious wake-up only ends the lingering early.
            let _ = self.work.wait_timeout(state, linger);
        }
    }

    /// Marks the queue as closed and the writer thread as ended. For the writer thread, when it takes no
    /// more lines.
    pub(crate) fn mark_ended(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.has_ended = true;
        self.progress.notify_all();
    }
}
