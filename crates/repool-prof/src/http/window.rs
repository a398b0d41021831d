//! Allows one profile with `seconds` at a time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The slot of the one profile with `seconds`: when it will be free, if it is in use.
#[derive(Debug, Default)]
pub(super) struct WindowSlot {
    until: Mutex<Option<Instant>>,
}

/// The slot is in use.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WindowInUse {
    /// Seconds until it will be free, at least 1.
    pub(super) seconds: u64,
}

/// Frees the slot when it is dropped.
#[derive(Debug)]
pub(super) struct WindowGuard<'a>(&'a WindowSlot);

impl WindowSlot {
    /// Takes the slot for about `window`.
    pub(super) fn take(&self, window: Duration) -> Result<WindowGuard<'_>, WindowInUse> {
        let now = Instant::now();
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = *until {
            let seconds = until.saturating_duration_since(now).as_secs() + 1;
            return Err(WindowInUse { seconds });
        }
        *until = Some(now + window);
        Ok(WindowGuard(self))
    }
}

impl Drop for WindowGuard<'_> {
    fn drop(&mut self) {
        *self.0.until.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_window_at_a_time() {
        let slot = WindowSlot::default();
        let guard = slot.take(Duration::from_secs(3600)).expect("free");
        let WindowInUse { seconds } = slot.take(Duration::from_secs(1)).unwrap_err();
        assert!((1..=3600).contains(&seconds), "{seconds}");
        drop(guard);
        let _guard = slot.take(Duration::ZERO).expect("free again");
        // The window is over and its guard still exists.
        assert_eq!(slot.take(Duration::ZERO).unwrap_err().seconds, 1);
    }
}
