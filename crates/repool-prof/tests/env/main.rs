//! Programs that are profiled by their environment: when they write which files, and what they
//! print. This test program starts itself as each of them.

#[cfg(target_os = "linux")]
mod cases;
#[cfg(target_os = "linux")]
mod namespace;
#[cfg(target_os = "linux")]
mod play;
#[cfg(target_os = "linux")]
mod programs;
#[cfg(target_os = "linux")]
mod signalled;
#[cfg(target_os = "linux")]
mod surroundings;
#[cfg(target_os = "linux")]
mod terminations;

use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[cfg(target_os = "linux")]
fn main() {
    if let Ok(program) = std::env::var(play::PROGRAM) {
        programs::run(&program);
        return;
    }
    if repool_testing::listing::is_asked_for("env") {
        return;
    }
    let all = [
        cases::ALL,
        terminations::ALL,
        namespace::ALL,
        surroundings::ALL,
    ]
    .concat();
    act_by_default();
    // Runs only cases whose names contain this.
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let filter = filter.unwrap_or_default();
    for (name, case) in all.into_iter().filter(|(name, _)| name.contains(&filter)) {
        println!("env: {name}");
        case();
    }
    println!("env: all passed");
}

/// Lets the signals that end a program end the tests' programs, which inherit what is ignored here: a
/// shell that runs the tests in the background ignores SIGINT.
#[cfg(target_os = "linux")]
fn act_by_default() {
    for signal in [libc::SIGINT, libc::SIGQUIT, libc::SIGTERM] {
        // SAFETY: the default action takes no code of this program's.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {}
