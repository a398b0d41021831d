//! The three loggers: `log_no_pool`, `log_with_pool` and `log_no_alloc`.

use std::io::{self, Write};
use std::time::SystemTime;

use repool::Pool;

use super::super::WARM;
use super::clock::TimeOfDay;

/// The buffers of `log_with_pool` and `log_no_alloc`.
static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);

const SEPARATOR: &[u8] = b" : ";

/// Formats a line in a fresh buffer, and the time in a `String`.
pub(super) fn log_no_pool(sink: &mut dyn Write, now: SystemTime, message: &[u8]) -> io::Result<()> {
    let mut line = Vec::new();
    line.extend_from_slice(TimeOfDay::utc(now).to_text().as_bytes());
    line.extend_from_slice(SEPARATOR);
    line.extend_from_slice(message);
    line.push(b'\n');
    sink.write_all(&line)
}

/// Formats a line in a buffer from the pool, and the time in a `String`.
pub(super) fn log_with_pool(
    sink: &mut dyn Write,
    now: SystemTime,
    message: &[u8],
) -> io::Result<()> {
    let mut line = LINES.get();
    line.extend_from_slice(TimeOfDay::utc(now).to_text().as_bytes());
    line.extend_from_slice(SEPARATOR);
    line.extend_from_slice(message);
    line.push(b'\n');
    sink.write_all(&line)
}

/// Formats a line in a buffer from the pool, and the time directly in that buffer.
pub(super) fn log_no_alloc(
    sink: &mut dyn Write,
    now: SystemTime,
    message: &[u8],
) -> io::Result<()> {
    let mut line = LINES.get();
    line.extend_from_slice(&TimeOfDay::utc(now).to_bytes());
    line.extend_from_slice(SEPARATOR);
    line.extend_from_slice(message);
    line.push(b'\n');
    sink.write_all(&line)
}

/// [`Work::warm`](super::super::Work::warm) of this workload.
pub(super) fn warm(messages: &[Vec<u8>]) -> usize {
    let longest = messages.iter().map(Vec::len).max().unwrap_or(0);
    let mut lines: Vec<_> = (0..WARM).map(|_| LINES.get()).collect();
    // Plus the time (8 bytes), the separator (3) and the newline (1).
    lines.iter_mut().for_each(|line| line.reserve(longest + 12));
    lines[0].capacity()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    type LogFn = fn(&mut dyn Write, SystemTime, &[u8]) -> io::Result<()>;

    const LOGGERS: [LogFn; 3] = [log_no_pool, log_with_pool, log_no_alloc];

    fn line(logger: LogFn, now: SystemTime, message: &[u8]) -> Vec<u8> {
        let mut line = Vec::new();
        logger(&mut line, now, message).unwrap();
        line
    }

    /// Messages that could fail: empty, short, longer than any buffer before, short again, and bytes that
    /// are not text.
    fn messages() -> Vec<Vec<u8>> {
        let mut messages = vec![
            vec![],
            b"started".to_vec(),
            vec![b'x'; 10_000],
            b"short".to_vec(),
        ];
        messages.push((0..=255).filter(|byte| *byte != b'\n').collect());
        messages
    }

    #[test]
    fn a_line_is_time_separator_message_newline() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for logger in LOGGERS {
            assert_eq!(line(logger, now, b"hello"), b"22:13:20 : hello\n");
        }
    }

    #[test]
    fn all_write_the_same_lines_at_many_instants() {
        // The step has no common divisor with the milliseconds of a day, so the times of day differ.
        for step in 0..2_000 {
            let now = UNIX_EPOCH + Duration::from_millis(step * 43_207_019);
            for message in messages() {
                let [expected, others @ ..] = LOGGERS.map(|logger| line(logger, now, &message));
                assert!(expected.ends_with(b"\n") && expected.len() == message.len() + 12);
                assert!(others.iter().all(|other| *other == expected), "at {step}");
            }
        }
    }

    #[test]
    fn a_line_is_written_in_one_piece() {
        /// Counts the calls of `write`.
        struct Writes(u32);
        impl Write for Writes {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0 += 1;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for logger in LOGGERS {
            let mut writes = Writes(0);
            logger(&mut writes, UNIX_EPOCH, b"hello").unwrap();
            assert_eq!(writes.0, 1);
        }
    }
}
