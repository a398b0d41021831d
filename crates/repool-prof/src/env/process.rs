//! Taking turns in writing, also after a fork.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

use repool::process;

/// A process, and whose turn it is to write in it.
///
/// A fork copies the lock as it is at that moment, perhaps held by a thread that the new process
/// does not have. So each process has its own, found by its identity, which no process that it
/// descends from has had, as numbers may be; theirs only tell what they were doing.
#[derive(Debug)]
pub(super) struct ProcessLock {
    identity: u32,
    turn: Mutex<WriteState>,
    /// Made in the new process by whoever asks first.
    forked: OnceLock<Box<ProcessLock>>,
}

/// What is known to whoever writes.
#[derive(Debug, Default)]
pub(super) struct WriteState {
    /// The last profile was written, or should have been.
    pub(super) ended: bool,
    /// How many signals were answered.
    pub(super) signals: u64,
}

/// A thread was writing as the process was forked. What it held is held for ever.
#[derive(Debug)]
pub(super) struct ForkedWhileWritingError;

impl ProcessLock {
    /// The running one.
    pub(super) fn new() -> Self {
        Self {
            identity: process::id(),
            turn: Mutex::default(),
            forked: OnceLock::new(),
        }
    }

    /// Whether it is the running one, and not one that this was forked from.
    pub(super) fn is_this(&self) -> bool {
        self.identity == process::id()
    }

    /// Waits for the turn to write in the running process.
    pub(super) fn turn(&self) -> Result<MutexGuard<'_, WriteState>, ForkedWhileWritingError> {
        let mut process = self;
        while !process.is_this() {
            if let Err(TryLockError::WouldBlock) = process.turn.try_lock() {
                return Err(ForkedWhileWritingError);
            }
            process = process.forked.get_or_init(|| Box::new(ProcessLock::new()));
        }
        // A panic leaves nothing half done in there.
        Ok(process.turn.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the process that this one was forked from would have left it.
    fn parent() -> ProcessLock {
        ProcessLock {
            identity: process::id() + 1,
            ..ProcessLock::new()
        }
    }

    #[test]
    fn a_forked_process_takes_turns_of_its_own() {
        let parent = parent();
        parent.turn.lock().unwrap().signals = 3;
        assert!(!parent.is_this());
        let mut turn = parent.turn().expect("nobody was writing");
        assert_eq!(turn.signals, 0);
        turn.ended = true;
        drop(turn);
        assert!(parent.turn().expect("nobody was writing").ended);
        assert!(!parent.turn.lock().unwrap().ended);
    }

    #[test]
    fn it_does_not_wait_for_a_thread_that_it_does_not_have() {
        let parent = parent();
        let _writing = parent.turn.lock();
        assert!(parent.turn().is_err());
    }
}
