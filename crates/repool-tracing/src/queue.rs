//! The queue between the threads that log and the writer thread: bounded in lines, emptied at once.
//!
//! A mutex holds a `Vec` of pooled chunks. Pushing a line copies it to the end of the last chunk under
//! the lock; the writer thread swaps the `Vec` for the empty one of its last round, so that both keep
//! their memory and a warm line allocates nothing.
//!
//! The writer thread sleeps only if the queue is empty, and says so in `is_asleep`: a push wakes it
//! then. Between rounds it lingers, and a push wakes it only if the queue is half full.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use crate::chunk::{Chunk, PooledChunk};

/// See the module.
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Signalled for the writer thread: a line to a sleeping one, a half-full queue, a flush, the end.
    work: Condvar,
    /// Signalled by the writer thread: the queue was emptied, a round was written, it has ended.
    progress: Condvar,
    limit: usize,
    /// The identity of the process that has the writer thread.
    process: u32,
}

struct State {
    chunks: Vec<PooledChunk>,
    /// Lines in these chunks.
    lines: usize,
    /// Lines that were ever pushed.
    pushed: u64,
    /// Of these, lines that the writer thread is done with: written and flushed, or counted as failed.
    done: u64,
    is_asleep: bool,
    /// Threads that wait for room or for a flush: then the writer thread does not linger.
    waiting: usize,
    /// Whether the guard was dropped: no further line is taken.
    is_closed: bool,
    /// Whether the writer thread has returned.
    has_ended: bool,
    /// The writer thread, once it runs: it never waits for itself.
    thread: Option<ThreadId>,
}

impl State {
    /// Whether the caller is the writer thread, which never waits for itself.
    fn is_writer(&self) -> bool {
        self.thread == Some(thread::current().id())
    }
}

/// Why a line was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PushError {
    /// The queue is full, and the caller may not wait.
    Full,
    /// The guard was dropped, or this process has no writer thread.
    Closed,
}

impl Queue {
    /// An empty queue for at most `limit` lines, one at least.
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
                thread: None,
            }),
            work: Condvar::new(),
            progress: Condvar::new(),
            limit: limit.max(1),
            process: repool::process::id(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Under the lock nothing panics but for want of memory, before anything is changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a line. If the queue is full and `waits`, waits for room.
    pub(crate) fn push(&self, line: &[u8], waits: bool) -> Result<(), PushError> {
        if self.is_forked() {
            return Err(PushError::Closed);
        }
        let mut state = self.lock();
        if state.lines >= self.limit && !state.is_closed {
            if !waits || state.is_writer() {
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
        let wakes = mem::take(&mut state.is_asleep) || state.lines == self.limit / 2;
        drop(state);
        if wakes {
            self.work.notify_one();
        }
        Ok(())
    }

    /// Whether this is a forked child, which does not have the writer thread, and in which the lock
    /// may be held by a thread that it does not have either.
    fn is_forked(&self) -> bool {
        repool::process::id() != self.process
    }

    /// Waits until each line that was pushed before is written and flushed, or has failed. Returns
    /// `false` if that cannot be: in the writer thread, or in a forked child.
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

    /// Takes no further line, and waits until the writer thread has ended, for `timeout` at most if
    /// there is one. Returns whether it has.
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
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        while !state.has_ended {
            state = match end.map(|end| end.saturating_duration_since(Instant::now())) {
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

    /// Says that the calling thread is the writer thread.
    pub(crate) fn begin(&self) {
        self.lock().thread = Some(thread::current().id());
    }

    /// Takes all queued lines into `chunks`, which is empty; waits if there are none. Returns `false`
    /// once the queue is closed and empty.
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
        let is_awaited = state.waiting > 0;
        drop(state);
        if is_awaited {
            self.progress.notify_all();
        }
        true
    }

    /// Counts the lines of `chunks` as done with and returns the chunks to their pool; then waits for
    /// `linger`, or until the queue is half full, awaited or closed.
    pub(crate) fn finish(&self, chunks: &mut Vec<PooledChunk>, linger: Duration) {
        let count: usize = chunks.iter().map(|chunk| chunk.lines()).sum();
        chunks.clear();
        let mut state = self.lock();
        state.done += count as u64;
        if state.waiting > 0 {
            self.progress.notify_all();
        } else if !state.is_closed && state.lines < self.limit / 2 {
            let _ = self.work.wait_timeout(state, linger);
        }
    }

    /// Says that the writer thread takes no more lines.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.has_ended = true;
        self.progress.notify_all();
    }
}
