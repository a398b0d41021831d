//! The handle of a running sweeper, and its counts. The thread is in `round.rs`.

use core::fmt;
use core::sync::atomic::Ordering;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use super::error::PressureError;
use super::round;
use super::shared::SharedState;
use crate::process;

/// The handle of a running sweeper, from [`Sweeper::spawn`](crate::Sweeper::spawn) or
/// [`Sweeper::spawn_for_process`](crate::Sweeper::spawn_for_process): the sweeper stops when this is dropped.
///
/// Dropping it stops the thread, waits until the pool that is being swept is done, and drops the
/// references to the pools. On the thread of a sweeper (if the handle is in an object that is swept)
/// dropping it stops the thread but does not wait, because two sweepers that drop each other's handles
/// would wait for ever. To sweep until the process ends, keep it in `main`, or
/// [forget](core::mem::forget) it.
///
/// A child process that is forked has no such thread. There, dropping this does nothing; spawn
/// another after the fork.
///
/// ```
/// use repool::{Pool, Sweeper};
///
/// static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
///
/// let handle = Sweeper::new().watch(&LINES).spawn()?;
/// println!("{}", handle.sweeps());
/// drop(handle); // no sweep is running, and none will be
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "the sweeper ends when this is dropped"]
pub struct SweeperHandle {
    shared: Arc<SharedState>,
    /// `None` once it has been stopped.
    thread: Option<JoinHandle<()>>,
    /// The process that has the thread.
    process: u32,
}

/// The former name of [`SweeperHandle`].
#[deprecated(since = "0.1.0", note = "renamed to `SweeperHandle`")]
pub type Sweeping = SweeperHandle;

/// The former name of [`SweepCounts`].
#[deprecated(since = "0.1.0", note = "renamed to `SweepCounts`")]
pub type Sweeps = SweepCounts;

impl SweeperHandle {
    pub(super) fn new(shared: Arc<SharedState>, thread: JoinHandle<()>) -> Self {
        SweeperHandle {
            shared,
            thread: Some(thread),
            process: process::id(),
        }
    }

    /// The sweeps that it has done so far.
    ///
    /// ```
    /// use std::time::Duration;
    /// use repool::Sweeper;
    ///
    /// let handle = Sweeper::new().every(Duration::from_millis(1)).spawn()?;
    /// while handle.sweeps().by_time < 3 {
    ///     std::thread::yield_now();
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn sweeps(&self) -> SweepCounts {
        let [by_time, by_low_pressure, by_high_pressure, panics] = [
            &self.shared.time,
            &self.shared.low,
            &self.shared.high,
            &self.shared.panics,
        ]
        .map(|count| count.load(Ordering::Acquire));
        SweepCounts {
            by_time,
            by_low_pressure,
            by_high_pressure,
            panics,
        }
    }

    /// The file that it reads memory pressure from at present, or the reason that there is none.
    ///
    /// ```
    /// use repool::Sweeper;
    ///
    /// let handle = Sweeper::new().on_memory_pressure().spawn()?;
    /// match handle.pressure() {
    ///     Ok(file) => println!("memory pressure is read from {}", file.display()),
    ///     Err(why) => println!("pools are swept by time alone: {why}"),
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn pressure(&self) -> Result<PathBuf, PressureError> {
        // Another thread may have held the lock when the process was forked.
        if self.process != process::id() {
            return Err(PressureError::Forked);
        }
        let pressure = self.shared.pressure.lock();
        pressure.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for SweeperHandle {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        if self.process != process::id() {
            // This process has no such thread to join, and the wake-up is shared with the parent.
            core::mem::forget(thread);
            return;
        }
        // Relaxed: the wake-up orders it before what the woken thread reads.
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(wakeup) = &self.shared.wakeup {
            wakeup.wake();
        }
        thread.thread().unpark();
        // An object that a sweep drops may contain this handle, or the handle of the sweeper that is
        // dropping this one.
        if !round::is_sweeper_thread() {
            // The thread catches panics of what it runs.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for SweeperHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SweeperHandle")
            .field("sweeps", &self.sweeps())
            .field("pressure", &self.pressure())
            .finish_non_exhaustive()
    }
}

/// How many sweeps a sweeper has done, by cause; a sweep is a round over all of its pools.
///
/// ```
/// let handle = repool::Sweeper::new().spawn()?;
/// assert_eq!(handle.sweeps().by_high_pressure, 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SweepCounts {
    /// Sweeps because an interval had passed.
    pub by_time: u64,
    /// Sweeps because memory was under low pressure.
    pub by_low_pressure: u64,
    /// Rounds that dropped every idle object, because memory was under high pressure.
    pub by_high_pressure: u64,
    /// Panics of the `Drop` of objects; each ended the sweep of its pool, but not the round.
    pub panics: u64,
}

impl fmt::Display for SweepCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sweeps by time, {} by low pressure, {} by high pressure, {} panics",
            self.by_time, self.by_low_pressure, self.by_high_pressure, self.panics
        )
    }
}
