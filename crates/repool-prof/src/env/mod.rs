//! [`from_env`]: profiles a program as its environment says.
//!
//! `settings` and `path` read the variables. `session` runs the profiler and writes the profiles, at
//! exit, on panics, and for `signal`, the thread that answers the signals of `handler`. `process`
//! serialises writers, also across forks; `semaphore` and `system` wrap libc.

use std::sync::Arc;

use crate::profiler::Profiler;

#[cfg(target_os = "linux")]
#[allow(unsafe_code)] // signal handlers and actions
mod handler;
#[cfg(target_os = "linux")]
mod lost_samples;
#[cfg(target_os = "linux")]
mod missing_symbols;
#[cfg(target_os = "linux")]
mod path;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
#[allow(unsafe_code)] // libc's semaphores
mod semaphore;
#[cfg(target_os = "linux")]
mod session;
#[cfg(target_os = "linux")]
mod settings;
#[cfg(target_os = "linux")]
mod signal;
#[cfg(target_os = "linux")]
#[allow(unsafe_code)] // calls into libc: `atexit`, signal masks, `write`
mod system;

/// The variable with the profile's path. If it is unset or empty, the program is not profiled.
const PROFILE: &str = "REPOOL_PROFILE";

/// Profiles this program until it ends, if its environment says so. Call it in the first line of
/// `main`.
///
/// | variable | meaning |
/// |---|---|
/// | `REPOOL_PROFILE` | the file to write, such as `allocs.pb.gz`; unset or empty: nothing happens |
/// | `REPOOL_PROFILE_RATE` | bytes between samples, in the mean, in decimal digits; 0: nothing happens, 1: every allocation is sampled, unset or empty: 524288 |
/// | `REPOOL_PROFILE_MEMORY` | the most bytes that the profiler's tables may take, in decimal digits, as by [`Builder::memory_limit`](crate::Builder::memory_limit); unset or empty: its default |
/// | `REPOOL_PROFILE_TERMINATION` | 0: SIGTERM and SIGINT are left alone; 1, unset or empty: they write the profile |
///
/// ```
/// use repool_prof::ProfAlloc;
///
/// #[global_allocator]
/// static ALLOC: ProfAlloc = ProfAlloc::new();
///
/// fn main() {
///     repool_prof::from_env();
///     println!("{}", vec!["hello"; 3].join(" "));
/// }
/// ```
///
/// ```sh
/// REPOOL_PROFILE=allocs.pb.gz target/release/hello
/// go tool pprof -top allocs.pb.gz
/// ```
///
/// Without `REPOOL_PROFILE` it reads one variable and does nothing else.
///
/// # The profiler
///
/// Returns the profiler that it started, because only one can run at a time; `None` if it started
/// none. Further calls return the same. A program that serves profiles over HTTP, with or without
/// `REPOOL_PROFILE`:
///
/// ```standalone_crate
/// # #[cfg(feature = "http")] {
/// use repool_prof::{ProfAlloc, Profiler, http::Server};
///
/// #[global_allocator]
/// static ALLOC: ProfAlloc = ProfAlloc::new();
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let profiler = match repool_prof::from_env() {
///         Some(profiler) => profiler,
///         None => Profiler::builder().start()?.into(),
///     };
///     let serving = Server::new(profiler).port(0).spawn()?;
///     // …
///     # drop(serving);
///     Ok(())
/// }
/// # main().unwrap();
/// # }
/// ```
///
/// # The file
///
/// The folder must exist. A relative path is resolved now, and does not change with the program's
/// current folder. `%p` is replaced by the number of the process, as in `allocs.%p.pb.gz`. An older
/// file is replaced atomically: the path never has a part of a profile. Readers show first what was
/// allocated (`alloc_space`); `go tool pprof -inuse_space` shows what is in use.
///
/// # When it is written
///
/// - **At the end**: when `main` returns, or [`exit`](std::process::exit) is called. Not if the
///   program is killed (SIGKILL), [aborts](std::process::abort), or calls `exec`.
/// - **On SIGTERM and SIGINT** (Ctrl-C), if the program does not handle them. Afterwards the signal
///   takes its default action, and the process ends by it. The program runs on until the profile is
///   written; a second signal ends it at once, without the profile and perhaps with a file
///   `.repool-*.tmp` left behind. A signal that is ignored (`nohup`, `trap ''`) or handled when this
///   is called is not changed, and one that the program handles, ignores or blocks later is the
///   program's from then on. A later handler that calls the previous one, as those of `signal-hook`
///   and tokio do, counts as the program's. The program can notice one difference: a system call
///   such as `poll` may fail with EINTR before the end.
/// - **On SIGUSR2**, while the program runs on: `allocs.1.pb.gz`, `allocs.2.pb.gz`, and so on. The
///   number comes before the first dot within the file's name, or at its end. Handlers of that
///   signal that were set before are called too. A handler that is set later and does not call the
///   previous one disables these profiles.
/// - **On a panic**, after the panic hook that was set before has run: to the file itself, which is
///   replaced again at the program's end. With `panic = "abort"` this is the only profile. At most
///   one a minute is written, for programs that catch their panics.
///
/// A thread of this crate writes, so the thread that exits or panics may have a small stack; it
/// waits. The signal handlers only wake a thread called `repool-prof`, which takes SIGUSR2 and no
/// other signal.
///
/// # Several processes
///
/// Processes that this one starts inherit its environment. If they call `from_env` too, the path
/// needs `%p`; without it each replaces the file of the others. A forked child that runs the same
/// program on writes a profile at its end only if the path has `%p`, and that profile includes what
/// was allocated before the fork. SIGTERM and SIGINT end the child at once, and SIGUSR2 does
/// nothing. A daemon should call this after its forks.
///
/// In a program that runs with more rights than the user who started it (set-user-ID), all variables
/// are ignored.
///
/// # Errors
///
/// Errors do not stop the program. If the profiler cannot start (a rate that is no number, a folder
/// that does not exist, no [`ProfAlloc`](crate::ProfAlloc), a second profiler, too little room under
/// `ulimit -v`, another system than Linux), one line on standard error says so, and the program runs
/// without it. One line is also printed for each profile that cannot be written; one if the program
/// was stripped, so that functions have no names; and one at the end if the tables had no room for
/// all [sampled blocks](crate::Snapshot::lost). Each begins with `repool-prof: `; nothing
/// else is printed.
#[cfg(target_os = "linux")]
pub fn from_env() -> Option<Arc<Profiler>> {
    session::start().unwrap_or_else(|problem| {
        system::print_line(&problem);
        None
    })
}

/// Profiles this program until it ends, if its environment says so: on Linux. On other systems it
/// prints one line to standard error that it cannot, and returns `None`.
#[cfg(not(target_os = "linux"))]
pub fn from_env() -> Option<Arc<Profiler>> {
    if std::env::var_os(PROFILE).is_some_and(|path| !path.is_empty()) {
        eprintln!("repool-prof: {PROFILE} is set, but programs can be profiled on Linux only");
    }
    None
}
