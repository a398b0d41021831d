//! What becomes of lines: order, bounds, the end, errors, panics and forks.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

#[cfg(target_os = "linux")]
use repool_testing::fork::in_a_fork;
use repool_tracing::{NonBlocking, NonBlockingBuilder, non_blocking};

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Kept {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits at each write until it is let through.
struct Gate {
    reached: Sender<()>,
    open: Receiver<()>,
    kept: Kept,
}

/// A gate, its signal that a write has begun, and what lets one through each; dropping that opens it
/// for good.
fn gate() -> (Gate, Receiver<()>, Sender<()>, Kept) {
    let (reached, begun) = channel();
    let (let_through, open) = channel();
    let kept = Kept::default();
    let gate = Gate {
        reached,
        open,
        kept: kept.clone(),
    };
    (gate, begun, let_through, kept)
}

impl Write for Gate {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let _ = self.reached.send(());
        let _ = self.open.recv();
        self.kept.write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Answers each write by what a function says to its text.
struct Says<F>(F);

impl<F: FnMut(&[u8]) -> io::Result<usize>> Write for Says<F> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        (self.0)(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn disk_full() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

fn line(mut writer: &NonBlocking, text: &str) {
    writer.write_all(text.as_bytes()).unwrap();
}

#[test]
fn each_line_is_whole_and_those_of_a_thread_are_in_order() {
    const LINES: usize = 20_000;
    let kept = Kept::default();
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(false)
        .finish(kept.clone());
    thread::scope(|scope| {
        for thread in 0..4 {
            let writer = writer.clone();
            scope.spawn(move || {
                for number in 0..LINES {
                    let long = "x".repeat(number % 300);
                    line(&writer, &format!("{thread} {number} {long}\n"));
                }
            });
        }
    });
    drop(guard);
    let mut next = [0; 4];
    for line in kept.text().lines() {
        let mut words = line.split(' ');
        let thread: usize = words.next().unwrap().parse().unwrap();
        let number: usize = words.next().unwrap().parse().unwrap();
        assert_eq!(words.next().unwrap().len(), number % 300);
        assert_eq!(number, next[thread]);
        next[thread] += 1;
    }
    assert_eq!(next, [LINES; 4]);
    assert_eq!(writer.error_counter().dropped_lines(), 0);
}

#[test]
fn events_of_a_subscriber_are_lines() {
    let kept = Kept::default();
    let (writer, guard) = non_blocking(kept.clone());
    let subscriber = tracing_subscriber::fmt()
        .with_writer(writer)
        .without_time()
        .with_ansi(false)
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!(port = 8080, "listening");
        tracing::warn!("slow");
    });
    drop(guard);
    assert_eq!(
        kept.text(),
        " INFO lines: listening port=8080\n WARN lines: slow\n"
    );
}

#[test]
fn a_line_larger_than_any_buffer_is_written() {
    let kept = Kept::default();
    let (writer, guard) = non_blocking(kept.clone());
    line(&writer, "before\n");
    line(&writer, &"y".repeat(1 << 20));
    line(&writer, "\nafter\n");
    drop(guard);
    let text = kept.text();
    assert_eq!(text.len(), "before\n".len() + (1 << 20) + "\nafter\n".len());
    assert!(text.starts_with("before\ny") && text.ends_with("y\nafter\n"));
}

#[test]
fn a_full_lossy_queue_drops_and_counts_each_line() {
    let (gate, begun, let_through, kept) = gate();
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(10)
        .finish(gate);
    line(&writer, "first\n");
    begun.recv().unwrap();
    // The writer thread has the first one; ten more wait, and the others are too many.
    for number in 0..15 {
        line(&writer, &format!("{number}\n"));
    }
    assert_eq!(writer.error_counter().dropped_lines(), 5);
    drop(let_through);
    drop(guard);
    let queued: String = (0..10).map(|number| format!("{number}\n")).collect();
    assert_eq!(kept.text(), format!("first\n{queued}"));
}

#[test]
fn a_full_queue_that_is_not_lossy_lets_its_threads_wait() {
    let (gate, begun, let_through, kept) = gate();
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(1)
        .lossy(false)
        .finish(gate);
    line(&writer, "0\n");
    begun.recv().unwrap();
    line(&writer, "1\n");
    let (sent, waits) = channel();
    let late = thread::spawn({
        let writer = writer.clone();
        move || {
            line(&writer, "2\n");
            sent.send(()).unwrap();
        }
    });
    assert!(waits.try_recv().is_err());
    drop(let_through);
    waits.recv().unwrap();
    late.join().unwrap();
    drop(guard);
    assert_eq!(kept.text(), "0\n1\n2\n");
    assert_eq!(writer.error_counter().dropped_lines(), 0);
}

#[test]
fn flush_returns_when_the_lines_are_written() {
    let kept = Kept::default();
    let (mut writer, _guard) = non_blocking(kept.clone());
    for number in 0..100 {
        line(&writer, &format!("{number}\n"));
        writer.flush().unwrap();
        assert_eq!(kept.text().lines().count(), number + 1);
    }
}

#[test]
fn the_guard_of_a_panicking_thread_writes_what_is_left() {
    let kept = Kept::default();
    let (writer, guard) = non_blocking(kept.clone());
    let outcome = thread::spawn(move || {
        let _guard = guard;
        line(&writer, "the last words\n");
        panic!("as expected");
    });
    assert!(outcome.join().is_err());
    assert_eq!(kept.text(), "the last words\n");
}

#[test]
fn lines_behind_the_guard_are_dropped_or_refused() {
    let (writer, guard) = non_blocking(io::sink());
    drop(guard);
    line(&writer, "too late\n");
    assert_eq!(writer.error_counter().dropped_lines(), 1);

    let (mut writer, guard) = NonBlockingBuilder::default()
        .lossy(false)
        .finish(io::sink());
    drop(guard);
    let error = writer.write_all(b"too late\n").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(writer.error_counter().dropped_lines(), 1);
    writer.flush().unwrap();
}

#[test]
fn the_drop_of_the_guard_waits_no_longer_than_it_may() {
    let (gate, begun, let_through, kept) = gate();
    let (writer, guard) = NonBlockingBuilder::default()
        .shutdown_timeout(Duration::from_millis(1))
        .finish(gate);
    line(&writer, "stuck\n");
    begun.recv().unwrap();
    drop(guard);
    assert_eq!(kept.text(), "");
    drop(let_through);
}

#[test]
fn lines_of_a_full_disk_are_counted_and_the_next_ones_written() {
    let kept = Kept::default();
    let mut file = kept.clone();
    let mut writes = 0;
    // The first write takes half a line, the next four fail.
    let says = Says(move |text: &[u8]| {
        writes += 1;
        match writes {
            1 => file.write(&text[..3]),
            2..=5 => Err(disk_full()),
            _ => file.write(text),
        }
    });
    let (told, errors) = channel();
    let (mut writer, guard) = NonBlockingBuilder::default()
        .on_error(move |error| told.send(error.kind()).unwrap())
        .finish(says);
    for number in 0..6 {
        line(&writer, &format!("line {number}\n"));
        writer.flush().unwrap();
    }
    drop(guard);
    // The line that was cut short is ended before the next begins.
    assert_eq!(kept.text(), "lin\nline 4\nline 5\n");
    assert_eq!(writer.error_counter().write_errors(), 4);
    assert_eq!(writer.error_counter().dropped_lines(), 0);
    // Once for the series, not once for each line.
    assert_eq!(
        errors.iter().collect::<Vec<_>>(),
        [io::ErrorKind::StorageFull]
    );
}

#[test]
fn what_is_behind_a_failed_line_of_the_same_buffer_is_written() {
    let kept = Kept::default();
    let mut file = kept.clone();
    let (go, gone) = channel::<()>();
    // Holds the first write until all lines are queued; fails for each buffer that begins with "bad".
    let says = Says(move |text: &[u8]| {
        let _ = gone.recv();
        if text.starts_with(b"bad") {
            return Err(disk_full());
        }
        // Line by line, so that the bad one is met at its beginning.
        let end = text.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        file.write(&text[..end])
    });
    let (writer, guard) = NonBlockingBuilder::default().on_error(|_| ()).finish(says);
    for text in ["one\n", "two\n", "bad\n", "three\n"] {
        line(&writer, text);
    }
    drop(go);
    drop(guard);
    assert_eq!(kept.text(), "one\ntwo\nthree\n");
    assert_eq!(writer.error_counter().write_errors(), 1);
}

#[test]
fn a_writer_that_panics_loses_that_line_only() {
    let kept = Kept::default();
    let mut file = kept.clone();
    let says = Says(move |text: &[u8]| {
        assert!(!text.starts_with(b"bad"), "as expected");
        file.write(text)
    });
    let (mut writer, guard) = NonBlockingBuilder::default()
        .on_error(|_| panic!("as expected, too"))
        .finish(says);
    for text in ["one\n", "bad\n", "two\n"] {
        line(&writer, text);
        writer.flush().unwrap();
    }
    drop(guard);
    assert_eq!(kept.text(), "one\ntwo\n");
    assert_eq!(writer.error_counter().write_errors(), 1);
}

#[test]
fn a_writer_that_logs_waits_for_itself_never() {
    let slot: Arc<Mutex<Option<NonBlocking>>> = Arc::default();
    let inside = Arc::clone(&slot);
    let says = Says(move |text: &[u8]| {
        if let Some(mut writer) = inside.lock().unwrap().take() {
            for _ in 0..3 {
                writer.write_all(b"from within\n").unwrap();
            }
            assert!(writer.flush().is_err());
        }
        Ok(text.len())
    });
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(2)
        .lossy(false)
        .finish(says);
    *slot.lock().unwrap() = Some(writer.clone());
    line(&writer, "a line\n");
    (&writer).flush().unwrap();
    drop(guard);
    assert_eq!(writer.error_counter().dropped_lines(), 1);
}

/// `/dev/full` refuses each byte as a full disk does.
#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_reported_once_and_the_program_goes_on() {
    let full = std::fs::File::create("/dev/full").unwrap();
    let (told, errors) = channel();
    let (mut writer, guard) = NonBlockingBuilder::default()
        .on_error(move |error| told.send(error.to_string()).unwrap())
        .finish(full);
    for _ in 0..3 {
        line(&writer, "lost\n");
        writer.flush().unwrap();
    }
    drop(guard);
    assert_eq!(writer.error_counter().write_errors(), 3);
    let errors: Vec<String> = errors.iter().collect();
    assert_eq!(errors, ["No space left on device (os error 28)"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_forked_child_waits_for_nothing() {
    let kept = Kept::default();
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(1)
        .lossy(false)
        .finish(kept.clone());
    line(&writer, "the parent's\n");
    let guard = Mutex::new(Some(guard));
    let work = || {
        for _ in 0..3 {
            assert!((&writer).write_all(b"the child's\n").is_err());
        }
        assert!((&writer).flush().is_err());
        assert_eq!(writer.error_counter().dropped_lines(), 3);
        drop(guard.lock().unwrap().take());
    };
    in_a_fork(work);
    drop(guard);
    assert_eq!(kept.text(), "the parent's\n");
    assert_eq!(writer.error_counter().dropped_lines(), 0);
}
