//! The profiler that [`from_env`](crate::from_env) starts, and the writing of its profiles: at exit,
//! on panics, and for the requests of `signal`.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Instant;

use super::handler::{self, Termination};
use super::path::{ProfilePath, numbered};
use super::process::{ForkedWhileWritingError, ProcessLock};
use super::settings::Settings;
use super::system::{self, STACK, THREAD};
use super::{PROFILE, lost_samples, missing_symbols, signal};
use crate::{Profiler, address_space, minor_faults, thread as own};

/// Least seconds between two profiles that are written for panics.
const BETWEEN_PANICS: u64 = 60;

static SESSION: OnceLock<EnvSession> = OnceLock::new();

/// The profiler of the process, and what is needed to write its profiles.
pub(super) struct EnvSession {
    profiler: Arc<Profiler>,
    path: ProfilePath,
    process: ProcessLock,
    started: Instant,
    /// When a profile was last written for a panic: seconds since `started`, plus 1; 0 if none was.
    panicked: AtomicU64,
}

/// Why a profile is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteReason {
    Exit,
    Panic,
    Signal,
}

/// Starts the profiler if the environment says so. Returns the running one, also if called again. An
/// error is the line to print.
pub(super) fn start() -> Result<Option<Arc<Profiler>>, String> {
    if let Some(session) = SESSION.get() {
        return Ok(Some(Arc::clone(&session.profiler)));
    }
    if system::is_privileged() {
        return Ok(None);
    }
    let Some(settings) = Settings::read()? else {
        return Ok(None);
    };
    let cannot = |error: &dyn std::fmt::Display| {
        format!("{PROFILE} is set, but this program cannot be profiled: {error}")
    };
    let mut builder = Profiler::builder().rate(settings.rate);
    if let Some(bytes) = settings.memory_limit {
        builder = builder.memory_limit(bytes);
    }
    let profiler = builder
        .start()
        .map_err(|error| match std::error::Error::source(&error) {
            Some(cause) => cannot(&format_args!("{error}: {cause}")),
            None => cannot(&error),
        })?;
    let session = EnvSession {
        profiler: Arc::new(profiler),
        path: settings.path,
        process: ProcessLock::new(),
        started: Instant::now(),
        panicked: AtomicU64::new(0),
    };
    // The cell is empty, because a second profiler would not have started.
    let session = SESSION.get_or_init(|| session);
    system::at_exit(at_exit).map_err(|()| cannot(&"the system takes no more exit handlers"))?;
    hook_panics(session);
    if let Err(error) = signal::spawn(session, settings.terminations) {
        system::print_line(&format!(
            "cannot answer signals, and goes on without: {error}"
        ));
    }
    Ok(Some(Arc::clone(&session.profiler)))
}

extern "C" fn at_exit() {
    if let Some(session) = SESSION.get() {
        session.write_elsewhere(WriteReason::Exit);
        // If a terminating signal was received before, it ends the process, not `exit`. The profile
        // is written, so the answering thread only takes the signal's action.
        while handler::is_ending() {
            thread::yield_now();
        }
    }
}

/// Adds a panic hook that writes a profile. The previous hook runs first, so that its message does
/// not wait for the profile, and is printed also if writing fails.
fn hook_panics(session: &'static EnvSession) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        before(info);
        session.panicked();
    }));
}

impl EnvSession {
    fn panicked(&'static self) {
        if !self.may_write() || IS_WRITING.get() {
            return;
        }
        let now = self.started.elapsed().as_secs() + 1;
        let due = |last| (last == 0 || now >= last + BETWEEN_PANICS).then_some(now);
        let order = Ordering::Relaxed; // says nothing of other memory
        if self.panicked.fetch_update(order, order, due).is_ok() {
            self.write_elsewhere(WriteReason::Panic);
        } else {
            // This panic may end the process: waits until the profile of an earlier one is complete.
            drop(self.process.turn());
        }
    }

    /// Whether this process may write the file: it is the first, or has a path of its own.
    fn may_write(&self) -> bool {
        self.process.is_this() || self.path.differs_by_process()
    }

