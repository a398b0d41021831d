//! What ends the writer thread.

use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::queue::Queue;

/// Ends the writer thread when it is dropped, after the thread has written and flushed all lines
/// that are queued.
///
/// Keep it in a variable of `main` (`let _guard`, not `let _`), so that it is dropped also if `main`
/// returns an error or panics. The drop waits as long as the underlying writer takes, or for the
/// [`shutdown_timeout`](crate::NonBlockingBuilder::shutdown_timeout). Lines that come after it are
/// dropped and counted.
#[must_use = "dropping it ends the writer thread: keep it until `main` ends"]
pub struct WorkerGuard {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
    timeout: Option<Duration>,
}

impl WorkerGuard {
    pub(crate) fn new(
        queue: Arc<Queue>,
        thread: JoinHandle<()>,
        timeout: Option<Duration>,
    ) -> Self {
        WorkerGuard {
            queue,
            thread: Some(thread),
            timeout,
        }
    }
}

impl Drop for WorkerGuard {
    fn drop(&mut self) {
        let has_ended = self.queue.close(self.timeout);
        if let Some(thread) = self.thread.take()
            && has_ended
        {
            // Only its last instructions are left, so that this does not wait for a writer; a panic
            // of the underlying writer's `Drop` is its own affair.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for WorkerGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerGuard").finish_non_exhaustive()
    }
}
