//! The state that a sweeper's handle and its thread share.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::PressureError;
use super::psi::PressureLevel;
use super::trigger::Wakeup;

/// The cause of a round over the pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// An interval has passed.
    Time,
    /// Low memory pressure.
    Low,
    /// High memory pressure: the round drops every idle object.
    High,
}

impl From<PressureLevel> for Cause {
    fn from(level: PressureLevel) -> Self {
        match level {
            PressureLevel::Low => Cause::Low,
            PressureLevel::High => Cause::High,
        }
    }
}

/// The state that a sweeper's handle and its thread share: a request to stop, the numbers of rounds by cause
/// and of panics, and the file of memory pressure or why there is none.
#[derive(Debug)]
pub(super) struct SharedState {
    pub(super) stop: AtomicBool,
    pub(super) time: AtomicU64,
    pub(super) low: AtomicU64,
    pub(super) high: AtomicU64,
    pub(super) panics: AtomicU64,
    pub(super) pressure: Mutex<Result<PathBuf, PressureError>>,
    /// Ends a wait on triggers, which unparking the thread does not end.
    pub(super) wakeup: Option<Arc<Wakeup>>,
}

impl SharedState {
    pub(super) fn new(
        pressure: Result<PathBuf, PressureError>,
        wakeup: Option<Arc<Wakeup>>,
    ) -> Self {
        SharedState {
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
        // Release: a thread that reads the count also sees what the round did.
        count.fetch_add(1, Ordering::Release);
    }

    pub(super) fn count_panic(&self) {
        self.panics.fetch_add(1, Ordering::Release);
    }

    pub(super) fn set_pressure(&self, pressure: Result<PathBuf, PressureError>) {
        *self.pressure.lock().unwrap_or_else(PoisonError::into_inner) = pressure;
    }
}
