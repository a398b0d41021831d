//! Programs that are profiled by their environment: what they write when, and what they say. This
//! program starts itself as each of them.

#[cfg(target_os = "linux")]
mod cases;
#[cfg(target_os = "linux")]
mod play;
#[cfg(target_os = "linux")]
mod programs;

use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[cfg(target_os = "linux")]
fn main() {
    if let Ok(program) = std::env::var(play::PROGRAM) {
        programs::run(&program);
        return;
    }
    // A runner that asks what there is (cargo nextest does) is told of one test.
    if std::env::args().any(|arg| arg == "--list") {
        if !std::env::args().any(|arg| arg == "--ignored") {
            println!("env: test");
        }
        return;
    }
    for (name, case) in cases::ALL {
        println!("env: {name}");
        case();
    }
    println!("env: all passed");
}

#[cfg(not(target_os = "linux"))]
fn main() {}
