//! The handle of a sweeper at work.

use core::fmt;
use core::sync::atomic::Ordering;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use super::error::PressureError;
use super::round;
use super::shared::Shared;
use crate::process;

/// A sweeper at work, from [`Sweeper::spawn`](crate::Sweeper::spawn) or
/// [`Sweeper::spawn_for_process`](crate::Sweeper::spawn_for_process): it ends when this is dropped.
///
/// Dropping it ends the thread at once, waits for the pool that is being swept, if one is, and
/// lets go of the pools. On the thread of a sweeper, which drops it if it is in an object that is
/// swept, dropping it asks the thread to end and does not wait: two sweepers that drop each other's
/// handles would wait for ever. To sweep until the process ends, keep it in `main`, or
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
/// let sweeping = Sweeper::new().watch(&LINES).spawn()?;
/// println!("{}", sweeping.sweeps());
/// drop(sweeping); // no sweep is under way, and none will be
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "the sweeper ends when this is dropped"]
pub struct Sweeping {
    shared: Arc<Shared>,
    /// None once it is ended.
    thread: Option<JoinHandle<()>>,
    /// The process that has the thread.
    process: u32,
}

impl Sweeping {
    pub(super) fn new(shared: Arc<Shared>, thread: JoinHandle<()>) -> Self {
        Sweeping {
            shared,
            thread: Some(thread),
            process: process::id(),
        }
    }

    /// What it has done so far.
    ///
    /// ```
    /// use std::time::Duration;
    /// use repool::Sweeper;
    ///
    /// let sweeping = Sweeper::new().every(Duration::from_millis(1)).spawn()?;
    /// while sweeping.sweeps().by_time < 3 {
    ///     std::thread::yield_now();
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn sweeps(&self) -> Sweeps {
        let [by_time, by_low_pressure, by_high_pressure, panics] = [
            &self.shared.time,
            &self.shared.low,
            &self.shared.high,
            &self.shared.panics,
        ]
        .map(|count| count.load(Ordering::Acquire));
        Sweeps {
            by_time,
            by_low_pressure,
            by_high_pressure,
            panics,
        }
    }

    /// The file that it hears of memory pressure from now, or why there is none.
    ///
    /// ```
    /// use repool::Sweeper;
    ///
    /// let sweeping = Sweeper::new().on_memory_pressure().spawn()?;
    /// match sweeping.pressure() {
    ///     Ok(file) => println!("listens to {}", file.display()),
    ///     Err(why) => println!("pools age by time alone: {why}"),
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn pressure(&self) -> Result<PathBuf, PressureError> {
        // The lock may have been held as the process was forked.
        if self.process != process::id() {
            return Err(PressureError::Forked);
        }
        let pressure = self.shared.pressure.lock();
        pressure.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Sweeping {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        if self.process != process::id() {
            // There is nobody to join, and the wake-up is the parent's too.
            core::mem::forget(thread);
            return;
        }
        // Relaxed: whoever is woken sees it, by the wake-up.
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(wakeup) = &self.shared.wakeup {
            wakeup.wake();
        }
        thread.thread().unpark();
        // An object that a sweep drops may have this handle in it, or the handle of the sweeper that
        // is just then dropping this one.
        if !round::is_sweeper_thread() {
            // The thread's work is guarded: it does not panic.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sweeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sweeping")
            .field("sweeps", &self.sweeps())
            .field("pressure", &self.pressure())
            .finish_non_exhaustive()
    }
}

/// What a sweeper has done; a sweep is a round over all of its pools.
///
/// ```
/// let sweeping = repool::Sweeper::new().spawn()?;
/// assert_eq!(sweeping.sweeps().by_high_pressure, 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Sweeps {
    /// One generation each, because an interval had passed.
    pub by_time: u64,
    /// One generation each, because memory was under low pressure.
    pub by_low_pressure: u64,
    /// Everything idle, because memory was under high pressure.
    pub by_high_pressure: u64,
    /// Panics of objects as they were dropped; each ended the sweep of its pool, not the round.
    pub panics: u64,
}

impl fmt::Display for Sweeps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sweeps by time, {} by low pressure, {} by high pressure, {} panics",
            self.by_time, self.by_low_pressure, self.by_high_pressure, self.panics
        )
    }
}
