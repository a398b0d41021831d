//! The one place for a profile that takes its time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When the place will be free, if it is not.
#[derive(Debug, Default)]
pub(super) struct Place {
    until: Mutex<Option<Instant>>,
}

/// Somebody else has it, for so many seconds to come.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// At least 1.
    pub(super) seconds: u64,
}

/// Gives the place back when it is dropped.
#[derive(Debug)]
pub(super) struct Holder<'a>(&'a Place);

impl Place {
    /// Takes the place, which will be needed for about `window`.
    pub(super) fn take(&self, window: Duration) -> Result<Holder<'_>, Taken> {
        let now = Instant::now();
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = *until {
            let seconds = until.saturating_duration_since(now).as_secs() + 1;
            return Err(Taken { seconds });
        }
        *until = Some(now + window);
        Ok(Holder(self))
    }
}

impl Drop for Holder<'_> {
    fn drop(&mut self) {
        *self.0.until.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_place() {
        let place = Place::default();
        let holder = place.take(Duration::from_secs(3600)).expect("free");
        let Taken { seconds } = place.take(Duration::from_secs(1)).unwrap_err();
        assert!((1..=3600).contains(&seconds), "{seconds}");
        drop(holder);
        let _holder = place.take(Duration::ZERO).expect("free again");
        // It is overdue.
        assert_eq!(place.take(Duration::ZERO).unwrap_err().seconds, 1);
    }
}
