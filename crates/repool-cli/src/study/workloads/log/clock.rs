//! [`TimeOfDay`]: the UTC time that a log line begins with, formatted with and without the heap.

use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS_A_DAY: u64 = 24 * 60 * 60;

/// A time of day in UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    hour: u8,
    minute: u8,
    second: u8,
}

impl TimeOfDay {
    /// The time of day at `instant`, which may be before 1970.
    pub(super) fn utc(instant: SystemTime) -> Self {
        let second_of_day = match instant.duration_since(UNIX_EPOCH) {
            Ok(after) => after.as_secs() % SECONDS_A_DAY,
            Err(before) => {
                // Rounds down to the start of the second, also before 1970.
                let before = before.duration();
                let seconds = before.as_secs() + u64::from(before.subsec_nanos() > 0);
                (SECONDS_A_DAY - seconds % SECONDS_A_DAY) % SECONDS_A_DAY
            }
        };
        let of_day = second_of_day as u32;
        Self {
            hour: (of_day / 3600) as u8,
            minute: (of_day / 60 % 60) as u8,
            second: (of_day % 60) as u8,
        }
    }

    /// `15:04:05` by `format!`, which allocates.
    pub(super) fn to_text(self) -> String {
        let Self {
            hour,
            minute,
            second,
        } = self;
        format!("{hour:02}:{minute:02}:{second:02}")
    }

    /// `15:04:05` as bytes, without an allocation.
    pub(super) fn to_bytes(self) -> [u8; 8] {
        let tens = |number: u8| b'0' + number / 10;
        let ones = |number: u8| b'0' + number % 10;
        let Self {
            hour,
            minute,
            second,
        } = self;
        [
            tens(hour),
            ones(hour),
            b':',
            tens(minute),
            ones(minute),
            b':',
            tens(second),
            ones(second),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> TimeOfDay {
        TimeOfDay::utc(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    #[test]
    fn known_instants() {
        assert_eq!(at(0).to_text(), "00:00:00");
        assert_eq!(at(15 * 3600 + 4 * 60 + 5).to_text(), "15:04:05");
        assert_eq!(at(1_700_000_000).to_text(), "22:13:20"); // 2023-11-14 22:13:20 UTC
        assert_eq!(at(SECONDS_A_DAY - 1).to_text(), "23:59:59");
        assert_eq!(at(SECONDS_A_DAY).to_text(), "00:00:00");
    }

    #[test]
    fn parts_of_a_second_do_not_count() {
        let late = UNIX_EPOCH + Duration::from_millis(59_999);
        assert_eq!(TimeOfDay::utc(late).to_text(), "00:00:59");
    }

    #[test]
    fn before_1970_the_clock_runs_the_same_way() {
        let before = |millis| TimeOfDay::utc(UNIX_EPOCH - Duration::from_millis(millis)).to_text();
        assert_eq!(before(1), "23:59:59");
        assert_eq!(before(1000), "23:59:59");
        assert_eq!(before(1001), "23:59:58");
        assert_eq!(before(SECONDS_A_DAY * 1000), "00:00:00");
    }

    #[test]
    fn both_texts_are_the_same_at_every_second_of_a_day() {
        for second in 0..SECONDS_A_DAY {
            assert_eq!(at(second).to_text().as_bytes(), at(second).to_bytes());
        }
    }
}
