//! The lock that serialises the writers of profiles in a process, also after a fork.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

use repool::process;

/// A process and its lock for writers.
///
/// A fork copies a lock as it is, perhaps held by a thread that the child does not have. So each
/// process has its own lock, found by the process's identity. Unlike a process number, no ancestor
/// has the same identity. The ancestors' locks are only read, to see if one was held at the fork.
#[derive(Debug)]
pub(super) struct ProcessLock {
    identity: u32,
    turn: Mutex<WriteState>,
    /// The lock of a child, which its first caller of `turn` makes.
    forked: OnceLock<Box<ProcessLock>>,
}

/// What the lock protects: the writers' state.
#[derive(Debug, Default)]
pub(super) struct WriteState {
    /// Whether the last profile was begun.
    pub(super) ended: bool,
    /// How many profiles were begun for SIGUSR2.
    pub(super) signals: u64,
}

/// A thread of the parent held the lock when this process was forked, so it stays locked here.
#[derive(Debug)]
pub(super) struct ForkedWhileWritingError;

impl ProcessLock {
    /// The lock of the running process.
    pub(super) fn new() -> Self {
        Self {
            identity: process::id(),
            turn: Mutex::default(),
            forked: OnceLock::new(),
        }
    }

    /// Whether this is the lock of the running process, and not of an ancestor.
    pub(super) fn is_this(&self) -> bool {
        self.identity == process::id()
    }

    /// Waits for the lock of the running process.
    ///
    /// # Errors
    ///
    /// If an ancestor's lock was held at the fork.
    pub(super) fn turn(&self) -> Result<MutexGuard<'_, WriteState>, ForkedWhileWritingError> {
        let mut process = self;
        while !process.is_this() {
            if let Err(TryLockError::WouldBlock) = process.turn.try_lock() {
                return Err(ForkedWhileWritingError);
            }
            process = process.forked.get_or_init(|| Box::new(ProcessLock::new()));
        }
        // A poisoned lock is used: each change of the state is complete by itself.
        Ok(process.turn.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lock of a parent, as a fork would have copied it.
    fn parent() -> ProcessLock {
        ProcessLock {
            identity: process::id() + 1,
            ..ProcessLock::new()
        }
    }

    #[test]
    fn a_forked_process_has_a_lock_of_its_own() {
        let parent = parent();
        parent.turn.lock().unwrap().signals = 3;
        assert!(!parent.is_this());
        let mut turn = parent.turn().expect("no thread was writing");
        assert_eq!(turn.signals, 0);
        turn.ended = true;
        drop(turn);
        assert!(parent.turn().expect("no thread was writing").ended);
        assert!(!parent.turn.lock().unwrap().ended);
    }

    #[test]
    fn it_does_not_wait_for_a_thread_that_it_does_not_have() {
        let parent = parent();
        let _writing = parent.turn.lock();
        assert!(parent.turn().is_err());
    }
}