    /// Writes on a new thread, because the caller's stack may be small, and waits for it.
    fn write_elsewhere(&'static self, reason: WriteReason) {
        if !self.may_write() {
            return;
        }
        if let Err(no_room) = address_space::check_write() {
            return system::print_line(&format!("cannot write a profile: {no_room}"));
        }
        // Also marks the calling thread: a signal handler may call `exit` while it waits.
        let Some(_busy) = WritingGuard::new() else {
            return;
        };
        let writer = thread::Builder::new()
            .name(THREAD.into())
            .stack_size(STACK)
            .spawn(move || {
                let _busy = WritingGuard::new();
                self.write(reason)
            });
        let written = match writer {
            Ok(writer) => writer.join(),
            // The system has no thread: writes on the calling one.
            Err(_) => panic::catch_unwind(AssertUnwindSafe(|| self.write(reason))),
        };
        print_outcome(written);
    }

    /// Writes on the calling thread, which is that of `signal`.
    pub(super) fn write_here(&self, reason: WriteReason) {
        let _busy = WritingGuard::new();
        print_outcome(panic::catch_unwind(AssertUnwindSafe(|| self.write(reason))));
    }

    /// Writes a profile while it holds the lock. Returns the lines to print, an error or remarks,
    /// which the caller prints without the lock, because standard error may block.
    fn write(&self, reason: WriteReason) -> Result<Vec<String>, String> {
        let file = self.file();
        let mut turn = self.process.turn().map_err(|ForkedWhileWritingError| {
            format!("cannot write {file:?}: this process was forked while its parent wrote")
        })?;
        if turn.ended {
            return Ok(Vec::new());
        }
        let file = match reason {
            WriteReason::Exit => {
                // The process is about to end: no other profile may begin.
                turn.ended = true;
                file
            }
            WriteReason::Panic => file,
            WriteReason::Signal => {
                turn.signals += 1;
                numbered(&file, turn.signals)
            }
        };
        self.write_to(&file, reason == WriteReason::Exit)
    }

    /// Writes the last profile, on the thread of `signal`, and takes the signal's action.
    pub(super) fn end(&self, termination: Termination) {
        let _busy = WritingGuard::new();
        // Held until the signal has acted: if `main` returns meanwhile, the process still ends by the
        // signal. Never fails here, as a forked child has no answering thread.
        let turn = self.process.turn().ok();
        if turn.as_ref().is_some_and(|turn| !turn.ended) {
            print_outcome(panic::catch_unwind(AssertUnwindSafe(|| {
                self.write_to(&self.file(), true)
            })));
        }
        termination.act();
    }

    fn file(&self) -> PathBuf {
        self.path.of_process(std::process::id())
    }

    /// Writes a profile, the process's last if `is_last`. Returns the remarks to print.
    fn write_to(&self, file: &Path, is_last: bool) -> Result<Vec<String>, String> {
        let _own_work = own::UnsampledGuard::new();
        let snapshot = self.profiler.snapshot();
        let profile = snapshot.export().profile();
        let own_faults = minor_faults::OwnFaultsGuard::new();
        profile
            .write_pprof(file)
            .map_err(|error| format!("cannot write {file:?}: {error}"))?;
        drop(own_faults);
        let lost = is_last.then(|| lost_samples::message(&snapshot, file));
        let missing_symbols = missing_symbols::message_once(&profile, file);
        Ok([missing_symbols, lost.flatten()]
            .into_iter()
            .flatten()
            .collect())
    }
}

fn print_outcome(written: thread::Result<Result<Vec<String>, String>>) {
    match written {
        Ok(Ok(remarks)) => remarks.iter().for_each(|line| system::print_line(line)),
        Ok(Err(line)) => system::print_line(&line),
        Err(_) => system::print_line("cannot write the profile: the profiler panicked"),
    }
}

thread_local! {
    /// Whether this thread writes a profile or waits for one that does. Has no destructor, because
    /// it is read after destructors have run.
    static IS_WRITING: Cell<bool> = const { Cell::new(false) };
}

/// Marks the calling thread as writing, so that a panic or exit in it does not wait for itself.
struct WritingGuard;

impl WritingGuard {
    /// `None` if the thread is marked already.
    fn new() -> Option<Self> {
        (!IS_WRITING.replace(true)).then_some(Self)
    }
}

impl Drop for WritingGuard {
    fn drop(&mut self) {
        IS_WRITING.set(false);
    }
}
