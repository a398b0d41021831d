//! Profiling a program by its environment.

use std::sync::Arc;

use crate::Profiler;

#[cfg(target_os = "linux")]
#[allow(unsafe_code)] // signal handlers and actions
mod handler;
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

/// Where the profile goes; nothing happens without it.
const PROFILE: &str = "REPOOL_PROFILE";

/// Profiles this program for as long as it runs, if its environment says so. Call it in the first
/// line of `main`.
///
/// | variable | meaning |
/// |---|---|
/// | `REPOOL_PROFILE` | the file to write, such as `allocs.pb.gz`; unset or empty: nothing happens |
/// | `REPOOL_PROFILE_RATE` | bytes between samples, in the mean, in decimal digits; 0: nothing happens, 1: every allocation is sampled, unset or empty: 524288 |
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
/// Without `REPOOL_PROFILE` this costs one look at the environment, and nothing after it.
///
/// # The profiler
///
/// Returns the profiler that it started, for there can be one at a time; `None` if none was asked for,
/// or it could not start. Called again, it returns the same. A program that also serves profiles over
/// HTTP, whether its environment says something or not:
///
/// ```
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
/// The folder must exist. A relative path counts from where the program is now, wherever it goes
/// later. `%p` becomes the number of the process, as in `allocs.%p.pb.gz`. An older file is
/// replaced, as a whole: there is never half a profile. Readers show first what was allocated
/// (`alloc_space`); `go tool pprof -inuse_space` shows what is in use.
///
/// # When it is written
///
/// - **At the end**: when `main` returns, or [`exit`](std::process::exit) is called. Not when
///   the program is killed (SIGKILL), [aborts](std::process::abort), or becomes another by `exec`.
/// - **On SIGTERM and SIGINT** (Ctrl-C), if the program does not handle them: then the signal does what
///   it would have done, and the process ends by it. The program runs on until the profile is written;
///   a second signal ends it at once, without the profile and perhaps with a file `.repool-*.tmp` left
///   behind. A signal that is ignored (`nohup`, `trap ''`) or handled when this is called is left alone,
///   and one that the program handles, ignores or blocks later is the program's from then on.
///   A handler that calls the one before it, as those of `signal-hook` and tokio do, counts as the
///   program's. To the program there is one difference: a system call such as `poll` may fail with
///   EINTR before the end.
/// - **On SIGUSR2**, while the program runs on: `allocs.1.pb.gz`, `allocs.2.pb.gz`, and so on. The
///   number comes before the first dot within the file's name, or at its end. Handlers of that
///   signal that were there before are called too. One that is set later without calling the one
///   before it takes the signal away.
/// - **On a panic**, after the hook that was set before has run: to the file itself, which the end
///   of the program then writes again. With `panic = "abort"` this is the only profile. At most
///   one a minute is written, for programs that catch their panics.
///
/// A thread of our own writes, so the one that exits or panics may have a small stack; it waits. A
/// signal handler only wakes a thread called `repool-prof`, which takes SIGUSR2 and no other signal.
///
/// # Several processes
///
/// Processes that this one starts inherit its environment: those that call `from_env` too need
/// `%p`, or the last to end is the one whose file is seen. A process that was forked off and goes
/// on with the same program writes a profile at its end only if the path has `%p`, with what was
/// allocated before the fork in it; SIGTERM and SIGINT end it at once, and SIGUSR2 does nothing. A
/// program that puts itself into the background calls this best after that.
///
/// In a program that runs with more rights than the user who started it (set-user-ID), all variables
/// are ignored.
///
/// # Errors
///
/// Never stop the program. If the profiler cannot start (a rate that is no number, a folder that
/// does not exist, no [`ProfAlloc`](crate::ProfAlloc), a second profiler, too little room under
/// `ulimit -v`, another system than Linux), one line on standard error says so, and the program runs
/// on without it. So does one for each profile that cannot be written, and one if the program was
/// stripped, so that functions have no names. Each begins with `repool-prof: `; nothing else is
/// printed.
#[cfg(target_os = "linux")]
pub fn from_env() -> Option<Arc<Profiler>> {
    session::start().unwrap_or_else(|problem| {
        system::print_line(&problem);
        None
    })
}

/// Profiles this program for as long as it runs, if its environment says so: on Linux. Elsewhere
/// it says on standard error that it cannot, and returns `None`.
#[cfg(not(target_os = "linux"))]
pub fn from_env() -> Option<Arc<Profiler>> {
    if std::env::var_os(PROFILE).is_some_and(|path| !path.is_empty()) {
        eprintln!("repool-prof: {PROFILE} is set, but programs can be profiled on Linux only");
    }
    None
}
