//! What a sweeper's handle and its thread share.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::PressureError;
use super::psi::Level;
use super::trigger::Wakeup;

/// What a round over the pools was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// An interval has passed.
    Time,
    /// Low memory pressure.
    Low,
    /// High memory pressure: everything idle goes.
    High,
}

impl From<Level> for Cause {
    fn from(level: Level) -> Self {
        match level {
            Level::Low => Cause::Low,
            Level::High => Cause::High,
        }
    }
}

/// What a sweeper's handle and its thread share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) stop: AtomicBool,
    pub(super) time: AtomicU64,
    pub(super) low: AtomicU64,
    pub(super) high: AtomicU64,
    pub(super) panics: AtomicU64,
    pub(super) pressure: Mutex<Result<PathBuf, PressureError>>,
    /// Ends a wait that unparking does not.
    pub(super) wakeup: Option<Arc<Wakeup>>,
}

impl Shared {
    pub(super) fn new(
        pressure: Result<PathBuf, PressureError>,
        wakeup: Option<Arc<Wakeup>>,
    ) -> Self {
        Shared {
            stop: AtomicBool::new(false),
            time: AtomicU64::new(0),
            low: AtomicU64::new(0),
            high: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            pressure: Mutex::new(pressure),
            wakeup,
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, cause: Cause) {
        let count = match cause {
            Cause::Time => &self.time,
            Cause::Low => &self.low,
            Cause::High => &self.high,
        };
        // Release: who sees the count sees what the round did.
        count.fetch_add(1, Ordering::Release);
    }

    pub(super) fn count_panic(&self) {
        self.panics.fetch_add(1, Ordering::Release);
    }

    pub(super) fn tell(&self, pressure: Result<PathBuf, PressureError>) {
        *self.pressure.lock().unwrap_or_else(PoisonError::into_inner) = pressure;
    }
}
