//! The one place for a profile that takes its time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When the place will be free, if it is not.
#[derive(Debug, Default)]
pub(super) struct WindowSlot {
    until: Mutex<Option<Instant>>,
}

/// Somebody else has it, for so many seconds to come.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WindowInUse {
    /// At least 1.
    pub(super) seconds: u64,
}

/// Gives the place back when it is dropped.
#[derive(Debug)]
pub(super) struct WindowGuard<'a>(&'a WindowSlot);

impl WindowSlot {
    /// Takes the place, which will be needed for about `window`.
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
    fn there_is_one_place() {
        let place = WindowSlot::default();
        let holder = place.take(Duration::from_secs(3600)).expect("free");
        let WindowInUse { seconds } = place.take(Duration::from_secs(1)).unwrap_err();
        assert!((1..=3600).contains(&seconds), "{seconds}");
        drop(holder);
        let _holder = place.take(Duration::ZERO).expect("free again");
        // It is overdue.
        assert_eq!(place.take(Duration::ZERO).unwrap_err().seconds, 1);
    }
}
